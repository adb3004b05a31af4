"""Signed notes (C2SP `signed-note`): a short text that people can read, and below it who signed it.

Keys are one line each, as Go's `note` package writes them: `NAME+HASH+BASE64` is public, `PRIVATE+KEY+NAME+HASH+BASE64` is not.
Signatures are Ed25519 (RFC 8032).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_PRIVATE = "PRIVATE+KEY+"
_SIGNATURE = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
NAME = re.compile(r"[^\s+]{1,200}")
"""What a key, and so a log, may be called."""


class BadKey(ValueError):
    """A text is no key. It is never told what it was."""


class Signature(NamedTuple):
    """One signature below a note: whose it says it is, the hash of the key, and the bytes."""

    name: str
    key: bytes
    signed: bytes


class VerifierKey:
    """The public half of a key. Raises `BadKey`."""

    def __init__(self, text: str) -> None:
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or not NAME.fullmatch(parts[0]):
            raise BadKey("expected NAME+HASH+BASE64")
        self.name, hashed = parts[:2]
        public = _decoded(parts[2])
        if len(public) != 33 or public[:1] != _ED25519:
            raise BadKey("expected an Ed25519 key")
        self.hash = key_hash(self.name, public)
        if self.hash.hex() != hashed:
            raise BadKey("its name and its hash do not belong together")
        self.text = text.strip()
        self._public = Ed25519PublicKey.from_public_bytes(public[1:])

    def holds(self, text: str, signature: Signature) -> bool:
        """Whether *signature* is this key's, over *text*."""
        if (signature.name, signature.key) != (self.name, self.hash):
            return False
        try:
            self._public.verify(signature.signed, text.encode())
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """A whole key, from its private line. Raises `BadKey`."""

    def __init__(self, text: str) -> None:
        parts = text.strip().removeprefix(_PRIVATE).split("+", 2)
        if not text.strip().startswith(_PRIVATE) or len(parts) != 3 or not NAME.fullmatch(parts[0]):
            raise BadKey("expected PRIVATE+KEY+NAME+HASH+BASE64")
        seed = _decoded(parts[2])
        if len(seed) != 33 or seed[:1] != _ED25519:
            raise BadKey("expected an Ed25519 key")
        self._private = Ed25519PrivateKey.from_private_bytes(seed[1:])
        public = _ED25519 + self._private.public_key().public_bytes_raw()
        self.name = parts[0]
        self._hash = key_hash(self.name, public)
        if self._hash.hex() != parts[1]:
            raise BadKey("its name and its hash do not belong together")
        self.verifier = VerifierKey(f"{self.name}+{self._hash.hex()}+{base64.b64encode(public).decode()}")

    def sign(self, text: str) -> str:
        """*text*, which ends with a line break, as a note with our signature."""
        signature = base64.b64encode(self._hash + self._private.sign(text.encode())).decode()
        return f"{text}\n\u2014 {self.name} {signature}\n"


def new_key(name: str) -> str:
    """The private line of a fresh key. Raises `BadKey` where *name* has a space or a plus in it."""
    if not NAME.fullmatch(name):
        raise BadKey("expected a name without spaces and plus signs")
    private = Ed25519PrivateKey.generate()
    public = _ED25519 + private.public_key().public_bytes_raw()
    seed = base64.b64encode(_ED25519 + private.private_bytes_raw()).decode()
    return f"{_PRIVATE}{name}+{key_hash(name, public).hex()}+{seed}"


def key_hash(name: str, public: bytes) -> bytes:
    """Four bytes that tell keys of one name apart."""
    return hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]


def opened(note: str) -> tuple[str, list[Signature]] | None:
    """The text of a note and its signatures, not checked; None where it is no note."""
    text, blank, below = note.rpartition("\n\n")
    found = [_SIGNATURE.fullmatch(line) for line in below.removesuffix("\n").split("\n")]
    if not blank or not text or not below.endswith("\n"):
        return None
    signatures: list[Signature] = []
    for match in found:
        if match is None:
            return None
        try:
            signed = _decoded(match[2])
        except BadKey:
            return None
        signatures.append(Signature(match[1], signed[:4], signed[4:]))
    return text + "\n", signatures


def _decoded(text: str) -> bytes:
    found = from_base64(text)
    if found is None:
        raise BadKey("it is not Base64")
    return found


def from_base64(text: str) -> bytes | None:
    """The bytes that *text* is the Base64 of, in its one proper form (RFC 4648 §3.5); None where it is not."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if base64.b64encode(found).decode() == text else None
