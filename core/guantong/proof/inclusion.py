"""Proofs that a leaf is in a tree (RFC 6962 §2.1.1; checked as in RFC 9162 §2.1.3.2)."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.proof.hashing import Hashing
from guantong.proof.tiles import Tiles
from guantong.proof.tree import span, split


def inclusion(hashing: Hashing, tiles: Tiles, leaf: int, size: int) -> list[bytes]:
    """The hashes that lead from leaf number *leaf* to the root of the first *size* leaves. Raises `Damaged`."""
    path: list[bytes] = []
    first, end = 0, size
    while end - first > 1:
        middle = first + split(end - first)
        if leaf < middle:
            path.append(span(hashing, tiles, middle, end))
            end = middle
        else:
            path.append(span(hashing, tiles, first, middle))
            first = middle
    return path[::-1]


def root_by_inclusion(hashing: Hashing, leaf: int, size: int, leaf_hash: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root that *path* leads to from the leaf with this number and hash; None where a tree of *size* has no such path."""
    if not 0 <= leaf < size:
        return None
    number, last, found = leaf, size - 1, leaf_hash
    for one in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            found = hashing.node(one, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = hashing.node(found, one)
        number, last = number >> 1, last >> 1
    return found if last == 0 else None
