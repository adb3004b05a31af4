"""Whose records wait for their turn: systems of which a large record is decoded, or attachments are kept, until that is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    standing: int = 0
    """How many have their turn or wait for it."""


class Turns:
    """Decoding a large record and keeping attachments take time, and what comes behind from the same system waits its turn;
    what comes once all of it is done does not."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}

    def __contains__(self, system: str) -> bool:
        """Whether a record that comes from *system* now has another one ahead of it."""
        return system in self._queues

    @asynccontextmanager
    async def of(self, system: str) -> AsyncIterator[None]:
        """One record's turn, in the order they came. Does not wait where none is ahead."""
        queue = self._queues.setdefault(system, _Queue())
        queue.standing += 1
        try:
            async with queue.lock:
                yield
        finally:
            queue.standing -= 1
            if not queue.standing:
                del self._queues[system]
