"""Reading by claim: tables that several consumers read, each row by one of them."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select, update
from sqlalchemy.sql.expression import ColumnElement

from guantong_adapters.table.byflag import Flagged, FlagReading, in_order
from guantong_adapters.table.rows import as_text
from guantong_adapters.table.sending import bound
from guantong_adapters.table.source import AT_A_TIME, Batch, Gathering, Row, key_of_texts
from guantong_adapters.table.ways import ByClaim


class ClaimReading(FlagReading):
    """One table of which we read what we claimed. Rows we claimed and have not flagged, before a crash or because
    the hub was full, come again first: they are ours still."""

    def read(self, state: str, limit: int) -> Batch:
        """Claim at most *limit* rows, and read them. The claim is committed before anything is handed over."""
        [table] = self._tables
        gathering = Gathering(limit, self._body_limit)
        with self._database.writing() as connection:
            ids = _claim(connection, table, _keys(table), limit)
            for start in range(0, len(ids), AT_A_TIME):
                part = ids[start:start + AT_A_TIME]
                rows = table.rows(connection, part)
                for each in part:
                    record = table.source.record(each, table.source.reader.body(rows[each]))
                    self._handed.remember(record.ref or "", record.body)
                    gathering.add(record)
                if gathering.full:
                    break
        return Batch(gathering.records, state)

    def ours(self, table: Flagged, row: Row) -> bool:
        """Unread, and not taken over by another consumer since."""
        owner = row[table.source.layout.real(_keys(table).owner)]
        return super().ours(table, row) and owner is not None and as_text(owner).rstrip(" ") == _keys(table).me


def _keys(table: Flagged) -> ByClaim:
    assert isinstance(table.keys, ByClaim)  # noqa: S101  made so by `readings`
    return table.keys


def _claim(connection: Connection, table: Flagged, keys: ByClaim, limit: int) -> list[str]:
    """The ids of the rows that are ours now, oldest first."""
    layout = table.source.layout
    now = _now(connection)
    owner, at = layout.column(keys.owner), layout.column(keys.at)
    stale = at < bound(now - datetime.timedelta(seconds=keys.release_after))
    free: ColumnElement[bool] = or_(owner.is_(None), owner == bound(""), owner == bound(keys.me), stale)
    identity = [layout.column(name) for name in keys.id]
    wanted = select(*identity).select_from(layout.clause).where(table.unread(), free)
    wanted = wanted.order_by(*in_order(keys, layout)).limit(limit)
    if connection.dialect.name == "oracle":  # there, what is cut to a number of rows cannot be locked
        found = _keys_in(connection, wanted)
        still = select(*identity).select_from(layout.clause).where(table.unread(), free)
        locked: set[str] = set()
        for start in range(0, len(found), AT_A_TIME):
            part = still.where(table.source.is_one_of(keys.id, found[start:start + AT_A_TIME]))
            locked.update(_keys_in(connection, part.with_for_update(skip_locked=True)))
        ids = [each for each in found if each in locked]
    else:
        ids = _keys_in(connection, wanted.with_for_update(skip_locked=_can_skip(connection)))
    values = {layout.real(keys.owner): bound(keys.me), layout.real(keys.at): bound(now)}
    for start in range(0, len(ids), AT_A_TIME):
        ours = table.source.is_one_of(keys.id, ids[start:start + AT_A_TIME])
        connection.execute(update(layout.clause).values(values).where(ours))
    return ids


def _keys_in(connection: Connection, statement: Select[Any]) -> list[str]:
    return [key_of_texts([as_text(value) for value in row]) for row in connection.execute(statement)]


def _now(connection: Connection) -> datetime.datetime:
    """The database's clock, without a zone: claims of machines whose clocks differ are compared by it."""
    if connection.dialect.name == "sqlite":
        return datetime.datetime.fromisoformat(str(connection.scalar(select(func.current_timestamp()))))
    found: Any = connection.scalar(select(func.localtimestamp()))
    moment: datetime.datetime = found.replace(tzinfo=None)
    return moment


def _can_skip(connection: Connection) -> bool:
    """Whether rows another consumer has locked can be passed over; else we wait for them."""
    dialect: Any = connection.dialect
    if dialect.name in ("mysql", "mariadb"):
        return bool(dialect.server_version_info >= ((10, 6) if dialect.is_mariadb else (8,)))
    return bool(dialect.name == "postgresql")
