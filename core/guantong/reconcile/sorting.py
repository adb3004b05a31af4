"""Rows in the order of their keys, however many there are: sorted in parts, each in a file of its own, and read side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeAlias

import orjson

AT_ONCE = 10_000
"""Rows in memory."""
MOST_PARTS = 64
"""Files that are read together: a process may open a thousand."""
Row = list[Any]
_Line: TypeAlias = tuple[str, bytes]
"""A key, and its row with it as one line of JSON."""


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
    """Rows in the order of their keys; of one key in the order they came. So many are held in memory *at_once*, and *most* files are
    open together."""

    def __init__(self, folder: Path, name: str, at_once: int = AT_ONCE, most: int = MOST_PARTS) -> None:
        self._folder = folder
        self._name = name
        self._at_once = at_once
        self._most = most
        self._made = 0
        self._held: list[_Line] = []  # bytes: the collector of cycles has nothing to look through
        self._parts: list[Path] = []

    def add(self, key: str, row: Row) -> None:
        """Take in *row*."""
        self._held.append((key, orjson.dumps([key, row], option=orjson.OPT_APPEND_NEWLINE)))
        if len(self._held) >= self._at_once:
            self._write(sorted(self._held, key=_key))
            self._held.clear()
            if len(self._parts) >= self._most:
                self._gather()

    def __iter__(self) -> Iterator[Keyed]:
        with ExitStack() as stack:
            for _, line in self._merged(stack):
                yield Keyed(*orjson.loads(line))

    def _merged(self, stack: ExitStack) -> Iterator[_Line]:
        files = [_lines(stack.enter_context(part.open("rb"))) for part in self._parts]
        return merge(*files, sorted(self._held, key=_key), key=_key)

    def _write(self, lines: Iterable[_Line]) -> None:
        part = self._folder / f"{self._name}-{self._made}"
        self._made += 1
        with part.open("xb") as file:
            file.writelines(line for _, line in lines)
        self._parts.append(part)

    def _gather(self) -> None:
        """Make one part of all."""
        before = self._parts
        with ExitStack() as stack:
            merged = self._merged(stack)
            self._parts = []
            self._write(merged)
        for part in before:
            part.unlink()


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


def _lines(file: BinaryIO) -> Iterator[_Line]:
    for line in file:
        yield orjson.loads(line)[0], line


_key = itemgetter(0)
