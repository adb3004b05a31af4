"""`guantong monthly`: the month's cases by county and town: in time, complete, correct (月报)."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from guantong.cli.home import HERE, HomeOption, JsonOption, configuration, reading, stop, vault_of
from guantong.cli.screen import console, table
from guantong.cli.sites_list import OverwriteOption, leave_alone, put
from guantong.problems import Problem
from guantong.readiness.codes import NO_EXTRA
from guantong.reconcile.codes import BAD_DAYS
from guantong.reconcile.monthly import County, Monthly, month_of

_HEADS = ("县区\nCounty", "镇街\ntown", "受理\naccepted", "按时\nin time", "超期\nlate", "在办\nopen", "无时限\nno limit", "完整\ncomplete", "准确\ncorrect",
          "退回\nreturned", "对账缺少/不一致\nmissing/different")


def monthly(
    month: Annotated[str, typer.Argument(help="The month, such as 2026-11 (月份).")],
    report: Annotated[Path | None, typer.Option("--report", metavar="XLSX", help="Write it as a workbook (另存月报).")] = None,
    overwrite: OverwriteOption = False, home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Tell by county and town how many cases of a month were accepted, in time, complete and correct (月报).

    A case is of the month it was accepted in; in time by the rules of supervision, as it stands now; complete where no step is missing and
    the acceptance says all that it should; correct where nothing contradicts; returned where a target sent something of it back.

    Example: `guantong monthly 2026-11 --report 月报.xlsx`
    """
    try:
        days = month_of(month)
    except ValueError:
        stop(Problem(BAD_DAYS, details={"option": "MONTH", "came": month[:60], "what": "month", "what_zh": "月份", "example": "2026-11"}))
    if report is not None:
        leave_alone(report, overwrite, as_json)
        if find_spec("openpyxl") is None:
            stop(Problem(NO_EXTRA, details={"library": "openpyxl", "extra": "paper"}))
    config = configuration(home)
    columns = (TextColumn("统计办件 counting cases"), TextColumn("{task.completed}"), TimeElapsedColumn())
    with reading(config) as reader, Progress(*columns, console=Console(file=sys.stderr), transient=True,
                                             disable=as_json or not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=None)
        counties = Monthly(reader, vault_of(config), config, days, lambda cases: bar.advance(task, cases)).counties()
    if report is not None:
        from guantong.reconcile.monthsheet import as_workbook  # openpyxl loads for who writes

        put(report, as_workbook(counties, month), overwrite, as_json)
    if as_json:
        typer.echo(orjson.dumps({"month": month, "counties": [one.as_json() for one in counties]}, option=orjson.OPT_INDENT_2))
    else:
        _print(counties, month)


def _print(counties: list[County], month: str) -> None:
    rows: list[list[str]] = []
    for county in counties:
        for name, one in [*sorted(county.towns.items()), ("合计 all", county.all)]:
            counts = (one.accepted, one.in_time, one.late, one.open, one.no_limit, one.complete, one.correct, one.returned)
            nights = f"{county.missing}/{county.different}" if name == "合计 all" and county.nights else ""
            rows.append([county.name, name or "未注明 not told", *(str(count or "·") for count in counts), nights])
    screen = console()
    screen.print(f"{month} 办件数据质量 quality of the month's cases", style="bold")
    screen.print(table(_HEADS, rows, right=range(2, 10)))
