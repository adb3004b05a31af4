# ruff: noqa: S101  a suite of tests asserts
"""What every queue of tickets promises.

    class TestMine(TicketContract):
        async def queues(self, ...) -> AsyncIterator[Callable[[int], TicketQueue]]: ...

Each ticket is given to one worker; one that is not done comes again when its worker's line ends; one that is done never.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import TypeAlias

from guantong.tickets import Taken, Ticket, TicketQueue, TicketsLost

HALL, WATCH = "city.hall", "city.watch"
Queues: TypeAlias = Callable[[int], TicketQueue]
"""Another worker's side of the same queue, with at most so many tickets in hand."""


class _Worker:
    """One that takes: what it was given, in order; `done` at once unless told otherwise."""

    def __init__(self, *, finishes: bool = True) -> None:
        self.finishes = finishes
        self.given: list[Taken] = []
        self._some = asyncio.Event()

    def heard(self, taken: Taken) -> None:
        self.given.append(taken)
        if self.finishes:
            taken.done()
        self._some.set()

    @property
    def tickets(self) -> list[Ticket]:
        return [taken.ticket for taken in self.given]

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self._some.clear()
            await self._some.wait()


@asynccontextmanager
async def _taking(queue: TicketQueue, worker: _Worker, systems: Sequence[str] = (HALL,)) -> AsyncIterator[asyncio.Task[None]]:
    ready = asyncio.Event()
    task = asyncio.create_task(queue.take(systems, worker.heard, ready.set))
    began = asyncio.create_task(ready.wait())
    await asyncio.wait({task, began}, return_when=asyncio.FIRST_COMPLETED)
    began.cancel()
    if task.done():
        task.result()
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, TicketsLost):
            await task


class TicketContract:
    """Inherit, and give the fixture `queues`: it makes sides of one queue that is empty at first, and closes them."""

    async def test_what_is_told_is_given_whole(self, queues: Queues) -> None:
        """System and number, in the order it was told in where one worker takes."""
        told = [Ticket(HALL, number) for number in (7, 2**53, 9)]
        await queues(10).put(told)
        worker = _Worker()
        async with _taking(queues(10), worker):
            await worker.until(lambda: len(worker.given) == len(told))
        assert worker.tickets == told

    async def test_a_worker_is_given_what_it_asks_for(self, queues: Queues) -> None:
        """Tickets to other systems are for others."""
        await queues(10).put([Ticket(HALL, 1), Ticket(WATCH, 2), Ticket(HALL, 3)])
        first, second = _Worker(), _Worker()
        async with _taking(queues(10), first), _taking(queues(10), second, (WATCH,)):
            await first.until(lambda: len(first.given) == 2)
            await second.until(lambda: len(second.given) == 1)
        assert first.tickets == [Ticket(HALL, 1), Ticket(HALL, 3)]
        assert second.tickets == [Ticket(WATCH, 2)]

    async def test_each_ticket_is_given_to_one_worker(self, queues: Queues) -> None:
        """However many take at once."""
        told = [Ticket(HALL, number) for number in range(1, 2001)]
        given = _Worker()
        async with _taking(queues(50), given), _taking(queues(50), given), _taking(queues(50), given):
            await queues(10).put(told)
            await given.until(lambda: len(given.tickets) == len(told))
        assert sorted(given.tickets) == told

    async def test_no_more_are_in_hand_than_are_asked_for(self, queues: Queues) -> None:
        """The rest is for whoever comes next."""
        await queues(10).put([Ticket(HALL, number) for number in range(1, 31)])
        slow, quick = _Worker(finishes=False), _Worker()
        async with _taking(queues(10), slow):
            await slow.until(lambda: len(slow.given) == 10)
            async with _taking(queues(10), quick):
                await quick.until(lambda: len(quick.given) == 20)
            assert len(slow.given) == 10
        assert {*slow.tickets, *quick.tickets} == {Ticket(HALL, number) for number in range(1, 31)}

    async def test_what_is_not_done_comes_again(self, queues: Queues) -> None:
        """To another, when the worker's line has ended; what was done does not."""
        await queues(10).put([Ticket(HALL, number) for number in range(1, 7)])
        dying, other = _Worker(finishes=False), _Worker()
        async with _taking(queues(10), dying):
            await dying.until(lambda: len(dying.given) == 6)
            for taken in (dying.given[1], dying.given[4], dying.given[1]):
                taken.done()
            await asyncio.sleep(0)  # what is done is told with the loop's next turn
        async with _taking(queues(10), other):
            await other.until(lambda: len(other.given) == 4)
        assert sorted(other.tickets) == [Ticket(HALL, number) for number in (1, 3, 4, 6)]

    async def test_many_are_kept_until_somebody_takes_them(self, queues: Queues) -> None:
        """More than are on their way at once, told from several places."""
        told = count(1)
        side = queues(10)
        await asyncio.gather(*(side.put([Ticket(HALL, next(told)) for _ in range(400)]) for _ in range(3)))
        worker = _Worker()
        async with _taking(queues(500), worker):
            await worker.until(lambda: len(worker.given) == 1200)
        assert {ticket.delivery for ticket in worker.tickets} == set(range(1, 1201))
