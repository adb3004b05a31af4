"""What we have seen of a source that we must not write to: a digest of each row, kept at our side."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (
  source TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL, mark ANY NOT NULL, PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_mark ON seen (source, mark);
"""
_AT_A_TIME = 500


class SeenRow(NamedTuple):
    """A row that was seen: its key, the digest of its content, and a mark that orders it among the others."""

    key: str
    digest: bytes
    mark: str | int | float


class Seen:
    """The memory of one system: a small SQLite file, readable by its owner alone, no content of any row in it.

    Rows are put in after they are durable in the hub. Losing the file loses no record: rows are read again, and
    the hub takes them for duplicates. So a write here need not wait for the disk."""

    def __init__(self, path: Path) -> None:
        own_folder(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        # One thread at a time: a system's reading and marking follow each other.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)

    def digests(self, source: str, keys: Sequence[str]) -> dict[str, bytes]:
        """The digests of those of *keys* that were seen."""
        found: dict[str, bytes] = {}
        for start in range(0, len(keys), _AT_A_TIME):
            part = keys[start:start + _AT_A_TIME]
            places = ",".join("?" * len(part))
            statement = f"SELECT key, digest FROM seen WHERE source = ? AND key IN ({places})"  # noqa: S608  only question marks
            found.update(self._connection.execute(statement, (source, *part)))
        return found

    def remember(self, source: str, rows: Iterable[SeenRow]) -> None:
        """Keep *rows*, all or none of them."""
        self._change(
            "INSERT INTO seen (source, key, digest, mark) VALUES (?, ?, ?, ?) ON CONFLICT (source, key)"
            " DO UPDATE SET digest = excluded.digest, mark = excluded.mark",
            [(source, *row) for row in rows],
        )

    def mark(self, source: str, keys: Iterable[str], mark: int) -> None:
        """Give those of *keys* that were seen another mark; what was seen of them stays."""
        self._change("UPDATE seen SET mark = ? WHERE source = ? AND key = ?", [(mark, source, key) for key in keys])

    def forget(self, source: str, keys: Iterable[str]) -> None:
        self._change("DELETE FROM seen WHERE source = ? AND key = ?", [(source, key) for key in keys])

    def forget_before(self, source: str, mark: str | float) -> None:
        """Forget what has a lower mark."""
        self._connection.execute("DELETE FROM seen WHERE source = ? AND mark < ?", (source, mark))

    def keep_only(self, source: str, mark: str | float) -> None:
        """Forget what has another mark."""
        self._connection.execute("DELETE FROM seen WHERE source = ? AND mark <> ?", (source, mark))

    def before(self, source: str, mark: int, limit: int) -> list[str]:
        """At most *limit* keys with a lower mark."""
        statement = "SELECT key FROM seen WHERE source = ? AND mark < ? ORDER BY mark, key LIMIT ?"
        return [row[0] for row in self._connection.execute(statement, (source, mark, limit))]

    def count(self, source: str, before: int | None = None) -> int:
        """How many rows were seen; those with a mark lower than *before*."""
        statement = "SELECT count(*) FROM seen WHERE source = ? AND (? IS NULL OR mark < ?)"
        return int(self._connection.execute(statement, (source, before, before)).fetchone()[0])

    def highest(self, source: str) -> int:
        """The highest mark, 0 where nothing was seen."""
        found = self._connection.execute("SELECT max(mark) FROM seen WHERE source = ?", (source,)).fetchone()[0]
        return int(found or 0)

    def close(self) -> None:
        self._connection.close()

    def _change(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(statement, rows)
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            self._connection.execute("ROLLBACK")
            raise


def own_folder(folder: Path) -> None:
    """Make a system's *folder*, and the one of all systems around it, for their owner alone."""
    for one in (folder.parent, folder):
        one.mkdir(mode=0o700, parents=True, exist_ok=True)
