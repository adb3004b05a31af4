"""The bell of a line: wakes workers that rest, one for each thing that may have become possible."""

from __future__ import annotations

import asyncio


class Bell:
    """Workers `rest` until it rings for them. Ringing for one and not for all keeps a busy line from waking
    every worker at every delivery; who finds more to do than it can take rings for another."""

    def __init__(self) -> None:
        self._resting: dict[asyncio.Future[None], float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = float("inf")

    def ring(self) -> None:
        """Wake one worker, if any rests."""
        while self._resting:
            resting, _ = self._resting.popitem()
            if not resting.done():
                resting.set_result(None)
                return

    def ring_for_all(self) -> None:
        """Wake every worker that rests."""
        while self._resting:
            self.ring()

    async def rest(self, seconds: float | None) -> None:
        """Rest until the bell rings, or for *seconds* at the most."""
        loop = asyncio.get_running_loop()
        resting: asyncio.Future[None] = loop.create_future()
        self._resting[resting] = float("inf") if seconds is None else loop.time() + seconds
        if self._resting[resting] < self._due:
            self._wind(loop)
        try:
            await resting
        finally:
            self._resting.pop(resting, None)

    def close(self) -> None:
        """Wake every worker; nothing of the bell is left running."""
        self.ring_for_all()
        self._silence()

    def _wind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Set the timer to the first who wants to be woken, if any does."""
        self._silence()
        self._due = min(self._resting.values(), default=float("inf"))
        if self._due < float("inf"):
            self._timer = loop.call_at(self._due, self._on_time, loop)

    def _on_time(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wake all whose time came: whoever finds nothing to do rests until the next time that matters."""
        for resting, due in list(self._resting.items()):
            if due <= self._due:
                del self._resting[resting]
                if not resting.done():
                    resting.set_result(None)
        self._wind(loop)

    def _silence(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._due = None, float("inf")
