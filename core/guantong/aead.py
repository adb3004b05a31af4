"""What bodies are encrypted with: AES-256-GCM (NIST SP 800-38D), or SM4-GCM (GB/T 32907 in the mode of RFC 8998). The length of
a key tells which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

LENGTHS = {"aes": 32, "sm4": 16}
"""Bytes of a key of each."""
_TAG = 16


class Aead(Protocol):
    """Encrypts under one key. *said* is not hidden, and as authentic as the rest."""

    def encrypt(self, nonce: bytes, data: bytes, said: bytes | None) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, said: bytes | None) -> bytes:
        """Raises `cryptography.exceptions.InvalidTag` or `ValueError` for what was not encrypted so."""
        ...


class Sm4Gcm:
    """SM4 in Galois/Counter mode; the tag stands behind the ciphertext, as with AES."""

    def __init__(self, key: bytes) -> None:
        self._sm4 = SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, said: bytes | None) -> bytes:
        encryptor = Cipher(self._sm4, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(said or b"")
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, said: bytes | None) -> bytes:
        if len(data) < _TAG:
            raise ValueError("shorter than its tag")
        decryptor = Cipher(self._sm4, modes.GCM(nonce, data[-_TAG:])).decryptor()
        decryptor.authenticate_additional_data(said or b"")
        return decryptor.update(data[:-_TAG]) + decryptor.finalize()


def aead(key: bytes) -> Aead:
    """The cipher of *key*. Raises `ValueError` for a length that is neither's."""
    return Sm4Gcm(key) if len(key) == LENGTHS["sm4"] else AESGCM(key)


def cipher_of(key: bytes) -> str:
    """How its cipher is called: `SM4-GCM` or `AES-256-GCM`."""
    return "SM4-GCM" if len(key) == LENGTHS["sm4"] else "AES-256-GCM"


def opened_by(ciphers: Sequence[Aead], nonce: bytes, data: bytes, said: bytes | None) -> tuple[Aead, bytes] | None:
    """The first of *ciphers* that opens *data*, and what it holds; None where none does."""
    for cipher in ciphers:
        try:
            return cipher, cipher.decrypt(nonce, data, said)
        except (InvalidTag, ValueError):
            continue
    return None
