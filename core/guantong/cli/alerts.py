"""`guantong alerts`: warnings and cards (预警、黄牌、红牌) of each county, town and window, and who owes an answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import orjson
import typer

from guantong.cli.deadlines import LimitOption, RegionOption, WindowOption, rules_of
from guantong.cli.home import HERE, PROBLEMS_FOUND, HomeOption, JsonOption, configuration, reading, stop
from guantong.cli.screen import console, table
from guantong.cli.supervisioncodes import NO_SUCH_WARNING
from guantong.clock import shown
from guantong.journey.belonging import region_prefix
from guantong.operations.supervising import warning_entries, warnings_named
from guantong.operations.words import DELIVERY_STATES
from guantong.operations.words import both as state_of
from guantong.problems import Problem
from guantong.supervision.kept import WatchFilter
from guantong.supervision.words import CLOCKS, LEVELS, VERDICTS, both

alerts = typer.Typer(
    no_args_is_help=True,
    help="Warnings and cards (预警与红黄牌).\n\nThose that supervision raised, and those it should have: whose they are, until "
         "when they are to be answered, whether they were deserved.\n\nExample: `guantong alerts list --region 445281`",
)


class Level(StrEnum):
    """A level of warning."""

    PRE_ALERT = "pre_alert"
    YELLOW = "yellow"
    RED = "red"


@alerts.command("list")
def list_alerts(
    region: RegionOption = "", window: WindowOption = "",
    level: Annotated[Level | None, typer.Option("--level", help="pre_alert, yellow or red (级别).")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only cards whose reply limit has passed (只看逾期未回复).")] = False,
    every: Annotated[bool, typer.Option("--all", help="Also what is answered, withdrawn or agrees (含已办结).")] = False,
    limit: LimitOption = 200, home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """List warnings that somebody should see to, the next reply limit first (预警与红黄牌清单).

    For a window that no system reaches this is the list to work from: what was sent to nobody is marked.

    Example: `guantong alerts list --region 445281 --overdue`
    """
    config = configuration(home)
    rules_of(config)
    now = time.time_ns() // 1_000_000
    which = WatchFilter(region=region_prefix(region), window=window, level=level.value if level else "", closed=every,
                        due_before=now if overdue else 0)
    with reading(config) as reader:
        found = warning_entries(reader, which, now, limit)
    if as_json:
        typer.echo(orjson.dumps({"alerts": found}, option=orjson.OPT_INDENT_2))
        return
    if not found:
        typer.echo("没有待处理的预警或红黄牌 · There is no warning to see to.")
        return
    console().print(table(
        ("编号 no", "级别 level", "核对 verdict", "回复期限 reply by", "办件 case", "何处 where", "送达 sent to"),
        ([one["no"] or "—", both(LEVELS, one["level"]), both(VERDICTS, one["verdict"]), _reply_by(one), _case(one),
          _where(one), _sent(one)] for one in found)))


def _where(one: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (one["region"], one["window_name"] or one["window"])))


@alerts.command("show")
def show(
    key: Annotated[str, typer.Argument(help="The number of a warning, or of a case (监察编号或办件流水号).")],
    home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """Show a warning, or all those of a case, with why it was deserved or not (查看预警).

    Example: `guantong alerts show JC20140723001`
    """
    config = configuration(home)
    rules_of(config)
    with reading(config) as reader:
        found = warnings_named(reader, key, time.time_ns() // 1_000_000)
    if not found:
        stop(Problem(NO_SUCH_WARNING, details={"no": key}), PROBLEMS_FOUND)
    if as_json:
        typer.echo(orjson.dumps({"alerts": found}, option=orjson.OPT_INDENT_2))
        return
    screen = console()
    for one in found:
        screen.print(f"{one['no'] or '（未收到 none came）'}  {both(LEVELS, one['level'])}  {both(VERDICTS, one['verdict'])}", style="bold")
        for name, value in _lines(one):
            screen.print(f"  {name}  {value}", soft_wrap=True)
    screen.print(f"时限怎样计算 how the limit runs: guantong deadlines {_case(found[0])}")


def _lines(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    named = (("办件 case", _case(one)), ("事项 item", one["item_name"] or one["item"]), ("区划 region", one["region"]),
             ("部门 department", one["org"]), ("窗口 window", " ".join(filter(None, (one["window"], one["window_name"])))),
             ("发出 raised", _time(one["raised_at"])),
             ("应发 deserved", f"{_time(one['expected_at'])} {both(CLOCKS, one['warned_for'])}" if one["expected_at"] else ""),
             ("回复期限 reply by", _reply_by(one)), ("回复 replied", _time(one["replied_at"])),
             ("撤牌 withdrawn", _time(one["withdrawn_at"])), ("送达 sent to", _sent(one) if one["no"] else ""))
    return [(name, value) for name, value in named if value]


def _time(at: int | None) -> str:
    return shown(at) if at else ""


def _reply_by(one: Mapping[str, Any]) -> str:
    return _time(one["reply_by"])[:len("2014-07-15 10:30")] + (" 逾期 late" if one["reply_overdue"] else "")


def _case(one: Mapping[str, Any]) -> str:
    numbers = [serial["number"] for serial in one["serials"]]
    return numbers[0] if numbers else str(one["case"])


def _sent(one: Mapping[str, Any]) -> str:
    if not one["no"]:
        return ""
    return ", ".join(f"{to['system']} {state_of(DELIVERY_STATES, to['state'])}" for to in one["sent_to"]) or "未送达 nobody"
