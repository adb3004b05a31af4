"""The test's own client of a Mosquitto, independent of the adapter."""

from __future__ import annotations

import queue
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from tests.conftest import address


class Peer:
    """The test's own client of the broker, in a thread of its own, and topics nobody else uses."""

    def __init__(self) -> None:
        host, _, port = address("mosquitto").rpartition(":")
        self.url = f"mqtt://{host}:{port}"
        self.topic = f"guantong-test/{uuid.uuid4().hex}"
        self.got: queue.Queue[MQTTMessage] = queue.Queue()
        self._subscribed: queue.Queue[int] = queue.Queue()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_message = lambda _c, _u, message: self.got.put(message)
        self._client.on_subscribe = lambda _c, _u, mid, _codes, _p: self._subscribed.put(mid)
        self._words: dict[int, Any] = {}
        self._client.on_publish = lambda _c, _u, mid, word, _p: self._words.update({mid: word})
        self._client.connect(host, int(port))
        self._client.loop_start()

    def hear(self, topic: str) -> None:
        self._client.subscribe(topic, 1)
        self._subscribed.get(timeout=60)

    def put(self, topic: str, body: bytes, *, retain: bool = False, **properties: Any) -> bool:
        """Publish, and wait until the broker has it; whether anybody subscribes to it."""
        said = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it without types
        for name, value in properties.items():
            setattr(said, name, value)
        publication = self._client.publish(topic, body, 1, retain, said)
        publication.wait_for_publish(10)
        return str(self._words[publication.mid]) == "Success"

    def next(self) -> MQTTMessage:
        return self.got.get(timeout=60)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture(name="peer")
def fixture_peer() -> Iterator[Peer]:
    """One client, gone afterwards."""
    made = Peer()
    yield made
    made.close()
