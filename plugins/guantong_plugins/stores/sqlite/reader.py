"""The reading side of the embedded store: committed state over a connection of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from guantong.sharedstore import NoWorkers
from guantong_plugins.stores.reading import SqlReader, Values
from guantong_plugins.stores.sqlite.statements import SQL

SOUND = "ok"
MOST_TOLD = 20


class SqliteReader(NoWorkers, SqlReader):
    """`guantong.store.Reader`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._execute = connection.execute

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self._execute("BEGIN")
        try:
            yield
        finally:
            self._execute("ROLLBACK")

    def integrity(self) -> list[str]:
        try:
            found = [str(row[0]) for row in self._execute(f"PRAGMA integrity_check({MOST_TOLD})")]
        except sqlite3.DatabaseError as error:
            return [str(error)]
        return [] if found == [SOUND] else found

    def close(self) -> None:
        self._connection.close()

    def _all(self, name: str, values: Values = ()) -> list[Any]:
        return self._execute(SQL[name], values).fetchall()

    def _one(self, name: str, values: Values = ()) -> Any:
        return self._execute(SQL[name], values).fetchone()
