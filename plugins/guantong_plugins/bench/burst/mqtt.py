"""Sides behind Mosquitto: who publishes to a topic, and who subscribes to one."""

from __future__ import annotations

import queue
import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from urllib.parse import urlsplit

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from guantong_plugins.bench.burst.side import Clocked, Offer, Setup, Watched
from guantong_plugins.bench.burst.steps import document

_WAIT = 10.0
_DROPPED = "$SYS/broker/publish/messages/dropped"
"""Where Mosquitto says how many messages it dropped since it runs, for subscribers slower than they came."""
_SAID_AGAIN = 12.0  # seconds; Mosquitto says it every 10, if nobody set another `sys_interval`
_RULES = {"decode": "json", "rules": [{"when": {"field": {"result": "confirmed"}}, "means": "success"}], "otherwise": "transient"}


class _Broker:
    """A connection of the other side's, with a topic of this run alone."""

    def __init__(self, url: str) -> None:
        at = urlsplit(url)
        self.topic = f"guantong-bench/{secrets.token_hex(8)}"
        self.got: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self.client.on_message = lambda _client, _userdata, message: self.got.put(bytes(message.payload))
        self._counts: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.client.message_callback_add(_DROPPED, lambda _client, _userdata, message: self._counts.put(int(message.payload)))
        self.client.connect(at.hostname or "127.0.0.1", at.port or 1883)
        self.client.loop_start()
        self._hear(_DROPPED)
        self._before: int | None
        try:
            self._before = self._counts.get(timeout=1)
        except queue.Empty:  # Mosquitto keeps the count for a minute after it changed; others never tell it
            self._before = None

    def hear(self) -> None:
        """Subscribe, and wait until the broker has it."""
        self._hear(self.topic)

    def dropped(self, lost: int) -> int:
        """How many messages of the *lost* the broker says it dropped since this connection began; it is waited for until
        it says so, or has had the time to. Where it did not tell what it had dropped before, its count since it runs is
        taken, and none where that is more than was lost: part of it must be older."""
        until, count = monotonic() + _SAID_AGAIN, 0
        while count < lost and (left := until - monotonic()) > 0:
            try:
                count = self._counts.get(timeout=left) - (self._before or 0)
            except queue.Empty:
                break
        return 0 if self._before is None and count > lost else min(count, lost)

    def _hear(self, topic: str) -> None:
        heard = threading.Event()
        self.client.on_subscribe = lambda *_: heard.set()
        self.client.subscribe(topic, 1)
        if not heard.wait(_WAIT):
            raise TimeoutError("the broker took no subscription")

    def await_online(self, presence: str) -> None:
        """Wait until the hub says, on the topic *presence*, that it listens: a broker keeps nothing for who was never there."""
        self.client.subscribe(presence, 1)
        while self.got.get(timeout=_WAIT) != b"online":
            pass
        self.client.unsubscribe(presence)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def _setup(url: str, **settings: object) -> dict[str, object]:
    return {"adapter": "mqtt", "dialect": "bench-flat",
            "settings": {"url": url, "anonymous": True, "client_id": f"guantong-bench-{secrets.token_hex(4)}", "session": "60s", **settings}}


class Published(Clocked):
    """A device that publishes steps."""

    def __init__(self, url: str, broker: _Broker) -> None:
        super().__init__()
        self._broker = broker
        self._left: list[MQTTMessageInfo] = []
        self.setup = Setup(_setup(url, receive={"topics": [broker.topic], "kind": "STEP", "presence": f"{broker.topic}/here"}))

    def begin(self, offer: Offer, door: int) -> None:
        self._broker.await_online(f"{self._broker.topic}/here")
        super().begin(offer, door)

    def put(self, numbers: Sequence[int]) -> None:
        self._left += [self._broker.client.publish(self._broker.topic, document(number), 1) for number in numbers]

    def ended(self) -> None:
        for one in self._left:
            one.wait_for_publish(_WAIT)

    def dropped(self, lost: int) -> int:
        return self._broker.dropped(lost)


class Subscribed(Watched):
    """A system that subscribes to what we publish."""

    def __init__(self, url: str, broker: _Broker) -> None:
        super().__init__()
        self._broker = broker
        self.setup = Setup({**_setup(url, send={"*": {"topic": broker.topic}}),
                            "delivery": {"unknown": "retry", "concurrency": 32}, "reply": _RULES})
        broker.hear()
        self.watch()

    def look(self) -> Iterable[bytes]:
        while not self._broker.got.empty():
            yield self._broker.got.get()

    def dropped(self, lost: int) -> int:
        return self._broker.dropped(lost)


@contextmanager
def published(url: str) -> Iterator[Published]:
    """The side that publishes, at the broker *url*."""
    broker = _Broker(url)
    try:
        yield Published(url, broker)
    finally:
        broker.close()


@contextmanager
def subscribed(url: str) -> Iterator[Subscribed]:
    """The side that subscribes, at the broker *url*."""
    broker = _Broker(url)
    target = Subscribed(url, broker)
    try:
        yield target
    finally:
        target.arrived()
        broker.close()
