"""The two kinds of key that sign notes: Ed25519 (RFC 8032), and SM2 with SM3 (GB/T 32918.2).

A key begins with what tells its kind. That of Ed25519 is the byte that C2SP's `signed-note` assigns. It assigns none to SM2, and so SM2
has what the specification asks for then: the byte 0xff and an identifier nobody else uses, here the object identifier of SM2 with SM3.
Tools that do not know it take the signature for an unknown key's, and skip it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from importlib.util import find_spec
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from guantong import sm2


class Algorithm(NamedTuple):
    """One kind of key. `mark` stands in front of its keys, which have so many bytes behind it; `needs` is the module without which
    it neither signs nor checks. `is_private` and `is_public` say whether bytes of that length are a key."""

    mark: bytes
    needs: str
    private: int
    public: int
    fresh: Callable[[], bytes]
    is_private: Callable[[bytes], bool]
    is_public: Callable[[bytes], bool]
    public_of: Callable[[bytes], bytes]
    sign: Callable[[bytes, bytes], bytes]
    """Of a private key and a text: the signature."""
    holds: Callable[[bytes, bytes, bytes], bool]
    """Of a public key, a signature and a text: whether it is that key's."""

    @property
    def is_here(self) -> bool:
        """Whether what it needs is installed."""
        return not self.needs or find_spec(self.needs) is not None


def algorithm_of(key: bytes) -> tuple[Algorithm, bytes] | None:
    """The kind of a key, private or public, and what stands behind its mark; None where it is of no known kind."""
    return next(((one, key[len(one.mark):]) for one in ALGORITHMS if key.startswith(one.mark)), None)


def _ed25519_holds(public: bytes, signature: bytes, text: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def _sm2_public(private: bytes) -> bytes:
    return bytes.fromhex(sm2.public_of(int.from_bytes(private, "big")))


def _sm2_sign(private: bytes, text: bytes) -> bytes:
    r, s = sm2.PublicKey(_sm2_public(private).hex()).sign(text, int.from_bytes(private, "big"))
    return r.to_bytes(sm2.LENGTH, "big") + s.to_bytes(sm2.LENGTH, "big")


def _sm2_holds(public: bytes, signature: bytes, text: bytes) -> bool:
    if len(signature) != 2 * sm2.LENGTH:
        return False
    r, s = (int.from_bytes(part, "big") for part in (signature[:sm2.LENGTH], signature[sm2.LENGTH:]))
    return sm2.PublicKey(public.hex()).holds(text, r, s)


ED25519 = Algorithm(
    b"\x01", "", 32, 32, lambda: Ed25519PrivateKey.generate().private_bytes_raw(), lambda _private: True, lambda _public: True,
    lambda private: Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw(),
    lambda private, text: Ed25519PrivateKey.from_private_bytes(private).sign(text), _ed25519_holds,
)
SM2 = Algorithm(
    b"\xff1.2.156.10197.1.501", "gmssl", sm2.LENGTH, 2 * sm2.LENGTH, lambda: (secrets.randbelow(sm2.N - 2) + 1).to_bytes(sm2.LENGTH, "big"),
    lambda private: sm2.is_private(int.from_bytes(private, "big")), lambda public: sm2.is_public(public.hex()), _sm2_public, _sm2_sign, _sm2_holds,
)
ALGORITHMS = (ED25519, SM2)
