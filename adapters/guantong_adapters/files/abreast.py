"""Several acts at a place at once: a server across a network answers many in the time of one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

MOST = 8
"""Acts under way at once."""
Given = TypeVar("Given")
Result = TypeVar("Result")


async def abreast(act: Callable[[Given], Awaitable[Result]], all_of: Iterable[Given]) -> list[Result]:
    """What *act* makes of each, in order; they are begun in that order, at most `MOST` under way. When one raises, none is
    begun any more, those under way come to their end, and it is raised."""
    results: dict[int, Result] = {}
    left = iter(enumerate(all_of))
    failed = False

    async def work() -> None:
        nonlocal failed
        for place, each in left:
            if failed:
                return
            try:
                results[place] = await act(each)
            except BaseException:
                failed = True
                raise

    ends = await asyncio.gather(*(work() for _ in range(MOST)), return_exceptions=True)
    for end in ends:
        if end is not None:
            raise end
    return [results[place] for place in sorted(results)]
