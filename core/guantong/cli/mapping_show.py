"""`guantong mapping show`: a mapping with all that it inherits, as one table; or the Python made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import orjson
import typer
from rich.text import Text

from guantong.cli.check import Lang
from guantong.cli.codes import UNKNOWN_MAPPING
from guantong.cli.home import HERE, HomeOption, JsonOption, stop
from guantong.cli.mappinghome import mappings
from guantong.cli.screen import console, table
from guantong.mapping import Dialect
from guantong.mapping.overview import Line, overview, source_text
from guantong.mapping.plan import Plan
from guantong.problems import Language, Problem, nearest

HEADS = {
    "zh": ("标准字段", "", "对方字段", "类型", "出处", "代码 · 其他"),
    "en": ("canonical", "", "native", "type", "said at", "codes · besides"),
}
WAYS = {"both": "↔", "in": "←", "out": "→"}


def show(
    name: Annotated[str, typer.Argument(help="A dialect, or DIALECT/MAPPING as in `rongcheng/case.acceptance` "
                                             "(数据规范，或其中一个映射).")],
    source: Annotated[bool, typer.Option("--source", help="The generated Python instead of the table (生成的代码).")] = False,
    only_in: Annotated[bool, typer.Option("--in", help="Only what is read (只看收).")] = False,
    only_out: Annotated[bool, typer.Option("--out", help="Only what is written (只看发).")] = False,
    home: HomeOption = HERE,
    as_json: JsonOption = False,
    lang: Annotated[Lang | None, typer.Option(help="Language of the texts (语言).")] = None,
) -> None:
    """Show a mapping as it is in force: its own rules laid over those it inherits (显示合并后的映射).

    Each rule with the file and line that said it, and so the dialect of the chain. `↔` goes both ways, `←` is only
    read, `→` only written. With `--source`, the Python that maps records, each part under its rule's place.

    Examples 示例: `guantong mapping show rongcheng` · `guantong mapping show rongcheng/case.acceptance --source --in`
    """
    spoken, plans = _named(name, mappings(home, [name.partition("/")[0]]).dialect(name.partition("/")[0]))
    ways = [way for way, wanted in (("in", only_in), ("out", only_out)) if wanted] or ["in", "out"]
    if as_json:
        answer = {"dialect": spoken.name, "version": spoken.version, "extends": spoken.extends,
                  "mappings": [_as_json(spoken, plan, ways, source=source) for plan in plans]}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
        return
    for plan in plans:
        if source:
            typer.echo("\n\n".join(source_text(spoken.name, plan, inward=way == "in") for way in ways if _goes(plan, way)))
        else:
            _print(spoken, plan, ways, "en" if lang is Lang.EN else "zh")


def _named(name: str, spoken: Dialect) -> tuple[Dialect, list[Plan]]:
    """The plans meant by the part of *name* behind the dialect: one, or all."""
    one = name.partition("/")[2]
    if not one:
        return spoken, list(spoken.plans.values())
    if one not in spoken.plans:
        like = nearest(one, spoken.plans)
        details = {"what": "mapping", "what_zh": "映射", "came": one, "known": ", ".join(sorted(spoken.plans)),
                   "near": f" ({like}?)" if like else ""}
        stop(Problem(UNKNOWN_MAPPING, details=details))
    return spoken, [spoken.plans[one]]


def _goes(plan: Plan, way: str) -> bool:
    return bool(plan.mapping.inward if way == "in" else plan.mapping.outward)


def _lines(plan: Plan, ways: Sequence[str]) -> list[Line]:
    return [line for line in overview(plan) if line.way == "both" or line.way in ways]


def _as_json(spoken: Dialect, plan: Plan, ways: Sequence[str], *, source: bool) -> dict[str, object]:
    said: dict[str, object] = {
        "mapping": plan.mapping.name, "event": plan.event, "plan": plan.id, "reads": list(plan.mapping.kinds_in),
        "writes": plan.mapping.kind_out, "rules": [line.as_json() for line in _lines(plan, ways)],
        "ignored": ["/".join(path) for path in plan.mapping.ignored],
    }
    if source:
        said["source"] = {way: source_text(spoken.name, plan, inward=way == "in") for way in ways if _goes(plan, way)}
    return said


def _print(spoken: Dialect, plan: Plan, ways: Sequence[str], language: Language) -> None:
    screen = console()
    kinds = ", ".join(dict.fromkeys([*plan.mapping.kinds_in, plan.mapping.kind_out]))
    screen.print(Text(f"{spoken.name}/{plan.mapping.name}  {plan.event} ↔ {kinds}  plan {plan.id}", style="bold"))
    rows = [
        (line.canonical or "—", WAYS[line.way], line.native or "—", line.type, f"{line.dialect}:{line.line}",
         "; ".join(part for part in (line.codes, *line.says) if part))
        for line in _lines(plan, ways)
    ]
    screen.print(table(HEADS[language], rows))
    if plan.mapping.ignored and "in" in ways:
        head = "不读取" if language == "zh" else "ignored"
        screen.print(Text(f"{head}: {', '.join('/'.join(path) for path in plan.mapping.ignored)}", style="dim"))
    screen.print()
