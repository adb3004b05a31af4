"""A broker whose memory runs out takes nothing (`connection.blocked`): what is to be sent surely was not, and is sent when it has room."""

from __future__ import annotations

import asyncio
import struct
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import orjson
import pytest
from tests.adapters.brokers import Hub, no_signer, outgoing, until
from tests.conftest import address
from tests.queues.test_tickets import prefix, settings

from guantong.adapter import Sends, SystemContext
from guantong.record import NotSent, Reply
from guantong.secret import Secret
from guantong.testing.ticket_contract import HALL
from guantong.tickets import Ticket, TicketsLost
from guantong_adapters.amqp.adapter import open_amqp
from guantong_adapters.amqp.session import Session
from guantong_adapters.amqp.settings import AmqpSettings, BrokerAddress
from guantong_plugins.queues.rabbitmq.queue import RabbitmqTickets

__all__ = ["prefix"]  # a fixture is found where it is imported
pytestmark = pytest.mark.service("rabbitmq")
WHY = b"low on memory"


def method(number: int, said: bytes) -> bytes:
    """A frame of the class `connection`, on channel 0."""
    rest = struct.pack(">HH", 10, number) + said
    return struct.pack(">BHL", 1, 0, len(rest)) + rest + b"\xce"


BLOCKED, UNBLOCKED = method(60, bytes([len(WHY)]) + WHY), method(61, b"")


class Alarmed:
    """The real broker, and its alarm: what it would say to a line on which it takes nothing any more."""

    def __init__(self) -> None:
        self._takes = asyncio.Event()
        self._takes.set()
        self._lines: set[asyncio.StreamWriter] = set()

    def alarm(self) -> None:
        self._takes.clear()
        for line in self._lines:
            line.write(BLOCKED)

    def over(self) -> None:
        self._takes.set()
        for line in self._lines:
            line.write(UNBLOCKED)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = address("rabbitmq").rpartition(":")
        there, back = await asyncio.open_connection(host, int(port))
        self._lines.add(writer)
        await asyncio.gather(self._carry(reader, back, self._takes), self._carry(there, writer, None))
        self._lines.discard(writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, takes: asyncio.Event | None) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                if takes is not None:
                    await takes.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def alarmed() -> AsyncIterator[tuple[Alarmed, str]]:
    broker = Alarmed()
    async with await asyncio.start_server(broker.serve, "127.0.0.1", 0) as server:
        yield broker, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        broker.over()


async def test_what_the_broker_does_not_take_was_surely_not_sent_and_goes_when_it_has_room() -> None:
    """In both languages, by the broker's own word; nobody waits for an answer that does not come."""
    queue = f"gt-test-{uuid.uuid4().hex}"
    side = await Session.opened(BrokerAddress(url=f"amqp://{address('rabbitmq')}/"), "guest", "guest")
    await side.declare(queue)
    async with alarmed() as (broker, at):
        told = AmqpSettings.model_validate({"url": f"amqp://{at}/", "send": {"SPCL": {"key": queue}}})
        secrets = {"user": Secret("guest"), "password": Secret("guest")}
        system = await open_amqp(SystemContext("a.b", told, secrets, Hub().accept, no_signer, 1000, now=lambda: 0.0))
        assert isinstance(system, Sends)
        assert isinstance(await system.send(outgoing()), Reply)
        broker.alarm()
        line = system._out._line  # type: ignore[attr-defined]  # whose news is waited for
        await until(lambda: line.refusing is not None)
        for _ in range(2):
            answer = await system.send(outgoing())
            assert answer == NotSent("the broker takes nothing for now: low on memory", "消息中间件暂不接收：low on memory")
        broker.over()
        await until(lambda: line.refusing is None)
        answer = await system.send(outgoing())
        assert isinstance(answer, Reply)
        assert orjson.loads(answer.body)["result"] == "confirmed"
        await system.close()
    await side.delete(queue)
    await side.close()


async def test_tickets_that_the_broker_does_not_take_are_said_to_be_lost(tmp_path: Path, prefix: str) -> None:
    """Their teller is told so, and does not wait; when there is room they are told."""
    async with alarmed() as (broker, at):
        side = RabbitmqTickets(settings(tmp_path, prefix, at=at), tmp_path)
        await side.put([Ticket(HALL, 1)])
        broker.alarm()
        line = side._line
        assert line is not None
        await until(lambda: line.refusing is not None)
        with pytest.raises(TicketsLost, match=r"^the broker takes nothing for now: low on memory$"):
            await side.put([Ticket(HALL, 2)])
        broker.over()
        await until(lambda: line.refusing is None)
        await side.put([Ticket(HALL, 2)])
        await side.close()
