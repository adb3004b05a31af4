"""Proofs that a tree was only added to (RFC 6962 §2.1.2; checked as in RFC 9162 §2.1.4.2)."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.proof.hashing import Hashing
from guantong.proof.tiles import Tiles
from guantong.proof.tree import span, split


def consistency(hashing: Hashing, tiles: Tiles, older: int, size: int) -> list[bytes]:
    """The hashes that show that the first *older* leaves, at least one, are those of the tree of *older* leaves, and lead to the
    root of *size*. Raises `Damaged`."""
    path: list[bytes] = []
    first, end, whole = 0, size, True
    while end != older:
        middle = first + split(end - first)
        if older <= middle:
            path.append(span(hashing, tiles, middle, end))
            end = middle
        else:
            path.append(span(hashing, tiles, first, middle))
            first, whole = middle, False
    if not whole:
        path.append(span(hashing, tiles, first, end))
    return path[::-1]


def is_consistent(hashing: Hashing, older: int, older_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether *path* shows that the tree of *size* with *root* begins with that of *older* leaves with *older_root*."""
    if older == size:
        return not path and older_root == root
    if not 0 < older < size or not path:
        return False
    steps = list(path) if older & (older - 1) else [older_root, *path]
    number, last = older - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    was = now = steps[0]
    for one in steps[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            was, now = hashing.node(one, was), hashing.node(one, now)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            now = hashing.node(now, one)
        number, last = number >> 1, last >> 1
    return last == 0 and was == older_root and now == root
