"""Giving up what is under way at the worst moment: when its answer has just come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

from guantong.testing.faulty_relay import FaultyRelay, Stream

Result = TypeVar("Result")
TURNS = range(1, 6)
"""Turns of the event loop between the part of an answer and the giving up: what was read is handed on through a few."""
PARTS, PATIENT = 10, 10.0


async def given_up(
    relay: FaultyRelay, part: int, turns: int, work: Coroutine[Any, Any, Result],
) -> tuple[asyncio.Task[Result], bool]:
    """Do *work* until it ends, and cancel it *turns* turns after that *part* of the answers was carried; returns its task,
    and whether it was cancelled before its end. A work that goes on nevertheless is not waited for longer than `PATIENT`
    seconds (`TimeoutError`)."""
    loop, seen, asked = asyncio.get_running_loop(), 0, False
    task = asyncio.create_task(work)

    def later(left: int) -> None:
        nonlocal asked
        if left:
            loop.call_soon(later, left - 1)
        else:
            asked = task.cancel()

    def told(stream: Stream) -> None:
        nonlocal seen
        seen += stream == "answers"
        if stream == "answers" and seen == part:
            later(turns)

    relay.watch(told)
    try:
        async with asyncio.timeout(PATIENT):
            await asyncio.wait({task})
    finally:
        relay.watch(None)
        task.cancel()
    return task, asked


async def every_moment(
    relay: FaultyRelay, work: Callable[[int], Coroutine[Any, Any, Result]], first: int,
) -> AsyncIterator[tuple[int, asyncio.Task[Result], bool]]:
    """Each of many works, numbered from *first*, given up at another moment of its answers: number, task, and whether it was
    given up. Ends after `PARTS` parts, or with the first part that none had."""
    number = first
    for part in range(1, PARTS + 1):
        reached = False
        for turns in TURNS:
            task, asked = await given_up(relay, part, turns, work(number))
            yield number, task, asked
            number, reached = number + 1, reached or asked
        if not reached:
            return
