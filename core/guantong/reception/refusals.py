"""The journal's lines for what the doors turn away before ACCEPT.

Anybody can knock, so a line a knock would let anybody fill the store and keep it busy. The first refusal of a
kind is journaled at once; those that follow within a minute are counted and share the next line.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

import structlog

from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.store import Entry, StoreFailed, Transaction

QUIET = 60.0
"""Seconds between two writings."""
log = structlog.get_logger("guantong.doors")


class Refusals:
    """Counts refusals by system and code, and journals the counts. Both are names of our own: the number of
    different ones is bounded by the configuration."""

    def __init__(self, engine: Engine, what: str = "refused") -> None:
        self._what = what
        self._engine = engine
        self._counts: Counter[tuple[str, str]] = Counter()
        self._heard = asyncio.Event()

    def tell(self, system: str, code: str) -> None:
        """A request was turned away. *system* is "" where it reached no system's door."""
        self._counts[system, code] += 1
        if self._what == "refused":
            self._engine.turned_away.add(system, code)
        self._heard.set()

    async def keep(self) -> None:
        """Journal until cancelled."""
        while True:
            await self._heard.wait()
            await self.write()
            await asyncio.sleep(QUIET)

    async def write(self) -> None:
        """Journal what was counted. Where the store cannot write, it is counted on."""
        counts, self._counts = self._counts, Counter()
        self._heard.clear()
        if not counts:
            return
        for (system, code), times in counts.items():
            if self._what == "refused":
                log.warning("door.refused", system=system, code=code, times=times)
        at = self._engine.clock()
        try:
            await self._engine.store.write(lambda tx: _note(self._what, counts, at, tx))
        except StoreFailed:
            self._counts.update(counts)
            self._heard.set()


def _note(what: str, counts: Mapping[tuple[str, str], int], at: int, tx: Transaction) -> None:
    for (system, code), times in counts.items():
        tx.note(Entry(at, what, system=system, actor=HUB_ACTOR, detail={"code": code, "times": times}))
