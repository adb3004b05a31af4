"""What a broker may send that none should: each message is dealt with once, and the line is used or let go."""

from __future__ import annotations

import asyncio
import struct
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from tests.adapters.brokers import Hub, listening, no_signer, until

from guantong.adapter import SystemContext
from guantong.problems import ProblemsError
from guantong_adapters.mqtt.adapter import open_mqtt
from guantong_adapters.mqtt.bounded import BoundedClient
from guantong_adapters.mqtt.settings import MqttSettings

CONNACK, SUBSCRIBE, SUBACK, PUBLISH, PUBACK = 0x20, 8, 0x90, 0x32, 4


def published(number: int, topic: bytes, body: bytes) -> bytes:
    """A PUBLISH of MQTT 3.1.1 with QoS 1."""
    rest = struct.pack(">H", len(topic)) + topic + struct.pack(">H", number) + body
    length, said = len(rest), bytearray()
    while not said or length:
        length, low = divmod(length, 128)
        said.append(low | (128 if length else 0))
    return bytes([PUBLISH, *said]) + rest


class Hostile:
    """A broker that takes anybody, and sends *said* once somebody subscribes; `acknowledged` are the numbers it hears."""

    def __init__(self, said: bytes) -> None:
        self.acknowledged: list[int] = []
        self._said = said

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                first, length = await reader.readexactly(2)
                rest = await reader.readexactly(length)  # all that a client of ours says here is short
                if first >> 4 == 1:
                    writer.write(bytes([CONNACK, 2, 0, 0]))
                elif first >> 4 == SUBSCRIBE:
                    writer.write(bytes([SUBACK, 3, *rest[:2], 1]) + self._said)
                elif first >> 4 == PUBACK:
                    self.acknowledged.append(struct.unpack(">H", rest[:2])[0])
        writer.close()


@asynccontextmanager
async def listened(broker: Hostile, hub: Hub) -> AsyncIterator[asyncio.Task[None]]:
    """The hub listens to *broker*."""
    async with await asyncio.start_server(broker.serve, "127.0.0.1", 0) as server:
        settings = MqttSettings.model_validate({
            "url": f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}", "version": "3.1.1", "anonymous": True,
            "client_id": f"test-{uuid.uuid4().hex}", "receive": {"topics": ["a/#"]},
        })
        context = SystemContext("a.b", settings, {}, hub.accept, no_signer, 1000, now=lambda: 0.0, refused=hub.refused.append)
        connection = await open_mqtt(context)
        async with listening(connection) as task:  # type: ignore[arg-type]  # it listens, as its settings say
            yield task
        await connection.close()


async def test_a_topic_that_is_no_utf_8_is_refused_once_and_what_comes_behind_it_is_taken() -> None:
    """Paho reads a topic when it is asked for, and its own packet again when that fails: ten thousand times a second."""
    broker, hub = Hostile(published(1, b"a/\xca\xdc", b"odd") + published(2, b"a/b", b"good")), Hub()
    async with listened(broker, hub):
        await until(lambda: broker.acknowledged == [1, 2])
    assert [record.body for record in hub.records] == [b"good"]
    assert hub.refused == ["GT544"]


@pytest.mark.parametrize("said", [
    b"\x32\x00", b"\x00\x00", b"\x32\x04\xff\xffab", b"\x32\xff\xff\xff\xff\xff", b"\x90\x00",
], ids=["an empty record", "no packet", "a topic longer than its packet", "a length without end", "an answer to nothing"])
async def test_what_is_no_mqtt_ends_the_line_with_a_located_problem(said: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Once, and nothing is logged beside it."""
    async with listened(Hostile(said + published(1, b"a/b", b"good")), Hub()) as task:
        with pytest.raises(ProblemsError, match="GT762"):
            await task
    assert caplog.text == ""


async def test_a_record_of_many_megabytes_is_refused_without_being_held_and_what_comes_behind_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """MQTT 3.1.1 cannot tell a broker how much we take: the rest of the packet is read and thrown away, and the record acknowledged."""
    longest, handle = 0, BoundedClient._packet_handle

    def handled(client: BoundedClient) -> Any:
        nonlocal longest
        longest = max(longest, len(client._in_packet["packet"]))
        return handle(client)

    monkeypatch.setattr(BoundedClient, "_packet_handle", handled)
    broker, hub = Hostile(published(1, b"a/b", bytes(8 << 20)) + published(2, b"a/b", b"good")), Hub()
    async with listened(broker, hub):
        await until(lambda: broker.acknowledged == [1, 2])
    assert [record.body for record in hub.records] == [b"good"]
    assert hub.refused == ["GT763"]
    assert longest < 200_000
