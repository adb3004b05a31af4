"""The sealed lines of a tree, tile by tile, each held against the row it was made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guantong.proof.hashing import BYTES, Hashing
from guantong.proof.leaf import Line, leaf_hashes
from guantong.proof.sealer import WINDOW, numbers_of
from guantong.proofstore import ReadsProof, Tile

PAGE = 4096
_LOWEST = -(1 << 63)  # no line of ours has a number below 1; one of somebody else's may


class Held(NamedTuple):
    """A tile, the numbers of its lines, and their rows as they are now (None: there is none); `altered` are the places of rows that
    do not give the hash that was sealed."""

    tile: Tile
    entries: Sequence[int]
    lines: Sequence[Line | None]
    altered: Sequence[int]

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

    def take(self, entries: Sequence[int]) -> list[Line | None]:
        """The rows with these numbers."""
        furthest = max(entries)
        while not self._over and self._after < furthest and len(self._open) <= PAGE + 2 * WINDOW:
            self._read()
        return [self._open.pop(entry, None) or self._reader.line(entry) for entry in entries]

    def left(self) -> Iterator[Line]:
        """The rows that no tile asked for."""
        while not self._over:
            yield from self._open.values()
            self._open.clear()
            self._read()
        yield from self._open.values()

    def _read(self) -> None:
        page = self._reader.lines(self._after, PAGE)
        self._open.update({line.id: line for line in page})
        self._over = len(page) < PAGE
        if page:
            self._after = page[-1].id


def held(hashing: Hashing, tile: Tile, rows: Rows) -> Held:
    """*tile*, held against its rows."""
    entries = numbers_of(tile)
    lines = rows.take(entries)
    return Held(tile, entries, lines, altered(hashing, tile, lines))


def altered(hashing: Hashing, tile: Tile, lines: Sequence[Line | None]) -> list[int]:
    """The places of those *lines* of *tile* that do not give the hash that was sealed."""
    found = leaf_hashes(hashing, lines, tile.salts, tile.raws)
    if b"".join(found) == tile.hashes:
        return []
    return [place for place, line in enumerate(lines) if line is not None and tile.hashes[place * BYTES:(place + 1) * BYTES] != found[place]]
