"""Reading by a flag column: unread rows oldest first over all such tables, flagged once they are durable here."""

from __future__ import annotations

import decimal
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection, or_, select, update
from sqlalchemy.sql.expression import ColumnElement, literal_column

from guantong.record import Verdict
from guantong_adapters.table.database import Database
from guantong_adapters.table.layout import Layout
from guantong_adapters.table.rejections import Rejections
from guantong_adapters.table.rows import as_text, cut, digest
from guantong_adapters.table.sending import bound
from guantong_adapters.table.source import AT_A_TIME, Batch, Gathering, Row, Source, key_of_texts
from guantong_adapters.table.ways import ByFlag

_MOST_REMEMBERED = 100_000
log = structlog.get_logger("guantong.table")


@dataclass(frozen=True, slots=True)
class Flagged:
    """One table that is read by its flag."""

    source: Source
    keys: ByFlag
    rejections: Rejections

    def unread(self) -> ColumnElement[bool]:
        """The condition that a row has not been read."""
        flag = self.source.layout.column(self.keys.flag)
        known = [flag == bound(value) for value in self.keys.unread]
        return or_(*known, flag.is_(None)) if self.keys.unread_null else or_(*known)

    def flag(self, row: Row) -> str | None:
        """The row's flag, without padding."""
        flag = row[self.source.layout.real(self.keys.flag)]
        return None if flag is None else as_text(flag).rstrip(" ")

    def is_unread(self, row: Row) -> bool:
        """The same as `unread`, of a row in hand."""
        flag = self.flag(row)
        return self.keys.unread_null if flag is None else flag in self.keys.unread

    def rows(self, connection: Connection, ids: Sequence[str], *, locked: bool = False) -> dict[str, Row]:
        return self.source.rows(connection, self.keys.id, ids, locked=locked)


class Handed:
    """What was read and not yet marked: by ref, so that a row changed in between is noticed."""

    def __init__(self) -> None:
        self._read: OrderedDict[str, bytes] = OrderedDict()

    def remember(self, ref: str, body: bytes) -> None:
        self._read[ref] = digest(body)
        self._read.move_to_end(ref)
        if len(self._read) > _MOST_REMEMBERED:
            self._read.popitem(last=False)

    def changed(self, ref: str, body: bytes) -> bool:
        """Whether *ref* reads otherwise now. False for what this process never read."""
        return self._read.get(ref, b"") not in (b"", digest(body))

    def forget(self, refs: Iterable[str]) -> None:
        for ref in refs:
            self._read.pop(ref, None)


class FlagReading:
    """All tables of one system that are read by their flag: in one snapshot, in one order, flagged together."""

    def __init__(self, database: Database, tables: Sequence[Flagged], error_for: Sequence[str], charset: str,
                 body_limit: int) -> None:
        self._database = database
        self._tables = tables
        self._error_for = frozenset(error_for)
        self._charset = charset
        self._body_limit = body_limit
        self._handed = Handed()

    def names(self) -> list[str]:
        return [table.source.name for table in self._tables]

    def read(self, state: str, limit: int) -> Batch:
        """At most *limit* unread rows. The flags are the cursor, so *state* is given back."""
        with self._database.snapshot() as connection:
            gathering = Gathering(limit, self._body_limit)
            waiting = oldest(connection, self._tables, limit)
            for start in range(0, len(waiting), AT_A_TIME):
                self._gather(connection, waiting[start:start + AT_A_TIME], gathering)
                if gathering.full:
                    break
        return Batch(gathering.records, state)

    def _gather(self, connection: Connection, waiting: Sequence[Waiting], gathering: Gathering) -> None:
        rows = {
            place: self._tables[place].rows(connection, [each.id for each in waiting if each.place == place])
            for place in sorted({each.place for each in waiting})
        }
        for each in waiting:
            source = self._tables[each.place].source
            record = source.record(each.id, source.reader.body(rows[each.place][each.id]))
            self._handed.remember(record.ref or "", record.body)
            gathering.add(record)

    def mark(self, verdicts: Mapping[str, Verdict]) -> None:
        """Set the flags of the rows, all in one transaction.

        A row is set only while it is unread and as it was when read: one that changed in between stays unread
        and is read again, one that somebody else has flagged is left to them. Both are logged by their ref."""
        by_table: dict[str, dict[str, Verdict]] = defaultdict(dict)
        for ref, verdict in verdicts.items():
            name, _, row = ref.partition(":")
            by_table[name][row] = verdict
        with self._database.writing() as connection:
            for table in self._tables:
                if found := by_table.get(table.source.name):
                    self._mark_table(connection, table, found)
        self._handed.forget(verdicts)

    def give_back(self, ref: str, why: str) -> str:
        """Set the error flag and the reason of a row that was taken; the flag's column, or "" where the row is gone, waits to be
        read anew, or has a flag of somebody else's."""
        name, _, row = ref.partition(":")
        table = next(table for table in self._tables if table.source.name == name)
        keys, layout = table.keys, table.source.layout
        with self._database.writing() as connection:
            found = table.rows(connection, [row], locked=True).get(row)
            if found is None or table.is_unread(found) or table.flag(found) not in (keys.taken, keys.error):
                return ""
            if table.flag(found) != keys.error:
                table.rejections.add(connection, found, why)
            values = {layout.real(keys.flag): bound(keys.error)}
            if keys.reason:
                values[layout.real(keys.reason)] = bound(cut(why, keys.reason_bytes, self._charset))
            connection.execute(update(layout.clause).values(values).where(table.source.is_one_of(keys.id, [row])))
        return f"{name}.{keys.flag}"

    def _mark_table(self, connection: Connection, table: Flagged, verdicts: Mapping[str, Verdict]) -> None:
        rows = table.rows(connection, list(verdicts), locked=True)
        taken: list[str] = []
        failed: list[str] = []
        for row, verdict in verdicts.items():
            ref = table.source.ref(row)
            if row not in rows:
                log.warning("table.row_gone", ref=ref)
            elif self._handed.changed(ref, table.source.reader.body(rows[row])):
                log.warning("table.row_changed", ref=ref)
            elif self.ours(table, rows[row]):
                (failed if verdict.acceptance.value in self._error_for else taken).append(row)
            elif table.flag(rows[row]) not in (table.keys.taken, table.keys.error):
                log.warning("table.row_flagged_by_other", ref=ref)
        for start in range(0, len(taken), AT_A_TIME):
            self._set(connection, table, taken[start:start + AT_A_TIME], table.keys.taken)
        for row in failed:
            reason = why(verdicts[row])
            table.rejections.add(connection, rows[row], reason)
            self._set(connection, table, [row], table.keys.error, reason)

    def ours(self, table: Flagged, row: Row) -> bool:
        """Whether the row, locked, still waits for our flag."""
        return table.is_unread(row)

    def _set(self, connection: Connection, table: Flagged, rows: Sequence[str], flag: str, reason: str = "") -> None:
        keys, layout = table.keys, table.source.layout
        values = {layout.real(keys.flag): bound(flag)}
        if keys.reason and reason:
            values[layout.real(keys.reason)] = bound(cut(reason, keys.reason_bytes, self._charset))
        statement = update(layout.clause).values(values)
        connection.execute(statement.where(table.source.is_one_of(keys.id, rows), table.unread()))


def why(verdict: Verdict) -> str:
    """What the source is told about a record we could not use."""
    said = verdict.reason_zh or verdict.reason
    return said if f"[{verdict.code}]" in said else " ".join(part for part in (verdict.code, said) if part)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row to be read: its age (texts that compare), its table's place, its number in the order read."""

    age: str
    place: int
    order: int
    id: str


def oldest(connection: Connection, tables: Sequence[Flagged], limit: int) -> list[Waiting]:
    """The rows to read. Tables with an age column share one order, the oldest row first; without one, each
    table gets an equal share, in the order of the settings, and what one leaves goes to the others."""
    if all(table.keys.age for table in tables):
        found: list[Waiting] = []
        for place, table in enumerate(tables):
            found += _unread(connection, table, place, limit, 0)
        return sorted(found, key=lambda each: (each.age, each.place, each.order))[:limit]
    taken: dict[int, list[Waiting]] = {place: [] for place in range(len(tables))}
    hungry, left = list(taken), limit
    while hungry and left > 0:
        share = max(1, left // len(hungry))
        still = []
        for place in hungry:
            asked = min(share, left)
            if asked == 0:
                break
            more = _unread(connection, tables[place], place, asked, len(taken[place]))
            taken[place] += more
            left -= len(more)
            if len(more) == asked:
                still.append(place)
        hungry = still
    return [each for rows in taken.values() for each in rows]


def _unread(connection: Connection, table: Flagged, place: int, limit: int, skip: int) -> list[Waiting]:
    keys, layout = table.keys, table.source.layout
    age = layout.column(keys.age) if keys.age else literal_column("''")
    statement = select(age, *(layout.column(name) for name in keys.id)).where(table.unread())
    statement = statement.select_from(layout.clause).order_by(*in_order(keys, layout)).limit(limit).offset(skip)
    rows = connection.execute(statement).all()
    return [
        Waiting(_age(row[0]), place, skip + number, key_of_texts([as_text(value) for value in row[1:]]))
        for number, row in enumerate(rows)
    ]


def in_order(keys: ByFlag, layout: Layout) -> list[ColumnElement[Any]]:
    """What the oldest row is first by."""
    return [layout.column(name) for name in (keys.age, *keys.id) if name]


def _age(value: Any) -> str:
    """A row time or number so that texts compare as the values do."""
    if value is None:
        return ""
    return f"{value:040.6f}" if isinstance(value, int | float | decimal.Decimal) else as_text(value)
