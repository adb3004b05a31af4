"""Sealing: committed lines of the journal become leaves of the tree, by what is not sealed yet and never by their numbers alone.

Everything here reads and reckons, in a thread; one short transaction keeps the result, unless another sealed meanwhile. So a
kill at any step leaves a whole tree, and the same lines are sealed the next time.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from struct import unpack_from
from typing import NamedTuple

from guantong.proof.binder import Binder, Decodes
from guantong.proof.hashing import BYTES, HASHES, Hashing
from guantong.proof.leaf import NOT_COMMITTED, SALT, Line, leaf_hashes
from guantong.proof.resting import Resting
from guantong.proof.tiles import BITS, FULL, WIDTH, Damaged, Grown, edges_of, grow
from guantong.proofstore import MARK, WITHIN, Commitment, ReadsProof, Tile, Tree
from guantong.store import Reader
from guantong.vault import Vault, commitment_in

BATCH = 256
"""Lines sealed at once: bounds how long one transaction is."""
WINDOW = 4096
"""A line that is committed when lines with numbers this much higher are sealed already is not sealed any more: it came in by
another door, and whoever verifies is told."""
NUMBER = 8  # bytes of a line's number in a tile


class Batch(NamedTuple):
    """What a transaction has to keep: the tree *before* it, and as it is then."""

    before: Tree | None
    tree: Tree
    tiles: Sequence[Tile]
    commitments: Sequence[Commitment]


class Sealer:
    """Prepares batches; who *decodes* records tells their native fields. One thread at a time may call it, which is *resting* on the way
    where others want the interpreter."""

    def __init__(self, reader: Reader, vault: Vault, hash_name: str, decodes: Decodes, resting: Resting | None = None) -> None:
        self._reader = reader
        self._resting = resting or Resting(lambda: False)
        self._binder = Binder(reader, vault, decodes, self._resting)
        self._wanted = hash_name
        self._lock = threading.Lock()
        self._tree: Tree | None = None
        self._edges: list[bytes] = []
        self._edge = _empty(0)
        self._sealed: set[int] = set()  # numbers above `reached`

    def prepare(self, most: int = BATCH) -> Batch | None:
        """The next lines that are not sealed, as what is to be kept; None where all are. Raises `Damaged`, and what the reader
        raises."""
        with self._lock:
            self._resting.begin()
            tree = self._reader.tree()
            if tree != self._tree or tree is None:
                self._load(tree)
            lines = self._unsealed(most)
            batch = self._batch(tree, lines) if lines else None
            self._resting.rest()
            return batch

    def close(self) -> None:
        """Wait until nobody is in `prepare` any more, and none that is there rests."""
        self._resting.end()
        with self._lock:
            self._tree = None

    def _load(self, tree: Tree | None) -> None:
        """Where the tree ends, and what of the newest lines is sealed."""
        self._tree, self._edges, self._edge, self._sealed = tree, [], _empty(0), set()
        if tree is None:
            return
        self._edges = edges_of(tree.size, tiles_of(self._reader))
        number, left = divmod(tree.size, WIDTH)
        self._edge = _empty(number)
        if left:
            edge = self._reader.tile(0, number)
            if edge is None or len(edge.entries) != left * NUMBER:
                raise Damaged(0, number)
            self._edge = edge
        for tile in self._reader.tiles_beyond(tree.reached):
            self._sealed.update(number for number in numbers_of(tile) if number > tree.reached)

    def _unsealed(self, most: int) -> list[Line]:
        after = self._tree.reached if self._tree else 0
        found: list[Line] = []
        while len(found) < most:
            page = self._reader.lines(after, most)
            found += [line for line in page if line.id not in self._sealed]
            if len(page) < most:
                break
            after = page[-1].id
        return found[:most]

    def _batch(self, before: Tree | None, lines: Sequence[Line]) -> Batch:
        hashing = HASHES[before.hash if before else self._wanted]
        raws, commitments = self._committed(hashing, lines)
        salts = os.urandom(SALT * len(lines))
        leaves = b"".join(leaf_hashes(hashing, lines, salts, b"".join(raws)))
        size, edges = before.size if before else 0, list(self._edges)
        grown = grow(hashing, size, edges, leaves)
        entries = b"".join([line.id.to_bytes(NUMBER, "big") for line in lines])
        tiles = _filled(grown, self._edge, entries, salts, b"".join(raws))
        sealed = self._sealed | {line.id for line in lines}
        reached = _reached(before.reached if before else 0, sealed)
        tree = Tree(size + len(lines), reached, hashing.name)
        self._tree, self._edges = tree, edges
        self._sealed = {number for number in sealed if number > reached}
        last = max((tile for tile in tiles if tile.level == 0), key=lambda tile: tile.number)
        self._edge = last if len(last.hashes) < FULL else _empty(last.number + 1)
        return Batch(before, tree, tiles, commitments)

    def _committed(self, hashing: Hashing, lines: Sequence[Line]) -> tuple[list[bytes], list[Commitment]]:
        """The commitment of each line, and those that are new."""
        bound: dict[tuple[str, int], Commitment] = {}
        heads: dict[tuple[str, int], bytes] = {}
        for kind in ("m", "d"):
            numbers = list(dict.fromkeys(line.about[1] for line in lines if line.about and line.about[0] == kind))
            there = self._reader.heads(kind, numbers)
            heads.update({(kind, number): head for number, head in there.items()})
            bound.update({(kind, one.of): one for one in self._reader.commitments(kind, list(there))})
        new: list[Commitment] = []
        wanted: dict[tuple[str, int], int] = {}
        for line in lines:
            about = line.about
            if about is None or about not in heads or about in wanted:
                continue
            known, head = bound.get(about), heads[about]
            if known is None or known.mark != head[:MARK]:
                said = commitment_in(head)
                if said is not None and said[0] is hashing:
                    new.append(Commitment(*about, line.id, head[:MARK], WITHIN, said[1]))
                    bound[about] = new[-1]
                else:
                    wanted[about] = line.id
                    bound.pop(about, None)
        new += self._binder.commitments(hashing, wanted)
        bound.update(((one.kind, one.of), one) for one in new)
        raws = [bound[about].value if (about := line.about) is not None and about in bound else NOT_COMMITTED for line in lines]
        return raws, new


def tiles_of(reader: ReadsProof) -> TilesRead:
    """The stored tree."""
    return TilesRead(reader)


class TilesRead:
    """`guantong.proof.tiles.Tiles` of a store; the newest few that were read are remembered."""

    def __init__(self, reader: ReadsProof) -> None:
        self._reader = reader
        self._known: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, number: int) -> bytes:
        if (level, number) not in self._known:
            tile = self._reader.tile(level, number)
            if tile is None:
                raise Damaged(level, number)
            if len(self._known) >= 64:
                self._known.pop(next(iter(self._known)))
            self._known[level, number] = tile.hashes
        return self._known[level, number]


def numbers_of(tile: Tile) -> list[int]:
    """The numbers of the lines in a tile of level 0, in the order of their sealing."""
    return list(unpack_from(f">{len(tile.entries) // NUMBER}Q", tile.entries))


def _empty(number: int) -> Tile:
    return Tile(0, number, 0, 0, b"")


def _filled(grown: Sequence[Grown], edge: Tile, entries: bytes, salts: bytes, raws: bytes) -> list[Tile]:
    """Tiles to keep: those of level 0 with what stands beside their hashes."""
    entries, salts, raws = edge.entries + entries, edge.salts + salts, edge.raws + raws
    tiles = []
    for one in grown:
        if one.level:
            tiles.append(Tile(one.level, one.number, 0, 0, one.hashes))
            continue
        first, count = (one.number - edge.number) << BITS, len(one.hashes) // BYTES
        tile = Tile(0, one.number, 0, 0, one.hashes, _part(entries, first, count, NUMBER), _part(salts, first, count, SALT),
                    _part(raws, first, count, BYTES))
        numbers = numbers_of(tile)
        tiles.append(tile._replace(first=min(numbers), last=max(numbers)))
    return tiles


def _part(of: bytes, first: int, count: int, size: int) -> bytes:
    return of[first * size:(first + count) * size]


def _reached(reached: int, sealed: set[int]) -> int:
    """Up to where every number is sealed, or is so far behind that it will not be."""
    newest = max(sealed)
    reached = max(reached, newest - WINDOW)
    while reached + 1 in sealed:
        reached += 1
    return reached
