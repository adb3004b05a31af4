"""`--reveal` on what is stored, and looking for cases by a person's number: a right with a reason, kept in the journal before
anything is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import aiohttp

from guantong.cli.acting import actor_or_login
from guantong.cli.codes import NO_REASON, NO_RIGHT, NO_SEARCH_REASON
from guantong.cli.home import PROBLEMS_FOUND, WRONG_USAGE, print_problems, refuse, stop, unwritable
from guantong.config import Configuration
from guantong.control import ask_unmasking
from guantong.hub import open_engine
from guantong.journey.engine import Engine
from guantong.lock import HomeLocked
from guantong.login import login
from guantong.operations.codes import HUB_RUNS, NOT_KEPT
from guantong.operations.idents import named
from guantong.operations.unmasking import Unmasking, journal_unmasking
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.store import StoreFailed, StoreRefused
from guantong.vault import VaultError


def journaled(config: Configuration, key: str, subjects: Sequence[Mapping[str, Any]], field: str | None, actor: str, why: str) -> None:
    """Journal that the values *key* names are shown in clear, to whom and why; ends the verb where no reason is given, or
    the journal cannot take it."""
    _must_have_the_right(config)
    if not why.strip():
        stop(Problem(NO_REASON))
    kind, number = (named(key) if key[:1] in "MmDd" else None) or ("", 0)
    asked = Unmasking(
        actor_or_login(actor, config.systems), why.strip(), [one["subject"] for one in subjects if one["subject"]],
        number if kind == "message" else 0, number if kind == "delivery" else 0, field or "")
    asyncio.run(keep(config, lambda engine: journal_unmasking(engine, asked), lambda: ask_unmasking(config.home, asked), "--reveal"))


def searched(config: Configuration, subjects: Sequence[int], actor: str, why: str) -> None:
    """The same of cases that were found by a person's number, which is not journaled."""
    _must_have_the_right(config)
    if not why.strip():
        stop(Problem(NO_SEARCH_REASON))
    asked = Unmasking(actor_or_login(actor, config.systems), why.strip(), subjects, searched=True)
    asyncio.run(keep(config, lambda engine: journal_unmasking(engine, asked), lambda: ask_unmasking(config.home, asked), "--why"))


def _must_have_the_right(config: Configuration) -> None:
    """Ends the verb where the configuration names who may, and the one who is logged in is not among them, whatever `--as` says."""
    if config.audit.reveal is not None and (who := login()) not in config.audit.reveal:
        stop(Problem(NO_RIGHT, details={"login": who}))


async def keep(config: Configuration, here: Callable[[Engine], Awaitable[None]], there: Callable[[], Awaitable[None]], what: str) -> None:
    """Have the journal take a line: *here*, in the engine of a home whose hub is stopped, or *there*, by the hub that runs. Ends the verb
    where it cannot; *what* is named then."""
    try:
        async with open_engine(config, registry()) as engine:
            await here(engine)
        return
    except HomeLocked:
        pass  # a hub runs: it keeps the journal
    except StoreFailed as error:
        stop(Problem(NOT_KEPT, details={"id": what, "what": str(error)}), PROBLEMS_FOUND)
    except (StoreRefused, VaultError) as error:
        refuse(error)
    except ProblemsError as error:
        print_problems(error.problems)
        raise SystemExit(WRONG_USAGE) from None
    except OSError as error:
        unwritable(error)
    try:
        await there()
    except (aiohttp.ClientError, OSError):
        stop(Problem(HUB_RUNS), PROBLEMS_FOUND)
