"""Checkpoints of the stored tree: signed only where the tree still begins as the last one said, then anchored outside."""

from __future__ import annotations

from guantong.problems import Problem
from guantong.proof.checkpoint import Checkpoint, parsed
from guantong.proof.codes import KEPT_OTHERWISE
from guantong.proof.hashing import HASHES
from guantong.proof.note import SigningKey, opened
from guantong.proof.sealer import TilesRead, numbers_of
from guantong.proof.tiles import BITS, Damaged
from guantong.proof.tree import root
from guantong.proofstore import KeptCheckpoint, ReadsProof


class Forked(Exception):
    """The tree is another than the one that was signed last: whoever altered it, nothing of it is signed."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the tree is not that of the checkpoint of {size} entries any more")
        self.size = size


def checkpoint(reader: ReadsProof, key: SigningKey, at: int) -> KeptCheckpoint | None:
    """The tree as it is now, signed; None where there is none, or no more of it than the last checkpoint says. Raises `Forked`,
    `Damaged`."""
    tree, last = reader.tree(), reader.newest_checkpoint()
    if tree is None or not tree.size:
        return None
    hashing, tiles = HASHES[tree.hash], TilesRead(reader)
    if last is not None:
        said = told(last)
        if said is None or said.size != last.size or last.size > tree.size or root(hashing, tiles, last.size) != said.root:
            raise Forked(last.size)
        if last.size == tree.size:
            return None
    found = Checkpoint(key.name, tree.size, root(hashing, tiles, tree.size), hashing.name, at, _newest(reader, tree.size))
    return KeptCheckpoint(tree.size, at, key.sign(found.text()))


def look_at_kept(reader: ReadsProof) -> list[Problem]:
    """That the newest checkpoint that is kept is not readable, or not of the stored tree."""
    tree, kept = reader.tree(), reader.newest_checkpoint()
    if kept is None:
        return []
    said = told(kept)
    if tree is not None and said is not None and said.size == kept.size <= tree.size and tree.hash in HASHES:
        try:
            if root(HASHES[tree.hash], TilesRead(reader), kept.size) == said.root:
                return []
        except Damaged:
            return []  # the tree itself is, which is told
    return [Problem(KEPT_OTHERWISE, details={"size": kept.size})]


def told(kept: KeptCheckpoint) -> Checkpoint | None:
    """What a kept checkpoint says; None where it is none."""
    note = opened(kept.note)
    return parsed(note[0]) if note is not None else None


def _newest(reader: ReadsProof, size: int) -> int:
    """The number of the line that was sealed last."""
    tile = reader.tile(0, size - 1 >> BITS)
    return numbers_of(tile)[-1] if tile is not None else 0
