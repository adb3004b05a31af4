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
from guantong.journey.polling import pause_after, poll_once
from guantong.record import Acceptance, Record, Verdict

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
