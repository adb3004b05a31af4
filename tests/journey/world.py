"""The engine on a small home, with played systems and a clock that stands until the test moves it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.journey.home import write_home
from tests.journey.played import Played, spec

from guantong.clock import WallClock
from guantong.config import Configuration, System, load
from guantong.doctor.survey import survey
from guantong.doctor.tally import Tally
from guantong.hub import open_engine
from guantong.journey.accept import accept
from guantong.journey.deliver import deliver
from guantong.journey.engine import Engine
from guantong.journey.recover import recover
from guantong.journey.states import BLOCKING, DeliveryState, MessageState
from guantong.operations import Act as Word
from guantong.operations import Done, Order, carry_out
from guantong.plugins import Registry, registry
from guantong.record import Record, Verdict
from guantong.store import DeliveryRow, StoreFailed, Transaction

START = 1_405_391_400_000  # 2014-07-15 10:30 in Shanghai
D = DeliveryState
HALL = "city.hall"


def _nothing(_: Transaction) -> None:
    """Work that only waits for its turn."""


class Clock(WallClock):
    """UTC milliseconds; moved by hand. Time passes where `now` is moved on; where it is moved back, or by `step`, somebody sets the clock."""

    def __init__(self) -> None:
        self._now = START
        self._passed = 0
        super().__init__(lambda: self._now, lambda: self._passed)

    @property
    def now(self) -> int:
        return self._now

    @now.setter
    def now(self, at: int) -> None:
        self._passed += max(0, at - self._now)
        self._now = at

    def step(self, seconds: float) -> None:
        """Somebody sets the clock by *seconds*; no time passes, and the hub looks at it before more does."""
        self._now += int(seconds * 1000)
        self()


def plugged(played: dict[str, Played]) -> Registry:
    """What is installed, and the adapter `played`."""
    found = registry()
    return replace(found, adapters={**found.adapters, "played": spec(played)})


def configured(home: Path, played: dict[str, Played]) -> Configuration:
    """The configuration of *home*."""
    loaded = load(home, plugged(played), {})
    assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
    return loaded.configuration


class World:
    """A running engine. `played` are the far ends by system id."""

    def __init__(self, engine: Engine, played: dict[str, Played], clock: Clock) -> None:
        self.engine = engine
        self.played = played
        self.clock = clock
        self.reader = engine.reader

    @property
    def hall(self) -> Played:
        return self.played["city.hall"]

    @property
    def watch(self) -> Played:
        return self.played["city.watch"]

    @property
    def east(self) -> Played:
        return self.played["east.approval"]

    def system(self, ident: str) -> System:
        return self.engine.configuration.systems[ident]

    async def tell(self, system: str, *records: dict[str, Any]) -> Verdict:
        """*system* sends one message of these records."""
        body = orjson.dumps(records[0] if len(records) == 1 else list(records))
        return await accept(self.engine, Record(system, body))

    async def act(self, word: Word, *idents: object, actor: str = "陈工", why: str = "") -> list[Done]:
        """An operator acts."""
        return await carry_out(self.engine, Order(word, [str(one) for one in idents], actor, why))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the engine work until *condition* holds; each look is a turn of the store. One that is away gives none, and
        is asked again."""
        while not condition():
            with suppress(StoreFailed):
                await self.engine.store.write(_nothing)
            await asyncio.sleep(0)

    async def quiet(self, over: asyncio.Event | None = None) -> None:
        """Let the engine work until nothing is in hand and nothing that may be sent is due, or until *over*."""
        await self.until(lambda: (over is not None and over.is_set()) or not self._busy())
        if over is None or not over.is_set():
            self.check()

    def _busy(self) -> bool:
        return self.engine.pressure.in_hand > 0 or any(self.engine.lines.sending().values()) or any(
            row.due <= self.clock.now for system in self.played if not self.engine.lines._lines[system].held
            for row in self.reader.due(system, 10))

    async def later(self, seconds: float, over: asyncio.Event | None = None) -> None:
        """Move the clock, and let the engine do what became due."""
        self.clock.now += int(seconds * 1000)
        for line in self.engine.lines._lines.values():
            line._bell.ring()  # a line that sleeps until a due time cannot see that the clock was moved
        await self.quiet(over)

    def fails(self, monkeypatch: pytest.MonkeyPatch, step: Callable[..., Any], times: int) -> Callable[[], int]:
        """From now on the store cannot write the next *times* transactions of this *step*. The answer tells how
        often that was."""
        write = self.engine.store.write
        failed = 0

        async def full() -> Any:
            raise StoreFailed("the store cannot write: SQLITE_FULL")

        def limited(work: Any) -> Any:
            nonlocal failed
            if getattr(work, "func", None) is not step or failed == times:
                return write(work)
            failed += 1
            return full()

        monkeypatch.setattr(self.engine.store, "write", limited)
        return lambda: failed

    def deliveries(self, target: str | None = None) -> list[DeliveryRow]:
        """Every delivery, by number."""
        rows: list[DeliveryRow] = []
        while (row := self.reader.delivery(len(rows) + 1)) is not None:
            rows.append(row)
        return [row for row in rows if target in (None, row.target)]

    def states(self, target: str) -> list[DeliveryState]:
        return [row.state for row in self.deliveries(target)]

    def message_states(self) -> list[MessageState]:
        states: list[MessageState] = []
        while (row := self.reader.message(len(states) + 1)) is not None:
            states.append(row.state)
        return states

    def journal(self, number: str) -> list[str]:
        """What happened to the case of this number, in order."""
        (subject,) = self.reader.subjects_by_number(number)
        return [line.what for line in self.reader.journal_of(subject)]

    def check(self) -> None:
        """Hold every line to its promise: somebody goes, and all the others are behind; or nobody waits."""
        lines: dict[tuple[int, str], list[DeliveryRow]] = {}
        for row in self.deliveries():
            if row.state in BLOCKING and not (row.state is D.DEAD and row.passes):
                lines.setdefault((row.subject, row.target), []).append(row)
        for where, rows in lines.items():
            states = [row.state for row in rows]
            going = [state for state in states if state in (D.WAITING, D.RETRYING)]
            assert len(going) <= 1, f"{where}: two go at once: {states}"
            assert D.SENDING not in states, f"{where}: nobody knows of an attempt: {states}"
            assert states[0] is not D.BLOCKED or going or D.UNKNOWN in states, f"{where}: nobody goes: {states}"
        for row in self.deliveries():
            event = self.reader.event(row.event)
            assert event is not None
            assert event.subject == row.subject, f"delivery {row.id} lies under another subject than its event"
        tally = Tally()
        survey(self.reader, tally)
        assert [problem.line() for problem in tally.problems()] == []


@asynccontextmanager
async def world(home: Path, *, clock: Clock | None = None, played: dict[str, Played] | None = None,
                start: bool = True, **given: Any) -> AsyncIterator[World]:
    """The engine of *home*, written there with *given* if it is not yet, recovered and running."""
    if not (home / "config").exists():
        write_home(home, **given)
    ticking = clock or Clock()
    ends: dict[str, Played] = {} if played is None else played
    configuration = configured(home, ends)
    async with open_engine(configuration, plugged(ends)) as engine:
        engine.clock = ticking
        await recover(engine)
        for system in configuration.systems:
            end = ends.setdefault(system, Played(system))
            if configuration.systems[system].adapter.fetches(configuration.systems[system].settings):
                engine.fetchers[system] = end
        engine.lines.open(engine, ends, deliver)
        if start:
            engine.lines.start()
        try:
            yield World(engine, ends, ticking)
        finally:
            await engine.lines.stop()


def only(it: World) -> DeliveryRow:
    """The one delivery to the hall."""
    (row,) = it.deliveries(HALL)
    return row


def apply(no: str | None = None, own: str | None = None, title: str = "A", **more: Any) -> dict[str, Any]:
    """An application as a county or the portal sends it."""
    return _record("apply", no, own, title, more)


def step(code: str, no: str | None = None, own: str | None = None, title: str | None = None,
         **more: Any) -> dict[str, Any]:
    """A step as a county sends it."""
    return _record("step", no, own, title or code, {"code": code, **more})


def _record(kind: str, no: str | None, own: str | None, title: str, more: dict[str, Any]) -> dict[str, Any]:
    serials = {key: value for key, value in (("no", no), ("own", own)) if value is not None}
    return {"type": kind, **serials, "title": title, **more}
