"""Sealing a content piece by piece, so that a blob of any size needs the memory of one piece.

The streaming construction of Hoang, Reyhanitabar, Rogaway and Vizár ("Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance", 2015), as Tink's AES-GCM-HKDF streaming has it: each blob has a key of its own, derived
by HKDF-SHA256 (RFC 5869) from the home's key and a random salt; piece *n* is sealed by AES-256-GCM under the nonce
prefix ‖ n ‖ last (SM4-GCM where the home's key is one of SM4); so pieces can neither be swapped, dropped, nor cut off at the end.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from guantong.aead import Aead, aead, opened_by
from guantong.vault import VaultError

PIECE = 256 * 1024
_FORMAT = b"\x01"
_SALT = 32
_PREFIX = 7
_TAG = 16
_HEADER = len(_FORMAT) + _SALT + _PREFIX
_NONCE = struct.Struct(f">{_PREFIX}sIB")


def _cipher(key: bytes, salt: bytes) -> Aead:
    return aead(HKDF(SHA256(), len(key), salt, b"guantong blob 1").derive(key))


class Sealer:
    """Seals one content under *key*: `header`, then `add` for what comes, then `end`."""

    def __init__(self, key: bytes) -> None:
        salt, self._prefix = os.urandom(_SALT), os.urandom(_PREFIX)
        self.header = _FORMAT + salt + self._prefix
        self._cipher = _cipher(key, salt)
        self._held = bytearray()
        self._number = 0

    def add(self, part: bytes) -> bytes:
        """The sealed pieces that are full now. One piece is held back: it may be the last."""
        self._held += part
        sealed = []
        while len(self._held) > PIECE:
            sealed.append(self._seal(bytes(self._held[:PIECE]), last=False))
            del self._held[:PIECE]
        return b"".join(sealed)

    def end(self) -> bytes:
        """The last piece (empty where nothing came)."""
        return self._seal(bytes(self._held), last=True)

    def _seal(self, piece: bytes, *, last: bool) -> bytes:
        nonce = _NONCE.pack(self._prefix, self._number, last)
        self._number += 1
        return self._cipher.encrypt(nonce, piece, None)


def opened(stream: BinaryIO, keys: Sequence[bytes]) -> Iterator[bytes]:
    """The content that was sealed under one of *keys*, piece by piece. Raises `VaultError` at the first piece that was
    altered, moved or is missing: what came before it is true, but not the whole."""
    header = stream.read(_HEADER)
    if len(header) != _HEADER or not header.startswith(_FORMAT):
        raise VaultError("a blob has an unknown format; was it written by a newer program?")
    ciphers, prefix = [_cipher(key, header[1:1 + _SALT]) for key in keys], header[-_PREFIX:]
    number, piece = 0, stream.read(PIECE + _TAG)
    while True:
        following = stream.read(PIECE + _TAG)
        found = opened_by(ciphers, _NONCE.pack(prefix, number, not following), piece, None)
        if found is None:
            raise VaultError("a blob does not open: keys.folder holds another key, or the blob was altered")
        ciphers, content = [found[0]], found[1]
        yield content
        if not following:
            return
        number, piece = number + 1, following
