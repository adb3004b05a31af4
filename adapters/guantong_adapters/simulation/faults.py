"""Faults a simulated system has, decided by counting: the same run fails in the same places."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

from guantong_adapters.simulation.ledger import Ledger
from guantong_adapters.simulation.settings import FaultSettings


@dataclass(frozen=True, slots=True)
class Arrival:
    """What happens to one request: answered "busy" or not, after `delay` seconds, and when `down_for` is
    over 0, the last one before nobody listens for so many seconds."""

    number: int
    busy: bool
    delay: float
    down_for: float


class Faults:
    """Counts requests and lost replies and says which of them go wrong."""

    def __init__(self, settings: FaultSettings) -> None:
        self._settings = settings
        self._requests = 0
        self._to_lose = Counter(settings.lose_reply)
        self._rejected = frozenset(settings.reject_receipt)

    def arrive(self) -> Arrival:
        """Count one request and say what happens to it."""
        self._requests += 1
        number = self._requests
        slow = self._settings.slow_every
        return Arrival(
            number=number,
            busy=bool(self._settings.busy_every) and number % self._settings.busy_every == 0,
            delay=slow.seconds if slow and number % slow.n == 0 else 0.0,
            down_for=sum(down.for_seconds for down in self._settings.down if down.after_requests == number),
        )

    async def lets_in(self, ledger: Ledger) -> bool:
        """Whether a program that reads for itself takes the next record now; *ledger* counts what came of it."""
        arrival = self.arrive()
        if arrival.delay or arrival.down_for:
            await asyncio.sleep(arrival.delay + arrival.down_for)
        ledger.note("busy" if arrival.busy else "received")
        return not arrival.busy

    def loses_reply(self, key: str) -> bool:
        """Whether the answer about *key* is cut off now. Each listing is used up once."""
        if self._to_lose[key] <= 0:
            return False
        self._to_lose[key] -= 1
        return True

    def rejects_receipt(self, serial: str) -> bool:
        """Whether what was taken under *serial* is rejected later."""
        return serial in self._rejected
