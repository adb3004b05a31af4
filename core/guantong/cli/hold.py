"""`guantong hold` and `guantong release`: an operator's stop of a system or route (暂停推送)."""

from __future__ import annotations

from typing import Annotated

import typer

from guantong.cli.acting import ActorOption, act
from guantong.cli.home import HERE, HomeOption, JsonOption, fail
from guantong.operations import Act

Names = Annotated[list[str], typer.Argument(help="Systems (city.hall) or routes (county-to-hall) (系统或转发规则).")]
ReasonOption = Annotated[str, typer.Option("--reason", "--why", help="The reason, kept in the journal (原因).")]


def hold(
    names: Names, home: HomeOption = HERE, actor: ActorOption = "", reason: ReasonOption = "",
    inbound: Annotated[bool, typer.Option("--inbound", help="Do not read the system, nor listen to it, nor carry its stock in (同时暂停读取、接听和存量补传).")] = False,
    as_json: JsonOption = False,
) -> None:
    """Send nothing to a system, or nothing of a route, until it is released (暂停推送).

    What is being sent is settled, receipts are still taken, order is kept; what comes in is accepted. With `--inbound` a system
    that is read or listened to is left alone: what it has for us waits there. A hold outlives a restart. `guantong queues` shows who held what, and why.

    Example: `guantong hold city.hall --reason 主厅升级 --as 陈工`
    """
    if not reason:
        fail("请用 --reason 说明原因 / say why with --reason")
    act(home, Act.HOLD_INBOUND if inbound else Act.HOLD, names, actor, reason, as_json)


def release(names: Names, home: HomeOption = HERE, actor: ActorOption = "", reason: ReasonOption = "",
            as_json: JsonOption = False) -> None:
    """Let a held system or route go on, each delivery from its place (恢复推送).

    Example: `guantong release city.hall --as 陈工`
    """
    act(home, Act.RELEASE, names, actor, reason, as_json)
