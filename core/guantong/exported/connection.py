"""A folder of exported files, read as a system is polled: batch by batch, the folder never changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from guantong.adapter import Mark, Polled
from guantong.config.configuration import System
from guantong.exported.listing import Exported, listed
from guantong.exported.records import Found, Reading, Unread
from guantong.plugins import Registry
from guantong.record import Acceptance, Record, Verdict

_BYTES = 16 * 1024 * 1024
"""How many bytes of records one batch holds, and one record more."""


class _At(NamedTuple):
    """How far the folder was read: the file, how it was then, and how many things in it were given."""

    name: str = ""
    size: int = 0
    changed: int = 0
    given: int = 0


class ExportFolder:
    """Polled like a system. The cursor names a file and a place in it; a file that is another by then is read from its
    beginning."""

    def __init__(self, folder: Path, reading: Reading) -> None:
        self._folder = folder
        self._reading = reading
        self._given = ""
        self._ahead: Iterator[tuple[_At, Found]] = iter(())

    async def poll(self, since: str, limit: int) -> Polled:
        """At most *limit* records and refusals; nothing at the folder's end. Raises `ProblemsError` where the folder cannot
        be read."""
        return await asyncio.to_thread(self._poll, since, limit)

    async def mark(self, marks: Sequence[Mark]) -> None:
        """Nothing is told to files."""

    async def close(self) -> None:
        self._ahead = iter(())

    def _poll(self, since: str, limit: int) -> Polled:
        if not since or since != self._given:
            self._ahead = self._after(_at(since), listed(self._folder))
        at = _at(since)
        records: list[Record] = []
        refused: list[Mark] = []
        size = 0
        for here, found in self._ahead:
            at = here
            if isinstance(found, Unread):
                refused.append(Mark(found.place, Verdict(Acceptance.REFUSED, 0, found.code, found.reason, found.reason_zh)))
            else:
                records.append(found)
                size += len(found.body)
            if len(records) + len(refused) >= limit or size >= _BYTES:
                break
        self._given = orjson.dumps([*at]).decode()
        return Polled(records, self._given, refused)

    def _after(self, at: _At, files: Sequence[Exported]) -> Iterator[tuple[_At, Found]]:
        for file in files:
            if file.name < at.name:
                continue
            there = _At(file.name, file.size, file.changed)
            skipped = at.given if at._replace(given=0) == there else 0
            for number, found in enumerate(self._reading.records(file), 1):
                if number > skipped:
                    yield there._replace(given=number), found


def open_folder(folder: str, system: System, registry: Registry) -> ExportFolder:
    """The files in *folder*, which were exported from *system*."""
    return ExportFolder(Path(folder), reading_of(system, registry))


def reading_of(system: System, registry: Registry) -> Reading:
    """What reads files exported from *system*."""
    plain = registry.codecs["json"]
    return Reading(system, plain.make(plain.options(), "utf-8"))


def _at(cursor: str) -> _At:
    """Where *cursor* says; the beginning for one that is none of ours."""
    try:
        name, size, changed, given = orjson.loads(cursor)
        return _At(str(name), int(size), int(changed), int(given))
    except (orjson.JSONDecodeError, TypeError, ValueError):
        return _At()
