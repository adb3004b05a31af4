"""`guantong matters`: the catalogue of matters, imported from a table, looked at, and written out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from guantong.cli.acting import ActorOption, WhyOption, actor_or_login
from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    WRONG_USAGE,
    HomeOption,
    JsonOption,
    configuration,
    print_problems,
)
from guantong.cli.mapping_excel import FILE_THERE
from guantong.cli.screen import console, table
from guantong.cli.siteshome import refuse
from guantong.clock import SHANGHAI, now_ms
from guantong.matters.catalogue import Catalogue
from guantong.matters.change import Change, plan
from guantong.matters.codes import NO_CATALOGUE, NO_MATTER, NOT_A_TABLE, NOT_KEPT
from guantong.matters.kept import keep, read
from guantong.matters.matter import LABELS
from guantong.matters.table import read_matters
from guantong.matters.write import CROSSWALK, as_code_table, as_csv, as_workbook
from guantong.oserrors import in_words
from guantong.problems import Place, Problem, ProblemsError, nearest

KINDS = {"added": "新增 added", "changed": "更正 changed", "ended": "失效 ended"}
MOST_SHOWN = 40  # changes on a screen; --json tells them all
HEADS = ("实施编码 Code", "版本 Version", "事项名称 Name", "原编码 Old code", "区划 Region", "生效 From", "失效 Until")
DayOption = Annotated[str, typer.Option("--on", help="In force on this day, 2014-07-15; else all (某日有效的).")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only show what would change (只看不做).")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there (覆盖已有文件).")]

matters = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown",
    help="The catalogue of matters 事项目录: versions with their days, old and new codes.\n\nData, not configuration: imported "
         "from a table, kept in versions under var/matters, taken up by `guantong reload`.\n\nExample 示例: `guantong matters import 事项目录.xlsx --dry-run`",
)


@matters.command("import")
def import_matters(
    file: Annotated[Path, typer.Argument(help="The table: .xlsx, or .csv in UTF-8 or GBK (事项目录表).")],
    whole: Annotated[bool, typer.Option("--whole", help="The table is the whole catalogue: what it leaves out ends today (整份目录).")] = False,
    dry_run: DryRunOption = False, home: HomeOption = HERE, actor: ActorOption = "", why: WhyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take matters from a table (导入事项目录).

    Every mistake is named at its row and column, and then nothing is imported. Where a new version comes in force on a
    day, the one before it ends the day before. Nothing is ever taken out of the catalogue.

    Example 示例: `guantong matters import 事项目录.xlsx --dry-run`, then without `--dry-run`, then `guantong reload`
    """
    config = configuration(home)
    standing = _standing(config.home, as_json)
    try:
        told, problems = read_matters(file.read_bytes(), file.name, config.model)
    except OSError as error:
        what, what_zh = in_words(error)
        refuse([Problem(NOT_A_TABLE, Place(file.name), details={"what": what, "what_zh": what_zh})], as_json, WRONG_USAGE)
    if any(one.code.severity == "error" for one in problems):
        refuse(problems, as_json)
    moment = now_ms()
    today = datetime.fromtimestamp(moment / 1000, SHANGHAI).date().isoformat()
    found, changes = plan(standing, told, today=today if whole else "")
    number = 0
    if changes and not dry_run:
        number = standing.number + 1
        try:
            keep(config.home, number, found, at=moment, actor=actor_or_login(actor), why=why, source=file.name)
        except ProblemsError as error:
            refuse(error.problems, as_json)
    if as_json:
        answer = {"ok": True, "dry_run": dry_run, "version": number or None, "rows": len(told),
                  "counts": dict(Counter(one.kind for one in changes)), "changes": [one.as_json() for one in changes],
                  "problems": [one.as_json() for one in problems]}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
        return
    print_problems(problems)
    _print(changes, len(told))
    if number:
        typer.echo(f"已存为第 {number} 版；`guantong reload` 后生效 · kept as version {number}; `guantong reload` takes it up")
    else:
        typer.echo("没有变化 · nothing changes" if not changes else "未保存（--dry-run）· not kept (--dry-run)")


@matters.command("list")
def list_matters(
    region: Annotated[str, typer.Option("--region", help="Of regions that begin so, 4452 (区划前缀).")] = "",
    on: DayOption = "", home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """List the matters (查看事项目录).

    Example 示例: `guantong matters list --region 445202 --on 2014-07-15`
    """
    catalogue = _standing(home.resolve(), as_json, needed=True)
    chosen = [one for one in catalogue.matters if one.region.startswith(region) and one.on(on)]
    if as_json:
        answer = {"version": catalogue.number, "matters": [one.as_json() for one in chosen]}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
        return
    console().print(table(HEADS, [(one.code, str(one.version), one.name, one.old_code, one.region, one.since, one.until)
                                  for one in chosen], right=[1]))
    typer.echo(f"第 {catalogue.number} 版：{len(chosen)} 条 · version {catalogue.number}: {len(chosen)} rows")


@matters.command()
def show(
    code: Annotated[str, typer.Argument(help="Its code, old code or short code (实施编码、原编码或权责清单码).")],
    on: DayOption = "", home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Show a matter in all its versions, or the one of a day (查看一个事项).

    Example 示例: `guantong matters show 10000000100000000013445202 --on 2014-07-15`
    """
    catalogue = _standing(home.resolve(), as_json, needed=True)
    found = catalogue.named(code, on)
    if not found:
        like = nearest(code, {each for one in catalogue.matters for each in (one.code, one.old_code) if each})
        details = {"came": code[:60], "near": f" ({like}?)" if like else ""}
        refuse([Problem(NO_MATTER, details=details)], as_json)
    if as_json:
        answer = {"version": catalogue.number, "matters": [one.as_json() for one in found]}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
        return
    for one in found:
        said = one.as_json()
        rows = [(names[0], str(said[field])) for field, names in LABELS.items() if said[field]]
        console().print(table(("项目 Field", "内容 Value"), rows))


@matters.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file to write, .xlsx or .csv (要生成的文件).")],
    overwrite: OverwriteOption = False, home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Write the catalogue as a table that `import` reads back as it was (导出事项目录).

    Example 示例: `guantong matters export 事项目录.xlsx`
    """
    config = configuration(home)
    catalogue = _standing(config.home, as_json)
    body = (as_csv if file.suffix.lower() == ".csv" else as_workbook)(catalogue.matters, config.model)
    _write(file, body, overwrite, as_json)
    said = {"file": file.as_posix(), "matters": len(catalogue.matters)}
    typer.echo(orjson.dumps(said) if as_json else f"已写出 {len(catalogue.matters)} 条 · {len(catalogue.matters)} rows → {file}")


@matters.command()
def crosswalk(
    dialect: Annotated[str, typer.Argument(help="The dialect whose codes/ it goes into (数据规范).")],
    dry_run: DryRunOption = False, home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Write old and new codes as a code table of a dialect (生成新旧编码对照表).

    A mapping uses it by `item.code: {at: SXBM, codes: item.crosswalk, otherwise: keep}`; the row is chosen by the
    event's own day. `guantong reload` takes it up.

    Example 示例: `guantong matters crosswalk gd-hall`
    """
    config = configuration(home)
    catalogue = _standing(config.home, as_json, needed=True)
    folder = config.mappings.path / dialect
    path = folder / "codes" / f"{CROSSWALK}.yaml"
    if dialect not in config.dialects or not (config.home / "mappings").is_dir():
        like = nearest(dialect, config.dialects)
        what = f"there is no dialect {dialect[:60]!r} of this home{f' ({like}?)' if like else ''}"
        refuse([Problem(NOT_KEPT, details={"what": what, "what_zh": f"本工作目录中没有数据规范 {dialect[:60]}"})], as_json, WRONG_USAGE)
    rows = catalogue.crossings()
    if not rows:
        refuse([Problem(NOT_KEPT, details={"what": "no matter has an old code", "what_zh": "没有事项填写原编码"})], as_json)
    if not dry_run:
        path.parent.mkdir(exist_ok=True)
        _write(path, as_code_table(catalogue).encode(), True, as_json)
    said = {"file": path.as_posix(), "rows": len(rows), "dry_run": dry_run}
    typer.echo(orjson.dumps(said) if as_json else f"{len(rows)} 行 rows → {path}{'（--dry-run）' if dry_run else ''}")


def _standing(home: Path, as_json: bool, *, needed: bool = False) -> Catalogue:
    """The catalogue in force; ends the verb when it is damaged, or *needed* and not there."""
    try:
        catalogue = read(home)
    except ProblemsError as error:
        refuse(error.problems, as_json)
    if needed and not catalogue:
        refuse([Problem(NO_CATALOGUE)], as_json, PROBLEMS_FOUND)
    return catalogue


def _write(file: Path, body: bytes, overwrite: bool, as_json: bool) -> None:
    if file.exists() and not overwrite:
        refuse([Problem(FILE_THERE, details={"file": file.as_posix()})], as_json, WRONG_USAGE)
    try:
        file.write_bytes(body)
    except OSError as error:
        what, what_zh = in_words(error)
        refuse([Problem(NOT_KEPT, Place(file.name), details={"what": what, "what_zh": what_zh})], as_json)


def _print(changes: Sequence[Change], told: int) -> None:
    counts = "，".join(f"{KINDS[kind]} {count}" for kind, count in Counter(one.kind for one in changes).items())
    typer.echo(f"表中 {told} 条：{counts or '没有变化 no changes'} · {told} rows in the table")
    rows = [(KINDS[one.kind], one.after.code, str(one.after.version), one.after.name,
             "；".join(f"{LABELS[name][0]} {old or '（空）'} → {new or '（空）'}" for name, (old, new) in one.fields.items()))
            for one in changes[:MOST_SHOWN]]
    if rows:
        console().print(table(("变化 Change", "实施编码 Code", "版本 Version", "名称 Name", "内容 What"), rows, right=[2]))
    if len(changes) > MOST_SHOWN:
        typer.echo(f"… 另有 {len(changes) - MOST_SHOWN} 处，--json 列出全部 · and more: --json tells all")
