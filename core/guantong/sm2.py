"""Signatures with SM2 and SM3 (GB/T 32918.2) under the standard's default identity, 1234567812345678.

The curve's arithmetic is gmssl's (the extra `sm`), in Python: about 7 ms a signature. Its random numbers are not used (they are no
secret ones), and what it leaves unchecked is checked here: keys on the curve, r and s in range.
"""

from __future__ import annotations

import secrets
from typing import Any

from cryptography.hazmat.primitives.hashes import SM3, Hash

IDENTITY = b"1234567812345678"
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = ("32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
     "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0")
LENGTH = 32
"""Bytes of a private key, of a coordinate, of r and of s."""


class PublicKey:
    """Signatures that one public key (x and y in hexadecimal, a point of the curve) holds to. Raises `ImportError` without gmssl."""

    def __init__(self, public: str) -> None:
        from gmssl.sm2 import CryptSM2  # type: ignore[import-untyped]  # it has no types

        # An empty private key: gmssl keeps none. Its constructor strips what looks like a leading 04 too greedily.
        self._gmssl: Any = CryptSM2(private_key="", public_key="")
        self._gmssl.public_key = public
        parts = (A.to_bytes(32, "big"), B.to_bytes(32, "big"), bytes.fromhex(G), bytes.fromhex(public))
        self._about = _sm3((len(IDENTITY) * 8).to_bytes(2, "big") + IDENTITY + b"".join(parts))

    def sign(self, signed: bytes, private: int) -> tuple[int, int]:
        """r and s of *signed*, by the private key of this public one."""
        e = self._digest(signed)
        while True:
            k = secrets.randbelow(N - 1) + 1
            x = int(self._gmssl._kg(k, G)[:64], 16)
            r = (e + x) % N
            s = pow(1 + private, -1, N) * (k - r * private) % N
            if r and r + k != N and s:
                return r, s

    def holds(self, signed: bytes, r: int, s: int) -> bool:
        """Whether r and s are a signature of *signed*."""
        if not (0 < r < N and 0 < s < N) or (r + s) % N == 0:
            return False
        return bool(self._gmssl.verify(f"{r:064x}{s:064x}", self._digest(signed).to_bytes(32, "big")))

    def _digest(self, signed: bytes) -> int:
        return int.from_bytes(_sm3(self._about + signed), "big")


def is_private(number: int) -> bool:
    """Whether *number* may be a private key (GB/T 32918.1: 1 to n - 2)."""
    return 0 < number < N - 1


def is_public(public: str) -> bool:
    """Whether x and y, 128 hexadecimal digits, are a point of the curve."""
    x, y = int(public[:64], 16), int(public[64:], 16)
    return x < P and y < P and (y * y - (x * x * x + A * x + B)) % P == 0


def public_of(private: int) -> str:
    """The public key of a private one, x and y in hexadecimal. Raises `ImportError` without gmssl."""
    from gmssl.sm2 import CryptSM2

    point: str = CryptSM2(private_key="", public_key="")._kg(private, G)
    return point


def _sm3(data: bytes) -> bytes:
    digest = Hash(SM3())
    digest.update(data)
    return digest.finalize()
