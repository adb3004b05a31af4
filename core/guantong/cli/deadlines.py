"""`guantong deadlines`: how the limits of cases stand, and why."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.text import Text

from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    HomeOption,
    JsonOption,
    configuration,
    reading,
    stop,
    vault_of,
)
from guantong.cli.plot import bar
from guantong.cli.screen import console, table
from guantong.cli.supervisioncodes import NO_SUPERVISION, NOT_WATCHED
from guantong.clock import shown
from guantong.config import Configuration
from guantong.config.supervision import SupervisionFile
from guantong.journey.belonging import region_prefix
from guantong.operations.supervising import CaseDeadlines, case_deadlines, open_deadlines
from guantong.operations.tracing import find_subjects
from guantong.problems import Problem
from guantong.supervision.kept import OPEN_STATES, WatchFilter
from guantong.supervision.words import CLOCKS, LEVELS, STATES, VERDICTS, both, why_in_words

RegionOption = Annotated[str, typer.Option("--region", help="Region codes that begin so: a county or a town (区划).")]
WindowOption = Annotated[str, typer.Option("--window", help="Of one window, by its code (窗口编码).")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=100_000, help="At most so many (最多条数).")]


def rules_of(config: Configuration) -> SupervisionFile:
    """The rules of supervision; ends the verb where there are none."""
    if config.supervision is None:
        stop(Problem(NO_SUPERVISION))
    return config.supervision


def deadlines(
    case: Annotated[str, typer.Argument(help="A number of the case, in any system (办件流水号).")] = "",
    state: Annotated[list[str] | None, typer.Option("--state", help="running, stopped or overdue (状态).")] = None,
    region: RegionOption = "", window: WindowOption = "", limit: LimitOption = 50,
    home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Show how limits run: of the open cases soonest due first, or of one case with its whole reckoning (办理时限).

    Of one case: every clock with what counted and what stopped it, the warnings it deserves, those that came. Counted
    anew from the case's events each time; the list is what the running hub keeps.

    Examples: `guantong deadlines --state overdue`, `guantong deadlines JY20140715001`
    """
    config = configuration(home)
    rules = rules_of(config)
    with reading(config) as reader:
        if not case:
            wrong = [one for one in state or () if one not in OPEN_STATES]
            if wrong:
                raise typer.BadParameter(f"{wrong[0]}: {', '.join(OPEN_STATES)}", param_hint="--state")
            which = WatchFilter(region=region_prefix(region), window=window, states=tuple(state or ()))
            _list(open_deadlines(reader, which, limit), as_json)
            return
        vault = vault_of(config)
        now = time.time_ns() // 1_000_000
        found = [case_deadlines(reader, vault, config, rules, subject, now) for subject in find_subjects(reader, case)]
    if not found:
        stop(Problem(NOT_WATCHED, details={"case": case}), PROBLEMS_FOUND)
    if as_json:
        typer.echo(orjson.dumps({"cases": [one.as_json() for one in found]}, option=orjson.OPT_INDENT_2))
        return
    for one in found:
        _print_case(console(), one)


def _list(rows: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps({"cases": rows}, option=orjson.OPT_INDENT_2))
        return
    if not rows:
        typer.echo("没有在办的限时办件 · No open case with a limit.")
        return
    console().print(table(
        ("办件 case", "状态 state", "到期 due", "时限 limit", "区划 region", "窗口 window", "事项 item"),
        ([_number(row), both(STATES, row["state"]), shown(row["due"]) if row["due"] else "—", both(CLOCKS, row["clock"]),
          row["region"], row["window_name"] or row["window"], row["item_name"] or row["item"]] for row in rows)))


def _number(row: Mapping[str, Any]) -> str:
    return str(next((serial["number"] for serial in row["serials"]), row["case"]))


def _print_case(screen: Console, one: CaseDeadlines) -> None:
    head = "  ".join(filter(None, (f"C{one.subject}", *one.numbers, one.facts.item_name or one.facts.item)))
    screen.print(head, style="bold", soft_wrap=True)
    if not one.clocks:
        screen.print("  没有时限：未受理，或没有承诺与法定时限 · no limit: not accepted, or none promised and none by law")
    for clock, read in zip(one.clocks, one.read, strict=True):
        name = both(CLOCKS, clock.kind) + (f" {clock.step}" if clock.step else "")
        due = shown(read.due) if read.due is not None else "— 计时停止中 the clock stands"
        screen.print(f"  {name}：{read.limit.zh} · {read.limit.en}   {both(STATES, read.state.value)}")
        screen.print(f"    起 from {shown(read.start)}   到期 due {due}   已用 spent {read.spent}/{read.total}"
                     + (f"   超 over {read.over}" if read.over else f"   剩 left {read.left}"), soft_wrap=True)
        screen.print(Text("    ") + bar(read, one.now, max(20, min(72, screen.width - 8))))
        for line in _stretches(read.stretches):
            screen.print(f"      {line}", soft_wrap=True)
        if read.unknown_years:
            years = ", ".join(map(str, read.unknown_years))
            screen.print(f"      {years} 年没有放假通知，只按周末推算 · no holiday notice: weekends alone were left out")
    _print_warnings(screen, one)


def _stretches(stretches: Sequence[Any]) -> Iterator[str]:
    for part in stretches:
        until = shown(part.end) if part.end is not None else "…"
        what = f"计 counted {part.counted}" if part.runs else f"不计 not counted：{why_in_words(part.why)}"
        yield f"{shown(part.start)} → {until}  {what}"


def _print_warnings(screen: Console, one: CaseDeadlines) -> None:
    for warned in one.warned:
        alert, expected = warned.alert, warned.expected
        words = [both(LEVELS, warned.level), both(VERDICTS, warned.verdict.value)]
        if alert is not None:
            words.append(f"{alert.no} 发出 raised {shown(alert.raised.at)}")
        if expected is not None:
            words.append(f"应发 deserved {shown(expected.at)}（{both(CLOCKS, expected.clock)}）")
        if warned.reply_by is not None:
            words.append(f"回复期限 reply by {shown(warned.reply_by)}")
        screen.print("  " + "  ".join(words), soft_wrap=True)
    for odd in one.irregular:
        facts = "  ".join(f"{name} {value}" for name, value in odd.detail.items() if value != "")
        screen.print(f"  疑点 finding：{odd.kind.title_zh} · {odd.kind.title_en}  {facts}", soft_wrap=True)
