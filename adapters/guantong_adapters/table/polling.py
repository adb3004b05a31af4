"""Reading rows the other side left for us, oldest first over all tables, changing nothing."""

from __future__ import annotations

import decimal
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, or_, select
from sqlalchemy.sql.expression import ColumnElement, literal_column

from guantong.record import Record
from guantong_adapters.table.layout import Layout, Layouts
from guantong_adapters.table.rows import RowReader, as_text, digest
from guantong_adapters.table.sending import bound
from guantong_adapters.table.settings import Control, PolledTable, TableSettings

_AT_A_TIME = 100
_MOST_REMEMBERED = 100_000
_BODIES = 4
"""How many of the largest allowed bodies one batch may hold in memory."""


@dataclass(frozen=True, slots=True)
class Source:
    """One polled table, ready to be read and marked."""

    polled: PolledTable
    control: Control
    layout: Layout
    reader: RowReader

    @property
    def kind(self) -> str:
        return self.polled.kind or self.polled.table

    def ref(self, row: str) -> str:
        """The handle of the row with this id."""
        return f"{self.polled.table}:{row}"

    def unread(self) -> ColumnElement[bool]:
        """The condition that a row has not been read."""
        flag = self.layout.column(self.control.flag)
        known = [flag == bound(value) for value in self.control.unread]
        return or_(*known, flag.is_(None)) if self.control.unread_null else or_(*known)

    def flag(self, row: Mapping[str, Any]) -> str | None:
        """The row's flag, without padding."""
        flag = row[self.layout.real(self.control.flag)]
        return None if flag is None else as_text(flag).rstrip(" ")

    def is_unread(self, row: Mapping[str, Any]) -> bool:
        """The same as `unread`, of a row in hand."""
        flag = self.flag(row)
        return self.control.unread_null if flag is None else flag in self.control.unread

    def rows(
        self, connection: Connection, ids: Sequence[str], *, locked: bool = False
    ) -> dict[str, dict[str, Any]]:
        """The whole rows of *ids*, by id as text. Every column the table has now is read."""
        real = self.layout.real(self.control.id)
        every: Select[Any] = select(literal_column("*")).select_from(self.layout.clause())
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(ids), _AT_A_TIME):
            part = every.where(self.is_one_of(ids[start:start + _AT_A_TIME]))
            rows = connection.execute(part.with_for_update() if locked else part).mappings()
            found.update((as_text(row[real]), dict(row)) for row in rows)
        return found

    def is_one_of(self, ids: Sequence[str]) -> ColumnElement[bool]:
        """The condition that a row is one of these."""
        return self.layout.column(self.control.id).in_([bound(each) for each in ids])


def sources(settings: TableSettings, layouts: Layouts) -> list[Source]:
    """The polled tables in the settings' order."""
    found = []
    for polled in settings.poll:
        control, layout = settings.control_of(polled), layouts[polled.table]
        named = [control.id, control.flag, control.reason, control.age, *control.leave_out]
        left_out = [layout.columns[name.lower()] for name in named if name and name.lower() in layout.columns]
        padded = layout.padded if settings.strip_padding else ()
        found.append(Source(polled, control, layout, RowReader(padded, settings.binary, left_out)))
    return found


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A row to be read: its age (texts that compare), its table's place, its id in the order read."""

    age: str
    place: int
    order: int
    id: str


class Reading:
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


def read(
    connection: Connection, system: str, tables: Sequence[Source], limit: int, body_limit: int
) -> list[Record]:
    """At most *limit* unread rows. Fewer when they are so large that they would fill the memory; the rest
    stays for the next time."""
    waiting = _waiting(connection, tables, limit)
    records: list[Record] = []
    size = 0
    for start in range(0, len(waiting), _AT_A_TIME):
        part = waiting[start:start + _AT_A_TIME]
        rows = {
            place: tables[place].rows(connection, [each.id for each in part if each.place == place])
            for place in sorted({each.place for each in part})
        }
        for each in part:
            source = tables[each.place]
            body = source.reader.body(rows[each.place][each.id])
            records.append(Record(system, body, source.kind, "utf-8", source.ref(each.id)))
            size += len(body)
        if size > _BODIES * body_limit:
            break
    return records


def _waiting(connection: Connection, tables: Sequence[Source], limit: int) -> list[_Waiting]:
    """The rows to read. Tables with an age column share one order, the oldest row first; without one, each
    table gets an equal share, in the order of the settings, and what one leaves goes to the others."""
    if all(source.control.age for source in tables):
        found: list[_Waiting] = []
        for place, source in enumerate(tables):
            found += _unread(connection, source, place, limit, 0)
        return sorted(found, key=lambda each: (each.age, each.place, each.order))[:limit]
    taken: dict[int, list[_Waiting]] = {place: [] for place in range(len(tables))}
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


def _unread(connection: Connection, source: Source, place: int, limit: int, skip: int) -> list[_Waiting]:
    control, layout = source.control, source.layout
    identity = layout.column(control.id)
    age = layout.column(control.age) if control.age else literal_column("''")
    order = [age, identity] if control.age else [identity]
    statement = select(identity, age).where(source.unread()).select_from(layout.clause())
    statement = statement.order_by(*order).limit(limit).offset(skip)
    rows = connection.execute(statement).all()
    return [
        _Waiting(_age(row[1]), place, skip + number, as_text(row[0])) for number, row in enumerate(rows)
    ]


def _age(value: Any) -> str:
    """A row time or number so that texts compare as the values do."""
    if value is None:
        return ""
    return f"{value:040.6f}" if isinstance(value, int | float | decimal.Decimal) else as_text(value)
