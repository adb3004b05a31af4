"""The cipher `sm4-cbc`: SM4 (GB/T 32907) in CBC mode (GB/T 17964) with PKCS #7 padding.

    Base64(SM4-CBC(key, iv, record)), on one line

The initialisation vector is agreed once (secret `cipher_iv`) or made anew each time and put in front. The mode
hides and does not prove: whoever may change what comes can change what it says, so a door that takes sealed
records proves their sender as well.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from typing import Literal

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.padding import PKCS7
from pydantic import BaseModel, ConfigDict

from guantong.cipher import CipherRefused
from guantong.scheme import UnfitSecret
from guantong.secret import Secret

BLOCK = 16  # bytes


class Sm4Options(BaseModel):
    """`vector`: agreed once (`agreed`), or in front of each text (`first`). `written`: how the bytes become text."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    vector: Literal["agreed", "first"] = "agreed"
    written: Literal["base64", "hex"] = "base64"


class Sm4Cbc:
    """Seals and opens with one key. Raises `UnfitSecret` for one that is none."""

    def __init__(self, secrets: Mapping[str, Secret], options: Sm4Options) -> None:
        self._hex = options.written == "hex"
        self._key, self._vector = keys(secrets, options)

    def seal(self, body: bytes) -> bytes:
        """*body* as one line of text."""
        vector = self._vector or os.urandom(BLOCK)
        padder, encryptor = PKCS7(BLOCK * 8).padder(), Cipher(SM4(self._key), modes.CBC(vector)).encryptor()
        sealed = encryptor.update(padder.update(body) + padder.finalize()) + encryptor.finalize()
        sealed = sealed if self._vector else vector + sealed
        return sealed.hex().encode() if self._hex else base64.b64encode(sealed)

    def open(self, sealed: bytes) -> bytes:
        """The bytes in *sealed*, whose lines may have been broken on the way. Raises `CipherRefused`."""
        raw = self._bytes(b"".join(sealed.split()))
        vector, raw = (self._vector, raw) if self._vector else (raw[:BLOCK], raw[BLOCK:])
        if not raw or len(raw) % BLOCK:
            raise CipherRefused("its length is none of SM4", "长度不符合 SM4")
        decryptor, unpadder = Cipher(SM4(self._key), modes.CBC(vector)).decryptor(), PKCS7(BLOCK * 8).unpadder()
        padded = decryptor.update(raw) + decryptor.finalize()
        try:
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError:
            raise CipherRefused("it was not sealed with this key", "不是用该密钥加密的") from None

    def _bytes(self, text: bytes) -> bytes:
        try:
            return binascii.unhexlify(text) if self._hex else base64.b64decode(text, validate=True)
        except binascii.Error:
            form = "hexadecimal" if self._hex else "Base64"
            raise CipherRefused(f"it is not {form}", f"不是 {form}") from None


def keys(secrets: Mapping[str, Secret], options: Sm4Options) -> tuple[bytes, bytes | None]:
    """The key, and the vector where one is agreed. Raises `UnfitSecret`."""
    key = _block("cipher_key", secrets)
    if options.vector == "first":
        return key, None
    if "cipher_iv" not in secrets:
        raise UnfitSecret("cipher_iv", "the agreed vector, or the option `vector: first`", "约定的初始向量，或选项 `vector: first`")
    return key, _block("cipher_iv", secrets)


def check_keys(secrets: Mapping[str, Secret], options: Sm4Options) -> None:
    """Raise `UnfitSecret` unless the secrets given are blocks of SM4."""
    keys(secrets, options)


def _block(name: str, secrets: Mapping[str, Secret]) -> bytes:
    """A secret of 16 bytes: 32 hexadecimal digits, or 16 characters of ASCII as some vendors give them."""
    text = secrets[name].reveal()
    if len(text) == 2 * BLOCK and all(char in "0123456789abcdefABCDEF" for char in text):
        return bytes.fromhex(text)
    if len(text) == BLOCK and text.isascii():
        return text.encode()
    raise UnfitSecret(name, "32 hexadecimal digits or 16 characters of ASCII", "32 位十六进制数或 16 个 ASCII 字符")
