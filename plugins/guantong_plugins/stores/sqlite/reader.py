"""The reading side of the embedded store: committed state over a connection of its own."""

from __future__ import annotations

import sqlite3
from typing import Any

from guantong_plugins.stores.reading import SqlReader, Values
from guantong_plugins.stores.sqlite.statements import SQL


class SqliteReader(SqlReader):
    """`guantong.store.Reader`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._execute = connection.execute

    def close(self) -> None:
        self._connection.close()

    def _all(self, name: str, values: Values = ()) -> list[Any]:
        return self._execute(SQL[name], values).fetchall()

    def _one(self, name: str, values: Values = ()) -> Any:
        return self._execute(SQL[name], values).fetchone()
