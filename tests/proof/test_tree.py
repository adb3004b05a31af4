"""The tree is that of RFC 6962, at every size, and its proofs prove exactly what they say."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest

from guantong.proof.consistency import consistency, is_consistent
from guantong.proof.hashing import BYTES, HASHES, Hashing, _sm3_of_cryptography, _sm3_of_python
from guantong.proof.inclusion import inclusion, root_by_inclusion
from guantong.proof.tiles import Damaged, Grown, edges_of, grow
from guantong.proof.tree import root

SHA256 = HASHES["sha256"]
# The leaves and roots of Certificate Transparency's own tests (RFC 6962's reference code).
DATA = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Stored:
    """A tree in memory, grown some leaves at a time."""

    def __init__(self, hashing: Hashing = SHA256) -> None:
        self.hashing = hashing
        self.size = 0
        self.edges: list[bytes] = []
        self.kept: dict[tuple[int, int], bytes] = {}

    def add(self, leaves: Sequence[bytes]) -> list[Grown]:
        grown = grow(self.hashing, self.size, self.edges, b"".join(self.hashing.leaf(one) for one in leaves))
        self.kept.update({(one.level, one.number): one.hashes for one in grown})
        self.size += len(leaves)
        return grown

    def tiles(self, level: int, number: int) -> bytes:
        return self.kept.get((level, number), b"")


def by_the_book(hashing: Hashing, leaves: Sequence[bytes]) -> bytes:
    """The root as RFC 6962 defines it."""
    if not leaves:
        return hashing.of_nothing
    if len(leaves) == 1:
        return hashing.leaf(leaves[0])
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashing.node(by_the_book(hashing, leaves[:half]), by_the_book(hashing, leaves[half:]))


def of(count: int) -> list[bytes]:
    return [f"leaf {number}".encode() for number in range(count)]


def test_the_roots_are_those_of_certificate_transparency() -> None:
    """The eight trees of its reference code, grown one leaf at a time."""
    stored = Stored()
    found = []
    for one in DATA:
        stored.add([one])
        found.append(root(SHA256, stored.tiles, stored.size).hex())
    assert found == ROOTS
    assert root(SHA256, stored.tiles, 0) == hashlib.sha256(b"").digest()


def test_sm3_is_that_of_the_standard() -> None:
    """GB/T 32905, appendix A; whichever library reckons."""
    for digest in (HASHES["sm3"].digest, _sm3_of_cryptography, _sm3_of_python().digest, lambda data: HASHES["sm3"].each([data])[0]):
        assert digest(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        assert digest(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


@pytest.mark.parametrize("name", ["sha256", "sm3"])
def test_a_tree_has_its_root_however_it_grew(name: str) -> None:
    """In steps that end before, at and behind the ends of tiles; and the root of each earlier size stays."""
    stored, leaves = Stored(HASHES[name]), of(66_000 if name == "sha256" else 700)
    for step in (1, 2, 253, 1, 255, 257, 512, 64_000, 255, 1, 463):
        stored.add(leaves[stored.size:stored.size + step])
    assert stored.size == len(leaves)
    for size in (1, 2, 3, 255, 256, 257, 511, 512, 513, 700, *((66_000,) if name == "sha256" else ())):
        assert root(stored.hashing, stored.tiles, size) == by_the_book(stored.hashing, leaves[:size]), size
    assert edges_of(stored.size, stored.tiles) == stored.edges


def test_growing_writes_only_the_tiles_it_changes() -> None:
    stored = Stored()
    stored.add(of(65_536 - 1))
    assert [(one.level, one.number, len(one.hashes)) for one in stored.add([b"the last of two full levels"])] == [
        (0, 255, 8192), (1, 0, 8192), (2, 0, 32)]
    assert [(one.level, one.number, len(one.hashes)) for one in stored.add([b"one more"])] == [(0, 256, 32)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 255, 256, 257, 600])
def test_every_leaf_of_a_tree_is_proved_and_no_other(size: int) -> None:
    """A proof leads to the root; with another leaf, another number, another size or a hash more or less it does not."""
    stored, leaves = Stored(), of(700)
    stored.add(leaves)
    expected = by_the_book(SHA256, leaves[:size])
    for number in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
        path = inclusion(SHA256, stored.tiles, number, size)
        hashed = SHA256.leaf(leaves[number])
        assert root_by_inclusion(SHA256, number, size, hashed, path) == expected
        assert root_by_inclusion(SHA256, number, size, SHA256.leaf(b"other"), path) != expected
        assert root_by_inclusion(SHA256, number, size, hashed, [*path, bytes(BYTES)]) is None
        if path:
            assert root_by_inclusion(SHA256, number, size, hashed, path[:-1]) is None
            assert root_by_inclusion(SHA256, number ^ 1, size, hashed, path) != expected
    assert root_by_inclusion(SHA256, size, size, b"", []) is None


def test_a_tree_that_was_only_added_to_is_proved_to_be_so() -> None:
    """From every size to every later one of some, and for no other root."""
    stored, leaves = Stored(), of(600)
    stored.add(leaves)
    sizes = [1, 2, 3, 4, 6, 7, 8, 255, 256, 257, 511, 512, 513, 600]
    roots = {size: by_the_book(SHA256, leaves[:size]) for size in sizes}
    for older in sizes:
        for size in (one for one in sizes if one >= older):
            path = consistency(SHA256, stored.tiles, older, size)
            assert is_consistent(SHA256, older, roots[older], size, roots[size], path)
            assert not is_consistent(SHA256, older, bytes(BYTES), size, roots[size], path)
            assert not is_consistent(SHA256, older, roots[older], size, bytes(BYTES), path)
            assert not is_consistent(SHA256, older, roots[older], size, roots[size], [*path, bytes(BYTES)])
    assert not is_consistent(SHA256, 0, SHA256.of_nothing, 5, roots[6], [])


def test_a_missing_tile_is_told() -> None:
    """By level and number, never as some other root."""
    stored = Stored()
    stored.add(of(600))
    del stored.kept[0, 1]
    with pytest.raises(Damaged) as told:
        inclusion(SHA256, stored.tiles, 300, 600)
    assert (told.value.level, told.value.number) == (0, 1)
