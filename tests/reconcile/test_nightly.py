"""Every night the hub reconciles the day before by itself, and catches up what it missed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.cli.desk import SECRETS
from tests.reconcile.county import SYSTEM, County, accepted

from guantong import hub
from guantong.adapter import Asked
from guantong.clock import SHANGHAI
from guantong.config import Configuration
from guantong.hub import open_engine
from guantong.journey.engine import Engine
from guantong.journey.states import DeliveryState as D
from guantong.plugins import registry
from guantong.reconcile import nightly
from guantong.reconcile.nightly import due, one_night, reconcile_nightly
from guantong.reconcilestore import Reconciliation
from guantong.record import Fields
from guantong.store import FindingFilter, Reader
from guantong_adapters.table.adapter import Tables

NIGHTLY = '    reconcile: {at: "02:30"}\n'


def at(day: int, hour: int, minute: int = 0) -> int:
    """A time of July 2014 in Asia/Shanghai."""
    return int(datetime(2014, 7, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC).timestamp() * 1000)


class Nights:
    """What a reader tells of nights."""

    def __init__(self, **kept: tuple[int, int]) -> None:
        """By day (`d12`): when it was done, and how many were missing."""
        self._kept = [Reconciliation(SYSTEM, f"2014-07-{name[1:]}", done, "hub", {"source": 1, "missing": missing}) for name, (done, missing) in kept.items()]

    def reconciliations(self, _system: str, limit: int) -> list[Reconciliation]:
        return sorted(self._kept, key=lambda one: one.day, reverse=True)[:limit]


@pytest.mark.parametrize(("kept", "now", "days"), [
    ({}, at(13, 2, 29), [11]), ({}, at(13, 2, 30), [12]), ({"d12": (at(13, 2, 31), 0)}, at(13, 9), []),
    ({"d12": (at(13, 2, 31), 0)}, at(16, 9), [13, 14, 15]), ({"d12": (at(13, 2, 31), 1)}, at(13, 9), []),
    ({"d12": (at(13, 2, 31), 1)}, at(14, 3), [12, 13]), ({"d2": (at(3, 2, 31), 1), "d12": (at(13, 2, 31), 0)}, at(14, 3), [13, *()]),
])
def test_what_is_due_is_what_was_missed_and_what_did_not_agree(kept: dict[str, tuple[int, int]], now: int, days: list[int]) -> None:
    """From the first night on; the first does one day; what did not agree is looked at again every night for a week."""
    if "d2" in kept:
        kept = {"d02" if name == "d2" else name: value for name, value in kept.items()}
        kept |= {f"d{day:02}": (at(13, 2, 31), 0) for day in range(3, 12)}
    reader: Any = Nights(**kept)
    assert due(reader, SYSTEM, "02:30", now) == [date(2014, 7, day) for day in days]


def in_engine(config: Configuration, work: Callable[[Engine], Any]) -> Any:
    async def run() -> Any:
        async with open_engine(config, registry()) as engine:
            return await work(engine)

    return asyncio.run(run())


def test_a_hub_begins_it_with_its_other_nightly_duties(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several processes that share a store, the one that has the duty."""
    county.desk.edit("config/guantong.yaml", "127.0.0.1:8080", "127.0.0.1:0")

    async def run() -> None:
        begun = asyncio.Event()

        async def begins(_engine: Engine, _registry: object) -> None:
            begun.set()

        monkeypatch.setattr(hub, "reconcile_nightly", begins)
        async with hub.running(county.configuration(), registry()), asyncio.timeout(30):
            await begun.wait()

    asyncio.run(run())


def test_what_is_under_way_ends_at_its_next_page_when_the_hub_stops(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that never ends does not keep a hub from stopping; nothing is kept of it."""
    county.declare('    reconcile: {at: "02:30", source: {view: EX_GDBS_SL, kind: EX_GDBS_SL, time: SLSJ}}\n')
    county.add(accepted(1))
    county.read()
    asked = threading.Event()

    async def listing(_self: Tables, _asked: Asked) -> AsyncIterator[Sequence[Fields]]:
        while True:
            asked.set()
            yield [{"YWLSH": "JX1", "SBLSH": None, "SJBBH": "1", "SLSJ": "2014-07-12 09:00:00"}]

    monkeypatch.setattr(Tables, "listing", listing)

    async def work(engine: Engine) -> None:
        night = asyncio.create_task(one_night(engine, registry(), engine.configuration.systems[SYSTEM], date(2014, 7, 12)))
        await asyncio.to_thread(asked.wait)
        night.cancel()
        with pytest.raises(asyncio.CancelledError):
            await night
        assert engine.reader.reconciliations(SYSTEM, 9) == []

    in_engine(county.configuration(), work)  # ends only when the thread has


def open_findings(reader: Reader) -> dict[str, dict[str, Any]]:
    return {row.kind: dict(row.detail) for row in reader.findings(FindingFilter(system=SYSTEM))}


def test_a_night_leaves_findings_that_settle_when_the_books_agree(county: County) -> None:
    """One for each kind of difference, with the counts; what is the same the night after stays one; all is in the journal and in `--last`."""
    county.declare(NIGHTLY)
    county.add(*(accepted(number) for number in range(1, 6)))
    county.read(without=[2, 3])
    county.end({4: D.DEAD})
    county.remove(5)
    config, day = county.configuration(), date(2014, 7, 12)

    async def nights(engine: Engine) -> None:
        system = engine.configuration.systems[SYSTEM]
        for _ in range(2):
            assert await one_night(engine, registry(), system, day)
            assert open_findings(engine.reader) == {
                "books_missing": {"day": "2014-07-12", "missing": 2}, "books_extra": {"day": "2014-07-12", "extra": 1},
                "books_undelivered": {"day": "2014-07-12", "city.hall:dead": 1, "city.supervision:dead": 1}}
        assert sum(line.what == "reconciled" for line in engine.reader.lines(0, 1000)) == 2
        county.add(accepted(5))
        county.remove(2)
        assert await one_night(engine, registry(), system, day)
        assert open_findings(engine.reader)["books_missing"] == {"day": "2014-07-12", "missing": 1}
        assert "books_extra" not in open_findings(engine.reader)

    in_engine(config, nights)
    last = county.desk.guantong("reconcile", SYSTEM, "--last", env=SECRETS)
    assert last.exit_code == 1
    assert "2014-07-12" in last.stdout
    assert "本处缺少 1" in last.stdout
    assert county.desk.json("reconcile", SYSTEM, "--last")["nights"][0]["counts"]["missing"] == 1


def test_books_that_cannot_be_read_are_a_finding_and_keep_nothing(county: County) -> None:
    """It says so by its code, once; when they can be read again, it settles itself."""
    county.declare(NIGHTLY)
    county.add(accepted(1))
    county.read()
    county.end({})
    config, day = county.configuration(), date(2014, 7, 12)

    async def nights(engine: Engine) -> None:
        system = engine.configuration.systems[SYSTEM]
        with county.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE EX_GDBS_SL RENAME TO GONE")
        for _ in range(2):
            assert not await one_night(engine, registry(), system, day)
        assert open_findings(engine.reader) == {"books_unread": {"day": "2014-07-12", "code": "GT798"}}
        assert engine.reader.reconciliations(SYSTEM, 9) == []
        with county.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE GONE RENAME TO EX_GDBS_SL")
        assert await one_night(engine, registry(), system, day)
        assert open_findings(engine.reader) == {}
        assert [one.counts["agrees"] for one in engine.reader.reconciliations(SYSTEM, 9)] == [1]

    in_engine(config, nights)


def test_the_hub_does_it_at_the_hour_and_ends_at_once_when_it_stops(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asleep until the hour; the day before, then the next; what is under way ends at its next page."""
    county.declare(NIGHTLY)
    done: list[date] = []
    slept: list[float] = []

    async def night(engine: Engine, _registry: object, system: Any, day: date) -> bool:
        done.append(day)
        await engine.store.write(lambda tx: tx.keep_reconciliation(Reconciliation(system.id, day.isoformat(), engine.clock(), "hub", {})))
        return True

    monkeypatch.setattr(nightly, "one_night", night)

    async def work(engine: Engine) -> None:
        now = at(13, 1)
        engine.clock = lambda: now  # type: ignore[assignment]  # a clock of ours

        async def sleep(seconds: float) -> None:
            nonlocal now
            slept.append(seconds)
            now += int(seconds * 1000)
            if now > at(15, 4):
                raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            await reconcile_nightly(engine, registry(), sleep)

    in_engine(county.configuration(), work)
    assert done == [date(2014, 7, 11) + timedelta(days=number) for number in range(4)]
    assert max(slept) <= 600
