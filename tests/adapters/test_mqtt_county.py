"""The simulated county behind an MQTT broker behaves as the interface says."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.adapters.brokers import until
from tests.adapters.brokerstory import SERIAL, STORY
from tests.adapters.mqttpeer import Peer, fixture_peer

from guantong_adapters.mqtt.play import CountyTopicsSettings
from guantong_adapters.mqtt.simulator import run
from guantong_adapters.simulation.ledger import read_effects
from guantong_adapters.simulation.story import write_stories

__all__ = ["fixture_peer"]  # a fixture is found where it is imported
pytestmark = pytest.mark.service("mosquitto")


async def test_an_application_takes_effect_once_and_lets_its_case_run(peer: Peer, tmp_path: Path) -> None:
    """Twice the same is one effect; busy comes again; what is no record is refused; the acts follow in order, each at
    least once: one whose confirmation a broken line took with it comes twice."""
    write_stories(tmp_path / "stories", [STORY])
    settings = CountyTopicsSettings.model_validate({
        "url": peer.url, "anonymous": True, "inbox": f"{peer.topic}/in", "outbox": f"{peer.topic}/out",
        "client_id": peer.topic.replace("/", "-"), "stories": tmp_path / "stories", "faults": {"busy_every": 2},
    })
    peer.hear(f"{peer.topic}/out/#")
    running = asyncio.create_task(run(settings, tmp_path))
    await until(lambda: peer.put(f"{peer.topic}/in", b"no record"))
    application = orjson.dumps({"SBLSH": SERIAL, "SQRMC": "𠮷某"})
    for _ in range(2):
        peer.put(f"{peer.topic}/in", application)
    rows: dict[str, Any] = {}
    while "EX_GDBS_BJ" not in rows:
        act = await asyncio.to_thread(peer.next)
        rows.setdefault(act.topic.rpartition("/")[2], orjson.loads(act.payload))
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert [(kind, row["SJBBH"]) for kind, row in rows.items()] == [("EX_GDBS_SL", "1"), ("EX_GDBS_BJ", "2")]
    assert rows["EX_GDBS_SL"]["SLSJ"] == "2014-07-15 10:03:00"
    assert [(effect.key, effect.fields["SQRMC"]) for effect in read_effects(tmp_path / "ledger.db")] == [((SERIAL,), "𠮷某")]
