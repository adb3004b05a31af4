"""A line: what waits for one system, and the workers that take it there.

The store is the truth; a line holds about `WINDOW` deliveries in memory, those due soonest, and fetches
more when it runs low. Everything here runs on the event loop, so taking a delivery in hand is one step.
Where several processes share the store, what is in memory is what this one has claimed (`Claims`): little, and due.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import count
from time import monotonic
from typing import NamedTuple

import structlog

from guantong.adapter import Connection
from guantong.config.configuration import System
from guantong.config.reply import Meaning
from guantong.journey.bell import Bell
from guantong.journey.breaker import Breaker, Circuit
from guantong.journey.claims import Claims
from guantong.journey.codes import LOST_ANSWERS
from guantong.journey.engine import Engine
from guantong.journey.judge import MEANINGS_ZH, Judgement
from guantong.journey.pace import Pace
from guantong.journey.reach import As
from guantong.journey.ready import Ready, from_row, turns
from guantong.log import where
from guantong.problems import Problem
from guantong.stopping import stop
from guantong.store import StoreFailed

WINDOW = 2000
WITHDRAWN_FOR = 30.0  # seconds a commit may take; then the store is asked what became of what was withdrawn
PAUSE = 1.0  # seconds before a worker goes on after a mistake or a store that could not write

Turn = Callable[[Engine, System, Connection, Ready], Awaitable[Judgement | None]]
log = structlog.get_logger("guantong.line")


class _Withdrawn(NamedTuple):
    """When a delivery was taken out of the line: by the clock that only goes forward, and in which turn."""

    at: float
    turn: int


class Line:
    """One target's line. `turn` gives one delivery its turn (normally `deliver`). `system` is replaced when its
    mappings are reloaded; nothing else of it changes then."""

    def __init__(self, engine: Engine, system: System, connection: Connection, turn: Turn) -> None:
        self.system = system
        self.connection = connection
        self._engine = engine
        self._turn = turn
        self._breaker = Breaker(system.delivery.breaker)
        self._ready: deque[Ready] = deque()
        self._low: deque[Ready] = deque()
        self._timed: list[tuple[int, int, Ready]] = []
        self._pushed = count()
        self._waits: dict[int, Ready] = {}
        self._withdrawn: dict[int, _Withdrawn] = {}
        self._in_hand: dict[int, asyncio.Task[None] | None] = {}
        self._spilled = True  # what an earlier run left is in the store
        self._claims = None if engine.crew is None else Claims(engine, engine.crew, system.id, system.delivery.concurrency)
        self._bell = Bell()
        self._pace = Pace(system.delivery.rate)
        self._longest = int(system.delivery.retry.longest * 1000)
        self._clock_seen = 0
        self._stopping = False
        self._held = system.hold
        self._workers: list[asyncio.Task[None]] = []
        self._giving: asyncio.Task[None] | None = None  # what is given back, where every worker is busy

    @property
    def in_hand(self) -> int:
        return len(self._in_hand)

    @property
    def goes(self) -> bool:
        """Whether deliveries go to the system now: it is neither held nor lost."""
        return bool(self._workers) and not self._held and self._breaker.circuit is Circuit.CLOSED

    @property
    def low(self) -> int:
        """How many that others go before wait in memory, due or not."""
        return sum(ready.low for ready in self._waits.values())

    def holds(self, delivery: int) -> bool:
        """Whether *delivery* has its turn right now."""
        return delivery in self._in_hand

    def start(self) -> None:
        for number in range(self.system.delivery.concurrency):
            name = f"line {self.system.id} {number}"
            self._workers.append(asyncio.create_task(self._work(), name=name))

    @property
    def held(self) -> bool:
        """Whether nothing is sent: what is in hand is settled, everything else waits."""
        return self._held

    def hold(self, held: bool) -> None:
        """Send nothing from now on, or go on."""
        self._held = held
        if held and self._claims is not None and self._waits:
            self._giving = asyncio.create_task(self._give_back(), name=f"line {self.system.id} gives back")
        self._bell.ring_for_all()

    def wake(self) -> None:
        """There may be something new in the store."""
        self._spilled = True
        self._bell.ring()

    def divide(self, among: int) -> None:
        """So many processes send to the system: this one at its part of the rate."""
        self._pace.divide(among)

    def forget(self) -> None:
        """What waits in memory may be another's now: the store tells."""
        self._waits.clear()
        self._spilled = True
        self._bell.ring_for_all()

    async def stop(self, seconds: float) -> None:
        """Finish what is in hand, for at most *seconds*; what is cut short is told by the store at start."""
        self._stopping = True
        self._bell.close()
        if self._workers:
            _, unfinished = await asyncio.wait(self._workers, timeout=seconds)
            await stop(unfinished)
        if self._giving is not None:
            await stop([self._giving])

    def add(self, ready: Ready) -> None:
        """A delivery may be sent once due; not one that a later transaction of the same group withdrew."""
        withdrawn = self._withdrawn.get(ready.delivery)
        if withdrawn is not None and withdrawn.turn > ready.turn:
            return
        self._withdrawn.pop(ready.delivery, None)
        self._bell.ring()
        if ready.delivery in self._in_hand and self._in_hand[ready.delivery] is not asyncio.current_task():
            # It was fetched and taken in hand before this was told. Only its own turn knows how it ends.
            self._spilled = True
        elif self._claims is not None:
            self._spilled |= self._claims.due(ready.due, self._engine.clock())
        elif ready.delivery not in self._waits and (self._spilled or len(self._waits) >= WINDOW):
            self._spilled = True  # behind those that wait in the store
        else:
            self._queue(ready, self._engine.clock())

    def withdraw(self, delivery: int) -> bool:
        """Take a delivery out of the line; False when it is in hand and must be settled first."""
        if delivery in self._in_hand:
            return False
        self._waits.pop(delivery, None)
        self._withdrawn.pop(delivery, None)
        self._withdrawn[delivery] = _Withdrawn(monotonic(), next(turns))
        self._bell.ring()  # somebody minds when it is to be looked at again
        return True

    async def _work(self) -> None:
        me = asyncio.current_task()
        while (ready := await self._take()) is not None:
            self._in_hand[ready.delivery] = me
            self._breaker.sending()
            self._pace.sending(monotonic())
            judgement: Judgement | None = None
            try:
                judgement = await self._turn(self._engine, self.system, self.connection, ready)
            except StoreFailed:
                # The outcome is not kept. The delivery is fetched again as the store has it.
                log.error("line.store_failed", system=self.system.id, delivery=ready.delivery)
                await asyncio.sleep(PAUSE)
                self._spilled = True
            except Exception as error:  # noqa: BLE001 -- one delivery's mistake must not stop the line
                log.error("line.turn_failed", system=self.system.id, delivery=ready.delivery,
                          error=type(error).__name__, where=where(error))
                await asyncio.sleep(PAUSE)
                self._spilled = True
            finally:
                del self._in_hand[ready.delivery]
                self._note(judgement)

    async def _take(self) -> Ready | None:
        """The next delivery to send; None when the line stops."""
        while not self._stopping:
            if self._held:
                await self._give_back()
                await self._bell.rest(None)
                continue
            now = monotonic()
            pause = self._breaker.delay(now)
            if self._claims is not None:
                pause = await self._claim(pause)
            if pause == 0.0:
                pause = self._pace.delay(now)
            if pause == 0.0:
                try:
                    ready = self._next()
                except Exception as error:  # noqa: BLE001 -- a store that cannot be read now may be later
                    log.error("line.store_failed", system=self.system.id, error=type(error).__name__)
                    ready, pause = None, PAUSE
                if ready is not None:
                    if self._waits or self._spilled:
                        self._bell.ring()  # another takes what is due too, or minds when the next will be
                    return ready
                if pause == 0.0:
                    pause = self._until_next()
            await self._bell.rest(pause)
        return None

    async def _claim(self, pause: float | None) -> float | None:
        """Have something in memory that this process may send, or nothing while the system is not spoken to: then others may."""
        assert self._claims is not None  # noqa: S101 -- asked only then
        if pause != 0.0:
            await self._give_back()
            return pause
        if not self._claims.may_act:
            return PAUSE
        self._look_again()
        self._spilled |= self._claims.came_due(self._engine.clock())
        if not self._spilled or self._claims.asking or len(self._waits) >= self.system.delivery.concurrency:
            return pause
        self._spilled = False
        try:
            rows = await self._claims.take(self._waits, {*self._in_hand, *self._withdrawn})
        except StoreFailed:
            self._spilled = True
            return PAUSE
        self._spilled |= self._claims.more
        now = self._engine.clock()
        for row in rows:
            if row.id not in self._in_hand and row.id not in self._withdrawn:
                self._queue(from_row(row), now)
        if rows:
            self._bell.ring_for_all()
        return pause

    async def _give_back(self) -> None:
        """Others may send what waits here for nothing."""
        if self._claims is None or not self._waits:
            return
        given, self._waits = list(self._waits), {}
        self._spilled = True
        await self._claims.give_back(given)

    def _next(self) -> Ready | None:
        self._look_again()
        if self._spilled and not self._ready and self._claims is None:
            self._refill()
        now = self._engine.clock()
        self._heed(now)
        while self._timed and self._timed[0][0] <= now:
            self._append(heapq.heappop(self._timed)[2])
        while self._ready or self._low:
            ready = (self._ready or self._low).popleft()
            if self._waits.get(ready.delivery) is ready and ready.delivery not in self._in_hand:
                del self._waits[ready.delivery]
                return ready
        return None

    def _refill(self) -> None:
        most = WINDOW + len(self._in_hand) + len(self._withdrawn)
        rows = self._engine.reader.due(self.system.id, most)
        self._spilled = len(rows) >= most
        now = self._engine.clock()
        for row in rows:
            if row.id not in self._waits and row.id not in self._in_hand and row.id not in self._withdrawn:
                self._queue(from_row(row), now)

    def _queue(self, ready: Ready, now: int) -> None:
        """Told anew, what was queued of a delivery before no longer holds."""
        self._waits[ready.delivery] = ready
        # A clock that was wrong may have stored a time too far ahead; what was due at once still is.
        due = now if ready.due <= ready.accepted_at else min(ready.due, now + self._longest)
        if due > now:
            heapq.heappush(self._timed, (due, next(self._pushed), ready))
        else:
            self._append(ready)

    def _append(self, ready: Ready) -> None:
        """What is low goes when nothing else is due."""
        (self._low if ready.low else self._ready).append(ready)

    def _heed(self, now: int) -> None:
        """When the clock was set back, nothing waits longer than it would have."""
        if now < self._clock_seen:
            self._timed = [(min(due, now + self._longest), number, ready) for due, number, ready in self._timed]
            heapq.heapify(self._timed)
        self._clock_seen = now

    def _look_again(self) -> None:
        """What a transaction withdrew shows as waiting until its commit. Once that must be over, the store
        tells what became of it: nothing is forgotten, not even when the transaction failed."""
        horizon = monotonic() - WITHDRAWN_FOR
        while self._withdrawn and next(iter(self._withdrawn.values())).at <= horizon:
            del self._withdrawn[next(iter(self._withdrawn))]
            self._spilled = True

    def _until_next(self) -> float | None:
        """Seconds until something may be due, or is looked at again; None when nothing waits."""
        times = [(self._timed[0][0] - self._engine.clock()) / 1000] if self._timed else []
        if self._claims is not None and (due := self._claims.next_due) is not None:
            times.append((due - self._engine.clock()) / 1000)
        if self._withdrawn:
            times.append(next(iter(self._withdrawn.values())).at + WITHDRAWN_FOR - monotonic())
        return max(0.001, min(times)) if times else None

    def _note(self, judgement: Judgement | None) -> None:
        """Tell the breaker how the system behaves; log once when it is lost and once when it is back."""
        if judgement is None:
            self._breaker.unspoken()
            return
        reach, system = self._engine.reach, self.system.id
        if judgement.meaning in (Meaning.TRANSIENT, Meaning.UNKNOWN):
            self._breaker.failed(monotonic())
            if self._breaker.circuit is not Circuit.CLOSED and reach.lost(
                    system, As.TARGET, _reason(judgement), self._engine.clock(), self._tried_next):
                log.warning("system.lost", system=system, **_why(judgement))
        elif self._breaker.succeeded():
            self._bell.ring_for_all()
            reach.back(system, As.TARGET)
            log.info("system.back", system=system)

    def _tried_next(self) -> int | None:
        """When the lost system is spoken to next, in UTC milliseconds; None while it is held, and where nothing waits."""
        if self._held:
            return None
        waits = 0.0 if self._ready or self._low or self._spilled or self._in_hand else self._until_next()
        if waits is None:
            return None
        return self._engine.clock() + int(max(waits, self._breaker.delay(monotonic()) or 0.0) * 1000)


def _why(judgement: Judgement) -> dict[str, str]:
    """What the log may say: our own words where nothing was answered; of an answer, which may quote a person, only what
    it means."""
    return {"error": judgement.reason} if judgement.reply is None else {"answers": judgement.meaning.value}


def _reason(judgement: Judgement) -> str:
    """The same for operators."""
    if judgement.reply is None:
        return " ".join(dict.fromkeys((judgement.why("zh"), judgement.why("en"))))
    problem = Problem(LOST_ANSWERS, details={"meaning": judgement.meaning.value, "meaning_zh": MEANINGS_ZH[judgement.meaning]})
    return f"{problem.message('zh')} {problem.message('en')} [{problem.code.id}]"
