"""`guantong mapping draft`: what a vendor hands over becomes a dialect to start from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from guantong.cli.codes import NO_HOME
from guantong.cli.dialectfiles import loaded, model_of, tried_out, write_files
from guantong.cli.home import HERE, HomeOption, JsonOption, print_problems
from guantong.cli.mapping_excel import ended, needs
from guantong.mapping.draft import Drafted, Evidence, Handed, draft_dialect, read_handed
from guantong.mapping.draft.handed import parse_columns
from guantong.mapping.draft.propose import DraftedRecord, Proposal
from guantong.mapping.draft.schema import Found
from guantong.mapping.draft.write import dialect_files
from guantong.oserrors import in_words
from guantong.problems import Code, Place, Problem
from guantong.yamlfile import UNREADABLE

DIALECT_THERE = Code(
    "GT693", "the dialect {came!r} is there already", "数据规范 {came!r} 已存在",
    "choose another name: a draft never writes over a dialect", "请换一个名称：草稿不会覆盖已有的数据规范",
)
BAD_NAME = Code(
    "GT694", "{came!r} cannot be the name of a dialect", "{came!r} 不能作为数据规范名称",
    "use small letters, digits and -, as in rongcheng", "请使用小写字母、数字和 -，如 rongcheng",
)
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_LIBRARIES = ((b"PK\x03\x04", "openpyxl"), (bytes.fromhex("d0cf11e0a1b11ae1"), "xlrd"))


def draft(
    from_: Annotated[list[Path], typer.Option("--from", help="A data dictionary (.xlsx .xls .csv .docx), DDL, WSDL, XSD, or sample records; may be repeated (对方资料，可多次).")],
    dialect: Annotated[str, typer.Option("--dialect", help="The name of the new dialect (新数据规范名).")],
    columns: Annotated[str, typer.Option("--columns", help="Where a table's columns stand, if they are not found: 字段名=B,中文名=C,类型=D (列的位置).")] = "",
    sheet: Annotated[list[str] | None, typer.Option("--sheet", help="Read this sheet only; may be repeated (只读该工作表).")] = None,
    title: Annotated[str, typer.Option("--title", help="The Chinese title of the dialect (中文名称).")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the files, write nothing (只显示).")] = False,
    home: HomeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Make a first dialect of what a vendor hands over (由对方资料生成映射草稿).

    Every field is listed with its label and type. What clearly matches the model or gd-exchange becomes a
    rule, marked 建议 proposal with its evidence; the rest stays listed in comments. Nothing of a sample's
    values is kept. The result loads with `guantong check`.

    Examples 示例: `guantong mapping draft --from 数据字典.xlsx --dialect konggang`,
    `guantong mapping draft --from tables.sql --from accept.json --dialect konggang --dry-run`
    """
    if not home.is_dir():
        ended([Problem(NO_HOME, details={"folder": home.as_posix()})], as_json)
    if not _NAME.fullmatch(dialect):
        ended([Problem(BAD_NAME, details={"came": dialect[:40]})], as_json)
    if (home / "mappings" / dialect).exists():
        ended([Problem(DIALECT_THERE, details={"came": dialect})], as_json)
    at, problems = parse_columns(columns)
    handed = _handed(from_, problems, as_json)
    found = Found(problems=problems)
    for one in handed:
        found.join(read_handed(one, at, sheet or (), handed))
    if any(problem.code.severity == "error" for problem in found.problems):
        ended(found.problems, as_json)
    model, _ = model_of(home)
    dialects, _ = loaded(home / "mappings", model)
    drafted = draft_dialect(dialect, found, Evidence.of(model, dialects))
    files = dialect_files(drafted, title or dialect)
    left = [*found.problems, *drafted.problems, *tried_out(home, dialect, files, model)]
    if any(problem.code.severity == "error" for problem in left):
        ended(left, as_json)
    if not dry_run:
        try:
            write_files(home / "mappings" / dialect, files)
        except OSError as error:
            what, what_zh = in_words(error)
            ended([Problem(UNREADABLE, Place(f"mappings/{dialect}"), details={"what": what, "what_zh": what_zh})], as_json)
    _answer(drafted, files, left, dry_run, as_json)


def _handed(paths: Sequence[Path], problems: list[Problem], as_json: bool) -> list[Handed]:
    handed: list[Handed] = []
    for path in paths:
        try:
            body = path.read_bytes()
        except OSError as error:
            what, what_zh = in_words(error)
            problems.append(Problem(UNREADABLE, Place(path.name), details={"what": what, "what_zh": what_zh}))
            continue
        for mark, library in _LIBRARIES:
            if body.startswith(mark):
                needs(library, "excel", as_json)
        handed.append(Handed(path.name, body))
    return handed


def _answer(drafted: Drafted, files: dict[str, bytes], problems: list[Problem], dry_run: bool, as_json: bool) -> None:
    records = [_summary(one) for one in drafted.records]
    if as_json:
        answer: dict[str, Any] = {
            "ok": True, "dialect": drafted.name, "written": [] if dry_run else sorted(files), "records": records,
            "files": {name: body.decode() for name, body in sorted(files.items())} if dry_run else sorted(files),
            "problems": [problem.as_json() for problem in problems],
        }
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
        return
    print_problems(problems)
    if dry_run:
        for name, body in files.items():
            typer.echo(f"--- mappings/{drafted.name}/{name}\n{body.decode()}")
    for one in records:
        typer.echo(f"{one['record']} {one['title']}  →  {one['event'] or '？'}  "
                   f"{one['proposed']}/{one['fields']} 个字段有建议 · fields proposed   {one['file']}")
    done = "将生成" if dry_run else "已生成"
    typer.echo(f"{done} mappings/{drafted.name}：{len(files)} 个文件 · {len(files)} files"
               + ("" if dry_run else f"。请逐项核对 · check each: guantong mapping to-excel {drafted.name} {drafted.name}.xlsx"))


def _summary(one: DraftedRecord) -> dict[str, Any]:
    fields = [_field(item) for item in one.proposals]
    return {
        "record": one.record.name, "title": one.record.title, "event": one.event, "near": list(one.near),
        "file": one.file, "fields": len(fields), "proposed": sum(bool(item["path"]) for item in fields),
        "proposals": fields,
    }


def _field(item: Proposal) -> dict[str, Any]:
    return {
        "field": item.field.name, "label": item.field.label, "type": item.field.type, "required": item.field.required,
        "path": item.path, "evidence": [claim.en for claim in item.why], "evidence_zh": [claim.zh for claim in item.why],
        "codes": item.table.name if item.table else "", "remark": item.open[0], "remark_zh": item.open[1],
        "items": [_field(inner) for inner in item.items],
    }
