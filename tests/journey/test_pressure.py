"""Backpressure: the doors close before anything is kept, say why, and open by themselves."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from types import SimpleNamespace

import orjson
import pytest
from structlog.testing import capture_logs
from tests.journey import home
from tests.journey.played import Act, Played
from tests.journey.world import HALL, World, apply, step, world
from tests.operations.test_hub import hub_on

from guantong.journey import pressure
from guantong.journey.accept import accept
from guantong.operations import Act as Word
from guantong.operations.telling import Telling
from guantong.record import Acceptance, Record

A = Acceptance
ROOMY = SimpleNamespace(f_bavail=1 << 30, f_frsize=4096)
FULL = SimpleNamespace(f_bavail=100, f_frsize=1 << 20)


def queue(limits: str) -> dict[str, str]:
    """The hub's file with these limits."""
    return {"config/guantong.yaml": f"hub: {{name: 试验, listen: 127.0.0.1:0, queue: {{{limits}}}}}\n"}


def seen(it: World) -> str:
    """What a look finds against taking more, as a sender is told it."""
    found = pressure.look(it.engine, it.reader, it.engine.lines.sent_to())
    return "" if found is None else f"{found.code.id} {found.message('en')}; {found.hint('en')}"


async def test_one_system_cannot_have_all_of_the_hub_in_hand(tmp_path: Path) -> None:
    """A county that floods is asked to come again, while another's records are taken."""
    async with world(tmp_path, files=queue("accepting: 10, each: 2")) as it:
        flood = [it.tell("east.approval", apply(f"P{n}")) for n in range(4)]
        verdicts = await asyncio.gather(*flood, it.tell("west.approval", apply("Q1")))
        assert [one.acceptance for one in verdicts] == [A.ROUTED, A.ROUTED, A.REFUSED, A.REFUSED, A.ROUTED]
        assert {(one.again, one.code, one.reason) for one in verdicts[2:4]} == {
            (True, "GT428", "2 records of east.approval are in hand already (hub.queue.each)")}
        assert len(it.message_states()) == 3
        assert it.engine.pressure.in_hand == 0
        telling = Telling(it.engine)
        told = (await telling.queues(at_once=True))["systems"]
        lines = (await telling.metrics()).decode().splitlines()
        await telling.close()
        assert (told["east.approval"]["put_off_codes"], told["east.approval"]["refused"], told["west.approval"]["put_off_codes"]) == ({"GT428": 2}, 0, {})
        assert 'guantong_put_off_total{code="GT428",system="east.approval"} 2.0' in lines
        assert (await it.tell("east.approval", apply("P3"))).acceptance is A.ROUTED


async def test_a_disk_that_runs_full_is_told_before_anything_is_written_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The limit is of what is free where the home keeps its state."""
    async with world(tmp_path, files=queue("free: 200MiB")) as it:
        monkeypatch.setattr(os, "statvfs", lambda path: FULL if path == tmp_path / "var" else ROOMY)
        assert seen(it) == ("GT425 the disk under var/ has 100 MiB free, less than 200 (hub.queue.free); "
                            "send the same record again in a while; whoever runs the hub frees space")
        monkeypatch.setattr(os, "statvfs", lambda _path: ROOMY)
        assert seen(it) == ""


async def test_what_waits_is_bounded_and_what_is_finished_is_not_counted(tmp_path: Path) -> None:
    """Dead ones count: somebody has to see to them; discarded ones no longer do."""
    async with world(tmp_path, files=queue("waiting: 3")) as it:
        it.hall.script += [Act.REFUSED, Act.REFUSED, Act.REFUSED]
        for number in ("P1", "P2"):
            await it.tell("east.approval", step("1", number))
        await it.quiet()
        assert (it.reader.unfinished(100), seen(it)) == (2, "")
        await it.tell("east.approval", step("1", "P3"))
        await it.quiet()
        assert (it.reader.unfinished(100), it.reader.unfinished(2)) == (3, 2)
        assert seen(it) == ("GT426 3 deliveries wait already (hub.queue.waiting); "
                            "send the same record again in a while; see guantong queues")
        dead = next(row for row in it.deliveries(HALL))
        await it.act(Word.DISCARD, f"D{dead.id}", why="不再需要")
        assert (it.reader.unfinished(100), seen(it)) == (2, "")


async def test_a_target_that_is_behind_closes_the_doors_only_while_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What has been due for too long at a working system counts; a system that is lost must not stop the others."""
    monkeypatch.setattr(home, "DELIVERY", "breaker: {after: 1, probe: 1d}, retry: {first: 1s}")
    async with world(tmp_path, files=queue("late: 60s"), start=False) as it:
        await it.tell("east.approval", step("1", "P1"))
        it.clock.now += 61_000
        assert seen(it) == "", "no line is at work: the hub only starts"
        found = pressure.look(it.engine, it.reader, [HALL])
        assert found is not None
        assert found.message("zh") == "应发往 city.hall 的推送已等待 61 秒，超过 60 秒（hub.queue.late）"
        it.hall.script.append(Act.BUSY)
        it.engine.lines.start()
        assert HALL in it.engine.lines.sent_to()
        await it.until(lambda: HALL not in it.engine.lines.sent_to())
        it.clock.now += 600_000
        assert seen(it) == "", "the hall is lost, and what waits for it is not the senders' concern"


async def test_the_doors_close_and_open_by_themselves_and_say_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While the disk is full nothing of a record is kept and its sender is asked to come again."""
    monkeypatch.setattr(pressure, "LOOK_EVERY", 0.001)
    disk = [ROOMY]
    monkeypatch.setattr(os, "statvfs", lambda _path: disk[0])
    record = Record("east.approval", orjson.dumps(step("1", "P1")))
    with capture_logs() as lines:
        async with hub_on(tmp_path, {HALL: Played(HALL)}) as hub:
            engine = hub.engine
            disk[0] = FULL
            while engine.pressure.problem is None:
                await engine.store.write(lambda _: None)
            verdict = await accept(engine, record)
            assert (verdict.acceptance, verdict.again, verdict.code) == (A.REFUSED, True, "GT425")
            assert engine.reader.message(1) is None
            disk[0] = ROOMY
            while engine.pressure.problem is not None:
                await engine.store.write(lambda _: None)
            assert (await accept(engine, record)).acceptance is A.ROUTED
    told = [(line["event"], line.get("code")) for line in lines if line["event"].startswith("doors.")]
    assert told == [("doors.closed", "GT425"), ("doors.opened", "GT425")]


async def test_a_store_that_cannot_be_read_leaves_the_last_look_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The watch tells of it and goes on looking."""
    monkeypatch.setattr(pressure, "LOOK_EVERY", 0.001)
    looks = 0

    def broken(*_given: object) -> None:
        nonlocal looks
        looks += 1
        raise OSError("an invented fault")

    with capture_logs() as lines:
        async with hub_on(tmp_path, {HALL: Played(HALL)}) as hub:
            monkeypatch.setattr(pressure, "look", broken)
            while looks < 3:
                await hub.engine.store.write(lambda _: None)
            assert (await accept(hub.engine, Record("east.approval", orjson.dumps(step("1", "P1"))))).taken
    assert {line["error"] for line in lines if line["event"] == "pressure.not_seen"} == {"OSError"}
