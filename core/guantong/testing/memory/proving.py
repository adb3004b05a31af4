"""The journal's proof in the store in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from guantong.proof.leaf import Line
from guantong.proofstore import HEAD, Commitment, KeptCheckpoint, Tile, Tree
from guantong.store import EntryRow
from guantong.testing.memory.asking import Asks


class ReadsProofs(Asks):
    """`guantong.proofstore.ReadsProof`."""

    def tree(self) -> Tree | None:
        return self._tables.trees.get(1)

    def tile(self, level: int, number: int) -> Tile | None:
        return self._tables.tiles.get((level, number))

    def tiles(self, after: int, limit: int) -> list[Tile]:
        return [tile for tile in self._lowest() if tile.number > after][:limit]

    def tiles_beyond(self, entry: int) -> list[Tile]:
        return [tile for tile in self._lowest() if tile.last > entry]

    def tiles_with(self, entry: int) -> list[Tile]:
        return [tile for tile in self._lowest() if tile.first <= entry <= tile.last]

    def lines(self, after: int, limit: int) -> list[Line]:
        return [_line(row) for row in self._tables.journal.values() if row.id > after][:limit]

    def line(self, entry: int) -> Line | None:
        row = self._tables.journal.get(entry)
        return None if row is None else _line(row)

    def commitments(self, kind: str, of: Sequence[int]) -> list[Commitment]:
        return [self._tables.commitments[kind, one] for one in of if (kind, one) in self._tables.commitments]

    def heads(self, kind: str, of: Sequence[int]) -> Mapping[int, bytes]:
        return {one: body[:HEAD] for one in of if (body := self.sealed_body(kind, one)) is not None}

    def sealed_bodies(self, kind: str, of: Sequence[int]) -> Mapping[int, bytes]:
        return {one: body for one in of if (body := self.sealed_body(kind, one)) is not None}

    def checkpoints(self, after: int, limit: int) -> list[KeptCheckpoint]:
        return [kept for size, kept in sorted(self._tables.checkpoints.items()) if size > after][:limit]

    def newest_checkpoint(self) -> KeptCheckpoint | None:
        return self._tables.checkpoints[max(self._tables.checkpoints)] if self._tables.checkpoints else None

    def _lowest(self) -> list[Tile]:
        return [tile for (level, _), tile in sorted(self._tables.tiles.items()) if level == 0]


class KeepsProofs(Asks):
    """`guantong.proofstore.KeepsProof`."""

    def tree(self) -> Tree | None:
        return self._tables.trees.get(1)

    def grow_tree(self, tree: Tree, tiles: Sequence[Tile], commitments: Sequence[Commitment]) -> None:
        t = self._tables
        t.trees[1] = tree
        t.tiles.update({(tile.level, tile.number): tile for tile in tiles})
        for one in commitments:
            there = self.sealed_body(one.kind, one.of) is not None
            t.commitments[one.kind, one.of] = one if there else one._replace(salt=b"")

    def keep_checkpoint(self, kept: KeptCheckpoint) -> None:
        self._tables.checkpoints[kept.size] = kept


def _line(row: EntryRow) -> Line:
    return Line(row.id, row.previous, row.at, row.what, row.subject, row.message, row.delivery, row.system, row.actor,
                orjson.dumps(row.detail).decode())
