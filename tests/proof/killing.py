"""A hub in a process of its own that lives a year, and kills itself with SIGKILL on the way."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.journey.world import Clock, World
from tests.proof.evidence import PRIVATE, lines_of
from tests.retention.keeping import SHORT, keeping, pruned, whole_case

from guantong.crash import VARIABLE
from guantong.proof.note import SigningKey
from guantong.proof.sequencer import Sequencer
from guantong.store import Store, Transaction

OUTSIDE = "outside/checkpoints"
HEARD = "heard"
"""A line for each case that was acknowledged, written the moment it was."""
LINES = 270  # of no case, in a round: more than a tile
ROUND = 210.0  # days, after which the contents of its case are gone
_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload([__name__])


def killed(home: Path, point: str, nth: int, store: str = "") -> int | None:
    """How a process ended that lived two rounds and died at *point*, when it came there for the *nth* time: a step of `guantong.crash`, or the name
    of a work, after all of it was written and before its commit. *store* are the lines of the hub's file that tell where it keeps its data."""
    child = _FORKED.Process(target=_die, args=(home, point, nth, store, PRIVATE))
    child.start()
    child.join(60)
    ended = child.exitcode
    child.kill()  # one that never came to the point
    return ended


async def lived(it: World, no: str, private: str = PRIVATE) -> None:
    """One round: a case to its end, many lines, a checkpoint that is anchored; then the contents of what is old go, and that is signed."""
    await whole_case(it, no)
    with (it.engine.configuration.home / HEARD).open("a", encoding="utf-8") as heard:
        heard.write(f"{no}\n")
    await it.engine.store.write(lines_of(LINES))
    await _signed(it, private)
    await pruned(it, ROUND)
    await _signed(it, private)


def settings(store: str) -> str:
    """What the hub's file says of it."""
    return f"{SHORT}audit: {{anchors: [{OUTSIDE}]}}\n{store}"


async def _signed(it: World, private: str) -> None:
    sequencer = Sequencer(it.engine, SigningKey(private))
    await sequencer.sign()
    await sequencer.close()


def _die(home: Path, point: str, nth: int, store: str, private: str) -> None:
    if ":" in point:
        os.environ[VARIABLE] = f"{point}:{nth}"
    asyncio.run(_live(home, point, nth, store, private))


async def _live(home: Path, point: str, nth: int, store: str, private: str) -> None:
    async with keeping(home, settings(store), clock=Clock()) as it:
        if ":" not in point:
            setattr(it.engine.store, "write", _dying(it.engine.store, point, nth))  # noqa: B010  a method of a running store
        for no in ("P1", "P2"):
            await lived(it, no, private)


def _dying(store: Store, name: str, nth: int) -> Callable[[Callable[[Transaction], Any]], Awaitable[Any]]:
    """The store's `write`, in which the *nth* work of this *name* ends before its commit, with the process."""
    write, left = store.write, nth

    def last(work: Callable[[Transaction], Any], tx: Transaction) -> None:
        work(tx)
        os.kill(os.getpid(), signal.SIGKILL)

    def dying(work: Callable[[Transaction], Any]) -> Awaitable[Any]:
        nonlocal left
        left -= getattr(getattr(work, "func", None), "__name__", "") == name
        return write(partial(last, work) if left == 0 else work)

    return dying
