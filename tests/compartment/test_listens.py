"""A process is asked to listen once at a time, whoever stops waiting meanwhile."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from guantong.compartment.compartment import Away
from guantong.compartment.connection import Listens


class _Process:
    """Answers `listen` when told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.begun = asyncio.Event()
        self.ends: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def call(self, method: str) -> None:
        assert method == "listen"
        self.asked += 1
        self.ends = asyncio.get_running_loop().create_future()
        self.begun.set()
        await self.ends


async def test_a_process_that_still_listens_is_not_asked_again() -> None:
    """Let go (held) and taken up again, it is the same line, and ready at once; when it has ended, it is asked anew."""
    process, ready = _Process(), list[str]()
    system = Listens(cast("Any", process), cast("Any", SimpleNamespace(system="a.b")), cast("Any", SimpleNamespace(ready=None)))
    first = asyncio.create_task(system.listen(lambda: ready.append("first")))
    await process.begun.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    again = asyncio.Event()
    second = asyncio.create_task(system.listen(again.set))
    await again.wait()
    assert (process.asked, ready, second.done()) == (1, [], False)
    process.ends.set_exception(Away("the process turned away what it brought", "已退回"))
    with pytest.raises(Away):
        await second
    process.begun.clear()
    third = asyncio.create_task(system.listen(again.set))
    await process.begun.wait()
    assert process.asked == 2
    process.ends.set_result(None)
    with pytest.raises(Away, match="it listens no longer"):
        await third
