"""Stopping tasks for good: also one whose cancellation a library let pass."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

WITHIN, AGAIN = 20.0, 2.0  # seconds
log = structlog.get_logger("guantong.stopping")


async def stop(tasks: Iterable[asyncio.Task[None]], within: float = WITHIN, again: float = AGAIN) -> None:
    """Cancel *tasks* and wait until they have ended. One that goes on is cancelled once more every *again* seconds; one that
    has not ended *within* as many is named in the log and left behind, and so holds up nothing that is closed after it.

    Cancelling once is not enough: in Python 3.11, `asyncio.wait_for` returns what it waited for when that comes at the moment
    of the cancellation, which is then forgotten; whoever repeats something for ever goes on.
    """
    left, until = set(tasks), asyncio.get_running_loop().time() + within
    while left and asyncio.get_running_loop().time() < until:
        for task in left:
            task.cancel()
        ended, left = await asyncio.wait(left, timeout=again)
        for task in ended:
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("task.failed", task=task.get_name(), error=type(error).__name__)
    for task in left:
        log.error("task.left_behind", task=task.get_name(), seconds=within)
