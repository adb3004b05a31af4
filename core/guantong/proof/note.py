"""Signed notes (C2SP `signed-note`): a short text that people can read, and below it who signed it.

Keys are one line each, as Go's `note` package writes them: `NAME+HASH+BASE64` is public, `PRIVATE+KEY+NAME+HASH+BASE64` is not.
Signatures are Ed25519 or SM2: `guantong.proof.algorithms` says how their keys are told apart.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Literal, NamedTuple

from guantong.proof.algorithms import ED25519, Algorithm, algorithm_of

_PRIVATE = "PRIVATE+KEY+"
_SIGNATURE = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
NAME = re.compile(r"[^\s+]{1,200}")
"""What a key, and so a log, may be called."""


class BadKey(ValueError):
    """A text is no key. It is never told what it was."""


class NeedsPackage(BadKey):
    """A key is of a kind that cannot be used here: the package is not installed."""


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
        self._algorithm, self._public = _key(public, "public")
        self.hash = key_hash(self.name, public)
        if self.hash.hex() != hashed:
            raise BadKey("its name and its hash do not belong together")
        self.text = text.strip()

    def holds(self, text: str, signature: Signature) -> bool:
        """Whether *signature* is this key's, over *text*."""
        if (signature.name, signature.key) != (self.name, self.hash):
            return False
        return self._algorithm.holds(self._public, signature.signed, text.encode())


class SigningKey:
    """A whole key, from its private line. Raises `BadKey`."""

    def __init__(self, text: str) -> None:
        parts = text.strip().removeprefix(_PRIVATE).split("+", 2)
        if not text.strip().startswith(_PRIVATE) or len(parts) != 3 or not NAME.fullmatch(parts[0]):
            raise BadKey("expected PRIVATE+KEY+NAME+HASH+BASE64")
        self._algorithm, self._private = _key(_decoded(parts[2]), "private")
        public = self._algorithm.mark + self._algorithm.public_of(self._private)
        self.name = parts[0]
        self._hash = key_hash(self.name, public)
        if self._hash.hex() != parts[1]:
            raise BadKey("its name and its hash do not belong together")
        self.verifier = VerifierKey(f"{self.name}+{self._hash.hex()}+{base64.b64encode(public).decode()}")

    def sign(self, text: str) -> str:
        """*text*, which ends with a line break, as a note with our signature."""
        signature = base64.b64encode(self._hash + self._algorithm.sign(self._private, text.encode())).decode()
        return f"{text}\n\u2014 {self.name} {signature}\n"


def new_key(name: str, algorithm: Algorithm = ED25519) -> str:
    """The private line of a fresh key. Raises `BadKey` where *name* has a space or a plus in it."""
    if not NAME.fullmatch(name):
        raise BadKey("expected a name without spaces and plus signs")
    _check_here(algorithm)
    private = algorithm.fresh()
    hashed = key_hash(name, algorithm.mark + algorithm.public_of(private)).hex()
    return f"{_PRIVATE}{name}+{hashed}+{base64.b64encode(algorithm.mark + private).decode()}"


def _key(data: bytes, half: Literal["private", "public"]) -> tuple[Algorithm, bytes]:
    """The kind of a key, and its own bytes."""
    found = algorithm_of(data)
    if found is None:
        raise BadKey("expected an Ed25519 or an SM2 key")
    algorithm, key = found
    length, is_one = (algorithm.private, algorithm.is_private) if half == "private" else (algorithm.public, algorithm.is_public)
    if len(key) != length or not is_one(key):
        raise BadKey("expected an Ed25519 or an SM2 key")
    _check_here(algorithm)
    return algorithm, key


def _check_here(algorithm: Algorithm) -> None:
    if not algorithm.is_here:
        raise NeedsPackage(f"this kind of key needs the package {algorithm.needs}, which is not installed")


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
