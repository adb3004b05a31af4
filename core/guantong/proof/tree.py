"""Roots of a stored tree: of all of it, of what it was at any earlier size, and of any part that proofs need (RFC 6962 §2.1)."""

from __future__ import annotations

from guantong.proof.hashing import Hashing
from guantong.proof.tiles import BITS, WIDTH, Tiles, cut, root_of_full


def root(hashing: Hashing, tiles: Tiles, size: int) -> bytes:
    """The root of the first *size* leaves. Raises `Damaged`."""
    return span(hashing, tiles, 0, size) if size else hashing.of_nothing


def span(hashing: Hashing, tiles: Tiles, first: int, end: int) -> bytes:
    """The root over the leaves from *first* to before *end*, as one of the spans that RFC 6962 splits a tree into: *first* is a
    multiple of the least power of two that is not less than their number."""
    peaks: list[bytes] = []
    for height in reversed(range((end - first).bit_length())):
        if (end - first) >> height:
            peaks.append(subtree(hashing, tiles, height, first >> height))
            first += 1 << height
    found = peaks.pop()
    while peaks:
        found = hashing.node(peaks.pop(), found)
    return found


def subtree(hashing: Hashing, tiles: Tiles, height: int, number: int) -> bytes:
    """The root of a complete subtree of 2^*height* leaves, the *number*th of them."""
    level, above = divmod(height, BITS)
    tile, at = divmod(number << above, WIDTH)
    return root_of_full(hashing, cut(tiles, level, tile, at, 1 << above))


def split(count: int) -> int:
    """How many of *count* leaves, at least two, are on the left of the root: the largest power of two below it."""
    return 1 << (count - 1).bit_length() - 1
