"""Rows in the order of their keys, however many there are: sorted in parts, each in a file of its own, and read side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

AT_ONCE = 50_000
"""Rows in memory."""
Row = list[Any]


class Keyed(NamedTuple):
    """A row that can be written as JSON, and its key."""

    key: str
    row: Row


class Spool:
    """Rows in the order they came, in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("xb")
        self.count = 0

    def add(self, row: Sequence[Any]) -> None:
        """Put *row* at the end."""
        self._file.write(orjson.dumps([*row], option=orjson.OPT_APPEND_NEWLINE))
        self.count += 1

    def __iter__(self) -> Iterator[Row]:
        self._file.flush()
        with self._path.open("rb") as file:
            yield from map(orjson.loads, file)

    def close(self) -> None:
        """Write no more, and forget all."""
        self._file.close()
        self._path.unlink(missing_ok=True)


class Sorter:
    """Rows in the order of their keys; of one key in the order they came."""

    def __init__(self, folder: Path, name: str, at_once: int = AT_ONCE) -> None:
        self._folder = folder
        self._name = name
        self._at_once = at_once
        self._held: list[Keyed] = []
        self._parts: list[Path] = []

    def add(self, key: str, row: Row) -> None:
        """Take in *row*."""
        self._held.append(Keyed(key, row))
        if len(self._held) >= self._at_once:
            self._spill()

    def __iter__(self) -> Iterator[Keyed]:
        with ExitStack() as stack:
            files = [stack.enter_context(part.open("rb")) for part in self._parts]
            held = sorted(self._held, key=_key)
            yield from merge(*map(_rows, files), held, key=_key)

    def _spill(self) -> None:
        part = self._folder / f"{self._name}-{len(self._parts)}"
        with part.open("xb") as file:
            file.writelines(orjson.dumps([*one], option=orjson.OPT_APPEND_NEWLINE) for one in sorted(self._held, key=_key))
        self._parts.append(part)
        self._held.clear()


def together(sides: Sequence[Iterable[Keyed]]) -> Iterator[tuple[str, list[list[Row]]]]:
    """Each key that any of *sides* has, in order, with the rows each side has of it. Each side is in the order of its keys."""
    numbered = [_numbered(number, side) for number, side in enumerate(sides)]
    for key, found in groupby(merge(*numbered, key=itemgetter(0, 1)), key=itemgetter(0)):
        rows: list[list[Row]] = [[] for _ in sides]
        for _, number, row in found:
            rows[number].append(row)
        yield key, rows


def _numbered(number: int, side: Iterable[Keyed]) -> Iterator[tuple[str, int, Row]]:
    return ((one.key, number, one.row) for one in side)


def _rows(file: BinaryIO) -> Iterator[Keyed]:
    for line in file:
        yield Keyed(*orjson.loads(line))


_key = itemgetter(0)
