"""`guantong mapping diff`: what a change of mappings does to records, before it is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from guantong.cli.check import Lang
from guantong.cli.home import HERE, PROBLEMS_FOUND, HomeOption, JsonOption
from guantong.cli.mappinghome import (
    Mappings,
    UnmaskOption,
    bodies_of,
    facts_of,
    own_and_inherited_pairs,
    readable,
)
from guantong.cli.mappingversions import both_versions
from guantong.cli.screen import console, table
from guantong.cli.storedrecords import MessagesOption, stored_of
from guantong.mapping import Dialect
from guantong.mapping.diff import KINDS, Comparison, Difference
from guantong.mapping.showing import Shower
from guantong.problems import Language

HEADS = {
    "zh": ("次数", "方向", "过程信息", "字段", "差异 · 样例"),
    "en": ("count", "way", "event", "field", "difference · example"),
}
STORED = Path("stored")
"""What `--records` takes for the records kept in the home; a file of this name is given as ./stored."""
WAYS = {"zh": {"in": "接收", "out": "发送"}, "en": {"in": "in", "out": "out"}}


def diff(
    old: Annotated[str, typer.Argument(help="The old version: a home, a folder mappings/, a dialect's folder in one, a "
                                       "dialect of this home, a kept version (see mapping versions), or `running`: what "
                                       "the running hub uses (旧版：文件夹、数据规范名、留存版本号，或 running).")],
    new: Annotated[str, typer.Argument(help="The new version, the same way (新版).")],
    more: Annotated[list[Path] | None, typer.Argument(metavar="[FILES]...", help="Further files with records (其余样例).")] = None,
    records: Annotated[list[Path] | None, typer.Option(
        "--records", metavar="FILES...", help="Files with records as the system sends them, or folders of them; `stored`: "
        "what is kept in this home; without any, the old version's own pairs (样例文件或文件夹；stored 为库中留存的报文；"
        "缺省用旧版的对照样例).")] = None,
    messages: MessagesOption = None,
    dialect: Annotated[str | None, typer.Option(help="Which dialect of the folders; needed where several differ "
                                                "(比较哪个数据规范).")] = None,
    kind: Annotated[str | None, typer.Option(help="The record kind, where the bytes do not say it (报文类型).")] = None,
    context: Annotated[Path | None, typer.Option(help="JSON with system:, site: and case: facts (上下文).")] = None,
    unmask: UnmaskOption = False,
    home: HomeOption = HERE,
    as_json: JsonOption = False,
    lang: Annotated[Lang | None, typer.Option(help="Language of the texts (语言).")] = None,
) -> None:
    """Run records through two versions of a dialect and group what differs (比较两版映射).

    Each record is read by both; the events in it are written by both; nothing is sent. Of stored records, those that
    came are read and those that went are written, each with the facts of its system and case; a running hub is not
    disturbed. Codes are told pair by pair (`outcome 'refused' → 'correction'`), other values by field, personal ones
    masked. Exit 1 when anything differs.

    Examples 示例: `guantong mapping diff ../old . --dialect jiedong --records samples/` · `guantong mapping diff jiedong jiexi --records a.json b.json` · `guantong mapping diff . ../new --dialect rongcheng --records stored` · `guantong mapping diff running . --dialect jiedong --messages system=jiedong.approval,since=7d`
    """
    before, after = both_versions(old, new, dialect, home)
    (loaded_old, spoken_old), (loaded_new, spoken_new) = before, after
    compared = Comparison(spoken_old, spoken_new, Shower(loaded_old.model, unmask), Shower(loaded_new.model, unmask))
    facts = facts_of(context)
    samples = [*(records or []), *(more or [])]
    stored = messages is not None or STORED in samples
    files = bodies_of(file for file in samples if file != STORED)
    for name, body in readable(files, kind, (spoken_old, spoken_new)):
        compared.body(name, body, kind, facts)
    if stored:
        _stored(compared, home, spoken_old.name, messages)
    elif not samples:
        # A kept version has no pairs of its own: those of the other side serve.
        _pairs(compared, *(after if loaded_old.kept else before))
    found = compared.differences()
    if as_json:
        answer = {
            "ok": not found, "old": _said(spoken_old), "new": _said(spoken_new), "records": compared.records,
            "differing": compared.differing, "differences": [each.as_json() for each in found],
        }
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
    else:
        _print(compared, found, "en" if lang is Lang.EN else "zh")
    if found:
        raise typer.Exit(PROBLEMS_FOUND)


def _pairs(compared: Comparison, loaded: Mappings, dialect: Dialect) -> None:
    for pair in own_and_inherited_pairs(loaded, dialect):
        if pair.inward:
            compared.record(pair.title, pair.record, pair.record, pair.context)
        for event, told in () if pair.inward else pair.together(dialect):
            compared.event(pair.title, event, told, pair.context)


def _stored(compared: Comparison, home: Path, dialect: str, messages: str | None) -> None:
    with stored_of(home, dialect, messages) as stored:
        for came in stored.came():
            compared.body(came.name, came.body, came.kind, came.facts, came.charset, write=False)
        for went in stored.went():
            compared.event(went.name, went.event, went.told, went.facts)


def _said(dialect: Dialect) -> dict[str, Any]:
    return {"dialect": dialect.name, "version": dialect.version}


def _print(compared: Comparison, found: Sequence[Difference], language: Language) -> None:
    screen = console()
    chinese = language == "zh"
    if found:
        screen.print(table(HEADS[language], _rows(found, language), right=(0,)))
    screen.print(
        f"{compared.records} 条样例，{compared.differing} 条有差异" if chinese
        else f"{compared.records} records, {compared.differing} differ")


def _rows(found: Iterable[Difference], language: Language) -> Iterable[tuple[str, str, str, str, str]]:
    for one in found:
        pair = f"{one.old or '∅'} → {one.new or '∅'}" if one.old or one.new else ""
        shown = one.example
        example = "" if pair or not (shown.old or shown.new) else f"{shown.old or '∅'} → {shown.new or '∅'}"
        said = " · ".join(filter(None, (KINDS[one.kind][language == "zh"], pair, example, shown.sample)))
        yield f"{one.count:,}", WAYS[language][one.way], one.event, one.path, said
