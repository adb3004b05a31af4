"""How a verb acts: through the hub that runs on the home, or under its lock when it is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated

import aiohttp
import orjson
import typer

from guantong.cli.codes import RELOAD_NEEDED, RESTART_NEEDED
from guantong.cli.home import (
    PROBLEMS_FOUND,
    WRONG_USAGE,
    configuration,
    fail,
    print_problems,
    refuse,
    stop,
    unwritable,
)
from guantong.cli.running import differences
from guantong.config import Configuration
from guantong.control import ask, socket_path, status
from guantong.hub import open_engine
from guantong.journey.engine import HUB_ACTOR
from guantong.lock import HomeLocked
from guantong.login import login
from guantong.operations import Act, Order, carry_out
from guantong.operations.codes import HUB_RUNS
from guantong.operations.words import DELIVERY_STATES, HAPPENINGS, MESSAGE_STATES, both
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.store import StoreRefused
from guantong.vault import VaultError

ActorOption = Annotated[str, typer.Option("--as", help="Who acts (操作人); default: the login name.")]
WhyOption = Annotated[str, typer.Option("--why", help="The reason, kept in the journal (原因).")]


def actor_or_login(actor: str, systems: Collection[str] = ()) -> str:
    """The person who acts. Root is nobody in particular: it must say who it is; and nobody acts as the hub, or as one of the *systems*."""
    if actor:
        who = actor.strip()
        if who.casefold() in ("", HUB_ACTOR) or who in systems or not who.isprintable():
            fail(f"--as：请写操作人的姓名，不能是空白、{HUB_ACTOR} 或系统的名称 / --as: the name of who acts, which is no blank, not {HUB_ACTOR} and no system's")
        return who
    if (who := login()) == "root":
        fail("请用 --as 写明姓名，如 --as 陈工（root 不是人名）/ say who you are, as in --as 陈工: root is no person")
    return who


def act(home: Path, word: Act, ids: Sequence[str], actor: str, why: str, as_json: bool) -> None:
    """Carry out and answer; exit 1 when something could not be done. Nothing to do is said, and is no problem."""
    config = configuration(home)
    order = Order(word, list(ids), actor_or_login(actor, config.systems), why)
    done, outdated = asyncio.run(_carry_out(config, order)) if order.ids else ([], [])
    if as_json:
        answer = {"done": done, "restart_needed": any(one.code is RESTART_NEEDED for one in outdated),
                  "reload_needed": any(one.code is RELOAD_NEEDED for one in outdated)}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        for one in done:
            _print(one, word)
        if not done:
            typer.echo("没有可处理的 · There is nothing to do.")
        if word is Act.REPLAY:
            print_problems(outdated)
    if any(one["problem"] for one in done):
        raise typer.Exit(PROBLEMS_FOUND)


async def _carry_out(config: Configuration, order: Order) -> tuple[list[dict[str, object]], list[Problem]]:
    """What became of each, and what to say of a hub that did it with older files."""
    try:
        if socket_path(config.home).name != "hub.sock":  # where several share the store, one of them acts: its systems are open
            return await _asked(config, order)
    except (aiohttp.ClientError, OSError):
        pass  # it was killed and left its socket behind
    try:
        async with open_engine(config, registry()) as engine:
            return [one.as_json() for one in await carry_out(engine, order)], []
    except HomeLocked:
        pass  # a hub runs: it acts for us
    except (StoreRefused, VaultError) as error:
        refuse(error)
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(WRONG_USAGE) from None
    except OSError as error:
        unwritable(error)
    try:
        return await _asked(config, order)
    except (aiohttp.ClientError, OSError):
        stop(Problem(HUB_RUNS))


async def _asked(config: Configuration, order: Order) -> tuple[list[dict[str, object]], list[Problem]]:
    hub = await status(config.home)
    return await ask(config.home, order), differences(hub, config)


def _print(one: dict[str, object], word: Act) -> None:
    problem = one["problem"]
    if isinstance(problem, dict):
        typer.echo(f"✗ {one['id']}: {problem['message_zh']}; {problem['hint_zh']} [{problem['code']}]", err=True)
        typer.echo(f"    {problem['message']}; {problem['hint']}", err=True)
    else:
        after = f" → {one['as']}" if "as" in one else ""
        if word is Act.DISCARD:
            after += f"（撤销 to undo: {one['undo']}）" if "undo" in one else "（不可撤销 cannot be undone）"
        typer.echo(f"✓ {one['id']}: {both({**HAPPENINGS, **MESSAGE_STATES, **DELIVERY_STATES}, str(one['state']))}{after}")
