"""What a source gives us in order is kept in order: of each reading a beginning, never a later record without an earlier.

The store makes groups of what it is handed, and a disk that is full for a moment keeps one group and not another. Whoever
calls us hears so, and sends again what it wants to; what we read ourselves would come again behind what was kept of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from guantong.store import Store, Transaction

T = TypeVar("T")


class Reading:
    """One batch that is polled, or one line that is listened to, until it ends."""

    def __init__(self) -> None:
        self.readers = 0
        """How many read: a system may be polled and listened to at once, and what comes is told apart by nothing."""
        self._last: asyncio.Future[Any] | None = None
        self._broken = asyncio.Event()

    @property
    def broken(self) -> bool:
        """Whether a record of it is to come again: so is every one behind that."""
        return self._broken.is_set()

    def stop(self) -> None:
        """A record of it is to come again."""
        self._broken.set()

    async def stopped(self) -> None:
        """Wait until a record of it is to come again."""
        await self._broken.wait()

    def write(self, store: Store, work: Callable[[Transaction], T]) -> asyncio.Future[T]:
        """Hand *work* to *store*, to be done only where what was handed in before it is kept."""
        written = store.write(work, after=self._last)
        self._last = written
        return written


class Readings:
    """Those that are under way, by system."""

    def __init__(self) -> None:
        self._under_way: dict[str, Reading] = {}

    def get(self, system: str) -> Reading | None:
        return self._under_way.get(system)

    @contextmanager
    def of(self, system: str) -> Iterator[Reading]:
        """A reading of *system*, or the one that is under way: what comes from it meanwhile is part of it."""
        reading = self._under_way.setdefault(system, Reading())
        reading.readers += 1
        try:
            yield reading
        finally:
            reading.readers -= 1
            if not reading.readers:
                del self._under_way[system]
