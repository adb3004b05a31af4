"""What a store keeps of the journal's proof: a part of `Transaction` and of `Reader` in `guantong.store`.

The tree's first level has a row for every 256 lines of the journal that were sealed (written into the tree), in the order of
their sealing, which need not be that of their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from guantong.proof.leaf import Line


class Tree(NamedTuple):
    """How far the tree has come: how many lines it holds, and up to which number of a line none is sealed any more that is not
    yet (`reached`); `hash` names the hash function it is built with."""

    size: int
    reached: int
    hash: str


class Tile(NamedTuple):
    """A tile of the tree (`guantong.proof.tiles`). Those of level 0 have beside each of their `hashes` the number of the line
    (8 bytes, big-endian), its salt (16) and its commitment (32); `first` and `last` are the lowest and highest of the numbers."""

    level: int
    number: int
    first: int
    last: int
    hashes: bytes
    entries: bytes = b""
    salts: bytes = b""
    raws: bytes = b""


class Commitment(NamedTuple):
    """What binds us to a message ("m") or what was sent of a delivery ("d"), as the line `entry` says first. `mark` is how its sealed
    body begins, which tells whether that is another by now. In place of a salt stands what is kept beside the commitment where the body
    has the seed of its salts within it (`guantong.proof.binding.Binding.beside`), or `WITHIN` where it has all of that. It goes with the
    body."""

    kind: str
    of: int
    entry: int
    mark: bytes
    salt: bytes
    value: bytes


class KeptCheckpoint(NamedTuple):
    """A signed checkpoint of the tree."""

    size: int
    at: int
    note: str


MARK = 13
"""How many bytes of a sealed body tell it from any other: its format and its nonce."""
HEAD = 46
"""How many there are up to its commitment, if one stands in it (`guantong.vault.commitment_in`)."""
WITHIN = b"\x01"


class KeepsProof(Protocol):
    """The part of a transaction that lets the tree grow."""

    def tree(self) -> Tree | None:
        """None where no line was ever sealed."""
        ...

    def grow_tree(self, tree: Tree, tiles: Sequence[Tile], commitments: Sequence[Commitment]) -> None:
        """Keep the tree as it is from now on. The salt of a commitment whose body is gone is not kept."""
        ...

    def keep_checkpoint(self, kept: KeptCheckpoint) -> None: ...


class ReadsProof(Protocol):
    """The part of a reader that proves and verifies."""

    def tree(self) -> Tree | None:
        """None where no line was ever sealed."""
        ...

    def tile(self, level: int, number: int) -> Tile | None: ...

    def tiles(self, after: int, limit: int) -> list[Tile]:
        """Tiles of level 0 with a number above *after*, in order."""
        ...

    def tiles_beyond(self, entry: int) -> list[Tile]:
        """Tiles of level 0 that hold lines with a number above *entry*, in order."""
        ...

    def tiles_with(self, entry: int) -> list[Tile]:
        """Tiles of level 0 that may hold the line *entry*: it is between their first and last."""
        ...

    def lines(self, after: int, limit: int) -> list[Line]:
        """Lines of the journal with a number above *after*, in order, as they are stored."""
        ...

    def line(self, entry: int) -> Line | None: ...

    def commitments(self, kind: str, of: Sequence[int]) -> list[Commitment]: ...

    def heads(self, kind: str, of: Sequence[int]) -> Mapping[int, bytes]:
        """The first `HEAD` bytes of the sealed bodies of these; those that are gone are left out."""
        ...

    def sealed_bodies(self, kind: str, of: Sequence[int]) -> Mapping[int, bytes]:
        """The sealed bodies of messages, or of what was sent of deliveries; those that are gone are left out. All of them are in
        memory at once: ask for few."""
        ...

    def checkpoints(self, after: int, limit: int) -> list[KeptCheckpoint]:
        """Checkpoints of trees larger than *after*, in order."""
        ...

    def newest_checkpoint(self) -> KeptCheckpoint | None: ...
