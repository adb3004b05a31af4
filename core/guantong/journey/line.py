"""A line: what waits for one system, and the workers that take it there.

The store is the truth; a line holds at most `WINDOW` deliveries in memory and fetches more when it runs
low. Everything here runs on the event loop, so taking a delivery in hand is one step.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic

import structlog

from guantong.adapter import Connection
from guantong.clock import NEVER
from guantong.config.configuration import System
from guantong.config.reply import Meaning
from guantong.journey.breaker import Breaker
from guantong.journey.engine import Engine
from guantong.journey.judge import Judgement
from guantong.journey.ready import Ready, from_row
from guantong.store import StoreFailed

WINDOW = 2000
WITHDRAWN_FOR = 30.0  # seconds a commit may take before a withdrawn delivery is looked at again
STORE_PAUSE = 1.0  # seconds before a line tries again after the store could not write

Turn = Callable[[Engine, System, Connection, Ready], Awaitable[Judgement | None]]
log = structlog.get_logger("guantong.line")


class Line:
    """One target's line. `turn` gives one delivery its turn (normally `deliver`)."""

    def __init__(self, engine: Engine, system: System, connection: Connection, turn: Turn) -> None:
        self.system = system
        self.connection = connection
        self._engine = engine
        self._turn = turn
        self._breaker = Breaker(system.delivery.breaker)
        self._ready: deque[Ready] = deque()
        self._timed: list[tuple[int, int, Ready]] = []
        self._waits: dict[int, Ready] = {}
        self._withdrawn: dict[int, float] = {}
        self._in_hand: set[int] = set()
        self._spilled = True  # what an earlier run left is in the store
        self._wake = asyncio.Event()
        self._next_send = 0.0
        self._stopping = False
        self._workers: list[asyncio.Task[None]] = []

    @property
    def in_hand(self) -> int:
        return len(self._in_hand)

    def start(self) -> None:
        if self.system.hold:
            return
        for number in range(self.system.delivery.concurrency):
            name = f"line {self.system.id} {number}"
            self._workers.append(asyncio.create_task(self._work(), name=name))

    async def stop(self, seconds: float) -> None:
        """Finish what is in hand, for at most *seconds*; what is cut short is told by the store at start."""
        self._stopping = True
        self._wake.set()
        if self._workers:
            _, unfinished = await asyncio.wait(self._workers, timeout=seconds)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    def add(self, ready: Ready) -> None:
        """A delivery may be sent once due."""
        if ready.delivery not in self._waits and len(self._waits) >= WINDOW:
            self._spilled = True
            return
        self._withdrawn.pop(ready.delivery, None)
        self._waits[ready.delivery] = ready  # told anew, what was queued of it before no longer holds
        if ready.due > self._engine.clock():
            heapq.heappush(self._timed, (ready.due, ready.delivery, ready))
        else:
            self._ready.append(ready)
        self._wake.set()

    def withdraw(self, delivery: int) -> bool:
        """Take a delivery out of the line; False when it is in hand and must be settled first."""
        if delivery in self._in_hand:
            return False
        self._waits.pop(delivery, None)
        self._withdrawn[delivery] = monotonic()
        return True

    def reload(self) -> None:
        """Something in the store changed behind the line's back: fetch again."""
        self._withdrawn.clear()
        self._spilled = True
        self._wake.set()

    async def _work(self) -> None:
        while (ready := await self._take()) is not None:
            self._in_hand.add(ready.delivery)
            self._breaker.sending()
            judgement: Judgement | None = None
            try:
                judgement = await self._turn(self._engine, self.system, self.connection, ready)
            except StoreFailed:
                # The outcome is not kept. The delivery is fetched again as the store has it.
                log.error("line.store_failed", system=self.system.id, delivery=ready.delivery)
                await asyncio.sleep(STORE_PAUSE)
                self._spilled = True
            except Exception:
                # One delivery's mistake must not stop the line.
                log.exception("line.turn_failed", system=self.system.id, delivery=ready.delivery)
                await asyncio.sleep(STORE_PAUSE)
                self._spilled = True
            finally:
                self._in_hand.discard(ready.delivery)
                self._note(judgement)
                self._wake.set()

    async def _take(self) -> Ready | None:
        """The next delivery to send; None when the line stops."""
        while not self._stopping:
            now = monotonic()
            pause = self._breaker.delay(now)
            if pause == 0.0:
                pause = max(0.0, self._next_send - now)
            if pause == 0.0:
                ready = self._next()
                if ready is not None:
                    if self.system.delivery.rate:
                        self._next_send = max(now, self._next_send) + 1 / self.system.delivery.rate
                    return ready
                pause = self._until_due()
            await self._rest(pause)
        return None

    async def _rest(self, seconds: float | None) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    def _next(self) -> Ready | None:
        if self._spilled and not self._ready:
            self._refill()
        now = self._engine.clock()
        while self._timed and self._timed[0][0] <= now:
            self._ready.append(heapq.heappop(self._timed)[2])
        while self._ready:
            ready = self._ready.popleft()
            if self._waits.get(ready.delivery) is ready and ready.delivery not in self._in_hand:
                del self._waits[ready.delivery]
                return ready
        return None

    def _refill(self) -> None:
        known = len(self._waits) + len(self._in_hand)
        rows = self._engine.reader.due(self.system.id, WINDOW + known)
        self._spilled = len(rows) >= WINDOW + known
        # Withdrawn inside a transaction that may not be committed yet: the rows still show it as waiting.
        horizon = monotonic() - WITHDRAWN_FOR
        self._withdrawn = {one: at for one, at in self._withdrawn.items() if at > horizon}
        now = self._engine.clock()
        for row in rows:
            if row.id in self._waits or row.id in self._in_hand or row.id in self._withdrawn or row.due >= NEVER:
                continue
            ready = self._waits[row.id] = from_row(row)
            if row.due > now:
                heapq.heappush(self._timed, (row.due, row.id, ready))
            else:
                self._ready.append(ready)

    def _until_due(self) -> float | None:
        if not self._timed:
            return None
        return max(0.001, (self._timed[0][0] - self._engine.clock()) / 1000)

    def _note(self, judgement: Judgement | None) -> None:
        """Tell the breaker how the system behaves; log once when it is lost and once when it is back."""
        if judgement is None:
            if self._breaker.delay(monotonic()) is None:
                self._breaker.failed(monotonic())  # the probe told us nothing: probe again later
            return
        if judgement.meaning in (Meaning.TRANSIENT, Meaning.UNKNOWN):
            if self._breaker.failed(monotonic()):
                log.warning("system.lost", system=self.system.id)
        elif self._breaker.succeeded():
            log.info("system.back", system=self.system.id)
