"""The line to the broker is cut in the middle of a frame, at every kind of place: no ticket is lost, no delivery is sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from tests.conftest import address
from tests.journey.played import Played
from tests.journey.test_crew import members, schema, until
from tests.journey.world import HALL, D, World, apply, step
from tests.queues.test_tickets import prefix, settings

from guantong.journey import crew as crewing
from guantong.journey import ticketing
from guantong.journey.ticketing import Ticketing
from guantong.testing import Fault, FaultyRelay
from guantong.tickets import Taken, Ticket, TicketsLost
from guantong_plugins.queues.rabbitmq.queue import RabbitmqTickets

__all__ = ["prefix", "schema"]  # fixtures are found where they are imported


@asynccontextmanager
async def relayed() -> AsyncIterator[FaultyRelay]:
    host, _, port = address("rabbitmq").rpartition(":")
    async with FaultyRelay.to(host, int(port)) as relay:
        yield relay


async def told(side: RabbitmqTickets, tickets: list[Ticket]) -> None:
    """Tell of these, again and again until the broker keeps them all."""
    while True:
        try:
            await side.put(tickets)
        except TicketsLost:
            continue
        return


@pytest.mark.service("rabbitmq")
@pytest.mark.parametrize("stream", ["requests", "answers"])
async def test_a_line_that_is_cut_within_a_frame_costs_no_ticket(tmp_path: Path, prefix: str, stream: str) -> None:
    """Whoever tells and whoever takes hears that it is lost, and goes on over a new one: each ticket comes, and what was done at
    a line that stands does not come again."""
    chance, given = Random(5), list[int]()  # noqa: S311 -- a seed, not a secret
    everything, wanted = asyncio.Event(), set(range(120))

    def heard(taken: Taken) -> None:
        given.append(taken.ticket.delivery)
        taken.done()
        if set(given) >= wanted:
            everything.set()

    async def take_forever(side: RabbitmqTickets) -> None:
        while True:
            try:
                await side.take((HALL,), heard, lambda: None)
            except TicketsLost:
                continue

    async with relayed() as relay:
        telling, taking = (RabbitmqTickets(settings(tmp_path, prefix, at=f"{relay.host}:{relay.port}"), tmp_path) for _ in range(2))
        await telling.put([Ticket(HALL, 0)])
        taker = asyncio.create_task(take_forever(taking))
        for first in range(0, 120, 12):
            # The frames of a ticket have some 200 bytes, the shortest answer to some of them 21.
            relay.arm(Fault(stream, chance.randrange(1, 1500 if stream == "requests" else 21), "cut"))  # type: ignore[arg-type]  # one of two words
            await told(telling, [Ticket(HALL, number) for number in range(first, first + 12)])
        relay.disarm()
        await everything.wait()
        taker.cancel()
        await asyncio.gather(taker, return_exceptions=True)
        await telling.close()
        await taking.close()
    assert relay.struck == 10
    assert set(given) == wanted


@pytest.mark.service("postgresql", "rabbitmq")
async def test_a_hub_whose_line_is_cut_within_frames_sends_each_delivery_once_in_order(
    tmp_path: Path, prefix: str, schema: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its workers wake one another while the broker is away, and in the end no ticket is left."""
    del schema  # which has the store swept away, and looks taken often
    monkeypatch.setattr(crewing, "LOOK_EVERY", 3600.0)
    monkeypatch.setattr(ticketing, "AGAIN", 0.01)
    chance, ends = Random(7), dict[str, Played]()  # noqa: S311 -- a seed, not a secret
    async with relayed() as relay, members(tmp_path, "iw", ends) as (ingress, worker), AsyncExitStack() as stack:
        for it in (ingress, worker):
            side = RabbitmqTickets(settings(tmp_path, prefix, at=f"{relay.host}:{relay.port}"), tmp_path)
            it.engine.tickets = Ticketing(it.engine, side)
            stack.push_async_callback(it.engine.tickets.close)
            await it.engine.tickets.opened(it.engine.lines.targets)
        for code in "01234":
            relay.arm(Fault(chance.choice(("requests", "answers")), chance.randrange(1, 150), "cut"))
            await asyncio.gather(*(ingress.tell("east.approval", apply(f"P{number}") if code == "0" else step(code, f"P{number}"))
                                   for number in range(6)))
            await until(ingress, lambda: relay.befell)
        await until(worker, lambda: all(row.state is D.CONFIRMED for row in worker.deliveries()))
        await until(worker, lambda: all(_up(it) for it in (ingress, worker)))
        assert len(ends[HALL].sent) == 30
        for number in range(6):
            assert [one.fields["title"] for one in ends[HALL].effects if one.fields.get("no") == f"P{number}"] == ["A", "1", "2", "3", "4"]


def _up(it: World) -> bool:
    return it.engine.tickets is not None and it.engine.tickets.up
