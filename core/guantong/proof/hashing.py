"""The hash functions a tree may be built with, and how RFC 6962 uses them: leaves and nodes can never be taken for each other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from struct import unpack

from cryptography.hazmat.primitives.hashes import SM3, Hash

BYTES = 32
"""Of every hash here."""


@dataclass(frozen=True, slots=True)
class Hashing:
    """One hash function under its name; `digest` takes bytes and gives `BYTES` of them, `each` does so for many at once. `number`
    stands for it where it is stored."""

    name: str
    number: int
    digest: Callable[[bytes], bytes]
    each: Callable[[Iterable[bytes]], list[bytes]]

    def leaf(self, data: bytes) -> bytes:
        """The hash of a leaf that holds *data*."""
        return self.digest(b"\x00" + data)

    def node(self, left: bytes, right: bytes) -> bytes:
        """The hash of a node over two others."""
        return self.digest(b"\x01" + left + right)

    def parents(self, hashes: bytes) -> bytes:
        """The nodes over each two of *hashes*, which are so many that none is left over."""
        pairs = unpack(f"{2 * BYTES}s" * (len(hashes) // (2 * BYTES)), hashes)
        return b"".join(self.each([b"\x01" + pair for pair in pairs]))

    @property
    def of_nothing(self) -> bytes:
        """The root of a tree without leaves."""
        return self.digest(b"")


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _sha256_of_each(many: Iterable[bytes]) -> list[bytes]:
    sha256 = hashlib.sha256
    return [sha256(data).digest() for data in many]


def _sm3_of_python() -> Hashing:
    """By Python's own OpenSSL, which is three times as fast for few bytes. Raises `ValueError` where that has no SM3."""
    empty = hashlib.new("sm3")

    def digest(data: bytes) -> bytes:
        one = empty.copy()
        one.update(data)
        return one.digest()

    def each(many: Iterable[bytes]) -> list[bytes]:
        copy, found = empty.copy, []
        for data in many:
            one = copy()
            one.update(data)
            found.append(one.digest())
        return found

    return Hashing("sm3", _SM3, digest, each)


def _sm3_of_cryptography(data: bytes) -> bytes:
    digest = Hash(SM3())
    digest.update(data)
    return digest.finalize()


def _sm3() -> Hashing:
    try:
        return _sm3_of_python()
    except ValueError:
        return Hashing("sm3", _SM3, _sm3_of_cryptography, lambda many: [_sm3_of_cryptography(data) for data in many])


_SHA256, _SM3 = 1, 2
HASHES: Mapping[str, Hashing] = {"sha256": Hashing("sha256", _SHA256, _sha256, _sha256_of_each), "sm3": _sm3()}
"""SHA-256 (FIPS 180-4) and SM3 (GB/T 32905), by the name the configuration gives them."""
