"""Polling: what the source is told, what the cursor keeps, and what an adapter turns away unread."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import orjson
import pytest
from tests.journey.home import write_home
from tests.journey.world import World, world

from guantong.adapter import Mark, Polled
from guantong.config.policies import PollPolicy
from guantong.journey.accept import accept
from guantong.journey.codes import DISK_LOW
from guantong.journey.polling import pause_after, poll_once
from guantong.problems import Problem
from guantong.record import Acceptance, Record, Verdict
from guantong_plugins.stores.sqlite.store import SqliteStore

COUNTY = "east.approval"
TOO_LARGE = Verdict(Acceptance.REFUSED, 0, "GT577", "too large", "过大")


class Source:
    """A source that gives what it was told to."""

    def __init__(self, *batches: Polled) -> None:
        self._batches = list(batches)
        self.asked: list[str] = []
        self.marks: list[Mark] = []

    async def poll(self, since: str, limit: int) -> Polled:
        self.asked.append(since)
        assert limit == 10
        return self._batches.pop(0)

    async def mark(self, marks: Sequence[Mark]) -> None:
        self.marks += marks


async def polled(it: World, source: Source) -> int:
    return await poll_once(it.engine, it.system(COUNTY), source, partial(accept, it.engine), 10)


def record(number: int) -> Record:
    body = {"type": "step", "no": f"S{number}", "own": "E1", "title": "示例", "step": "1", "code": "1"}
    return Record(COUNTY, orjson.dumps(body), ref=f"r{number}")


@pytest.mark.parametrize(("rate", "taken", "took", "pause"), [
    (None, 100, 1.0, 0.0), (None, 99, 1.0, 10.0), (50.0, 100, 0.5, 1.5), (50.0, 100, 3.0, 0.0), (50.0, 99, 0.5, 10.0),
    (1.0, 99, 0.0, 99.0),
])
def test_a_source_is_asked_for_no_more_than_its_rate(rate: float | None, taken: int, took: float, pause: float) -> None:
    """A full batch is followed at once, or when its share of the time is over; another waits its turn."""
    assert max(0.0, pause_after(PollPolicy(every=10, batch=100, rate=rate), taken, took)) == pause


async def test_a_cursor_is_kept_though_nothing_was_read(tmp_path: Path) -> None:
    """What a look saw of files that are not whole yet matters at the next, after a restart too."""
    write_home(tmp_path)
    first, second = Source(Polled((), "seen: a")), Source(Polled((), "seen: a"))
    async with world(tmp_path) as it:
        assert await polled(it, first) == 0
    async with world(tmp_path) as it:
        assert await polled(it, second) == 0
        assert it.reader.cursor(COUNTY) == "seen: a"
    assert (first.asked, second.asked) == ([""], ["seen: a"])


async def test_what_the_adapter_turned_away_is_journaled_and_marked_with_the_rest(tmp_path: Path) -> None:
    """The refusal is a line of the journal by its code; the records beside it are accepted as ever."""
    write_home(tmp_path)
    source = Source(Polled([record(1)], "1", [Mark("huge", TOO_LARGE)]), Polled((), "1", [Mark("more", TOO_LARGE)]))
    async with world(tmp_path) as it:
        assert await polled(it, source) == 2
        assert await polled(it, source) == 1
        assert [mark.ref for mark in source.marks] == ["r1", "huge", "more"]
        assert source.marks[1].verdict == TOO_LARGE
        assert it.reader.cursor(COUNTY) == "1"
    with contextlib.closing(sqlite3.connect(tmp_path / "var" / "guantong.db")) as store:
        lines = store.execute("SELECT detail FROM journal WHERE what = 'refused' ORDER BY id").fetchall()
    assert [orjson.loads(detail) for (detail,) in lines] == [{"code": "GT577"}, {"code": "GT577"}]


async def test_of_a_batch_a_beginning_is_kept_where_the_store_fails_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The store makes groups of two of it, and cannot write the second: what is behind that is not kept either, and all of it
    comes again in order."""
    monkeypatch.setattr("guantong_plugins.stores.sqlite.store.GROUP_LIMIT", 2)
    write_home(tmp_path)
    batch = [record(number) for number in range(7)]
    source = Source(Polled(batch, "7"), Polled(batch[2:], "7"))
    async with world(tmp_path) as it:
        run, groups = SqliteStore._run_group, 0

        def full_once(store: SqliteStore) -> None:
            nonlocal groups
            groups += 1
            with pytest.MonkeyPatch.context() as broken:
                if groups == 2:
                    broken.setattr(store, "_must_be_there", _gone)
                run(store)

        monkeypatch.setattr(SqliteStore, "_run_group", full_once)
        assert await polled(it, source) == 2
        assert [mark.ref for mark in source.marks] == ["r0", "r1"]
        assert it.reader.cursor(COUNTY) == ""
        assert await polled(it, source) == 5
        assert [mark.ref for mark in source.marks] == [f"r{number}" for number in range(7)]
        rows = [it.reader.message(number) for number in range(1, 8)]
        assert [row.ref for row in rows if row is not None] == [f"r{number}" for number in range(7)]
        assert it.reader.cursor(COUNTY) == "7"
    assert groups > 4


def _gone() -> None:
    raise sqlite3.OperationalError("database or disk is full")


async def test_what_follows_a_record_that_is_to_come_again_comes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it was refused for: the hub had no room for the second only."""
    write_home(tmp_path)
    batch = [record(number) for number in range(4)]
    source = Source(Polled(batch, "4"), Polled(batch[1:], "4"))
    verdicts: list[Verdict] = []
    async with world(tmp_path) as it:
        against, asked = it.engine.pressure.against, 0

        def once(system: str) -> Problem | None:
            nonlocal asked
            asked += 1
            return Problem(DISK_LOW, details={"free": 1, "limit": 2}) if asked == 2 else against(system)

        async def heard(one: Record) -> Verdict:
            verdicts.append(await accept(it.engine, one))
            return verdicts[-1]

        monkeypatch.setattr(it.engine.pressure, "against", once)
        assert await poll_once(it.engine, it.system(COUNTY), source, heard, 10) == 1
        assert sorted(verdict.code for verdict in verdicts if verdict.again) == ["GT405", "GT405", DISK_LOW.id]
        assert "what came before it was not kept" in next(verdict.reason for verdict in verdicts if verdict.code == "GT405")
        assert await polled(it, source) == 3
        assert [mark.ref for mark in source.marks] == ["r0", "r1", "r2", "r3"]
