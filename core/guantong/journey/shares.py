"""Shares: while this process has more to do than it can, nobody brings in more than leaves the others their time.

A system that sends as fast as it is answered keeps the loop busy, and every other's record waits behind its own. So how late the loop comes is
measured. While it is late by its own work and several bring records, whoever brings most is held to fewer a second, and to fewer still at
each look; once the loop is in time it is let go as gradually. Its records wait in their order, and none is turned away for it.

That is for those who call us and hear of each record by itself. What we read in batches is at our own pace, and goes into the store together:
of a batch that is stored piece by piece a later record could be kept where an earlier one is not, on a disk that is full.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from time import monotonic, thread_time

import structlog

from guantong.journey.pace import Pace

EVERY = 0.02
"""Seconds between two measurements of how late the loop comes."""
SPAN = 0.2
"""Seconds between two looks."""
LATE = 0.003
"""Seconds by which the loop comes late on average while a system is held."""
BUSY = 0.6
"""Of the time, that the loop must have worked itself: on a machine that others overload, holding anybody would help nobody."""
LEAST = 100.0
"""Records a second that any system may bring, however busy it is; its equal share where that is more."""
RECENT = 5
"""Looks since a system brought something, within which it counts among those that do."""
_LESS, _MORE = 0.8, 1.25
log = structlog.get_logger("guantong.shares")


class Shares:
    """How many records a second the systems may bring. Times are seconds on a steady clock."""

    def __init__(self, steady: Callable[[], float] = monotonic) -> None:
        self._steady = steady
        self._brought: Counter[str] = Counter()
        self._calling: Counter[str] = Counter()
        self._seen: dict[str, int] = {}
        self._held: dict[str, tuple[float, Pace]] = {}

    @property
    def held(self) -> Mapping[str, float]:
        """The systems that are held, and to how many records a second."""
        return {system: rate for system, (rate, _) in self._held.items()}

    def due(self, system: str, *, calls: bool) -> float:
        """When the record of *system* that came now is taken in; 0.0: at once, as ever where it does not *call* us."""
        self._brought[system] += 1
        if not calls:
            return 0.0
        self._calling[system] += 1
        held = self._held.get(system)
        if held is None:
            return 0.0
        now, pace = self._steady(), held[1]
        delay = pace.delay(now)
        pace.sending(now)
        return now + delay if delay else 0.0

    async def wait(self, due: float) -> None:
        """Until *due*, unless nobody is held any more."""
        if self._held and (left := due - self._steady()) > 0:
            await asyncio.sleep(left)

    def look(self, late: float, busy: float, lasted: float) -> None:
        """Hold, or let go, by how *late* the loop came on average and what part of the time it was *busy*, in the time that *lasted* since
        the last look."""
        brought, self._brought = self._brought, Counter()
        calling, self._calling = self._calling, Counter()
        self._seen = {system: looks + 1 for system, looks in self._seen.items() if looks < RECENT} | dict.fromkeys(brought, 0)
        if len(self._seen) < 2 or not calling:
            self._held.clear()
            return
        most, count = calling.most_common(1)[0]
        rate, least = count / lasted, max(LEAST, brought.total() / lasted / len(self._seen))
        if late > LATE and busy > BUSY and rate > least:
            self._hold(most, max(least, min(rate, self._held[most][0] if most in self._held else rate) * _LESS))
        elif late <= LATE:
            for system, (known, _) in list(self._held.items()):
                if brought[system] / lasted < known / 2:  # it does not ask for more
                    del self._held[system]
                else:
                    self._hold(system, known * _MORE)

    def _hold(self, system: str, rate: float) -> None:
        if system not in self._held:
            log.info("shares.held", system=system, rate=round(rate))
        self._held[system] = rate, Pace(rate)


async def watch_loop(shares: Shares) -> None:
    """Measure how late the loop comes, and look, until cancelled."""
    while True:
        began, worked, lates = monotonic(), thread_time(), []
        while (now := monotonic()) - began < SPAN:
            await asyncio.sleep(EVERY)
            lates.append(monotonic() - now - EVERY)
        lasted = monotonic() - began
        shares.look(sum(lates) / len(lates), (thread_time() - worked) / lasted, lasted)
