"""`guantong mapping suggest`: rules a dialect may lack, each with its evidence. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import orjson
import typer

from guantong.cli.check import Lang
from guantong.cli.home import HERE, HomeOption, JsonOption
from guantong.cli.mappinghome import mappings, natives_of, own_and_inherited_pairs
from guantong.cli.screen import console, table
from guantong.mapping.suggest import Answer, has_pinyin, suggest
from guantong.problems import Language

HEADS = {
    "zh": ("", "映射", "对方字段", "分", "建议的规则 · 依据"),
    "en": ("", "mapping", "native field", "weight", "suggested rule · evidence"),
}


def suggest_rules(
    dialect: Annotated[str, typer.Argument(help="A dialect (数据规范).")],
    samples: Annotated[list[Path] | None, typer.Argument(
        metavar="[SAMPLES]...", help="Files with records as the system sends them, or folders of them; without any, the "
        "dialect's own pairs (样例文件或文件夹，缺省用对照样例).")] = None,
    kind: Annotated[str | None, typer.Option(help="The record kind, where the bytes do not say it (报文类型).")] = None,
    home: HomeOption = HERE,
    as_json: JsonOption = False,
    lang: Annotated[Lang | None, typer.Option(help="Language of the texts (语言).")] = None,
) -> None:
    """Propose rules for fields that have none; nothing is written (为没有规则的字段提出建议).

    Source fields of the samples that no rule reads are held against canonical fields without a rule: by the pinyin
    initials of Chinese labels (extra `draft`), English words, what other dialects call them, the shape of their values
    and code tables they fit. `*` marks the best of each. A person decides, and `guantong mapping coverage` shows the gain.

    Examples 示例: `guantong mapping suggest jiedong samples/` · `guantong mapping suggest rongcheng a.json --json`
    """
    loaded = mappings(home, [dialect])
    spoken = loaded.dialect(dialect)
    if samples:
        natives = [native for _, native in natives_of(spoken, samples, kind)]
    else:
        natives = [pair.record for pair in own_and_inherited_pairs(loaded, spoken) if pair.inward and spoken.hears(pair.kind)]
    answer = suggest(spoken, loaded.dialects, loaded.model, natives)
    if as_json:
        said = {
            "dialect": dialect, "records": len(natives), "pinyin": has_pinyin(),
            "suggestions": [one.as_json() for one in answer.suggestions],
            "unclear": [{"mapping": name, "native": path} for name, path in answer.unclear],
            "unknown_kinds": answer.unknown_kinds,
        }
        typer.echo(orjson.dumps(said, option=orjson.OPT_INDENT_2).decode())
    else:
        _print(answer, len(natives), "en" if lang is Lang.EN else "zh")


def _print(answer: Answer, records: int, language: Language) -> None:
    screen = console()
    chinese = language == "zh"
    if answer.suggestions:
        screen.print(table(HEADS[language], _rows(answer, language), right=(3,)))
    for name, path in answer.unclear:
        screen.print(f"{name}：{path} 没有线索" if chinese else f"{name}: nothing is known of {path}")
    for kind, count in sorted(answer.unknown_kinds.items()):
        screen.print(f"{count} 条报文的类型 {kind[:60]!r} 没有映射" if chinese else f"{count} records of kind {kind[:60]!r} have no mapping")
    total = len(answer.suggestions)
    screen.print(f"{records} 条样例，{total} 条建议；未写入任何文件" if chinese else f"{records} samples, {total} suggestions; nothing was written")
    if not has_pinyin():
        screen.print("未比较拼音：请安装 guantong[draft]" if chinese else "pinyin was not compared: install guantong[draft]")


def _rows(answer: Answer, language: Language) -> Iterator[tuple[str, str, str, str, str]]:
    for one in answer.suggestions:
        reasons = "；".join(each.zh for each in one.evidence) if language == "zh" else "; ".join(each.en for each in one.evidence)
        within = f"{one.within}.fields: " if one.within else ""
        yield "*" if one.best else "", one.mapping, one.native, str(one.weight), f"{within}{one.rule} · {reasons}"
