"""A reader that is opened beside the loop belongs to who asked for it, or to nobody."""

from __future__ import annotations

import asyncio
import threading
from typing import cast

import pytest

from guantong.readerbeside import reader_beside
from guantong.store import Reader, Store


class Slow:
    """A store whose reader is there when `there` is set; also the reader, which notes that it was closed."""

    def __init__(self) -> None:
        self.asked, self.there, self.closed = threading.Event(), threading.Event(), threading.Event()

    def reader(self) -> Reader:
        self.asked.set()
        self.there.wait(10)
        return cast(Reader, self)

    def close(self) -> None:
        self.closed.set()


async def test_who_asks_for_a_reader_has_it() -> None:
    slow = Slow()
    slow.there.set()
    assert await reader_beside(cast(Store, slow)) is cast(Reader, slow)
    assert not slow.closed.is_set()


async def test_a_reader_that_nobody_waits_for_any_more_is_closed_once_it_is_there() -> None:
    """A connection to a server would stay open otherwise, with nobody to close it."""
    slow = Slow()
    asking = asyncio.create_task(reader_beside(cast(Store, slow)))
    await asyncio.to_thread(slow.asked.wait, 10)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not slow.closed.is_set()
    slow.there.set()
    assert await asyncio.to_thread(slow.closed.wait, 10)
