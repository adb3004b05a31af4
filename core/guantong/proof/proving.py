"""Proofs of single lines: where a line is in the tree, and the hashes that lead from it to a signed root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from guantong.problems import Problem, ProblemsError
from guantong.proof.checkpoint import Checkpoint
from guantong.proof.codes import NO_SUCH_ENTRY, NOT_SIGNED_YET
from guantong.proof.hashing import BYTES, HASHES, Hashing
from guantong.proof.inclusion import inclusion
from guantong.proof.leaf import SALT, Line, leaf
from guantong.proof.notary import look_at_kept, told
from guantong.proof.sealer import TilesRead, numbers_of
from guantong.proof.tiles import BITS
from guantong.proofstore import KeptCheckpoint, ReadsProof, Tile

FORM = "guantong-proof/1"


class Sealed(NamedTuple):
    """A line in the tree: which leaf it is (from 0), and what stands there."""

    line: Line
    leaf: int
    tile: Tile

    @property
    def place(self) -> int:
        """Where in its tile."""
        return self.leaf - (self.tile.number << BITS)

    @property
    def raw(self) -> bytes:
        """The commitment in its leaf."""
        return self.tile.raws[self.place * BYTES:(self.place + 1) * BYTES]

    def content(self) -> bytes:
        """What its leaf holds, worked out from its row."""
        return leaf(self.line, self.tile.salts[self.place * SALT:(self.place + 1) * SALT], self.raw)

    def is_as_sealed(self, hashing: Hashing) -> bool:
        """Whether that gives the hash that was sealed."""
        return hashing.leaf(self.content()) == self.tile.hashes[self.place * BYTES:(self.place + 1) * BYTES]


def find(reader: ReadsProof, entry: int) -> Sealed | None:
    """The line *entry* in the tree; None where it is not there, or not sealed yet."""
    line = reader.line(entry)
    if line is None:
        return None
    for tile in reader.tiles_with(entry):
        entries = numbers_of(tile)
        if entry in entries:
            return Sealed(line, (tile.number << BITS) + entries.index(entry), tile)
    return None


def proof(reader: ReadsProof, entries: Sequence[int], key: str, under: KeptCheckpoint | None = None) -> Mapping[str, Any]:
    """The lines *entries* with their proofs *under* a checkpoint, the newest unless another is named, signed by *key* (a public line):
    what the stand-alone verifier reads. Raises `ProblemsError` where one is not sealed, or not signed yet, `Damaged`."""
    newest = under or reader.newest_checkpoint()
    said = told(newest) if newest is not None else None
    found = [_sealed(reader, entry) for entry in entries]
    if under is None and (otherwise := look_at_kept(reader)):
        raise ProblemsError(otherwise)
    if newest is None or said is None:
        raise ProblemsError([Problem(NOT_SIGNED_YET, details={"entry": one.line.id}) for one in found])
    late = [Problem(NOT_SIGNED_YET, details={"entry": one.line.id}) for one in found if one.leaf >= said.size]
    if late:
        raise ProblemsError(late)
    return _bundle(reader, newest, said, found, key)


def _sealed(reader: ReadsProof, entry: int) -> Sealed:
    found = find(reader, entry)
    if found is None:
        raise ProblemsError([Problem(NO_SUCH_ENTRY, details={"entry": f"E{entry}"})])
    return found


def _bundle(reader: ReadsProof, kept: KeptCheckpoint, said: Checkpoint, found: Sequence[Sealed], key: str) -> Mapping[str, Any]:
    hashing, tiles = HASHES[said.hash], TilesRead(reader)
    return {
        "format": FORM, "hash": said.hash, "key": key, "checkpoint": kept.note,
        "entries": [{"leaf": one.leaf, "content": one.content().decode(),
                     "path": [each.hex() for each in inclusion(hashing, tiles, one.leaf, said.size)]} for one in found],
    }
