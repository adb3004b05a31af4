"""`guantong reconcile`: a system's own books of some days against what was accepted here and confirmed by its targets (对账)."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from guantong.cli.acting import ActorOption, WhyOption
from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    WRONG_USAGE,
    HomeOption,
    JsonOption,
    configuration,
    print_problems,
    reading,
    stop,
    vault_of,
)
from guantong.cli.reconcile_nights import print_nights, system_named
from guantong.cli.reconcile_push import carry_out, command_for, print_plan
from guantong.cli.reconcile_shown import print_found
from guantong.cli.screen import console
from guantong.cli.sites_list import OverwriteOption, leave_alone, put
from guantong.clock import now_ms
from guantong.config import Configuration
from guantong.config.reconciling import can_reread
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.readiness.codes import NO_EXTRA
from guantong.reconcile.books import Around
from guantong.reconcile.codes import BAD_DAYS
from guantong.reconcile.comparing import Wanted, reconcile, systems_asked
from guantong.reconcile.days import Days, day_of
from guantong.reconcile.outcome import Found, Line
from guantong.reconcile.pushing import Pushing

MOST_LISTED = 1000
"""Differences in the answer of `--json`."""


class Collected:
    """The differences that are listed, and how many there are beside them; *others* hear of all."""

    def __init__(self, others: Sequence[Callable[[Line], None]] = ()) -> None:
        self.lines: list[Line] = []
        self.more = 0
        self._others = others

    def add(self, line: Line) -> None:
        """One more."""
        if len(self.lines) < MOST_LISTED:
            self.lines.append(line)
        else:
            self.more += 1
        for other in self._others:
            other(line)


def verb(
    system: Annotated[str, typer.Argument(help="A system, or a place that has one (系统或地区).")],
    day: Annotated[str, typer.Option("--date", help="The day, such as 2026-11-26; without it, yesterday (日期，缺省为昨天).")] = "",
    to: Annotated[str, typer.Option("--to", help="The last day, where there are several (截止日期).")] = "",
    file: Annotated[Path | None, typer.Option("--file", help="The county's own list, .xlsx or .csv, in place of asking its system (县区提供的清单).")] = None,
    report: Annotated[Path | None, typer.Option("--report", metavar="XLSX", help="Write all differences as a workbook (另存对账单).")] = None,
    push: Annotated[bool, typer.Option("--push", help="Say what can be fetched again and replayed (列出可补的); with --yes, do it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --push: carry it out (执行).")] = False,
    last: Annotated[bool, typer.Option("--last", help="Read nothing: what the nights found, the latest first (看每夜的结果).")] = False,
    overwrite: OverwriteOption = False, home: HomeOption = HERE, actor: ActorOption = "", why: WhyOption = "", as_json: JsonOption = False,
) -> None:
    """Hold a system's own books of a day against what was accepted here and confirmed by each target (对账).

    Every key is told apart: missing here, extra here, different, waiting, dead, unrouted, confirmed, without a receipt. The books are read
    as `reconcile:` of the system says, or from `--file`; without either, what the hub reads there is read again and compared
    whole. Nothing is changed anywhere, unless with `--push --yes`: what is missing is fetched again where the source can be read again, what is dead
    or parked is replayed; nothing takes effect twice. Exit 0: all agrees; 1: differences; 2: it could not be done.

    Example: `guantong reconcile jiexi.approval --date 2026-11-26 --report 对账单.xlsx`;
    `guantong reconcile rongcheng --date 2026-11-01 --to 2026-11-30 --file 县区清单.xlsx`;
    `guantong reconcile jiexi --push`, then `guantong reconcile jiexi --push --yes --why 补昨日缺件 --as 陈工`
    """
    if last:
        print_nights(configuration(home), system, as_json)
        return
    days = days_named(day, to)
    if report is not None:
        leave_alone(report, overwrite, as_json)
        if find_spec("openpyxl") is None:
            stop(Problem(NO_EXTRA, details={"library": "openpyxl", "extra": "paper"}))
    config = configuration(home)
    chosen = system_named(config, system)
    if asked := systems_asked(config, chosen, handed_in=file is not None):
        config = configuration(home, secrets=asked)
        chosen = config.systems[chosen.id]
    sheet = None
    if report is not None:
        from guantong.reconcile.sheet import Sheet  # openpyxl loads for who writes

        sheet = Sheet(config.model)
    pushing = Pushing(can_reread(chosen))
    collected = Collected([pushing.add, *([sheet.add] if sheet is not None else [])])
    wanted = Wanted(chosen, days, file)
    found = compared(config, wanted, collected, quiet=as_json or not sys.stderr.isatty())
    if report is not None and sheet is not None:
        put(report, sheet.bytes(found), overwrite, as_json)
    if as_json:
        answer = {**answer_of(found, collected), "push": pushing.as_json()}
        if push and yes:
            answer["begun"] = carry_out(config, wanted, pushing, actor, why, quiet=True)
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        print_found(console(), found, collected.lines, config)
        if push:
            print_plan(wanted, pushing)
        if push and yes:
            carry_out(config, wanted, pushing, actor, why)
        elif pushing.fetched or pushing.replayed:
            typer.echo(f"{'执行' if push else '补'} to push again: {command_for(wanted, yes=push)}")
    if not found.agree:
        raise typer.Exit(PROBLEMS_FOUND)


def compared(config: Configuration, wanted: Wanted, collected: Collected, *, quiet: bool) -> Found:
    """Reconcile with a bar on the screen; ends the verb where the books cannot be read."""
    columns = (TextColumn("{task.description}"), TextColumn("{task.completed}"), TimeElapsedColumn())
    with reading(config) as reader, Progress(*columns, console=Console(file=sys.stderr), transient=True, disable=quiet) as bar:
        there = bar.add_task("读取来源的账 reading the books", total=None)
        here = bar.add_task("比对 comparing", total=None)
        around = Around(config, registry(), vault_of(config), lambda rows: bar.advance(there, rows))
        gc.freeze()  # what was loaded never dies: a collector that walks it again and again takes a third of the time
        try:
            return asyncio.run(reconcile(around, reader, wanted, collected.add, lambda events: bar.advance(here, events)))
        except ProblemsError as error:
            bar.stop()
            print_problems(error.problems)
            raise typer.Exit(WRONG_USAGE) from None


def answer_of(found: Found, collected: Collected) -> dict[str, Any]:
    """What `--json` prints."""
    return {**found.as_json(), "differences": [line.as_json() for line in collected.lines], "more": collected.more}


def days_named(first: str, last: str) -> Days:
    """The days from *first* (yesterday where it is not said) to *last*; ends the verb where they are none."""
    begin = _day(first, "--date") if first else day_of(now_ms()) - timedelta(days=1)
    end = _day(last, "--to") if last else begin
    if end < begin:
        stop(Problem(BAD_DAYS, details={"option": "--to", "came": last[:60], "what": f"day on or after {begin}", "what_zh": f"不早于 {begin} 的日期",
                                        "example": str(begin)}))
    return Days(begin, end)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        details = {"option": option, "came": text[:60], "what": "day", "what_zh": "日期", "example": "2026-11-26"}
        stop(Problem(BAD_DAYS, details=details))
