"""Ticketing: a broker tells the workers of a shared store what is ready, each ticket to one of them.

Without a broker a notification wakes every worker, and all but one find nothing. With one, whoever is given a ticket looks; the
others need not. The store stays the only truth: a ticket that is lost is found by the sweep, and while the broker is away
workers wake one another as they do without it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

import structlog

from guantong.journey.engine import Engine
from guantong.journey.ready import Ready
from guantong.stopping import stop
from guantong.tickets import Taken, Ticket, TicketQueue, TicketsLost, TicketsRefused

MOST_UNTOLD = 10_000
"""Tickets that wait to be told: beyond them the sweep tells."""
AGAIN = 1.0  # seconds before a broker that is away is tried again
log = structlog.get_logger("guantong.tickets")


class Trouble(NamedTuple):
    """Why tickets are neither told nor given, since when (UTC milliseconds). `code` where only a person can help."""

    since: int
    reason: str
    reason_zh: str
    code: str = ""

    @classmethod
    def of(cls, error: TicketsLost | TicketsRefused, since: int) -> Self:
        if isinstance(error, TicketsLost):
            return cls(since, str(error), error.zh)
        told = error.problem
        return cls(since, f"{told.message('en')}; {told.hint('en')}", f"{told.message('zh')}；{told.hint('zh')}", told.code.id)


class Ticketing:
    """This process's side of the queue. `opened` before anything is told, ended by `close`."""

    def __init__(self, engine: Engine, queue: TicketQueue) -> None:
        self._engine = engine
        self._queue = queue
        self._untold: deque[Ticket] = deque(maxlen=MOST_UNTOLD)
        self._some = asyncio.Event()
        self._held: defaultdict[str, deque[Taken]] = defaultdict(deque)
        self._tasks: list[asyncio.Task[None]] = []
        self.up = False
        """Whether the broker is there, as far as we heard."""
        self.trouble: Trouble | None = None

    async def opened(self, targets: Sequence[str]) -> None:
        """Begin to tell, and to be given tickets to *targets*. A broker that is away now is waited for meanwhile; raises
        `TicketsRefused` where only a person can help."""
        try:
            await self._queue.put([])
            self._back()
        except TicketsLost as error:
            self._lost(error)
        self._tasks.append(asyncio.create_task(self._tell_forever(), name="tell tickets"))
        if targets:
            self._tasks.append(asyncio.create_task(self._take_forever(targets), name="take tickets"))

    async def close(self) -> None:
        """End the lines; what is in hand is given to others."""
        await stop(self._tasks)
        await self._queue.close()

    def tell(self, ready: Iterable[Ready]) -> None:
        """These are in the store; of those that are due now the workers are told."""
        now = self._engine.clock()
        self._untold.extend(Ticket(one.target, one.delivery) for one in ready if one.due <= now)
        if self._untold:
            self._some.set()

    def claimed(self, target: str, count: int, *, more: bool) -> None:
        """*count* deliveries to *target* were claimed here; where there are no *more*, its other tickets say nothing any more."""
        held = self._held[target]
        for _ in range(min(count, len(held)) if more else len(held)):
            held.popleft().done()

    async def _tell_forever(self) -> None:
        while True:
            await self._some.wait()
            self._some.clear()
            told, self._untold = [*self._untold], deque(maxlen=MOST_UNTOLD)
            try:
                await self._queue.put(told)
                self._back()
            except (TicketsLost, TicketsRefused) as error:
                # Told again once it is back: a worker whose own line stands may wait for these alone.
                self._untold = deque([*told, *self._untold], maxlen=MOST_UNTOLD)
                self._some.set()
                self._lost(error)
                await asyncio.sleep(AGAIN)

    async def _take_forever(self, targets: Sequence[str]) -> None:
        while True:
            try:
                await self._queue.take(targets, self._heard, self._back)
            except (TicketsLost, TicketsRefused) as error:
                self._held.clear()  # the broker gives them to others
                self._lost(error)
            await asyncio.sleep(AGAIN)

    def _heard(self, taken: Taken) -> None:
        self._held[taken.ticket.system].append(taken)
        self._engine.lines.wake([taken.ticket.system])

    def _back(self) -> None:
        if not self.up:
            self.up, self.trouble = True, None
            log.info("tickets.up")

    def _lost(self, error: TicketsLost | TicketsRefused) -> None:
        """Told once: what comes after it while the broker is away is the same trouble in other words."""
        since = self.trouble.since if self.trouble else self._engine.clock()
        if self.trouble is None:
            told: dict[str, Any] = {"code": error.problem.code.id} if isinstance(error, TicketsRefused) else {}
            log.warning("tickets.lost", error=str(error), **told)
        self.up, self.trouble = False, Trouble.of(error, since)
