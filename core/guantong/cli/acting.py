"""How a verb acts: through the hub that runs on the home, or under its lock when it is stopped."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import aiohttp
import orjson
import typer

from guantong.cli.home import PROBLEMS_FOUND, configuration, fail
from guantong.config import Configuration
from guantong.control import ask
from guantong.hub import open_engine
from guantong.lock import HomeLocked
from guantong.operations import Act, Order, carry_out
from guantong.operations.codes import HUB_RUNS
from guantong.plugins import registry
from guantong.problems import Problem
from guantong.store import StoreRefused
from guantong.vault import VaultError

ActorOption = Annotated[str, typer.Option("--as", help="Who acts (操作人); default: the login name.")]
WhyOption = Annotated[str, typer.Option("--why", help="The reason, kept in the journal (原因).")]


def actor_or_login(actor: str) -> str:
    """The person who acts. Root is nobody in particular: it must say who it is."""
    if actor:
        return actor
    login = os.environ.get("SUDO_USER") or getpass.getuser()
    if login == "root":
        fail("请用 --as 指明操作人（root 不是人名）/ say who you are with --as: root is no person")
    return login


def act(home: Path, word: Act, ids: Sequence[str], actor: str, why: str, as_json: bool) -> None:
    """Carry out and answer; exit 1 when something could not be done."""
    config = configuration(home)
    order = Order(word, list(ids), actor_or_login(actor), why)
    done = asyncio.run(_carry_out(config, order))
    if as_json:
        typer.echo(orjson.dumps({"done": done}, option=orjson.OPT_INDENT_2))
    else:
        for one in done:
            _print(one)
    if any(one["problem"] for one in done):
        raise typer.Exit(PROBLEMS_FOUND)


async def _carry_out(config: Configuration, order: Order) -> list[dict[str, object]]:
    try:
        async with open_engine(config, registry()) as engine:
            return [one.as_json() for one in await carry_out(engine, order)]
    except HomeLocked:
        pass  # a hub runs: it acts for us
    except (StoreRefused, VaultError) as error:
        fail(str(error))
    try:
        return await ask(config.home, order)
    except (aiohttp.ClientError, OSError):
        fail(Problem(HUB_RUNS).line("zh"))


def _print(one: dict[str, object]) -> None:
    problem = one["problem"]
    if isinstance(problem, dict):
        typer.echo(f"✗ {one['id']}: {problem['message_zh']} / {problem['message']} [{problem['code']}]", err=True)
    else:
        typer.echo(f"✓ {one['id']}: {one['state']}")
