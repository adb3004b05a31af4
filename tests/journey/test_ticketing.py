"""Tickets: a broker spreads the work of a shared store, and nothing depends on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.journey.played import Played
from tests.journey.test_crew import members, schema, until
from tests.journey.world import HALL, D, World, apply, step

from guantong.journey import crew as crewing
from guantong.journey import ticketing
from guantong.journey.ticketing import Ticketing
from guantong.sharedstore import ANYTHING
from guantong.testing.tickets import SharedTickets
from guantong.tickets import Ticket

__all__ = ["schema"]  # a fixture is found where it is imported
pytestmark = pytest.mark.service("postgresql")


@asynccontextmanager
async def ticketed(folder: Path, roles: str, ends: dict[str, Played], shared: SharedTickets) -> AsyncIterator[list[World]]:
    """Engines that are told by tickets; by the sweep nobody is told within the test."""
    async with members(folder, roles, ends) as found, AsyncExitStack() as stack:
        for it in found:
            it.engine.tickets = Ticketing(it.engine, shared.queue(4))
            stack.push_async_callback(it.engine.tickets.close)
            await it.engine.tickets.opened(it.engine.lines.targets)
        yield found


@pytest.fixture(autouse=True)
def _no_sweep(monkeypatch: pytest.MonkeyPatch, schema: str) -> None:  # noqa: ARG001 -- after that fixture, which lets it look often
    monkeypatch.setattr(crewing, "LOOK_EVERY", float("inf"))  # else the first look is when the first beat ends, however late
    monkeypatch.setattr(ticketing, "AGAIN", 0.01)


async def test_whoever_is_given_the_ticket_does_the_work(tmp_path: Path) -> None:
    """What one process takes in two others send, in each case's order; in the end no ticket is left."""
    shared, ends = SharedTickets(), dict[str, Played]()
    async with ticketed(tmp_path, "iww", ends, shared) as (ingress, *workers):
        for code in "0123":
            await asyncio.gather(*(ingress.tell("east.approval", apply(f"P{number}") if code == "0" else step(code, f"P{number}"))
                                   for number in range(8)))
        await until(workers[0], lambda: all(row.state is D.CONFIRMED for row in workers[0].deliveries()))
        for number in range(8):
            assert [one.fields["title"] for one in ends[HALL].effects if one.fields.get("no") == f"P{number}"] == ["A", "1", "2", "3"]
        assert len(ends[HALL].sent) == 32
        await until(workers[0], lambda: not shared.waiting)


async def test_who_was_not_given_the_ticket_is_not_woken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not among those that the broker chose."""
    shared, ends, woken = SharedTickets(), dict[str, Played](), list[str]()
    async with ticketed(tmp_path, "iw", ends, shared) as (ingress, worker):
        monkeypatch.setattr(type(worker.engine.lines), "wake", lambda _, targets: woken.extend(targets))
        assert worker.engine.tickets is not None
        await worker.engine.tickets.close()
        worker.engine.tickets.up = True
        await ingress.tell("east.approval", apply("P1"))
        await until(ingress, lambda: len(shared.waiting) == 2)
        assert sorted(shared.waiting) == [Ticket(row.target, row.id) for row in sorted(ingress.deliveries(), key=lambda row: row.target)]
        assert set(woken) <= {ANYTHING}  # heard when it began to listen


async def test_while_the_broker_is_away_the_work_goes_on(tmp_path: Path) -> None:
    """Workers wake one another as without it; it is told once that it is lost, and once that it is back."""
    shared, ends = SharedTickets(), dict[str, Played]()
    with capture_logs() as logs:
        async with ticketed(tmp_path, "iw", ends, shared) as (ingress, worker):
            await ingress.tell("east.approval", apply("P1"))
            await until(worker, lambda: worker.states(HALL) == [D.CONFIRMED])
            shared.away()
            await until(worker, lambda: worker.engine.tickets is not None and not worker.engine.tickets.up)
            await ingress.tell("east.approval", step("1", "P1"))
            await until(worker, lambda: worker.states(HALL) == [D.CONFIRMED] * 2)
            assert worker.engine.tickets is not None
            assert (trouble := worker.engine.tickets.trouble) is not None
            assert trouble.since <= worker.engine.clock()
            assert (trouble.reason, trouble.code) in {("the broker went away", ""), ("the broker is away", "")}
            shared.back()
            await until(worker, lambda: worker.engine.tickets is not None and worker.engine.tickets.up)
            await ingress.tell("east.approval", step("2", "P1"))
            await until(worker, lambda: worker.states(HALL) == [D.CONFIRMED] * 3)
            assert worker.engine.tickets.trouble is None
    mine = [line["event"] for line in logs if line["event"].startswith("tickets.")]
    assert (mine.count("tickets.lost"), mine.count("tickets.up")) == (2, 4)  # of each process its own


async def test_a_ticket_of_long_ago_does_no_harm(tmp_path: Path) -> None:
    """Of what was sent already, told twice, or never there: nothing is sent, and the ticket is done."""
    shared, ends = SharedTickets(), dict[str, Played]()
    async with ticketed(tmp_path, "iw", ends, shared) as (ingress, worker):
        await ingress.tell("east.approval", apply("P1"))
        await until(worker, lambda: worker.states(HALL) == [D.CONFIRMED])
        await shared.queue(1).put([Ticket(HALL, 1), Ticket(HALL, 1), Ticket(HALL, 999_999)])
        await until(worker, lambda: not shared.waiting)
        assert len(ends[HALL].sent) == 1
