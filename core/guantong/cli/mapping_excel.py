"""`guantong mapping to-excel` and `from-excel`: the 字段对照表 staff exchange."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, NoReturn

import orjson
import typer

from guantong.cli.codes import NO_HOME
from guantong.cli.dialectfiles import differences, model_of, parents_of, read_files, tried_out, write_files
from guantong.cli.home import HERE, WRONG_USAGE, HomeOption, JsonOption, print_problems
from guantong.mapping.excel import from_workbook, to_workbook
from guantong.oserrors import in_words
from guantong.plugins import registry
from guantong.problems import Code, Place, Problem, nearest
from guantong.yamlfile import UNREADABLE

NO_SUCH_DIALECT = Code(
    "GT690", "there is no dialect {came!r} in mappings/", "mappings/ 中没有数据规范 {came!r}",
    "known: {known}{near}", "可用：{known}{near}",
)
NO_EXTRA = Code(
    "GT691", "the library {library} is not installed", "未安装程序库 {library}",
    "install it: pip install 'guantong[{extra}]'", "请安装：pip install 'guantong[{extra}]'",
)
FILE_THERE = Code(
    "GT692", "{file} exists already", "{file} 已存在",
    "choose another name, or replace it with --overwrite", "请换一个文件名，或用 --overwrite 覆盖",
)
DialectArgument = Annotated[str, typer.Argument(help="The dialect, a folder of mappings/ (数据规范).")]


def to_excel(
    dialect: DialectArgument,
    file: Annotated[Path, typer.Argument(help="The workbook to write, .xlsx (要生成的工作簿).")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there (覆盖已有文件).")] = False,
    home: HomeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Write a dialect as a workbook: the field table staff exchange (导出字段对照表).

    A sheet for each mapping file and code table, comments included; `from-excel` of it, unchanged, gives the
    same files byte for byte. What the dialect inherits is shown too, in grey, with whose it is (继承自).

    Example 示例: `guantong mapping to-excel rongcheng 榕城字段对照表.xlsx`
    """
    needs("openpyxl", "excel", as_json)
    files = _dialect_files(home, dialect, as_json)
    if file.exists() and not overwrite:
        ended([Problem(FILE_THERE, details={"file": file.name})], as_json)
    model, _ = model_of(home)
    parents = parents_of(home / "mappings", dialect)
    tables = {Path(name).stem for one in (files, *(theirs for _, theirs in parents)) for name in one if name.startswith("codes/")}
    body, problems, sheets = to_workbook(dialect, files, model, sorted(tables), sorted(registry().functions), parents)
    if problems:
        prefix = f"mappings/{dialect}/"
        ended([Problem(one.code, Place(posixpath.normpath(prefix + one.place.file), one.place.line, one.place.column), one.path, one.details)
               for one in problems], as_json)
    try:
        file.write_bytes(body)
    except OSError as error:
        ended([_unwritable(file, error)], as_json)
    answer = {"dialect": dialect, "file": file.name, "sheets": sheets}
    if as_json:
        typer.echo(orjson.dumps({"ok": True, "problems": [], **answer}, option=orjson.OPT_INDENT_2))
    else:
        typer.echo(f"已写出 {file.name}：{sheets} 个工作表 · written: {sheets} sheets")


def from_excel(
    file: Annotated[Path, typer.Argument(help="The edited workbook, .xlsx (修改后的工作簿).")],
    dialect: DialectArgument,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, write nothing (只显示差异).")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Also over files changed since the export (覆盖导出后的修改).")] = False,
    home: HomeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Take an edited workbook back into a dialect's files (导入字段对照表).

    Every mistake is named by sheet, row and column, all at once; then nothing is written and the exit code
    is 2. Rows left alone keep their very text. A file whose sheet is missing stays as it is. An inherited row left
    alone is not written, an edited one becomes a difference, one taken out is named by `without:`.

    Example 示例: `guantong mapping from-excel 榕城字段对照表.xlsx rongcheng --dry-run`
    """
    needs("openpyxl", "excel", as_json)
    files = _dialect_files(home, dialect, as_json)
    try:
        body = file.read_bytes()
    except OSError as error:
        what, what_zh = in_words(error)
        ended([Problem(UNREADABLE, Place(file.name), details={"what": what, "what_zh": what_zh})], as_json)
    model, _ = model_of(home)
    incoming = from_workbook(body, file.name, dialect, files, model, parents_of(home / "mappings", dialect), overwrite=overwrite)
    after = {made.file: made.body for made in incoming.made}
    tried = after | {made.file: made.body for made in incoming.partial}
    found = tried_out(home, dialect, tried, model)
    problems = [*incoming.problems, *incoming.located(f"mappings/{dialect}/", found)]
    errors = [problem for problem in problems if problem.code.severity == "error"]
    changes = differences(dialect, files, after)
    if errors:
        ended(problems, as_json)
    if not dry_run:
        try:
            write_files(home / "mappings" / dialect, after)
        except OSError as error:
            ended([_unwritable(home / "mappings" / dialect, error)], as_json)
    _answer(sorted(after), changes, problems, dry_run, as_json)


def _answer(files: Sequence[str], changes: str, problems: list[Problem], dry_run: bool, as_json: bool) -> None:
    if as_json:
        answer = {"ok": True, "written": [] if dry_run else files, "files": files, "diff": changes,
                  "problems": [problem.as_json() for problem in problems]}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
        return
    print_problems(problems)
    if dry_run:
        typer.echo(changes, nl=False)
    done = ("将修改", "would change") if dry_run else ("已写入", "written")
    typer.echo(f"{done[0]} {len(files)} 个文件 · {done[1]}: {len(files)} files" if files else "没有变化 · Nothing changed.")
    if not dry_run:
        for name in files:
            typer.echo(f"  {name}")


def _dialect_files(home: Path, dialect: str, as_json: bool) -> dict[str, bytes]:
    if not home.is_dir():
        ended([Problem(NO_HOME, details={"folder": home.as_posix()})], as_json)
    folder = home / "mappings" / dialect
    known = sorted(place.parent.name for place in (home / "mappings").glob("*/dialect.yaml"))
    if dialect not in known:
        like = nearest(dialect, known)
        details = {"came": dialect, "known": ", ".join(known) or "-", "near": f" ({like}?)" if like else ""}
        ended([Problem(NO_SUCH_DIALECT, details=details)], as_json)
    try:
        return read_files(folder)
    except OSError as error:
        what, what_zh = in_words(error)
        ended([Problem(UNREADABLE, Place(f"mappings/{dialect}"), details={"what": what, "what_zh": what_zh})], as_json)


def needs(library: str, extra: str, as_json: bool) -> None:
    """End the verb where an optional library is missing, naming the extra that brings it."""
    if find_spec(library) is None:
        ended([Problem(NO_EXTRA, details={"library": library, "extra": extra})], as_json)


def ended(problems: Sequence[Problem], as_json: bool) -> NoReturn:
    """End the verb with *problems*: nothing was written."""
    if as_json:
        answer = {"ok": False, "written": [], "problems": [problem.as_json() for problem in problems]}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        print_problems(problems)
        count = len(problems)
        typer.echo(f"{count} 个问题，未写入任何文件 · {count} problems, nothing was written", err=True)
    raise typer.Exit(WRONG_USAGE)


def _unwritable(file: Path, error: OSError) -> Problem:
    what, what_zh = in_words(error)
    return Problem(UNREADABLE, Place(file.name), details={"what": what, "what_zh": what_zh})
