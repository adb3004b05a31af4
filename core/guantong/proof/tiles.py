"""How a tree is stored: in tiles of 256 hashes, so that a proof reads few of them and growing writes few.

Tile *n* of level *k* holds the roots of the complete subtrees of 256^k leaves, numbers 256 n and on; level 0 the hashes of the
leaves. The last tile of a level may hold fewer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from guantong.proof.hashing import BYTES, Hashing

WIDTH = 256
BITS = 8  # of WIDTH
FULL = WIDTH * BYTES

Tiles: TypeAlias = Callable[[int, int], bytes]
"""The hashes of the tile at (level, number). Raises `Damaged` where there is no such tile."""


class Damaged(Exception):
    """The stored tree is not whole: a tile that must be there is missing or too short."""

    def __init__(self, level: int, number: int) -> None:
        super().__init__(f"tile {number} of level {level}")
        self.level = level
        self.number = number


class Grown(NamedTuple):
    """A tile as it is to be stored from now on."""

    level: int
    number: int
    hashes: bytes


def grow(hashing: Hashing, size: int, edges: list[bytes], leaves: bytes) -> list[Grown]:
    """The tiles that change when the hashes of more *leaves* come to a tree of *size*. *edges* are the last tiles of each level as
    far as they are not full (b"" where there is none), and are brought up to date."""
    grown: list[Grown] = []
    level, more = 0, leaves
    while more:
        if level == len(edges):
            edges.append(b"")
        number = size >> BITS * (level + 1)
        hashes, roots = edges[level] + more, []
        for at in range(0, len(hashes), FULL):
            tile = hashes[at:at + FULL]
            grown.append(Grown(level, number, tile))
            number += 1
            if len(tile) == FULL:
                roots.append(root_of_full(hashing, tile))
        edges[level] = hashes[len(hashes) // FULL * FULL:]
        level, more = level + 1, b"".join(roots)
    return grown


def edges_of(size: int, tiles: Tiles) -> list[bytes]:
    """The last tiles of each level of a tree of *size*, b"" where the last one is full."""
    edges: list[bytes] = []
    level = 0
    while (hashes := size >> BITS * level) > 0:
        number, left = divmod(hashes, WIDTH)
        edges.append(cut(tiles, level, number, 0, left) if left else b"")
        level += 1
    return edges


def cut(tiles: Tiles, level: int, number: int, first: int, count: int) -> bytes:
    """So many hashes of a tile, from the *first* of them on."""
    hashes = tiles(level, number)[first * BYTES:(first + count) * BYTES]
    if len(hashes) != count * BYTES:
        raise Damaged(level, number)
    return hashes


def root_of_full(hashing: Hashing, hashes: bytes) -> bytes:
    """The root over *hashes*, a power of two of them."""
    while len(hashes) > BYTES:
        hashes = hashing.parents(hashes)
    return hashes
