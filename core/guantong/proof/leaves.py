"""The sealed lines of a tree, tile by tile, each held against the row it was made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import NamedTuple

from guantong.proof.hashing import BYTES, Hashing
from guantong.proof.leaf import SALT, Line, leaf_hashes
from guantong.proof.sealer import WINDOW, numbers_of
from guantong.proofstore import ReadsProof, Tile

PAGE = 4096
_ID = itemgetter(Line._fields.index("id"))
_LOWEST = -(1 << 63)  # no line of ours has a number below 1; one of somebody else's may


class Held(NamedTuple):
    """A tile, the numbers of its lines, and their rows as they are now (None: there is none); `altered` are the places of rows that
    do not give the hash that was sealed, `twice` the numbers of lines that an earlier leaf is of."""

    tile: Tile
    entries: Sequence[int]
    lines: Sequence[Line | None]
    altered: Sequence[int]
    twice: Sequence[int]

    def raw(self, place: int) -> bytes:
        """The commitment of one of its leaves."""
        return self.tile.raws[place * BYTES:(place + 1) * BYTES]


class Rows:
    """The journal's rows on the way through it, in order; tiles ask for theirs in about that order."""

    def __init__(self, reader: ReadsProof) -> None:
        self._reader = reader
        self._after = _LOWEST
        self._over = False
        self._open: dict[int, Line] = {}

    def take(self, entries: Sequence[int]) -> tuple[list[Line | None], list[int]]:
        """The rows with these numbers, and which of the numbers were asked for when their rows were taken already."""
        furthest = max(entries)
        while not self._over and self._after < furthest and len(self._open) <= PAGE + 2 * WINDOW:
            self._read()
        twice: list[int] = []
        take, ask = self._open.pop, partial(self._asked, twice)
        return [take(entry, None) or ask(entry) for entry in entries], twice

    def _asked(self, twice: list[int], entry: int) -> Line | None:
        """A row that is not among those read ahead: gone, not read yet, or taken before, which is told to *twice*."""
        line = self._reader.line(entry)
        if line is not None and (self._over or entry <= self._after):
            twice.append(entry)
        return line

    def left(self) -> Iterator[Line]:
        """The rows that no tile asked for."""
        while not self._over:
            yield from self._open.values()
            self._open.clear()
            self._read()
        yield from self._open.values()

    def _read(self) -> None:
        page = self._reader.lines(self._after, PAGE)
        self._open.update(zip(map(_ID, page), page, strict=True))
        self._over = len(page) < PAGE
        if page:
            self._after = page[-1].id


def held(hashing: Hashing, tile: Tile, rows: Rows) -> Held:
    """*tile*, held against its rows."""
    entries = numbers_of(tile)
    lines, twice = rows.take(entries)
    return Held(tile, entries, lines, altered(hashing, tile, lines), twice)


def altered(hashing: Hashing, tile: Tile, lines: Sequence[Line | None]) -> list[int]:
    """The places of those *lines* of *tile* that do not give the hash that was sealed."""
    places = [place for place, line in enumerate(lines) if line is not None]
    salts, raws, hashes = tile.salts, tile.raws, tile.hashes
    if len(places) != len(lines):
        salts, raws, hashes = (b"".join([of[size * place:size * (place + 1)] for place in places])
                               for of, size in ((salts, SALT), (raws, BYTES), (hashes, BYTES)))
    found = leaf_hashes(hashing, [line for line in lines if line is not None], salts, raws)
    if b"".join(found) == hashes:
        return []
    return [place for at, place in enumerate(places) if found[at] != hashes[BYTES * at:BYTES * (at + 1)]]
