"""Reading by a column that grows, through a window that late commits and equal values fall into."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import orjson
from sqlalchemy import Connection, and_, func, select

from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Verdict
from guantong_adapters.table import codes
from guantong_adapters.table.database import Database
from guantong_adapters.table.rows import as_text, digest
from guantong_adapters.table.seen import Seen, SeenRow
from guantong_adapters.table.sending import bound
from guantong_adapters.table.source import Batch, Gathering, Row, Source
from guantong_adapters.table.ways import ByWatermark, directives

Value: TypeAlias = datetime.datetime | int | decimal.Decimal | str


class WatermarkReading:
    """One table.

    The state is the *settled* value: all rows below it are durable here, and no transaction can still bring one,
    because a row newer by the whole overlap was visible when they were looked at. A pass walks from there to the
    newest row, over as many batches as it takes; the next pass begins at the settled value again. What a pass meets
    anew is known by its digest. While a pass has not come into the last overlap, the settled value goes along with
    it; from then on it stands, for what is behind it must be looked at once more."""

    def __init__(self, database: Database, source: Source, keys: ByWatermark, seen: Seen, body_limit: int) -> None:
        self._database = database
        self._source = source
        self._keys = keys
        self._seen = seen
        self._body_limit = body_limit
        self._place: list[Any] | None = None
        self._stands = False
        self._handed: dict[str, SeenRow] = {}

    def names(self) -> list[str]:
        return [self._source.name]

    def ahead(self, state: str, rows: int) -> tuple[str, Value | None]:
        """How far the next so many *rows* reach that are new or changed, None where there are no more than that. Before it, by
        what clock: of tables by the same clock the values compare; "" where they do not compare with any other's."""
        self._again_where_left()
        settled, clock, reached = _read_state(state) if state else self._begin(), "", None
        share = Gathering(rows, self._body_limit)
        with self._database.snapshot() as connection:
            for place, key, body in self._rows(connection, settled, None):
                clock = clock or self._clock(_value(place[0]))
                if body is not None:
                    if share.full:
                        return clock, reached
                    share.add(self._source.record(key, body))
                reached = _value(place[0])
        return clock, None

    def read(self, state: str, limit: int, until: Value | None = None) -> Batch:
        """At most *limit* rows that are new or changed, none beyond *until*. Nothing is written anywhere at the source."""
        self._again_where_left()
        settled = _read_state(state) if state else self._begin()
        with self._database.snapshot() as connection:
            column = self._source.layout.column(self._keys.column)
            newest = connection.scalar(select(func.max(column)).select_from(self._source.layout.clause))
            if newest is None:
                return Batch((), state)
            horizon = self._back(_value(newest))
            gathering = Gathering(limit, self._body_limit)
            went_on = self._place is not None
            further = until is not None and sortable(_value(newest)) > sortable(until)
            ended = self._walk(connection, settled, gathering, until) and not further
            if ended and went_on and not gathering.records:  # what has become visible behind the pass meanwhile
                self._place, self._stands = None, False
                ended = self._walk(connection, settled, gathering, until)
        reach = self._reach(horizon, ended)
        if reach is not None and not self._stands and (settled is None or sortable(reach) > sortable(settled)):
            settled = reach
        self._stands = self._stands or (self._place is not None and sortable(_value(self._place[0])) >= sortable(horizon))
        if ended:
            self._place, self._stands = None, False
        return Batch(gathering.records, state if settled is None else _write_state(settled))

    def _reach(self, horizon: Value, ended: bool) -> Value | None:
        """How far the pass has come, but for the last overlap. None where it has seen no row yet."""
        if ended:
            return horizon
        return None if self._place is None else min(horizon, _value(self._place[0]), key=sortable)

    def _again_where_left(self) -> None:
        """Where the hub took only a part of what it was handed: from the settled value again."""
        if self._handed:
            self._place, self._stands = None, False
            self._handed.clear()

    def mark(self, verdicts: Mapping[str, Verdict]) -> None:
        """Remember the rows; forget what lies below what was settled when they were read."""
        keys = [ref.partition(":")[2] for ref in verdicts]
        self._seen.remember(self._source.name, [self._handed.pop(key) for key in keys if key in self._handed])

    def _clock(self, newest: Value) -> str:
        if isinstance(newest, str):
            return f"text {self._keys.format}"
        return ("time" if newest.tzinfo is None else "time of a zone") if isinstance(newest, datetime.datetime) else ""

    def _walk(self, connection: Connection, settled: Value | None, gathering: Gathering, until: Value | None) -> bool:
        """Go on with the pass; whether it came to its end, or to *until*."""
        if self._place is None and settled is not None:
            self._seen.forget_before(self._source.name, sortable(settled))
        for place, key, body in self._rows(connection, settled, until):
            self._place = place
            if body is None:
                continue
            gathering.add(self._source.record(key, body))
            self._handed[key] = SeenRow(key, digest(body), sortable(_value(place[0])))
            if gathering.full:
                return False
        return True

    def _rows(self, connection: Connection, settled: Value | None, until: Value | None) -> Iterator[tuple[list[Any], str, bytes | None]]:
        """What the pass comes to from where it is, no further than *until*: the row's place, its key, and what is in it where that is new."""
        keys, source = self._keys, self._source
        column, dialect = source.layout.column(keys.column), connection.dialect.name
        start = column.is_not(None) if settled is None else column >= bound(_bindable(settled, dialect))
        if until is not None:
            start = and_(start, column <= bound(_bindable(until, dialect)))
        for page in source.walk(connection, (keys.column, *keys.id), self._place, start):
            by_key = {source.key(row, keys.id): row for row in page}
            known = self._seen.digests(source.name, list(by_key))
            for key, row in by_key.items():
                body = source.reader.body(row)
                yield self._place_of(row), key, None if known.get(key) == digest(body) else body

    def _place_of(self, row: Row) -> list[Any]:
        return [row[self._source.layout.real(name)] for name in (self._keys.column, *self._keys.id)]

    def _begin(self) -> Value | None:
        since = self._keys.since
        if since is None:
            return None
        if self._keys.format:
            return since
        try:
            return datetime.datetime.fromisoformat(since)
        except ValueError:
            return decimal.Decimal(since)

    def _back(self, newest: Value) -> Value:
        """The newest value less the overlap."""
        keys = self._keys
        if isinstance(newest, datetime.datetime):
            return newest - datetime.timedelta(seconds=keys.overlap)
        if isinstance(newest, str):
            form = directives(keys.format or "yyyy-MM-dd HH:mm:ss.SSSSSS")
            try:
                moment = datetime.datetime.strptime(newest.rstrip(" "), form)
            except ValueError:
                details = {"table": self._source.name, "column": keys.column, "format": keys.format or "—"}
                path = f"{self._source.system}.settings"
                raise ProblemsError([Problem(codes.NO_MOMENT, Place(), path, details)]) from None
            return _as_form(moment - datetime.timedelta(seconds=keys.overlap), newest, form)
        return newest - keys.overlap_number


def _as_form(moment: datetime.datetime, like: str, form: str) -> str:
    """The moment as the column writes it; `%f` always writes six digits."""
    return moment.strftime(form)[:len(like.rstrip(" "))]


def _value(value: Any) -> Value:
    """A column's value as one of the kinds that can be ordered and moved back."""
    if isinstance(value, float):
        return decimal.Decimal(repr(value))
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return datetime.datetime.combine(value, datetime.time())
    return value if isinstance(value, datetime.datetime | int | decimal.Decimal) else as_text(value)


def sortable(value: Value) -> Any:
    """The same, so that one column's values order in Python and in our own memory."""
    if isinstance(value, datetime.datetime):
        utc = value.astimezone(datetime.UTC).replace(tzinfo=None) if value.tzinfo else value
        return utc.isoformat(" ", "microseconds")
    return float(value) if isinstance(value, decimal.Decimal) else value


def _write_state(value: Value) -> str:
    kind = "time" if isinstance(value, datetime.datetime) else "text" if isinstance(value, str) else "number"
    text = value.isoformat() if isinstance(value, datetime.datetime) else str(value)
    return orjson.dumps({kind: text}).decode()


def _read_state(state: str) -> Value:
    [(kind, text)] = orjson.loads(state).items()
    if kind == "time":
        return datetime.datetime.fromisoformat(text)
    if kind == "text":
        return str(text)
    return int(text) if text.lstrip("-").isdecimal() else decimal.Decimal(text)


def _bindable(value: Value, dialect: str) -> Value | float:
    """SQLite's driver takes no decimals: its numbers are integers and floats."""
    return float(value) if dialect == "sqlite" and isinstance(value, decimal.Decimal) else value
