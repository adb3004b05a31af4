"""Large records: decoded and mapped in a thread, in order, while the others go on."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.journey.world import step, world

from guantong.config import System
from guantong.journey import accept as module
from guantong.journey.accept import LARGE
from guantong.journey.admission import admission_of
from guantong.journey.engine import Engine
from guantong.record import Acceptance, Record

PATIENCE = 30  # seconds after which a held loop is given up


class Slow:
    """Decides on large records only once it may; `held` is whether that was waited for in vain."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.held = False

    def __call__(self, engine: Engine, source: System, record: Record) -> Any:
        if len(record.body) > LARGE:
            self.held = not self.may.wait(PATIENCE)
        return admission_of(engine, source, record)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    found = Slow()
    monkeypatch.setattr(module, "admission_of", found)
    return found


def large(number: str) -> dict[str, Any]:
    return step("1", number, note="长" * (LARGE // 3 + 1))


async def test_a_large_record_keeps_its_place_and_holds_nobody_elses(tmp_path: Path, slow: Slow) -> None:
    """While one county's is decoded another's is taken; what that county sent before and after it stays in order."""
    async with world(tmp_path, start=False) as it:
        records = [step("1", "P1"), large("P2"), step("1", "P3"), large("P4"), step("1", "P5")]
        telling = [asyncio.create_task(it.tell("east.approval", record)) for record in records]
        assert (await telling[0]).acceptance is Acceptance.ROUTED
        assert (await it.tell("west.approval", step("1", "Q1"))).acceptance is Acceptance.ROUTED
        assert len(it.message_states()) == 2, "the third waits for the second"
        slow.may.set()
        verdicts = await asyncio.gather(*telling)
        assert not slow.held, "it was decoded where everybody waits"
        assert {verdict.acceptance for verdict in verdicts} == {Acceptance.ROUTED}
        numbers = [verdict.message for verdict in verdicts]
        assert numbers == sorted(numbers)
        assert numbers == [1, 3, 4, 5, 6]


async def test_after_a_large_record_small_ones_wait_for_nobody(tmp_path: Path, slow: Slow) -> None:
    """Once it is handed to the store, and also where its sender gave up meanwhile."""
    async with world(tmp_path, start=False) as it:
        given_up = asyncio.create_task(it.tell("east.approval", large("P1")))
        behind = asyncio.create_task(it.tell("east.approval", step("1", "P2")))
        await it.until(lambda: "east.approval" in it.engine.turns)
        given_up.cancel()
        assert (await behind).acceptance is Acceptance.ROUTED
        assert "east.approval" not in it.engine.turns
        slow.may.set()
        assert (await it.tell("east.approval", large("P3"))).acceptance is Acceptance.ROUTED
        assert "east.approval" not in it.engine.turns
        assert it.engine.pressure.in_hand == 0


async def test_a_large_record_that_cannot_be_read_is_refused_like_a_small_one(tmp_path: Path) -> None:
    """With the same verdict."""
    async with world(tmp_path, start=False) as it:
        small = await module.accept(it.engine, Record("east.approval", b'{"type"'))
        big = await module.accept(it.engine, Record("east.approval", b'{"type"' + b" " * LARGE))
        strange = await module.accept(it.engine, Record("east.approval", orjson.dumps({"type": "none", "a": "x" * LARGE})))
        assert (big.acceptance, big.code) == (small.acceptance, small.code)
        assert (strange.acceptance, strange.code) == (Acceptance.REFUSED, "GT401")


async def test_a_small_record_that_unpacks_to_a_large_one_is_decoded_in_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its codec says what becomes of it, before anything is unpacked."""
    threads: list[threading.Thread] = []

    def decide(engine: Engine, source: System, record: Record) -> Any:
        threads.append(threading.current_thread())
        return admission_of(engine, source, record)

    monkeypatch.setattr(module, "admission_of", decide)
    async with world(tmp_path, start=False) as it:
        await it.tell("east.approval", step("1", "P1"))
        codec = it.engine.system("east.approval").dialect.codec_in
        monkeypatch.setattr(codec, "unpacked", lambda body: LARGE + len(body), raising=False)
        await it.tell("east.approval", step("1", "P2"))
    assert threads[0] is threading.main_thread()
    assert threads[1] is not threading.main_thread()
