"""The queues of tickets, each against the one contract."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pika import BasicProperties  # type: ignore[import-untyped]  # pika has no types
from tests.conftest import address
from tests.journey.home import write_home
from tests.journey.world import configured, plugged
from tests.stores import servers

from guantong.hub import running
from guantong.problems import ProblemsError
from guantong.testing.ticket_contract import HALL, Queues, TicketContract
from guantong.testing.tickets import SharedTickets
from guantong.tickets import Taken, Ticket, TicketsLost, TicketsRefused
from guantong_plugins.drill.relay import Relay
from guantong_plugins.queues.rabbitmq.plugin import register_ticket_queues
from guantong_plugins.queues.rabbitmq.queue import RabbitmqTickets
from guantong_plugins.queues.rabbitmq.settings import RabbitmqSettings

SPEC = register_ticket_queues()[0]


class TestInMemory(TicketContract):
    """The fake that tests of many workers use."""

    @pytest.fixture
    def queues(self) -> Queues:
        return SharedTickets().queue


def settings(home: Path, prefix: str, at: str = "", **more: Any) -> RabbitmqSettings:
    for name in ("user", "password"):
        (home / name).write_text("guest", encoding="utf-8")
    return RabbitmqSettings.model_validate({
        "url": f"amqp://{at or address('rabbitmq')}/", "user": {"file": "user"}, "password": {"file": "password"}, "prefix": prefix, **more})


def home_with_tickets(home: Path, schema: str, prefix: str) -> None:
    """A home that was never begun, its store and its tickets configured."""
    tickets = f"{{use: rabbitmq, url: 'amqp://{address('rabbitmq')}/', user: {{file: user}}, password: {{file: password}}, prefix: {prefix}}}"
    write_home(home, files={"config/guantong.yaml": (
        "hub: {name: 试验, listen: 127.0.0.1:0}\n"
        f"store: {{use: postgresql, dsn: {{file: dsn}}, schema: {schema}, shared: true}}\ntickets: {tickets}\n")})


@pytest.fixture
async def prefix(tmp_path: Path) -> AsyncIterator[str]:
    """Queues that nobody else uses, deleted afterwards."""
    made = f"guantong-test-{uuid.uuid4().hex[:12]}"
    yield made
    side = RabbitmqTickets(settings(tmp_path, made), tmp_path)
    line = await side._opened()
    for system in (HALL, "city.watch"):
        await line.delete(f"{made}.{system}")
    await line.close()


@pytest.mark.service("rabbitmq")
class TestRabbitmq(TicketContract):
    """A real broker, quorum queues."""

    @pytest.fixture
    async def queues(self, tmp_path: Path, prefix: str) -> AsyncIterator[Queues]:
        made: list[Any] = []

        def queue(most: int) -> Any:
            made.append(SPEC.make(settings(tmp_path, prefix, in_hand=most), tmp_path))
            return made[-1]

        yield queue
        for one in made:
            await one.close()


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay(address("rabbitmq")) as between:
        yield between


@pytest.mark.service("rabbitmq")
async def test_a_broker_that_goes_away_is_told_and_comes_again(tmp_path: Path, prefix: str, relay: Relay) -> None:
    """Who tells and who takes hear it at once; what was confirmed is there afterwards, what was not done too."""
    side = RabbitmqTickets(settings(tmp_path, prefix, at=relay.address), tmp_path)
    await side.put([Ticket(HALL, 1)])
    given: list[Taken] = []
    first, third = asyncio.Event(), asyncio.Event()

    def heard(taken: Taken) -> None:
        given.append(taken)
        first.set()
        if len(given) > 1:
            taken.done()
        if len(given) == 3:
            third.set()

    taking = asyncio.create_task(side.take((HALL,), heard, lambda: None))
    await first.wait()
    relay.away()
    with pytest.raises(TicketsLost):
        await taking
    with pytest.raises(TicketsLost):
        await side.put([Ticket(HALL, 2)])
    relay.back()
    await side.put([Ticket(HALL, 3)])
    taking = asyncio.create_task(side.take((HALL,), heard, lambda: None))
    await third.wait()
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    await side.close()
    assert sorted(taken.ticket.delivery for taken in given) == [1, 1, 3]


@pytest.mark.service("rabbitmq")
async def test_a_queue_of_another_type_is_refused_with_what_to_do(tmp_path: Path, prefix: str) -> None:
    """A classic queue under our name: nothing is told into it."""
    side = RabbitmqTickets(settings(tmp_path, prefix), tmp_path)
    line = await side._opened()
    await line.declare(f"{prefix}.{HALL}")
    await line.close()
    with pytest.raises(TicketsRefused) as caught:
        await side.put([Ticket(HALL, 1)])
    await side.close()
    assert caught.value.problem.code.id == "GT988"
    assert str(caught.value).startswith(f"tickets: the broker makes no quorum queue {prefix}.{HALL}: 406 PRECONDITION_FAILED")


@pytest.mark.service("rabbitmq")
@pytest.mark.parametrize(("host", "password", "what"), [
    ("", "wrong", "403 ACCESS_REFUSED (user or password)"),
    ("no-such-host", "guest", "the virtual host is not there, or the user may not use it"),
])
async def test_a_broker_that_does_not_let_us_in_is_no_broker_that_is_away(tmp_path: Path, host: str, password: str, what: str) -> None:
    """Only a person can help: it is told with the settings to look at, and nobody waits for it to come back."""
    given = settings(tmp_path, "guantong-test-out")
    (tmp_path / "password").write_text(password, encoding="utf-8")
    side = RabbitmqTickets(given.model_copy(update={"url": f"amqp://{address('rabbitmq')}/{host}"}), tmp_path)
    with pytest.raises(TicketsRefused) as caught:
        await side.put([Ticket(HALL, 1)])
    assert str(caught.value) == (
        f"tickets: the broker of tickets does not let this hub in: {what}; see that tickets.user and tickets.password are those of the broker, "
        "that the virtual host at the end of tickets.url is there (`rabbitmqctl add_vhost`), and that the user may use it "
        "(`rabbitmqctl set_permissions`) [GT884]")
    assert "guest" not in str(caught.value)


@pytest.mark.service("rabbitmq")
@pytest.mark.service("postgresql")
async def test_nothing_is_made_of_a_home_whose_broker_does_not_let_it_in(tmp_path: Path) -> None:
    """Neither a schema nor keys nor the mark of a home that was begun: the mistake is mended, and it begins as if nothing had been."""
    schema = servers.schema_of(tmp_path)
    servers.settings(tmp_path)
    settings(tmp_path, "x")
    (tmp_path / "password").write_text("wrong", encoding="utf-8")
    home_with_tickets(tmp_path, schema, "x")
    with pytest.raises(ProblemsError) as refused:
        async with running(configured(tmp_path, {}), plugged({})):
            pass
    assert [one.code.id for one in refused.value.problems] == ["GT884"]
    assert not (tmp_path / "var").exists()
    with servers.admin() as connection:
        assert connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is None


@pytest.mark.service("rabbitmq")
@pytest.mark.service("postgresql")
async def test_nothing_is_made_of_a_home_whose_queue_can_never_be_had(tmp_path: Path, prefix: str) -> None:
    """A queue of another type under our name is told before the hub begins, with the setting that names it."""
    schema = servers.schema_of(tmp_path)
    servers.settings(tmp_path)
    side = RabbitmqTickets(settings(tmp_path, prefix), tmp_path)
    line = await side._opened()
    await line.declare(f"{prefix}.{HALL}")
    await line.close()
    home_with_tickets(tmp_path, schema, prefix)
    with pytest.raises(ProblemsError) as refused:
        async with running(configured(tmp_path, {}), plugged({})):
            pass
    (problem,) = refused.value.problems
    assert problem.code.id == "GT988"
    assert "or set another tickets.prefix" in problem.hint()
    assert not (tmp_path / "var").exists()
    with servers.admin() as connection:
        assert connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is None


async def test_a_login_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Before anything is connected."""
    (tmp_path / "user").write_text("guest", encoding="utf-8")
    given = RabbitmqSettings.model_validate({"url": "amqp://127.0.0.1:1/", "user": {"file": "user"}, "password": {"file": "gone"}})
    with pytest.raises(TicketsRefused, match=r"password for the broker of tickets cannot be had: .*gone"):
        await RabbitmqTickets(given, tmp_path).put([Ticket(HALL, 1)])


@pytest.mark.service("rabbitmq")
async def test_what_is_no_ticket_is_thrown_away(tmp_path: Path, prefix: str) -> None:
    """Somebody else's message in our queue stops nothing."""
    side = RabbitmqTickets(settings(tmp_path, prefix), tmp_path)
    await side.put([])
    await side.put([Ticket(HALL, 1)])
    line = await side._opened()
    for body in (b"", b"{}", b'{"system": 1, "delivery": "x"}', b"\xff" * 100, *[b'{"system": "city.other", "delivery": 3}'] * 50):
        await line.publish("", f"{prefix}.{HALL}", body, BasicProperties(delivery_mode=2))
    await line.close()
    await side.put([Ticket(HALL, 2)])
    given: list[Ticket] = []
    last = asyncio.Event()

    def heard(taken: Taken) -> None:
        given.append(taken.ticket)
        taken.done()
        if taken.ticket.delivery == 2:
            last.set()

    taking = asyncio.create_task(side.take((HALL,), heard, lambda: None))
    await last.wait()
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    await side.close()
    assert given == [Ticket(HALL, 1), Ticket(HALL, 2)]
