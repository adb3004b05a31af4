"""The simulated county behind a broker behaves as the interface says."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pika  # type: ignore[import-untyped]  # pika has no types
import pytest
from tests.adapters.brokerstory import SERIAL, STORY
from tests.conftest import address

from guantong_adapters.amqp.play import CountyBrokerSettings
from guantong_adapters.amqp.simulator import run
from guantong_adapters.simulation.ledger import read_effects
from guantong_adapters.simulation.story import write_stories

pytestmark = pytest.mark.service("rabbitmq")


@pytest.fixture
def queues() -> Iterator[Any]:
    """The test's own channel, and the names of an inbox and an outbox that are gone afterwards."""
    host, _, port = address("rabbitmq").rpartition(":")
    with pika.BlockingConnection(pika.ConnectionParameters(host, int(port))) as connection:
        channel, name = connection.channel(), uuid.uuid4().hex
        channel.queue_declare(f"in-{name}", durable=True)
        channel.queue_declare(f"out-{name}", durable=True)
        yield channel, f"in-{name}", f"out-{name}", f"amqp://{host}:{port}"
        channel.queue_delete(f"in-{name}")
        channel.queue_delete(f"out-{name}")


async def test_an_application_takes_effect_once_and_lets_its_case_run(queues: Any, tmp_path: Path) -> None:
    """Twice the same is one effect; busy is asked again; what is no record is refused; the acts follow in order."""
    channel, inbox, outbox, url = queues
    write_stories(tmp_path / "stories", [STORY])
    settings = CountyBrokerSettings.model_validate({
        "url": url, "inbox": inbox, "outbox": outbox, "stories": tmp_path / "stories",
        "secrets": {"user": "guest", "password": "guest"}, "faults": {"busy_every": 2},
    })
    for body in (b"no record", orjson.dumps({"SBLSH": SERIAL, "SQRMC": "𠮷某"}), orjson.dumps({"SBLSH": SERIAL, "SQRMC": "𠮷某"})):
        channel.basic_publish("", inbox, body)
    running = asyncio.create_task(run(settings, tmp_path))
    acts: list[tuple[str, Any]] = []
    while len(acts) < 2:
        method, properties, body = channel.basic_get(outbox, auto_ack=True)
        if method is None:
            await asyncio.sleep(0.01)
        else:
            acts.append((properties.type, orjson.loads(body)))
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert [(kind, row["SJBBH"]) for kind, row in acts] == [("EX_GDBS_SL", "1"), ("EX_GDBS_BJ", "2")]
    assert acts[0][1]["SLSJ"] == "2014-07-15 10:03:00"
    assert [(effect.key, effect.fields["SQRMC"]) for effect in read_effects(tmp_path / "ledger.db")] == [((SERIAL,), "𠮷某")]
