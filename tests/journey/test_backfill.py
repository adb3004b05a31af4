"""Backfill: the stock comes in once, marked, behind everything fresh, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest
from tests.journey.home import write_home
from tests.journey.played import Act, Played
from tests.journey.test_findings import ACCEPTED, BEFORE, FILES, FINISHED, told
from tests.journey.world import HALL, D, World, step, world

from guantong.adapter import Connection
from guantong.backfillstore import BackfillOrder, BackfillRow
from guantong.config import System
from guantong.holdstore import Hold
from guantong.journey import backfill
from guantong.journey.backfill import Backfills, Runs, Span
from guantong.journey.backfillmemory import RunFolders
from guantong.journey.states import MessageState
from guantong.operations.backfill import reconciled
from guantong.record import Record
from guantong.store import FindingFilter

COUNTY = "east.approval"
DAY = 86_400_000
JULY_15 = 1_405_353_600_000  # in Shanghai
ALL = BackfillOrder(COUNTY, 0, 0, 100_000.0, "陈工")


def home(folder: Path) -> Path:
    if not (folder / "config").exists():
        write_home(folder)
        for name, text in FILES.items():
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def stock(*records: dict[str, object]) -> list[Record]:
    return [Record(COUNTY, orjson.dumps(record), ref=f"r{number}") for number, record in enumerate(records)]


@asynccontextmanager
async def filling(it: World, rows: list[Record]) -> AsyncIterator[Backfills]:
    """Backfills over these rows, each run over a connection of its own."""

    async def opens(system: System, _run: BackfillRow) -> Connection:
        return Played(system.id, rows=rows)

    found = Backfills(it.engine, opens, RunFolders(it.engine.configuration.home))
    try:
        yield found
    finally:
        await found.close()


async def finished(it: World, run: int = 1) -> dict[str, object]:
    """What a run came to, once it has read everything and nothing is under way."""
    await it.until(lambda: run not in [row.id for row in it.reader.backfills_running()])
    await it.quiet()
    row = it.reader.backfill(run)
    assert row is not None
    return {name: value for name, value in reconciled(it.reader, row).items()
            if name in ("read", "skipped", "refused", "messages", "read_again", "missing", "unfinished", "deliveries")}


async def test_the_stock_comes_in_marked_and_reconciled(tmp_path: Path) -> None:
    """Read, duplicate of what came fresh, parked, refused, outside: every record is accounted for."""
    rows = stock(step("1", own="E1"), step("2", own="E1"), told("finish", FINISHED, own="E2"), told("finish", "2014-06-01 09:00:00", own="E3"),
                 {"type": "step", "own": "E4"}, {"type": "nothing known"})
    async with world(home(tmp_path)) as it, filling(it, rows) as fills:
        await it.tell(COUNTY, step("1", own="E1"))
        await it.quiet()
        assert await fills.begin([BackfillOrder(COUNTY, JULY_15, 0, 100_000.0, "陈工")]) == [1]
        assert await finished(it) == {
            "read": 6, "skipped": 1, "refused": 1, "messages": {"routed": 2, "duplicate": 1, "parked": 1},
            "read_again": 0, "missing": 0, "unfinished": 1,
            "deliveries": {HALL: {"blocked": 1, "confirmed": 1}, "city.watch": {"confirmed": 2}}}
        assert it.message_states()[0] is MessageState.ROUTED
        assert [row.low for row in it.deliveries("city.watch")] == [False, True, True]


async def test_nothing_odd_is_noted_of_the_stock(tmp_path: Path) -> None:
    """Old cases raise no findings, in whatever order their events were; fresh ones do."""
    rows = stock(told("accept", ACCEPTED, own="E1"), told("finish", BEFORE, own="E1"), told("finish", FINISHED, own="E2"))
    async with world(home(tmp_path)) as it, filling(it, rows) as fills:
        await fills.begin([ALL])
        await finished(it)
        assert it.reader.findings(FindingFilter(ordinary=True)) == []
        await it.tell(COUNTY, told("finish", FINISHED, own="E3"))
        assert [row.kind for row in it.reader.findings(FindingFilter(ordinary=True))] == ["finished_unaccepted"]


async def test_fresh_traffic_goes_before_the_stock(tmp_path: Path) -> None:
    """Whatever of the stock waits for a target that was away, what comes in now is sent first."""
    rows = stock(*(step("1", own=f"S{number}", no=f"P{number}") for number in range(20)))
    async with world(home(tmp_path), delivery={HALL: "unknown: retry, concurrency: 1"}) as it, filling(it, rows) as fills:
        it.hall.otherwise = Act.DOWN
        await fills.begin([ALL])
        await finished(it)
        for number in range(3):
            await it.tell(COUNTY, step("1", own=f"F{number}", no=f"Q{number}", title="fresh"))
        await it.quiet()
        it.hall.sent.clear()
        it.hall.otherwise = Act.OK
        await it.later(10)
        await it.later(10)
        assert it.hall.texts()[:3] == ["step fresh"] * 3
        assert len(it.hall.effects) == 23


async def test_the_order_of_low_and_fresh_survives_a_restart(tmp_path: Path) -> None:
    """It is kept with each delivery, not in memory."""
    rows = stock(*(step("1", own=f"S{number}", no=f"P{number}") for number in range(5)))
    async with world(home(tmp_path), start=False) as it, filling(it, rows) as fills:
        await fills.begin([ALL])
        await it.until(lambda: not it.reader.backfills_running())
        await it.tell(COUNTY, step("1", own="F", no="Q", title="fresh"))
    async with world(tmp_path) as it:
        await it.quiet()
        assert it.hall.texts()[0] == "step fresh"
        assert len(it.hall.effects) == 6


async def test_one_run_of_a_system_at_a_time(tmp_path: Path) -> None:
    """A second is refused while the first reads, with whatever else was asked for at once; afterwards all it reads is duplicate."""
    rows = stock(step("1", own="E1"), step("2", own="E1"))
    async with world(home(tmp_path)) as it, filling(it, rows) as fills:
        assert await fills.begin([ALL]) == [1]
        with pytest.raises(Runs, match=COUNTY):
            await fills.begin([BackfillOrder("west.approval", 0, 0, 100_000.0, "陈工"), ALL])
        assert [row.order.system for row in it.reader.backfills_running()] == [COUNTY]
        await finished(it)
        assert await fills.begin([ALL]) == [2]
        assert (await finished(it, 2))["messages"] == {"duplicate": 2}


@pytest.mark.parametrize(("place", "again"), [
    ("backfill:before-cursor", 2), ("backfill:after-cursor", 0), ("accept:after-commit", 1),
])
async def test_a_run_cut_short_goes_on_and_brings_each_record_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, again: int
) -> None:
    """Killed at a durable step: what is read again is a duplicate and counted as such; nothing is missing or twice."""
    monkeypatch.setattr(backfill, "BATCH", 2)
    rows = stock(*(step(str(number), own="E1", no="P1") for number in range(5)))
    async with world(home(tmp_path)) as it, filling(it, rows) as fills:
        crashed = asyncio.Event()

        def crash(at: str) -> None:
            if at == place:
                crashed.set()
                raise asyncio.CancelledError

        it.engine.crash_at = crash
        await fills.begin([ALL])
        await it.until(crashed.is_set)
        await fills.close()
        it.engine.crash_at = lambda _step: None
        far, clock = it.played, it.clock
    async with world(tmp_path, played=far, clock=clock) as it, filling(it, rows) as fills:
        assert fills.resume() == 1
        found = await finished(it)
        assert (found["read"], found["read_again"], found["missing"]) == (5, again, 0)
        assert it.hall.texts() == [f"step {number}" for number in range(5)]
        assert it.states(HALL) == [D.CONFIRMED] * 5


async def test_the_stock_of_a_system_that_is_not_to_be_read_waits(tmp_path: Path) -> None:
    """Not a record is taken while it is held; released, the run goes on from there."""
    async with world(home(tmp_path)) as it, filling(it, stock(step("1", own="E1"), step("2", own="E1"))) as fills:
        it.engine.holds.put(Hold(COUNTY, 1, "陈工", "县区升级", inbound=True))
        await fills.begin([ALL])
        await it.quiet()
        assert it.message_states() == []
        it.engine.holds.drop(COUNTY)
        assert (await finished(it))["read"] == 2


async def test_a_source_that_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From where it was, over a new connection."""
    monkeypatch.setattr(backfill, "COME_AGAIN", 0.001)
    monkeypatch.setattr(backfill, "BATCH", 2)
    rows, opened = stock(*(step(str(number), own="E1") for number in range(5))), 0

    class Failing(Played):
        async def poll(self, since: str, limit: int) -> object:  # type: ignore[override]  # it answers as the other, or not at all
            if since == "2" and opened == 1:
                raise ConnectionResetError
            return await super().poll(since, limit)

    async with world(home(tmp_path)) as it:

        async def opens(system: System, _run: BackfillRow) -> Connection:
            nonlocal opened
            opened += 1
            return Failing(system.id, rows=rows)

        fills = Backfills(it.engine, opens, RunFolders(it.engine.configuration.home))
        await fills.begin([ALL])
        assert ((await finished(it))["read"], opened) == (5, 2)
        await fills.close()


@pytest.mark.parametrize(("occurred", "held"), [
    ("2014-07-15T00:00:00+08:00", True), ("2014-07-14T23:59:59+08:00", False), ("2014-07-15", True), ("2014-07-14", False),
    ("2014-07-16T00:00:00+08:00", False), ("2014-07-15T23:59:59+08:00", True), ("", True), ("不详", True),
])
def test_a_span_begins_with_its_first_and_ends_before_its_last_moment(occurred: str, held: bool) -> None:
    """In Shanghai; what tells no time is not left out."""
    assert Span(JULY_15, JULY_15 + DAY).holds(occurred) is held


def test_a_span_without_end_holds_everything_since() -> None:
    """Up to now and beyond."""
    assert Span(JULY_15, 0).holds("2099-01-01")


async def test_what_a_run_remembered_is_gone_when_it_has_ended(tmp_path: Path) -> None:
    """Its folder, and those of runs that had ended when an earlier hub stopped; what still runs keeps its own."""
    folders = RunFolders(home(tmp_path))

    async with world(home(tmp_path)) as it:

        async def opens(system: System, run: BackfillRow) -> Connection:
            folders.of(system.id, run.id).mkdir(parents=True)
            return Played(system.id, rows=stock(step("1", own="E1")))

        folders.of("west.approval", 7).mkdir(parents=True)
        folders.of("west.approval", 8).mkdir(parents=True)
        folders.sweep([8])
        fills = Backfills(it.engine, opens, folders)
        await fills.begin([ALL])
        await finished(it)
        await it.until(lambda: not folders.of(COUNTY, 1).exists())
        await fills.close()
    assert [path.name for path in (tmp_path / "var/systems").glob("*/backfill-*")] == ["backfill-8"]
