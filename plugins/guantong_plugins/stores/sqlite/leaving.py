"""The embedded store as the beginning of a move: every table, row by row in the order of its key."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from guantong_plugins.stores.moving.rows import Relation, Row, plain, quoted
from guantong_plugins.stores.sqlite.opening import open_for_reading, open_for_writing


class Leaving:
    """The file at *path*; where it is *left*, brought up to this program's version first. Raises `StoreRefused`."""

    def __init__(self, path: Path, *, left: bool = False) -> None:
        if left:
            open_for_reading(path).close()  # refuses what is not there; opening for writing would make it
            open_for_writing(path, "FULL").close()
        self._connection = open_for_reading(path)

    def close(self) -> None:
        self._connection.close()

    def relations(self) -> list[Relation]:
        """Every table, by name."""
        names = [name for (name,) in self._connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")]
        return [self._relation(name) for name in names]

    def count(self, relation: Relation) -> int:
        """How many rows there are."""
        return int(self._connection.execute(f"SELECT count(*) FROM {relation.name}").fetchone()[0])  # noqa: S608 -- a name of our schema

    def rows(self, relation: Relation, after: Sequence[Any] | None, most: int) -> list[Row]:
        """At most *most* rows whose key is beyond *after*, in its order."""
        key = quoted(relation.key)
        beyond = f"WHERE ({key}) > ({', '.join('?' * len(relation.key))})" if after is not None else ""
        found = self._connection.execute(
            f"SELECT {relation.listed} FROM {relation.name} {beyond} ORDER BY {key} LIMIT ?",  # noqa: S608 -- names of our schema
            (*(after or ()), most))
        return [plain(relation, row) for row in found]

    def every(self, relation: Relation) -> Iterator[Row]:
        """All rows, one at a time."""
        found = self._connection.execute(f"SELECT {relation.listed} FROM {relation.name}")  # noqa: S608 -- names of our schema
        return (plain(relation, row) for row in _streamed(found))

    def _relation(self, name: str) -> Relation:
        found = self._connection.execute(f"SELECT name, pk FROM pragma_table_info('{name}') ORDER BY cid").fetchall()  # noqa: S608 -- a name of our schema
        key = [column for column, place in sorted(found, key=lambda one: int(one[1])) if place]
        return Relation(name, tuple(column for column, _ in found), tuple(key))


def _streamed(found: sqlite3.Cursor) -> Iterator[Row]:
    while some := found.fetchmany(1000):
        yield from some
