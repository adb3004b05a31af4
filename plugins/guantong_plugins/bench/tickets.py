"""The bench `rabbitmq`: how fast tickets are told to a broker and taken from it, beside pika by hand on the same kind of queue.

By hand is what somebody writes who only publishes: one channel, 256 unconfirmed at a time, the confirmed counted. Both
publish the same bytes, persistent, to a quorum queue; what was told is then taken and counted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from pika import BasicProperties, ConnectionParameters, PlainCredentials  # type: ignore[import-untyped]  # pika has no types
from pika.adapters.asyncio_connection import AsyncioConnection  # type: ignore[import-untyped]  # the same

from guantong.tickets import Taken, Ticket
from guantong_adapters.amqp.session import Session
from guantong_plugins.queues.rabbitmq.queue import QUORUM, WINDOW, RabbitmqTickets
from guantong_plugins.queues.rabbitmq.settings import RabbitmqSettings

SYSTEM = "bench.hall"
BATCH = 2000
"""Tickets told in one call: a group of the store's is at most so large."""
BODY = b'{"system":"bench.hall","delivery":1234567}'


@dataclass(frozen=True, slots=True)
class Told:
    """Tickets told, taken, and by hand published per second, and the CPU of one told (seconds, this process)."""

    told: float
    taken: float
    by_hand: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is."""

    host: str
    port: int
    user: str
    password: str


def measure(broker: Broker, folder: Path, seconds: float) -> Told:
    """One run of each, in turns, each on a queue of its own, which is deleted."""
    return asyncio.run(_measured(broker, folder, seconds))


def together(runs: list[Told]) -> dict[str, Any]:
    """The medians of the runs, by the stable names of `--json`."""
    rates = [one.told for one in runs]
    return {
        "runs": len(runs), "window": WINDOW, "rate": round(median(rates), 1), "cpu_us": round(median(one.cpu for one in runs) * 1e6, 1),
        "taken_rate": round(median(one.taken for one in runs), 1), "baseline_rate": round(median(one.by_hand for one in runs), 1),
        "ratio": round(median(one.told / one.by_hand for one in runs), 3),
        "spread": round((max(rates) - min(rates)) / median(rates), 3),
    }


async def _measured(broker: Broker, folder: Path, seconds: float) -> Told:
    prefix = f"guantong-bench-{uuid4().hex[:12]}"
    for name in ("user", "password"):
        (folder / name).write_text(getattr(broker, name), encoding="utf-8")
    settings = RabbitmqSettings.model_validate({
        "url": f"amqp://{broker.host}:{broker.port}/", "user": {"file": "user"}, "password": {"file": "password"}, "prefix": prefix})
    tickets = RabbitmqTickets(settings, folder)
    line = await Session.opened(settings, broker.user, broker.password)
    try:
        await line.declare(f"{prefix}.{SYSTEM}", QUORUM)
        await line.declare(f"{prefix}.by-hand", QUORUM)
        by_hand = await _by_hand(broker, f"{prefix}.by-hand", seconds)
        count, lasted, cpu = await _tell(tickets, seconds)
        return Told(count / lasted, count / await _take(tickets, count), by_hand, cpu / count)
    finally:
        await tickets.close()
        await line.delete(f"{prefix}.{SYSTEM}")
        await line.delete(f"{prefix}.by-hand")
        await line.close()


async def _tell(tickets: RabbitmqTickets, seconds: float) -> tuple[int, float, float]:
    await tickets.put([])
    began, cpu, count = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - began < seconds:
        await tickets.put([Ticket(SYSTEM, count + number) for number in range(BATCH)])
        count += BATCH
    return count, time.perf_counter() - began, time.process_time() - cpu


async def _take(tickets: RabbitmqTickets, count: int) -> float:
    """Seconds until *count* were taken and done."""
    all_there, came = asyncio.Event(), 0

    def heard(taken: Taken) -> None:
        nonlocal came
        came += 1
        taken.done()
        if came == count:
            all_there.set()

    began = time.perf_counter()
    taking = asyncio.create_task(tickets.take((SYSTEM,), heard, lambda: None))
    ended = asyncio.create_task(all_there.wait())
    await asyncio.wait({taking, ended}, return_when=asyncio.FIRST_COMPLETED)
    lasted = time.perf_counter() - began
    if taking.done():
        ended.cancel()
        taking.result()
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    return lasted


async def _by_hand(broker: Broker, queue: str, seconds: float) -> float:
    """Messages a second, with nothing but pika."""
    over: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    properties = BasicProperties(content_type="application/json", delivery_mode=2, message_id="bench.hall/1234567")
    sent = confirmed = 0
    began = 0.0
    publish: Callable[[], None]

    def on_channel(channel: Any) -> None:
        nonlocal began, publish

        def publish() -> None:
            nonlocal sent
            while sent - confirmed < WINDOW:
                channel.basic_publish("", queue, BODY, properties, mandatory=True)
                sent += 1

        def on_confirm(frame: Any) -> None:
            nonlocal confirmed
            method = frame.method
            confirmed = max(confirmed, method.delivery_tag) if method.multiple else confirmed + 1
            lasted = time.perf_counter() - began
            if lasted < seconds:
                publish()
            elif not over.done():
                over.set_result(confirmed / lasted)

        def begin(_frame: Any) -> None:
            nonlocal began
            began = time.perf_counter()
            publish()

        channel.confirm_delivery(on_confirm, callback=begin)

    connection = AsyncioConnection(
        ConnectionParameters(broker.host, broker.port, credentials=PlainCredentials(broker.user, broker.password)),
        on_open_callback=lambda opened: opened.channel(on_open_callback=on_channel),
        on_open_error_callback=lambda _connection, why: over.set_exception(ConnectionError(str(why))),
    )
    closed = asyncio.Event()
    connection.add_on_close_callback(lambda *_: closed.set())
    try:
        return await over
    finally:
        if connection.is_open:
            connection.close()
            await closed.wait()
