"""`guantong mapping coverage`: what samples hold that a dialect does not read, fill, translate or keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from guantong.cli.check import Lang
from guantong.cli.home import HERE, PROBLEMS_FOUND, HomeOption, JsonOption
from guantong.cli.mappinghome import Mappings, UnmaskOption, mappings, natives_of, own_and_inherited_pairs
from guantong.cli.screen import console, table
from guantong.cli.storedrecords import MessagesOption, StoredOption, stored_of
from guantong.codec import Undecodable
from guantong.mapping import Dialect
from guantong.mapping.causes import CAUSES
from guantong.mapping.coverage import KINDS, Coverage, Finding
from guantong.mapping.showing import Shower
from guantong.problems import Language, all_codes

HEADS = {
    "zh": ("问题", "方向", "映射", "字段", "次数", "说明 · 样例"),
    "en": ("finding", "way", "mapping", "field", "count", "what · example"),
}
WAYS = {"zh": {"in": "接收", "out": "发送"}, "en": {"in": "in", "out": "out"}}
NEVER = ("unset", "unmapped")
"""Kinds of findings that are told together for a mapping: something that never happened has no count and no example."""
Most = Annotated[int | None, typer.Option(min=0, help="Exit 1 when there are more such findings (超过此数则退出码为 1).")]


def coverage(
    dialect: Annotated[str, typer.Argument(help="A dialect (数据规范).")],
    samples: Annotated[list[Path] | None, typer.Argument(
        metavar="[SAMPLES]...", help="Files with records as the system sends them, or folders of them; "
        "without any, the dialect's own pairs (样例文件或文件夹，缺省用对照样例).")] = None,
    kind: Annotated[str | None, typer.Option(help="The record kind, where the bytes do not say it (报文类型).")] = None,
    stored: StoredOption = False,
    messages: MessagesOption = None,
    max_unread: Most = None,
    max_unset: Most = None,
    max_unmapped: Most = None,
    max_untranslated: Most = None,
    max_fallback: Most = None,
    max_cut: Most = None,
    max_filled: Most = None,
    max_refused: Most = 0,
    unmask: UnmaskOption = False,
    home: HomeOption = HERE,
    as_json: JsonOption = False,
    lang: Annotated[Lang | None, typer.Option(help="Language of the texts (语言).")] = None,
) -> None:
    """Tell what samples hold that a dialect does not read, fill, translate or keep (映射覆盖情况).

    Source fields never read, target fields never set, codes without translation, values cut, filled in or
    changed, values refused; each counted by field, with an example (masked). The limits count fields (for codes:
    codes), so that a gate stays the same however many samples there are.

    Examples 示例: `guantong mapping coverage rongcheng samples/` · `guantong mapping coverage rongcheng --stored` · `guantong mapping coverage jiexi a.json --kind EX_GDBS_SL --max-unread 0 --max-untranslated 0`
    """
    loaded = mappings(home, [dialect])
    spoken = loaded.dialect(dialect)
    if stored or messages is not None:
        measured = _stored(home, loaded, spoken, messages, unmask)
    else:
        measured = _measure(loaded, spoken, samples or [], kind, unmask)
    findings = measured.findings()
    limits = {"unread": max_unread, "unset": max_unset, "unmapped": max_unmapped, "untranslated": max_untranslated,
              "fallback": max_fallback, "cut": max_cut, "filled": max_filled, "refused": max_refused}
    counts = {name: sum(one.kind == name for one in findings) for name in KINDS}
    over = [name for name, most in limits.items() if most is not None and counts[name] > most]
    if as_json:
        answer = {"ok": not over, "dialect": dialect, "records": dict(sorted(measured.records.items())), "counts": counts,
                  "over": over, "findings": [one.as_json() for one in findings]}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
    else:
        _print(measured, findings, over, "en" if lang is Lang.EN else "zh")
    if over:
        raise typer.Exit(PROBLEMS_FOUND)


def _measure(loaded: Mappings, dialect: Dialect, samples: Sequence[Path], kind: str | None, unmask: bool) -> Coverage:
    measured = Coverage(dialect, Shower(loaded.model, unmask))
    nothing: dict[str, Any] = {"system": {}, "site": {}, "case": {}}
    for name, native in natives_of(dialect, samples, kind):
        measured.read(name, native, nothing)
    if samples:
        return measured
    measured.take(own_and_inherited_pairs(loaded, dialect))
    return measured


def _stored(home: Path, loaded: Mappings, dialect: Dialect, said: str | None, unmask: bool) -> Coverage:
    """What the live traffic of a home leaves unread, unset, untranslated, cut or filled in."""
    measured = Coverage(dialect, Shower(loaded.model, unmask))
    with stored_of(home, dialect.name, said) as stored:
        for came in stored.came():
            try:
                natives = dialect.decode(came.body, came.kind, came.charset)
            except Undecodable as error:
                measured.undecodable(came.name, error.code)
                continue
            for number, native in enumerate(natives, 1):
                measured.read(came.name if len(natives) == 1 else f"{came.name}#{number}", native, came.facts)
        for went in stored.went():
            measured.write(went.name, went.event, went.told, went.facts)
    return measured


def _print(measured: Coverage, findings: Sequence[Finding], over: Sequence[str], language: Language) -> None:
    screen = console()
    chinese = language == "zh"
    rows = [
        (KINDS[kind][chinese], WAYS[language][way], name, path, count, said)
        for kind, way, name, path, count, said in _rows(findings, language)
    ]
    if rows:
        screen.print(table(HEADS[language], rows, right=(4,)))
    for kind, way, name, paths in _never(findings):
        head = f"{KINDS[kind][chinese]} · {WAYS[language][way]} · {name} · {len(paths)}"
        screen.print(f"{head}\n    {', '.join(paths)}", soft_wrap=True)
    total = sum(measured.records.values())
    screen.print(f"{total} 条样例，{len(findings)} 项发现" if chinese else f"{total} samples, {len(findings)} findings")
    for name in over:
        screen.print(f"超过上限：{KINDS[name][1]}" if chinese else f"over the limit: {KINDS[name][0]}")


def _rows(findings: Sequence[Finding], language: Language) -> Iterator[tuple[str, str, str, str, str, str]]:
    """A line for each finding of something that happened."""
    for one in findings:
        if one.kind not in NEVER:
            yield one.kind, one.way, one.mapping, one.path, str(one.count), _said(one, language)


def _never(findings: Sequence[Finding]) -> Iterator[tuple[str, str, str, list[str]]]:
    """What never happened: its kind, direction and mapping, and all the paths."""
    for kind, way, name in dict.fromkeys((one.kind, one.way, one.mapping) for one in findings if one.kind in NEVER):
        yield kind, way, name, [one.path for one in findings if (one.kind, one.way, one.mapping) == (kind, way, name)]


def _said(one: Finding, language: Language) -> str:
    """What is the matter, then the example."""
    chinese = language == "zh"
    code = all_codes().get(one.what)
    what = CAUSES[one.what][chinese] if one.what in CAUSES else one.what
    if code is not None:
        what = f"{one.what} {code.zh if chinese else code.en}" if not set("{}") & set(code.en) else one.what
    example = one.example
    if example is None:
        return what
    seen = " → ".join(part for part in (example.value, example.became) if part)
    return " · ".join(part for part in (what, seen, example.sample) if part)
