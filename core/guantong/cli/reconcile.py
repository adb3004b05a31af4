"""`guantong reconcile`: a system's own books of some days against what was accepted here and confirmed by its targets (对账)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from guantong.cli.codes import NO_SUCH_PLACE
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
from guantong.cli.reconcile_shown import print_found
from guantong.cli.screen import console
from guantong.cli.sites_list import OverwriteOption, put
from guantong.clock import now_ms
from guantong.config import Configuration, System
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError, nearest
from guantong.readiness.codes import NO_EXTRA
from guantong.reconcile.books import Around
from guantong.reconcile.codes import BAD_DAYS
from guantong.reconcile.comparing import Wanted, reconcile
from guantong.reconcile.days import Days, day_of
from guantong.reconcile.outcome import Found, Line

MOST_LISTED = 1000
"""Differences in the answer of `--json`."""


class Collected:
    """The differences that are listed, and how many there are beside them; *sheet* takes them all."""

    def __init__(self, sheet: Callable[[Line], None] | None = None) -> None:
        self.lines: list[Line] = []
        self.more = 0
        self._sheet = sheet

    def add(self, line: Line) -> None:
        """One more."""
        if len(self.lines) < MOST_LISTED:
            self.lines.append(line)
        else:
            self.more += 1
        if self._sheet is not None:
            self._sheet(line)


def verb(
    system: Annotated[str, typer.Argument(help="A system, or a place that has one (系统或地区).")],
    day: Annotated[str, typer.Option("--date", help="The day, such as 2026-11-26; without it, yesterday (日期，缺省为昨天).")] = "",
    to: Annotated[str, typer.Option("--to", help="The last day, where there are several (截止日期).")] = "",
    file: Annotated[Path | None, typer.Option("--file", help="The county's own list, .xlsx or .csv, in place of asking its system (县区提供的清单).")] = None,
    report: Annotated[Path | None, typer.Option("--report", metavar="XLSX", help="Write all differences as a workbook (另存对账单).")] = None,
    overwrite: OverwriteOption = False, home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Hold a system's own books of a day against what was accepted here and confirmed by each target (对账).

    Every key is told apart: missing here, extra here, different, waiting, dead, unrouted, confirmed, without a receipt. The books are read
    as `reconcile:` of the system says, or from `--file`; without either, what the hub reads there is read again and compared
    whole. Nothing is changed anywhere. Exit 0: all agrees; 1: differences; 2: it could not be done.

    Example: `guantong reconcile jiexi.approval --date 2026-11-26 --report 对账单.xlsx`;
    `guantong reconcile rongcheng --date 2026-11-01 --to 2026-11-30 --file 县区清单.xlsx`
    """
    days = days_named(day, to)
    if report is not None and find_spec("openpyxl") is None:
        stop(Problem(NO_EXTRA, details={"library": "openpyxl", "extra": "paper"}))
    config = configuration(home, secrets=file is None)
    chosen = system_named(config, system)
    sheet = None
    if report is not None:
        from guantong.reconcile.sheet import Sheet  # openpyxl loads for who writes

        sheet = Sheet(config.model)
    collected = Collected(sheet.add if sheet is not None else None)
    found = compared(config, Wanted(chosen, days, file), collected, quiet=as_json or not sys.stderr.isatty())
    if report is not None and sheet is not None:
        put(report, sheet.bytes(found), overwrite, as_json)
    if as_json:
        typer.echo(orjson.dumps(answer_of(found, collected), option=orjson.OPT_INDENT_2))
    else:
        print_found(console(), found, collected.lines, config)
    if not found.agree:
        raise typer.Exit(PROBLEMS_FOUND)


def compared(config: Configuration, wanted: Wanted, collected: Collected, *, quiet: bool) -> Found:
    """Reconcile with a bar on the screen; ends the verb where the books cannot be read."""
    columns = (TextColumn("{task.description}"), TextColumn("{task.completed}"), TimeElapsedColumn())
    with reading(config) as reader, Progress(*columns, console=Console(file=sys.stderr), transient=True, disable=quiet) as bar:
        there = bar.add_task("读取来源的账 reading the books", total=None)
        here = bar.add_task("比对 comparing", total=None)
        around = Around(config, registry(), vault_of(config), lambda rows: bar.advance(there, rows))
        try:
            return asyncio.run(reconcile(around, reader, wanted, collected.add, lambda events: bar.advance(here, events)))
        except ProblemsError as error:
            bar.stop()
            print_problems(error.problems)
            raise typer.Exit(WRONG_USAGE) from None


def answer_of(found: Found, collected: Collected) -> dict[str, Any]:
    """What `--json` prints."""
    return {**found.as_json(), "differences": [line.as_json() for line in collected.lines], "more": collected.more}


def system_named(config: Configuration, name: str) -> System:
    """The system *name*, or the only one of the place; ends the verb where there is none, or several."""
    if name in config.systems:
        return config.systems[name]
    there = [one for one in config.systems.values() if one.id.partition(".")[0] == name]
    if len(there) == 1:
        return there[0]
    names = sorted(one.id for one in there) or sorted(config.systems)
    like = nearest(name, names)
    stop(Problem(NO_SUCH_PLACE, details={"name": name, "known": ", ".join(names), "near": f" ({like}?)" if like else ""}))


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
