"""Sides behind RabbitMQ: who publishes into a queue, and who consumes one."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import pika  # type: ignore[import-untyped]  # no stubs exist

from guantong_plugins.bench.burst.side import Clocked, Setup, Watched
from guantong_plugins.bench.burst.steps import document

_USER, _PASSWORD = "GUANTONG_BENCH_BROKER_USER", "GUANTONG_BENCH_BROKER_PASSWORD"
_SECRETS = {"user": {"env": _USER}, "password": {"env": _PASSWORD}}
_GUEST = {_USER: "guest", _PASSWORD: "guest"}
_INACTIVE = 0.01  # seconds without a message after which the target is looked at no longer
_PERSISTENT = pika.BasicProperties(delivery_mode=2)
_RULES = {"decode": "json", "rules": [{"when": {"field": {"result": "confirmed"}}, "means": "success"}], "otherwise": "transient"}


class _Queue:
    """A durable queue of this run alone, and a connection to it."""

    def __init__(self, url: str) -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self._connection.channel()
        self.name = f"guantong-bench-{secrets.token_hex(8)}"
        self.channel.queue_declare(self.name, durable=True)

    def pause(self) -> None:
        """Answer the broker, which asks whether we are there."""
        self._connection.process_data_events(0)

    def delete(self) -> None:
        self.channel.queue_delete(self.name)
        self._connection.close()


class Published(Clocked):
    """A system that publishes steps; the queue keeps them until the hub takes them."""

    def __init__(self, url: str, queue: _Queue) -> None:
        super().__init__()
        self._queue = queue
        self.setup = Setup({"adapter": "amqp", "dialect": "bench-flat", "secrets": _SECRETS,
                            "settings": {"url": url, "receive": {"queue": queue.name, "kind": "STEP"}}}, _GUEST)

    def put(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._queue.channel.basic_publish("", self._queue.name, document(number), _PERSISTENT)
        self._queue.pause()


class Consumed(Watched):
    """A system that consumes a queue we publish to."""

    def __init__(self, url: str, queue: _Queue) -> None:
        super().__init__()
        self._queue = queue
        self.setup = Setup({
            "adapter": "amqp", "dialect": "bench-flat", "secrets": _SECRETS, "settings": {"url": url, "send": {"*": {"key": queue.name}}},
            "delivery": {"unknown": "retry", "concurrency": 32}, "reply": _RULES}, _GUEST)
        self.watch()

    def look(self) -> Iterable[bytes]:
        for method, _, body in self._queue.channel.consume(self._queue.name, inactivity_timeout=_INACTIVE):
            if method is None:
                return
            yield body
            self._queue.channel.basic_ack(method.delivery_tag)


@contextmanager
def published(url: str) -> Iterator[Published]:
    """The side that publishes, at the broker *url*."""
    queue = _Queue(url)
    try:
        yield Published(url, queue)
    finally:
        queue.delete()


@contextmanager
def consumed(url: str) -> Iterator[Consumed]:
    """The side that consumes, at the broker *url*."""
    queue = _Queue(url)
    target = Consumed(url, queue)
    try:
        yield target
    finally:
        target.arrived()
        queue.delete()
