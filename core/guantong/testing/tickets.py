"""A queue of tickets in memory: what several workers in one process share, for tests."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from guantong.tickets import Taken, Ticket, TicketsLost


class SharedTickets:
    """What a broker would keep. `away` cuts every line, and refuses new ones until `back`."""

    def __init__(self) -> None:
        self.waiting: deque[Ticket] = deque()
        self.is_away = False
        self._takers: list[_Taker] = []

    def queue(self, most: int = 256) -> MemoryTickets:
        """One worker's side, with at most *most* tickets in hand."""
        return MemoryTickets(self, most)

    def away(self) -> None:
        """The broker goes away with every line; what it keeps stays."""
        self.is_away = True
        for taker in [*self._takers]:
            taker.lost.set()

    def back(self) -> None:
        """There again."""
        self.is_away = False

    def give(self) -> None:
        """Hand out what waits, to whoever wants it and has a hand free, in turns."""
        for ticket in [*self.waiting]:
            free = [taker for taker in self._takers if ticket.system in taker.systems and len(taker.held) < taker.most]
            if free:
                self.waiting.remove(ticket)
                taker = free[0]
                self._takers.remove(taker)
                self._takers.append(taker)
                taker.give(ticket)

    def begin(self, taker: _Taker) -> None:
        """A line that takes."""
        self._takers.append(taker)
        self.give()

    def end(self, taker: _Taker) -> None:
        """Its line is gone: what it had in hand is for others."""
        self._takers.remove(taker)
        self.waiting.extendleft(reversed(list(taker.held.values())))
        self.give()


class _Taker:
    """One line that takes, and what it has in hand."""

    def __init__(self, shared: SharedTickets, systems: Sequence[str], most: int, heard: Callable[[Taken], None]) -> None:
        self.systems = frozenset(systems)
        self.most = most
        self.held: dict[int, Ticket] = {}
        self.lost = asyncio.Event()
        self._shared = shared
        self._heard = heard
        self._given = 0

    def give(self, ticket: Ticket) -> None:
        self._given += 1
        self.held[self._given] = ticket
        self._heard(Taken(ticket, partial(self._done, self._given)))

    def _done(self, number: int) -> None:
        if self.held.pop(number, None) is not None:
            asyncio.get_running_loop().call_soon(self._shared.give)  # a broker hears it later, too


class MemoryTickets:
    """`guantong.tickets.TicketQueue` over what is shared."""

    def __init__(self, shared: SharedTickets, most: int) -> None:
        self._shared = shared
        self._most = most

    async def prepare(self, systems: Sequence[str]) -> None:  # noqa: ARG002  one queue is enough here
        await self.put([])

    async def put(self, tickets: Sequence[Ticket]) -> None:
        self._see_that_it_is_there()
        self._shared.waiting.extend(tickets)
        self._shared.give()

    async def take(self, systems: Sequence[str], heard: Callable[[Taken], None], ready: Callable[[], None]) -> None:
        self._see_that_it_is_there()
        taker = _Taker(self._shared, systems, self._most, heard)
        self._shared.begin(taker)
        try:
            ready()
            await taker.lost.wait()
            raise TicketsLost("the broker went away", "消息服务器已断开")
        finally:
            self._shared.end(taker)

    async def close(self) -> None:
        """Nothing is open between calls."""

    def _see_that_it_is_there(self) -> None:
        if self._shared.is_away:
            raise TicketsLost("the broker is away", "消息服务器不在")
