"""The ways a system's tables are read, made from its settings, and polled together."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import orjson

from guantong.adapter import Mark, Polled
from guantong.opencases import CasesAsked, SomeCases
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Record, Verdict
from guantong_adapters.table import codes
from guantong_adapters.table.abreast import Abreast, together
from guantong_adapters.table.byclaim import ClaimReading
from guantong_adapters.table.byflag import Flagged, FlagReading
from guantong_adapters.table.byopencases import OpenCaseReading
from guantong_adapters.table.byprocedure import ProcedureReading
from guantong_adapters.table.byremoval import RemovalReading
from guantong_adapters.table.bysnapshot import SnapshotReading
from guantong_adapters.table.bystock import StockReading
from guantong_adapters.table.bywatermark import WatermarkReading
from guantong_adapters.table.database import Database
from guantong_adapters.table.layout import Layout, Layouts
from guantong_adapters.table.rejections import Rejections
from guantong_adapters.table.rows import RowReader
from guantong_adapters.table.seen import Seen
from guantong_adapters.table.settings import PolledTable, TableSettings
from guantong_adapters.table.source import Batch, Source
from guantong_adapters.table.ways import (
    ByClaim,
    ByFlag,
    ByOpenCases,
    ByProcedure,
    ByRemoval,
    BySnapshot,
    ByWatermark,
    WayKeys,
)


class Reading(Protocol):
    """One way of reading, for one table or more. Its methods run in one of the database's threads, one at a time,
    and raise what the database raises."""

    def names(self) -> Sequence[str]:
        """What the handles of its records begin with."""
        ...

    def read(self, state: str, limit: int) -> Batch:
        """At most *limit* records after *state* ("" at first)."""
        ...

    def mark(self, verdicts: Mapping[str, Verdict]) -> None:
        """What became of records, by their handles; they are durable in the hub, or refused."""
        ...


@dataclass(frozen=True, slots=True)
class Made:
    """What readings are made with. `open_cases` may be asked in a thread."""

    system: str
    settings: TableSettings
    database: Database
    layouts: Layouts
    folder: Path | None
    body_limit: int
    open_cases: Callable[[CasesAsked], SomeCases]
    rereading: bool = False


class Readings:
    """All the readings of one system. Its cursor is their states by name, as one JSON text."""

    def __init__(self, made: Made) -> None:
        self._seen: Seen | None = None
        self._made = made
        self._readings = self._make()
        self._turns = self._readings[::-1]
        self._ended: set[str] = set()

    def poll(self, since: str, limit: int) -> Polled:
        """At most *limit* records, in the order of the settings, which is that of a case: what applies stands before what accepts.

        Each reading gets its share of what the others left, the last one first: a row that is seen has those it follows behind
        it, for they were there before. Again from the beginning, one is read to its end before the next one begins."""
        states = _states(since)
        found = self._again(states, limit) if self._made.rereading else self._shared(states, limit)
        records = [record for reading in self._readings for record in found.get(reading.names()[0], ())]
        kept = {name: state for name, state in sorted(states.items()) if state}
        return Polled(records, orjson.dumps(kept).decode() if kept else "")

    def _shared(self, states: dict[str, str], limit: int) -> dict[str, Sequence[Record]]:
        found: dict[str, Sequence[Record]] = {}
        with _remembering(self._made.system):
            abreast = together(self._readings, states, max(1, limit // len(self._readings)))
        left = limit
        for number, reading in enumerate(self._turns):
            if left <= 0:  # who was cut off is first next time
                self._turns = [*self._turns[number:], *self._turns[:number]]
                return found
            left -= len(self._read(reading, states, max(1, left // (len(self._turns) - number)), found, abreast))
        self._turns = self._readings[::-1]
        return found

    def _again(self, states: dict[str, str], limit: int) -> dict[str, Sequence[Record]]:
        found: dict[str, Sequence[Record]] = {}
        for reading in self._readings:
            if reading.names()[0] in self._ended:
                continue
            if self._read(reading, states, limit, found):
                break
            self._ended.add(reading.names()[0])
        return found

    def _read(self, reading: Reading, states: dict[str, str], limit: int, found: dict[str, Sequence[Record]],
              abreast: Abreast | None = None) -> Sequence[Record]:
        name = reading.names()[0]
        with _remembering(self._made.system):
            if abreast is not None and isinstance(reading, WatermarkReading) and reading in abreast.readings:
                batch = reading.read(states.get(name, ""), limit, abreast.until)
            else:
                batch = reading.read(states.get(name, ""), limit)
        found[name], states[name] = batch.records, batch.state
        return batch.records

    def mark(self, marks: Sequence[Mark]) -> None:
        by_name: dict[str, dict[str, Verdict]] = defaultdict(dict)
        for each in marks:
            by_name[each.ref.partition(":")[0]][each.ref] = each.verdict
        for reading in self._readings:
            found = {ref: verdict for name in reading.names() for ref, verdict in by_name.get(name, {}).items()}
            if found:
                with _remembering(self._made.system):
                    reading.mark(found)

    def give_back(self, ref: str, why: str) -> str:
        """Give the row *ref* back with the reason; where that stands, "" where its table is read in no way that tells."""
        name = ref.partition(":")[0]
        for reading in self._readings:
            if isinstance(reading, FlagReading) and name in reading.names():
                return reading.give_back(ref, why)
        return ""

    def close(self) -> None:
        if self._seen is not None:
            self._seen.close()

    def _make(self) -> list[Reading]:
        made, flagged, readings = self._made, list[Flagged](), list[Reading]()
        for polled in made.settings.poll:
            keys = made.settings.read_of(polled).keys
            if made.rereading and isinstance(keys, ByFlag | ByRemoval):
                readings.append(StockReading(made.database, self._source(polled, keys), keys.id, made.body_limit))
            elif isinstance(keys, ByClaim):
                readings.append(self._by_flags(ClaimReading, [self._flagged(polled, keys)]))
            elif isinstance(keys, ByFlag):
                flagged.append(self._flagged(polled, keys))
            elif isinstance(keys, ByProcedure):
                reader = self._reader(None, keys)
                errors = frozenset(made.settings.error_for)
                readings.append(ProcedureReading(
                    made.database, polled.name, keys, reader, self._memory(), errors, made.body_limit,
                ))
            else:
                readings.append(self._by_rows(self._source(polled, keys), keys))
        if flagged:
            readings.insert(0, self._by_flags(FlagReading, flagged))
        return readings

    def _by_rows(self, source: Source, keys: WayKeys) -> Reading:
        made, seen = self._made, self._memory()
        if isinstance(keys, ByWatermark):
            return WatermarkReading(made.database, source, keys, seen, made.body_limit)
        if isinstance(keys, BySnapshot):
            return SnapshotReading(made.database, source, keys, seen, made.body_limit)
        if isinstance(keys, ByOpenCases):
            return OpenCaseReading(made.database, source, keys, seen, made.open_cases, made.body_limit)
        assert isinstance(keys, ByRemoval)  # noqa: S101  the last of the union
        return RemovalReading(made.database, source, keys, seen, made.body_limit)

    def _by_flags(self, way: type[FlagReading], tables: Sequence[Flagged]) -> FlagReading:
        made = self._made
        return way(made.database, tables, made.settings.error_for, made.settings.reason_charset, made.body_limit)

    def _flagged(self, polled: PolledTable, keys: ByFlag) -> Flagged:
        side = keys.rejected
        layout = self._made.layouts[side.table] if side else None
        rejections = Rejections(side, layout, self._made.settings.reason_charset)
        return Flagged(self._source(polled, keys), keys, rejections)

    def _source(self, polled: PolledTable, keys: WayKeys) -> Source:
        layout = self._made.layouts[polled.name]
        reader = self._reader(layout, keys)
        return Source(self._made.system, polled.name, polled.kind or polled.name, layout, reader, polled.columns)

    def _reader(self, layout: Layout | None, keys: WayKeys) -> RowReader:
        return RowReader(self._made.settings, layout, keys.beside(), self._made.database.engine.dialect.name)

    def _memory(self) -> Seen:
        if self._seen is None:
            if self._made.folder is None:
                raise ValueError("this way of reading keeps what it saw: the hub must give the system a folder")
            self._seen = Seen(self._made.folder / "seen.db")
        return self._seen


@contextmanager
def _remembering(system: str) -> Iterator[None]:
    """Say plainly when our own memory of a source cannot be kept."""
    try:
        yield
    except sqlite3.Error as error:
        details = {"what": error.sqlite_errorname if hasattr(error, "sqlite_errorname") else type(error).__name__}
        raise ProblemsError([Problem(codes.NOT_REMEMBERED, Place(), system, details)]) from None


def _states(since: str) -> dict[str, str]:
    return dict(orjson.loads(since)) if since else {}
