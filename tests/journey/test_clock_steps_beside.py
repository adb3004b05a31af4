"""Somebody sets the clock by a day while stock is read, contents are fetched, citizens ask and cases are watched: nothing changes order, nothing
is given up for it, nothing waits a day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.journey.attachments import FILES as MATERIALS
from tests.journey.played import Played
from tests.journey.test_backfill import ALL, COUNTY, filling, home, stock
from tests.journey.test_fetching import AWAY, EAST, FOUND, PATIENT, arrived, open_findings, referring
from tests.journey.world import HALL, Clock, D, step, world
from tests.kiosk.test_kiosk import PASSWORD, ask, hub_of
from tests.supervision.home import at, watched
from tests.supervision.test_watch import accepted

from guantong.adapter import Mark, Polled
from guantong.operations import Act as Word
from guantong.record import Acceptance, Record

DAY = 86_400.0
HOUR = 3_600_000
STEPS = pytest.mark.parametrize("by", [DAY, -DAY])


class Stepping(Played):
    """A source beside which the clock is set each time that it is read."""

    def __init__(self, rows: list[Record], clock: Clock, by: float) -> None:
        super().__init__(COUNTY, rows=rows)
        self._clock = clock
        self._by = by

    async def poll(self, since: str, most: int) -> Polled:
        self._clock.step(self._by)
        return await super().poll(since, most)

    async def mark(self, marks: Sequence[Mark]) -> None:
        self._clock.step(-3 * self._by)
        await super().mark(marks)


@STEPS
async def test_the_stock_comes_in_whole_in_order_and_behind_what_is_fresh(tmp_path: Path, by: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is set before and after every batch, while the target is held; no time passes when it is released."""
    rows = stock(*(step(code, own=f"S{number}", no=f"P{number}") for code in "123" for number in range(8)))
    monkeypatch.setattr("guantong.journey.backfill.BATCH", 5)
    async with world(home(tmp_path), delivery={HALL: "unknown: retry, concurrency: 1"}) as it, filling(it, rows) as fills:
        async def opens(*_: object) -> Stepping:
            return Stepping(rows, it.clock, by)

        monkeypatch.setattr(fills, "_opens", opens)
        await it.act(Word.HOLD, HALL, why="升级")
        assert await fills.begin([ALL]) == [1]
        await it.until(lambda: not it.reader.backfills_running())
        for number in range(3):
            await it.tell(COUNTY, step("1", own=f"F{number}", no=f"Q{number}", title="fresh"))
        await it.act(Word.RELEASE, HALL)
        await it.until(lambda: it.states(HALL) == [D.CONFIRMED] * 27)
        assert it.hall.texts()[:3] == ["step fresh"] * 3
        for number in range(8):
            assert [one.fields["code"] for one in it.hall.effects if one.fields["no"] == f"P{number}"] == ["1", "2", "3"]


@STEPS
async def test_an_attachment_is_waited_for_as_long_as_said_whatever_the_clock_says(tmp_path: Path, by: float) -> None:
    """Not given up by a clock that jumped over the hour; given up when the hour has passed."""
    async with world(tmp_path, files=MATERIALS, more={EAST: PATIENT}) as it:
        it.east.kept["F1"] = AWAY
        assert (await it.tell(EAST, referring())).again
        it.clock.step(by)
        it.clock.now += HOUR - 1_000
        assert (await it.tell(EAST, referring())).again
        it.clock.step(-by)
        assert (await it.tell(EAST, referring())).again
        assert open_findings(it) == []
        it.clock.now += 2_000
        verdict = await it.tell(EAST, referring())
        assert (verdict.acceptance, verdict.code) == (Acceptance.PARKED, "GT772")


@STEPS
async def test_an_attachment_that_is_there_again_is_fetched_at_once(tmp_path: Path, by: float) -> None:
    """And what was sent behind it keeps its place."""
    async with world(tmp_path, files=MATERIALS, more={EAST: PATIENT}) as it:
        it.east.kept["F1"] = AWAY
        assert (await it.tell(EAST, referring())).again
        it.clock.step(by)
        it.east.kept["F1"] = FOUND
        assert (await it.tell(EAST, referring())).acceptance is Acceptance.ROUTED
        await it.quiet()
        assert len(arrived(it)) == 1


@STEPS
async def test_a_kiosk_is_locked_no_longer_than_said(tmp_path: Path, by: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is set back begins the lock anew, once; one that is set forward ends it."""
    monkeypatch.setattr("guantong.kiosk.door.FLOOR", 0.0)
    clock = Clock()
    async with hub_of(tmp_path) as hub:
        hub.engine.clock = clock
        kiosks = hub.engine.configuration.kiosks
        assert kiosks is not None
        lock = int(kiosks.keys.lock * 1000)
        for _ in range(3):
            assert (await ask(hub, "P1", "000000"))[0] == 404
        assert (await ask(hub))[0] == 429
        clock.step(by)
        assert (await ask(hub))[0] == (200 if by > 0 else 429)
        clock.now += lock - 1_000
        assert (await ask(hub))[0] == (200 if by > 0 else 429)
        clock.now += 2_000
        assert (await ask(hub, "P1", PASSWORD))[0] == 200


@STEPS
async def test_a_watched_case_is_judged_by_the_day_it_is(tmp_path: Path, by: float) -> None:
    """A day that was never there leaves no warning behind, and the next look judges by the clock as it is: nothing waits for the day to come
    again."""
    async with watched(tmp_path) as it:
        await accepted(it)
        await it.on("2014-07-20 12:00")
        before = (it.case().state, it.verdicts(), it.findings())
        it.clock.step(by)
        while await it.guard.look():
            pass
        assert it.verdicts() == ([("pre_alert", "pending")] if by > 0 else [])
        it.clock.step(-by)
        while await it.guard.look():
            pass
        assert (it.case().state, it.verdicts(), it.findings()) == before
        it.clock.now += at("2014-07-23 00:00") - at("2014-07-20 12:00")
        while await it.guard.look():
            pass
        assert (it.case().state, it.verdicts()) == ("overdue", [("pre_alert", "missing"), ("yellow", "pending")])
