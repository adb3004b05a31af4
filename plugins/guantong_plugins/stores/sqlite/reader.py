"""The reading side of the embedded store: committed state over a connection of its own."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson

from guantong.sharedstore import NoWorkers
from guantong.store import StoreFailed
from guantong_plugins.stores.reading import SqlReader, Values
from guantong_plugins.stores.sqlite.failures import in_short, is_of_the_disk
from guantong_plugins.stores.sqlite.statements import SQL

SOUND = "ok"
MOST_TOLD = 20


class SqliteReader(NoWorkers, SqlReader):
    """`guantong.store.Reader`. It may be closed while a thread asks: that one hears so at its next question."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._asking = threading.Lock()  # SQLite frees a connection under who uses it, and the process with it

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self._rows("BEGIN")
        try:
            yield
        finally:
            self._rows("ROLLBACK")

    def integrity(self) -> list[str]:
        try:
            found = [str(row[0]) for row in self._rows(f"PRAGMA integrity_check({MOST_TOLD})")]
        except sqlite3.DatabaseError as error:
            return [str(error)]
        return [] if found == [SOUND] else found

    def close(self) -> None:
        with self._asking:
            self._connection.close()

    def _of_each(self, name: str, numbers: Sequence[Any], *before: Any) -> list[Any]:
        return self._all(name, (*before, orjson.dumps(list(numbers)).decode())) if numbers else []

    def _all(self, name: str, values: Values = ()) -> list[Any]:
        try:
            return self._rows(SQL[name], values)
        except sqlite3.Error as error:
            raise _failed(error) from error

    def _one(self, name: str, values: Values = ()) -> Any:
        try:
            with self._asking:
                return self._connection.execute(SQL[name], values).fetchone()
        except sqlite3.Error as error:
            raise _failed(error) from error

    def _rows(self, statement: str, values: Values = ()) -> list[Any]:
        with self._asking:
            return self._connection.execute(statement, values).fetchall()


def _failed(error: sqlite3.Error) -> Exception:
    """The disk's failure as the store's; a mistake of ours as it is."""
    return StoreFailed(f"the store cannot be read: {in_short(error)}") if is_of_the_disk(error) else error
