"""The ledger of a simulated system: what took effect there, in order, each exactly once.

It is the system's own memory and the other half of the demo's proof, so it keeps everything that ever
arrived with effect, and how often the same was sent again. One SQLite file that other processes may read
while the simulator runs. Simulators are never killed by the demo, only the hub is: a commit in the
write-ahead log, without waiting for the disk, is durable enough before a reply.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

_TABLES = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=NORMAL;
CREATE TABLE IF NOT EXISTS effect (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL,
  fields BLOB NOT NULL, at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  repeats INTEGER NOT NULL DEFAULT 0, altered INTEGER NOT NULL DEFAULT 0,
  UNIQUE (kind, key, version));
CREATE TABLE IF NOT EXISTS rejection (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, reason TEXT NOT NULL,
  at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')));
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect. `seq` is the order of arrival; `repeats` counts the times it was sent again, `altered`
    those among them whose content differed; `at` is UTC."""

    seq: int
    kind: str
    key: tuple[str, ...]
    fields: dict[str, str | None]
    version: str
    at: str
    repeats: int
    altered: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """Something the simulated system refused for good."""

    seq: int
    kind: str
    key: tuple[str, ...]
    reason: str


class Ledger:
    """Writes one ledger file. Usable from several threads; every method commits before it returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, timeout=30, isolation_level=None)
        self._db.executescript(_TABLES)

    def effect(
        self, kind: str, key: tuple[str, ...], fields: Mapping[str, str | None], version: str
    ) -> Literal["new", "duplicate"]:
        """Let a record of *kind* take effect under (*key*, *version*), unless it did so before."""
        packed = _key(key)
        content = orjson.dumps(dict(fields), option=orjson.OPT_SORT_KEYS)
        with self._lock:
            inserted = self._db.execute(
                "INSERT INTO effect (kind, key, version, fields) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (kind, packed, version, content),
            )
            if inserted.rowcount:
                return "new"
            self._db.execute(
                "UPDATE effect SET repeats = repeats + 1, altered = altered + (fields <> ?)"
                " WHERE kind = ? AND key = ? AND version = ?",
                (content, kind, packed, version),
            )
            return "duplicate"

    def holds(self, kind: str, key: tuple[str, ...], version: str) -> bool:
        """Whether a record of *kind* took effect under (*key*, *version*)."""
        with self._lock:
            found = self._db.execute(
                "SELECT 1 FROM effect WHERE kind = ? AND key = ? AND version = ?", (kind, _key(key), version)
            ).fetchone()
        return found is not None

    def rejected(self, kind: str, key: tuple[str, ...], reason: str) -> None:
        """Keep that a record was refused for good, and why."""
        with self._lock:
            self._db.execute(
                "INSERT INTO rejection (kind, key, reason) VALUES (?, ?, ?)", (kind, _key(key), reason)
            )

    def note(self, what: str, count: int = 1) -> int:
        """Add *count* to the counter *what* (received, refused, busy, dropped_replies, …); its new value."""
        with self._lock:
            row = self._db.execute(
                "INSERT INTO counter VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value RETURNING value",
                (what, count),
            ).fetchone()
            return int(row[0])

    def next_serial(self, name: str) -> int:
        """The next number of the series *name*, from 1; never the same twice, also after a restart."""
        return self.note(f"serial:{name}")

    def counts(self) -> dict[str, int]:
        """The counters by name, with `effects` and `duplicates` taken from the ledger itself."""
        with self._lock:
            notes = self._db.execute(
                "SELECT name, value FROM counter WHERE name NOT LIKE 'serial:%'"
            ).fetchall()
            effects, duplicates = self._db.execute(
                "SELECT count(*), coalesce(sum(repeats), 0) FROM effect"
            ).fetchone()
        return {**dict(notes), "effects": effects, "duplicates": duplicates}

    def close(self) -> None:
        with self._lock:
            self._db.close()


def _key(key: tuple[str, ...]) -> str:
    return orjson.dumps(key).decode()


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)


def read_effects(path: Path) -> list[Effect]:
    """Everything that took effect, in order of arrival. The simulator may be running."""
    db = _reading(path)
    try:
        rows = db.execute(
            "SELECT seq, kind, key, fields, version, at, repeats, altered FROM effect ORDER BY seq"
        ).fetchall()
    finally:
        db.close()
    return [
        Effect(seq, kind, tuple(orjson.loads(key)), orjson.loads(fields), version, at, repeats, altered)
        for seq, kind, key, fields, version, at, repeats, altered in rows
    ]


def read_rejections(path: Path) -> list[Rejection]:
    """Everything refused for good, in order."""
    db = _reading(path)
    try:
        rows = db.execute("SELECT seq, kind, key, reason FROM rejection ORDER BY seq").fetchall()
    finally:
        db.close()
    return [Rejection(seq, kind, tuple(orjson.loads(key)), reason) for seq, kind, key, reason in rows]
