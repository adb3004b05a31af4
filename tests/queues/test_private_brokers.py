"""A hub in grown mode on RabbitMQ nodes of its own, which are killed, run out of memory and come back, while it works."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from random import Random

import pytest
from tests.journey.played import Played
from tests.journey.test_crew import members, schema, until
from tests.journey.world import HALL, D, World, apply, step
from tests.queues.private import Private, private, wanted
from tests.queues.test_tickets import settings
from tests.stores import servers

from guantong.journey import ticketing
from guantong.journey.ticketing import Ticketing
from guantong.tickets import Taken, Ticket, TicketsLost
from guantong_plugins.demo.processes import Child
from guantong_plugins.drill.farend import FarEnd
from guantong_plugins.drill.ledger import Ledger, judge
from guantong_plugins.drill.senders import Senders
from guantong_plugins.drill.stage import TOKEN, set_stage
from guantong_plugins.queues.rabbitmq.queue import RabbitmqTickets

__all__ = ["schema"]  # a fixture is found where it is imported
pytestmark = [pytest.mark.crash, pytest.mark.service("postgresql"), wanted, pytest.mark.timeout(900)]
PREFIX = "guantong-private"


@asynccontextmanager
async def ticketed(folder: Path, broker: Private, ends: dict[str, Played]) -> AsyncIterator[list[World]]:
    """One engine that takes in and one that sends, told by the broker's first node."""
    async with members(folder, "iw", ends) as found, AsyncExitStack() as stack:
        for it in found:
            it.engine.tickets = Ticketing(it.engine, RabbitmqTickets(settings(folder, PREFIX, at=broker.at[0]), folder))
            stack.push_async_callback(it.engine.tickets.close)
            await it.engine.tickets.opened(it.engine.lines.targets)
        yield found


async def tell_all(ingress: World, code: str) -> None:
    """Ten cases, each one step on."""
    await asyncio.gather(*(ingress.tell("east.approval", apply(f"P{number}") if code == "0" else step(code, f"P{number}"))
                           for number in range(10)))


def up(it: World) -> bool:
    return it.engine.tickets is not None and it.engine.tickets.up


def in_order(ends: dict[str, Played]) -> bool:
    """Whether every case arrived whole, once and in order."""
    return all([one.fields["title"] for one in ends[HALL].effects if one.fields.get("no") == f"P{number}"] == ["A", "1", "2", "3", "4"]
               for number in range(10))


async def test_a_broker_that_is_restarted_has_what_it_confirmed(tmp_path: Path) -> None:
    """What was told is there again, what was in hand and not done, too; whoever was cut off is told so."""
    async with private(tmp_path / "broker") as broker:
        side = RabbitmqTickets(settings(tmp_path, PREFIX, at=broker.at[0]), tmp_path)
        await side.put([Ticket(HALL, number) for number in range(500)])
        in_hand = asyncio.Event()
        taking = asyncio.create_task(side.take((HALL,), lambda _: in_hand.set(), lambda: None))
        await in_hand.wait()
        await broker.do("ctl", 1, "stop_app")
        with pytest.raises(TicketsLost):
            await taking
        with pytest.raises(TicketsLost):
            await side.put([Ticket(HALL, 999)])
        await broker.do("ctl", 1, "start_app")
        given, everything = set[int](), asyncio.Event()

        def heard(taken: Taken) -> None:
            given.add(taken.ticket.delivery)
            taken.done()
            if given >= set(range(500)):
                everything.set()

        async def take_forever() -> None:
            while True:
                with suppress(TicketsLost):  # a broker that has just begun refuses at times
                    await side.take((HALL,), heard, lambda: None)

        taking = asyncio.create_task(take_forever())
        await everything.wait()
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)
        await side.close()


async def test_a_hub_works_on_while_its_broker_is_restarted_and_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each delivery goes once and in order, before, meanwhile and afterwards; a broker that is back is used again."""
    monkeypatch.setattr(ticketing, "AGAIN", 0.05)
    ends: dict[str, Played] = {}
    async with private(tmp_path / "broker") as broker, ticketed(tmp_path, broker, ends) as (ingress, worker):
        await tell_all(ingress, "0")
        stopping = asyncio.create_task(broker.do("ctl", 1, "stop_app"))
        await tell_all(ingress, "1")
        await stopping
        await tell_all(ingress, "2")
        await until(worker, lambda: worker.states(HALL) == [D.CONFIRMED] * 30)
        starting = asyncio.create_task(broker.do("ctl", 1, "start_app"))
        await tell_all(ingress, "3")
        await starting
        await until(worker, lambda: up(ingress) and up(worker))
        await broker.do("kill", 1)
        await tell_all(ingress, "4")
        await until(worker, lambda: worker.states(HALL) == [D.CONFIRMED] * 50)
        assert len(ends[HALL].sent) == 50
        assert in_order(ends)


async def test_a_hub_works_on_while_its_broker_is_out_of_memory(tmp_path: Path) -> None:
    """A broker under its alarm takes nothing and says nothing: the work goes on, and when it is over tickets are told again, and none
    is left."""
    ends: dict[str, Played] = {}
    async with private(tmp_path / "broker") as broker, ticketed(tmp_path, broker, ends) as (ingress, worker):
        await tell_all(ingress, "0")
        await broker.do("ctl", 1, "set_vm_memory_high_watermark", "absolute", "1")
        for code in "123":
            await tell_all(ingress, code)
        await until(worker, lambda: worker.states(HALL) == [D.CONFIRMED] * 40)
        await broker.do("ctl", 1, "set_vm_memory_high_watermark", "0.8")
        await until(worker, lambda: up(ingress) and up(worker))
        await tell_all(ingress, "4")
        await until(worker, lambda: worker.states(HALL) == [D.CONFIRMED] * 50)
        assert len(ends[HALL].sent) == 50
        assert in_order(ends)
        while await _kept(broker):  # noqa: ASYNC110 -- another process is asked
            await asyncio.sleep(0.1)


async def _kept(broker: Private) -> int:
    """How many tickets the broker has."""
    said = await broker.do("ctl", 1, "list_queues", "name", "messages")
    return sum(int(count) for count in re.findall(rf"^{PREFIX}\.\S+\s+(\d+)$", said, re.MULTILINE))


@pytest.fixture
def cluster_schema(tmp_path: Path) -> Iterator[str]:
    name = servers.schema_of(tmp_path)
    yield name
    servers.drop(name)


def process(folder: Path, name: str, home: Path, token: str) -> Child:
    login = {"RABBIT_USER": "guest", "RABBIT_PASSWORD": "guest"}
    return Child(name, ("run", "--home", str(home)), folder / f"{name}.txt", {TOKEN: token, "DRILL_DSN": servers.dsn(), **login})


async def test_a_node_of_three_is_killed_under_load_and_the_books_agree(tmp_path: Path, cluster_schema: str) -> None:
    """Two processes share a PostgreSQL, each told by a node of its own. One node after the other is killed and comes again, while cases are
    told: in the end nothing is lost, nothing took effect twice, nothing is out of order."""
    ledger, token = Ledger(), secrets.token_hex(16)
    far = FarEnd(ledger, Random(1))  # noqa: S311 -- a seed, not a secret
    store = {"use": "postgresql", "dsn": {"env": "DRILL_DSN"}, "schema": cluster_schema, "shared": True, "lease": "10s"}
    async with private(tmp_path / "broker", 3) as broker:
        url = await far.open()
        children: list[Child] = []
        sending: asyncio.Task[None] | None = None
        try:
            for name, at in zip("ab", broker.at, strict=False):
                home = set_stage(tmp_path / name, url, store, dropped=tmp_path / "a/dropped")
                with (home / "config/guantong.yaml").open("a", encoding="utf-8") as file:
                    file.write(f"keys: {{folder: {tmp_path / 'keys'}}}\ntickets: {{use: rabbitmq, url: 'amqp://{at}/', "
                               f"user: {{env: RABBIT_USER}}, password: {{env: RABBIT_PASSWORD}}, prefix: {PREFIX}}}\n")
                children.append(process(tmp_path, name, home, token))
                children[-1].start()
                port = home / "var/port"
                await asyncio.to_thread(children[-1].await_seen, lambda port=port: port.exists() or None, 120)
            senders = Senders(ledger, tmp_path / "a/home", tmp_path / "a/dropped", token)
            sending = asyncio.create_task(senders.run())
            for node in (1, 2, 3):
                await _more(ledger, 150)
                await broker.do("kill", node)
                await _more(ledger, 150)
                await broker.do("again", node)
            await _more(ledger, 150)
            far.calm = True
            senders.stop()
            await sending
            while not ledger.complete():
                for child in children:
                    child.must_run()
                await asyncio.sleep(0.05)
            assert senders.wrong == []
        finally:
            if sending is not None:
                sending.cancel()
                with suppress(asyncio.CancelledError):
                    await sending
            for child in children:
                await asyncio.to_thread(child.stop)
            await far.close()
            ledger.write(tmp_path / "ledger.jsonl")
    verdict = judge(ledger)
    assert (verdict.lost, verdict.doubled, verdict.out_of_order) == (0, 0, 0)
    assert verdict.taken >= 1000


async def _more(ledger: Ledger, steps: int) -> None:
    """Until so many more steps are taken."""
    enough = len(ledger.taken) + steps
    while len(ledger.taken) < enough:  # noqa: ASYNC110 -- another process takes them
        await asyncio.sleep(0.02)
