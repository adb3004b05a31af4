"""The bell of a line: wakes workers that rest, one for each thing that may have become possible."""

from __future__ import annotations

import asyncio
from collections import deque


class Bell:
    """Workers `rest` until it rings for them. Ringing for one and not for all keeps a busy line from waking
    every worker at every delivery; who finds more to do than it can take rings for another."""

    def __init__(self) -> None:
        self._resting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._due = float("inf")

    def ring(self) -> None:
        """Wake one worker, if any rests."""
        while self._resting:
            resting = self._resting.pop()
            if not resting.done():
                resting.set_result(None)
                return

    def ring_for_all(self) -> None:
        """Wake every worker that rests."""
        for _ in range(len(self._resting)):
            self.ring()

    async def rest(self, seconds: float | None) -> None:
        """Rest until the bell rings. It rings for one of those who rest after *seconds* at the latest."""
        loop = asyncio.get_running_loop()
        resting = loop.create_future()
        self._resting.append(resting)
        if seconds is not None and loop.time() + seconds < self._due:
            self._silence()
            self._due = loop.time() + seconds
            self._timer = loop.call_at(self._due, self._on_time)
        await resting

    def close(self) -> None:
        """Wake every worker; nothing of the bell is left running."""
        self._silence()
        self.ring_for_all()

    def _on_time(self) -> None:
        self._due = float("inf")
        self.ring()

    def _silence(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
