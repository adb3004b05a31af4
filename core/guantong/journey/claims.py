"""Claims: how a line comes by its work where several processes share the store.

What is due is claimed, a little at a time: what one has claimed nobody else can touch, so what waits here does not wait for
long. Nothing is claimed that is not due; of what is announced here only the time is kept. Whatever tells that a system has
something new, a notification, a sweep or a broker's ticket, does it by `Lines.wake`.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial

from guantong.journey.crew import Crew
from guantong.journey.engine import Engine
from guantong.store import DeliveryRow, StoreFailed, Transaction

MOST = 64
"""What is claimed at once at the most."""


class Claims:
    """Those of one line, which sends *at_once*."""

    def __init__(self, engine: Engine, crew: Crew, target: str, at_once: int) -> None:
        self._engine = engine
        self._crew = crew
        self._target = target
        self._most = min(MOST, 2 * at_once)
        self._later: list[int] = []
        self.asking = False
        """Whether the store is being asked."""
        self.more = False
        """Whether there may be more than was taken last."""

    @property
    def may_act(self) -> bool:
        """Whether this process may take anything in hand."""
        return self._crew.may_act()

    @property
    def next_due(self) -> int | None:
        """When something that was announced comes due."""
        return self._later[0] if self._later else None

    def due(self, at: int, now: int) -> bool:
        """Something is due at *at*; whether it is now."""
        if at <= now:
            return True
        heapq.heappush(self._later, at)
        return False

    def came_due(self, now: int) -> bool:
        """Whether anything that was announced has come due since."""
        came = False
        while self._later and self._later[0] <= now:
            heapq.heappop(self._later)
            came = True
        return came

    async def take(self, waiting: Collection[int], besides: Collection[int]) -> Sequence[DeliveryRow]:
        """Claim what is due: not what is *waiting* here, of which there is never much, nor what is at hand *besides*. Raises
        `StoreFailed`."""
        most = self._most - len(waiting)
        work = partial(_claim, self._target, self._engine.clock(), most, frozenset((*waiting, *besides)))
        self.asking = True
        try:
            rows = await self._engine.store.write(work)
        finally:
            self.asking = False
        self.more = len(rows) == most
        if self._engine.tickets is not None:
            self._engine.tickets.claimed(self._target, len(rows), more=self.more)
        return rows

    async def give_back(self, deliveries: Sequence[int]) -> None:
        """Let go of what was claimed and not taken in hand. What a store that is away is not told is found again later."""
        with suppress(StoreFailed):
            await self._engine.store.write(partial(_let_go, deliveries))


def _claim(target: str, now: int, most: int, besides: Collection[int], tx: Transaction) -> list[DeliveryRow]:
    return tx.claim(target, now, most, besides)


def _let_go(deliveries: Sequence[int], tx: Transaction) -> None:
    tx.let_go(deliveries)
