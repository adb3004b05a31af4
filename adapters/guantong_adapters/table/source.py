"""One polled table or procedure, ready to be read: its rows become records, and records are found again as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Select, and_, inspect, or_, select
from sqlalchemy.sql.expression import ColumnElement, literal_column

from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Record
from guantong_adapters.table import codes
from guantong_adapters.table.layout import Layout
from guantong_adapters.table.remembered import gone
from guantong_adapters.table.rows import RowReader, as_text
from guantong_adapters.table.sending import bound

AT_A_TIME = 100
_BODIES = 4
"""How many of the largest allowed bodies one batch may hold in memory."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """What one look at a source found: records (oldest first), and what its next look is to be given."""

    records: Sequence[Record]
    state: str


class Gathering:
    """The records of a batch while it grows: *limit* of them at most, and no more than fit in memory."""

    def __init__(self, limit: int, body_limit: int) -> None:
        self.records: list[Record] = []
        self._limit = limit
        self._left = _BODIES * body_limit

    def add(self, record: Record) -> None:
        self.records.append(record)
        self._left -= len(record.body)

    @property
    def full(self) -> bool:
        return len(self.records) >= self._limit or self._left < 0


@dataclass(frozen=True, slots=True)
class Source:
    """Where records of one kind come from. Its rows' handles are `name:key`."""

    system: str
    name: str
    kind: str
    layout: Layout
    reader: RowReader
    needed: Sequence[str] = ()
    """Columns without which no row is read."""

    def record(self, key: str, body: bytes, kind: str = "") -> Record:
        return Record(self.system, body, kind or self.kind, "utf-8", self.ref(key))

    def ref(self, key: str) -> str:
        """The handle of the row with this key."""
        return f"{self.name}:{key}"

    def rows(self, connection: Connection, columns: Sequence[str], keys: Sequence[str], *,
             locked: bool = False) -> dict[str, Row]:
        """The whole rows of these *keys*, by key. Every column the table has now is read."""
        found: dict[str, Row] = {}
        for start in range(0, len(keys), AT_A_TIME):
            part = self.every().where(self.is_one_of(columns, keys[start:start + AT_A_TIME]))
            rows = self.fetch(connection, part.with_for_update() if locked else part)
            found.update((self.key(row, columns), row) for row in rows)
        return found

    def fetch(self, connection: Connection, statement: Select[Any]) -> list[Row]:
        """Whole rows. Raises `ProblemsError` when a column has gone since the table was looked at."""
        rows: list[Row] = [dict(row) for row in connection.execute(statement).mappings()]
        if rows and (missing := [real for real in self.layout.columns.values() if real not in rows[0]]):
            self._must_be_there(connection, missing)
        for name in self.needed if rows else ():
            real = self.layout.real(name)
            if real not in rows[0]:
                details = {"table": self.layout.name, "column": real, "nearest": ""}
                raise ProblemsError([Problem(codes.NO_COLUMN, Place(), f"{self.system}.settings.poll", details)])
        return rows

    def _must_be_there(self, connection: Connection, missing: Sequence[str]) -> None:
        """Raise `ProblemsError` where the table has lost columns that are *missing*; some databases have such as no `*` shows."""
        there = {each["name"] for each in inspect(connection).get_columns(self.layout.name, self.layout.schema)}
        if lost := [each for each in missing if each not in there]:
            raise ProblemsError([gone(self.system, self.layout.name, each, "", "poll") for each in lost])

    def every(self) -> Select[Any]:
        """Whole rows of the table, with every column it has now."""
        return select(literal_column("*")).select_from(self.layout.clause)

    def is_one_of(self, columns: Sequence[str], keys: Sequence[str]) -> ColumnElement[bool]:
        """The condition that a row has one of these keys."""
        named = [self.layout.column(name) for name in columns]
        if len(named) == 1:
            return named[0].in_([bound(each) for each in keys])
        return or_(*(
            and_(*(column == bound(value) for column, value in zip(named, parts(key), strict=True))) for key in keys
        ))

    def walk(self, connection: Connection, order: Sequence[str], after: Sequence[Any] | None = None,
             start: ColumnElement[bool] | None = None) -> Iterator[list[Row]]:
        """Whole rows in the order of the columns *order* (the last of them names a row), page by page, none twice:
        those behind the place *after*, and at or behind *start*."""
        columns = [self.layout.column(name) for name in order]
        real = [self.layout.real(name) for name in order]
        while True:
            statement = self.every().order_by(*columns).limit(AT_A_TIME)
            conditions = [] if start is None else [start]
            if after is not None:
                conditions.append(_behind(columns, after))
            rows = self.fetch(connection, statement.where(*conditions))
            if rows:
                yield rows
            if len(rows) < AT_A_TIME:
                return
            after = [rows[-1][name] for name in real]

    def key(self, row: Row, columns: Sequence[str]) -> str:
        """What names a row: the text of one column, or a JSON list of several."""
        return key_of_texts([as_text(row[self.layout.real(name)]) for name in columns])


def key_of_texts(texts: Sequence[str]) -> str:
    """The key made of the texts of its columns."""
    return texts[0] if len(texts) == 1 else orjson.dumps(texts).decode()


def parts(key: str) -> list[str]:
    """The columns' texts of a key of several."""
    return list(orjson.loads(key))


def _behind(columns: Sequence[ColumnElement[Any]], place: Sequence[Any]) -> ColumnElement[bool]:
    """The condition that a row comes behind *place* in the order of *columns*. Row values, which not every database
    compares, written out."""
    alternatives = []
    for number, column in enumerate(columns):
        equal = [before == bound(value) for before, value in zip(columns[:number], place, strict=False)]
        alternatives.append(and_(*equal, column > bound(place[number])))
    # Said once more in the plainest form: an index is used for it everywhere.
    return and_(columns[0] >= bound(place[0]), or_(*alternatives))
