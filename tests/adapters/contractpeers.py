"""The real systems that the adapters are held to their contract with."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pika  # type: ignore[import-untyped]  # pika has no types
from sqlalchemy import make_url
from tests.adapters import exchange, filepeers, mqttpeer
from tests.adapters.brokers import no_signer
from tests.conftest import address

from guantong.adapter import Accept, SystemContext
from guantong.record import Outgoing, Record, Reply, Verdict
from guantong.secret import Secret
from guantong.testing import PolledPeer, SendingPeer, SpeakingPeer
from guantong_adapters.amqp.adapter import open_amqp
from guantong_adapters.amqp.settings import AmqpSettings
from guantong_adapters.files.adapter import Files, open_files
from guantong_adapters.mqtt.adapter import open_mqtt
from guantong_adapters.mqtt.settings import MqttSettings
from guantong_adapters.table.adapter import Tables, open_tables

CONNECT = 2.0  # seconds
LIMIT = 1 << 20


def serial(number: int) -> str:
    """The uniform serial of the case of a number."""
    return f"{exchange.SERIAL[:-5]}{number:05d}"


def number_in(text: str) -> int:
    """The number of a serial."""
    return int(text[-5:])


def key(number: int) -> str:
    return f"GT{number:05d}"


async def never(_: Record) -> Verdict:
    raise AssertionError("nothing is received here")


class TablePeer(SendingPeer, PolledPeer):
    """An exchange database."""

    def __init__(self, url: str) -> None:
        self.exchange = exchange.Exchange(url)
        self._url = make_url(url)
        assert self._url.host is not None
        assert self._url.port is not None
        self.host, self.port = self._url.host, self._url.port

    async def open(self, host: str, port: int) -> Tables:
        url = self._url.set(host=host, port=port).render_as_string(hide_password=False)
        given = {"connect_timeout": CONNECT, "timeout": 1, "read": {"flag": {}}, "poll": [{"table": "EX_GDBS_SL"}]}
        return await open_tables(exchange.context(url, given))

    def outgoing(self, number: int, seconds: float) -> Outgoing:
        return exchange.outgoing(seconds, SBLSH=serial(number))._replace(key=key(number), delivery=number)

    async def effects(self) -> list[str]:
        rows = await asyncio.to_thread(self.exchange.rows, "EX_GDBS_SB")
        return [key(number_in(row["SBLSH"].rstrip())) for row in rows]

    def took(self, reply: Reply) -> bool:
        return orjson.loads(reply.body)["result"] in ("inserted", "duplicate")

    async def put(self, numbers: Sequence[int]) -> None:
        rows = [{"SBLSH": serial(number), "SQRMC": exchange.RARE, "CLZT": "N"} for number in numbers]
        await asyncio.to_thread(self.exchange.write, "EX_GDBS_SL", *rows)

    def number_of(self, record: Record) -> int | None:
        row = orjson.loads(record.body)
        return number_in(row["SBLSH"]) if row["SQRMC"] == exchange.RARE else None

    def close(self) -> None:
        self.exchange.engine.dispose()


CONTENT = bytes(range(256)) * 64


class FilePeer(SendingPeer, PolledPeer):
    """A place on an SFTP or FTP server."""

    def __init__(self, peer: filepeers.Peer, protocol: str) -> None:
        self._peer, self._protocol = peer, protocol
        self._place = peer.place[protocol]
        self.port = self._place["port"]
        for name in ("in", "out"):
            (peer.folder / name).mkdir(parents=True, exist_ok=True)

    async def open(self, host: str, port: int) -> Files:
        place = {self._protocol: {**self._place, "host": host, "port": port}}
        reached = filepeers.Peer(self._peer.folder, place, self._peer.secrets, self._peer.disk, self._peer.names)
        return await open_files(filepeers.context(
            reached, send={"*": {"folder": "in", "name": "{key}.xml"}}, connect_timeout=CONNECT, timeout=2,
            poll=[{"folder": "out", "match": "*.xml"}],
        ))

    def outgoing(self, number: int, seconds: float) -> Outgoing:
        return filepeers.outgoing(number, seconds, body=CONTENT)._replace(key=key(number))

    async def effects(self) -> list[str]:
        found = [path for path in self._peer.tree() if path.startswith("in/") and path.endswith(".xml")]
        assert all(self._peer.get(path) == CONTENT for path in found)
        return [Path(path).stem for path in found]

    async def put(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._peer.put(f"out/{number:05d}.xml", CONTENT + str(number).encode(), filepeers.Clock().now - 3600 + number)

    def number_of(self, record: Record) -> int | None:
        return int(record.body[len(CONTENT):]) if record.body.startswith(CONTENT) else None


class AmqpPeer(SendingPeer, SpeakingPeer):
    """A queue at a RabbitMQ, read as its consumers do."""

    once = False

    def __init__(self) -> None:
        self.host, port = address("rabbitmq").rsplit(":", 1)
        self.port = int(port)
        self._connection = pika.BlockingConnection(pika.ConnectionParameters(self.host, self.port))
        self.channel = self._connection.channel()
        self.inbox, self.outbox = (f"guantong-test-{uuid.uuid4().hex}" for _ in range(2))
        for name in (self.inbox, self.outbox):
            self.channel.queue_declare(name, arguments={"x-expires": 60_000})
        self._got: list[str] = []

    async def open(self, host: str, port: int, accept: Accept = never) -> Any:
        settings = AmqpSettings.model_validate({
            "url": f"amqp://{host}:{port}", "connect_timeout": CONNECT, "send": {"*": {"key": self.inbox}},
            "receive": {"queue": self.outbox},
        })
        secrets = {"user": Secret("guest"), "password": Secret("guest")}
        return await open_amqp(SystemContext("a.b", settings, secrets, accept, no_signer, LIMIT, now=lambda: 0.0))

    def outgoing(self, number: int, seconds: float) -> Outgoing:
        return Outgoing(number, 1, "case.step", "SPCL", CONTENT, {}, key(number), seconds)

    async def effects(self) -> list[str]:
        while (got := self.channel.basic_get(self.inbox, auto_ack=True))[0] is not None:
            assert got[2] == CONTENT
            self._got.append(got[1].message_id)
        return self._got

    async def put(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self.channel.basic_publish("", self.outbox, CONTENT + str(number).encode())

    def number_of(self, record: Record) -> int | None:
        return int(record.body[len(CONTENT):]) if record.body.startswith(CONTENT) else None

    def close(self) -> None:
        for name in (self.inbox, self.outbox):
            self.channel.queue_delete(name)
        self._connection.close()


class MqttPeer(SendingPeer, SpeakingPeer):
    """Topics at a Mosquitto, with a subscriber."""

    once = False

    def __init__(self, peer: mqttpeer.Peer, version: str) -> None:
        self._peer, self._version = peer, version
        self.host, port = address("mosquitto").rsplit(":", 1)
        self.port = int(port)
        self._name = f"test-{uuid.uuid4().hex}"
        self._got: list[str] = []
        peer.hear(f"{peer.topic}/in/#")

    async def open(self, host: str, port: int, accept: Accept = never) -> Any:
        settings = MqttSettings.model_validate({
            "url": f"mqtt://{host}:{port}", "anonymous": True, "version": self._version, "client_id": self._name,
            "session": "60s", "connect_timeout": CONNECT, "send": {"*": {"topic": f"{self._peer.topic}/in/{{number}}"}},
            "receive": {"topics": [f"{self._peer.topic}/out"]},
        })
        return await open_mqtt(SystemContext("a.b", settings, {}, accept, no_signer, LIMIT, now=lambda: 0.0))

    def outgoing(self, number: int, seconds: float) -> Outgoing:
        return Outgoing(number, 1, "case.step", "SPCL", CONTENT, {"number": str(number)}, key(number), seconds)

    async def effects(self) -> list[str]:
        """The broker's subscriber has what came before a message of its own."""
        mark = uuid.uuid4().bytes
        await asyncio.to_thread(self._peer.put, f"{self._peer.topic}/in/mark", mark)
        while (got := await asyncio.to_thread(self._peer.next)).payload != mark:
            assert got.payload == CONTENT
            self._got.append(key(int(got.topic.rpartition("/")[2])))
        return self._got

    async def put(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            await asyncio.to_thread(self._peer.put, f"{self._peer.topic}/out", CONTENT + str(number).encode())

    def number_of(self, record: Record) -> int | None:
        return int(record.body[len(CONTENT):]) if record.body.startswith(CONTENT) else None


