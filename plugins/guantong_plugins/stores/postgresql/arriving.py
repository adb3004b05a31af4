"""A schema as the end of a move: what was copied is known to it, so that a move that was cut short goes on.

Until the move is over the schema's version is negative: no hub opens it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import psycopg

from guantong.problems import Problem
from guantong.secret import Secret
from guantong.store import StoreRefused
from guantong_plugins.stores.moving.rows import Relation, Row
from guantong_plugins.stores.postgresql import codes
from guantong_plugins.stores.postgresql.connecting import opened
from guantong_plugins.stores.postgresql.opening import (
    SCHEMA_VERSION,
    begin_move,
    end_move,
    refusing,
    state_of,
)
from guantong_plugins.stores.postgresql.settings import PostgresqlSettings


class Arriving:
    """The schema that the settings name. Raises `StoreRefused` where it already holds a hub's data."""

    def __init__(self, settings: PostgresqlSettings, dsn: Secret) -> None:
        self._schema = settings.namespace
        self._connection = opened(settings, dsn)
        try:
            with refusing(self._connection, self._schema):
                self.version = state_of(self._connection, self._schema)
                if self.version not in (None, -SCHEMA_VERSION):
                    code = codes.NOT_EMPTY if self.version > 0 else codes.BEGUN_BY_ANOTHER
                    raise StoreRefused(Problem(code, path="store.schema", details={"schema": self._schema}))
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def begin(self) -> None:
        """Hold the schema, and make its tables where this is no move that goes on."""
        with refusing(self._connection, self._schema):
            begin_move(self._connection, self._schema, fresh=self.version is None)

    def columns(self) -> dict[str, set[str]]:
        """The columns of every table that is moved: not of who does what, which a store that one process has does not know."""
        found: dict[str, set[str]] = {}
        for table, column in self._connection.execute(
                "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = %s "
                "AND table_name NOT IN ('writer', 'moving', 'worker', 'duty') AND column_name <> 'claimed_by'", (self._schema,)):
            found.setdefault(table, set()).add(column)
        return found

    def copied(self) -> int:
        """How many rows are there from a move that was cut short. Raises `StoreRefused`."""
        if self.version is None:
            return 0
        with refusing(self._connection, self._schema):
            (rows,) = self._connection.execute("SELECT coalesce(sum(copied), 0)::bigint FROM moving").fetchone() or (0,)
            return int(rows)

    def reached(self, relation: Relation) -> tuple[list[Any] | None, int]:
        """The key of the last row that was copied, and how many were."""
        row = self._connection.execute("SELECT reached, copied FROM moving WHERE relation = %s", (relation.name,)).fetchone()
        return (None, 0) if row is None else (msgspec.msgpack.decode(row[0]), int(row[1]))

    def put(self, relation: Relation, rows: Sequence[Row]) -> None:
        """Keep *rows*, and that the move has come so far, in one transaction."""
        reached = msgspec.msgpack.encode(relation.key_of(rows[-1]))
        with self._connection.transaction(), self._connection.cursor() as cursor:
            with cursor.copy(f"COPY {relation.name} ({relation.listed}) FROM STDIN") as copy:  # names of our schema
                for row in rows:
                    copy.write_row(row)
            cursor.execute(
                "INSERT INTO moving (relation, reached, copied) VALUES (%s, %s, %s) ON CONFLICT (relation) DO UPDATE "
                "SET reached = excluded.reached, copied = moving.copied + excluded.copied", (relation.name, reached, len(rows)))

    def every(self, relation: Relation) -> Iterator[Row]:
        """All rows, as the server has them."""
        with self._connection.transaction(), self._connection.cursor("moved") as cursor:
            cursor.itersize = 2000
            cursor.execute(f"SELECT {relation.listed} FROM {relation.name}")  # noqa: S608 -- names of our schema
            for row in cursor:
                yield tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)

    def end(self) -> None:
        """The move is over: a hub may open the schema."""
        end_move(self._connection)
        for (table,) in self._connection.execute(
                "SELECT relname::text FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
                "WHERE nspname = %s AND relkind = 'r'", (self._schema,)).fetchall():
            self._connection.execute(f"ANALYZE {table}")  # plans know what came


LOST = (psycopg.OperationalError, psycopg.InterfaceError)
"""What a server that goes away makes of a statement."""
