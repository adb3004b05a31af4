"""The scheme `sm2`: a signature with SM2 and SM3 (GB/T 32918.2, GB/T 35276) over stamp and body.

Keys are hexadecimal: the private key of 64 digits signs, the other side's public key of 128 (or 130 with the
leading `04`) verifies. The signature is r and s, 32 bytes each, or their DER form. The signer's identity is
the standard's default, 1234567812345678.

The signature itself is `guantong.sm2`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from guantong.scheme import UnfitSecret
from guantong.secret import Secret
from guantong.signer import SignatureRefused
from guantong.sm2 import PublicKey, is_private, is_public, public_of
from guantong_plugins.signers.stamped import Stamp, StampOptions, stamped


class Sm2Options(StampOptions):
    """As for `sm3`; `form` is how r and s are put into bytes."""

    form: Literal["raw", "der"] = "raw"


class Sm2:
    """Signs with our private key, verifies with the other side's public key. Raises `UnfitSecret`."""

    def __init__(self, secrets: Mapping[str, Secret], options: Sm2Options) -> None:
        self._stamp = Stamp(options)
        self._der = options.form == "der"
        self._private, public = keys(secrets)
        self._own = None if self._private is None else PublicKey(public_of(self._private))
        self._other = None if public is None else PublicKey(public)

    def sign(self, body: bytes, now: float) -> Mapping[str, str]:
        assert self._private is not None  # noqa: S101  `check` wants private_key where we sign
        assert self._own is not None  # noqa: S101  made with the private key
        timestamp, nonce = self._stamp.new(now)
        r, s = self._own.sign(stamped(timestamp, nonce, body), self._private)
        raw = encode_dss_signature(r, s) if self._der else r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return self._stamp.headers(timestamp, nonce, raw)

    def verify(self, headers: Mapping[str, str], body: bytes, now: float) -> None:
        assert self._other is not None  # noqa: S101  `check` wants public_key where we verify
        timestamp, nonce, signature = self._stamp.read(headers)
        r, s = self._numbers(signature)
        if not self._other.holds(stamped(timestamp, nonce, body), r, s):
            raise SignatureRefused("the SM2 signature does not hold", "SM2 签名不符")
        self._stamp.first(timestamp, nonce, now)

    def _numbers(self, signature: bytes) -> tuple[int, int]:
        if not self._der:
            if len(signature) != 64:
                raise SignatureRefused("the SM2 signature has not 64 bytes", "SM2 签名不是 64 字节")
            return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        try:
            return decode_dss_signature(signature)
        except ValueError:
            raise SignatureRefused("the SM2 signature is no DER", "SM2 签名不是 DER 格式") from None


def keys(secrets: Mapping[str, Secret]) -> tuple[int | None, str | None]:
    """The private key and the other side's public key, where they are given. Raises `UnfitSecret`."""
    private = _private(secrets["private_key"].reveal()) if "private_key" in secrets else None
    public = _public(secrets["public_key"].reveal()) if "public_key" in secrets else None
    return private, public


def check_keys(secrets: Mapping[str, Secret], _options: Sm2Options) -> None:
    """Raise `UnfitSecret` unless the keys given are of the curve."""
    keys(secrets)


def _hexadecimal(text: str, digits: int) -> bool:
    return len(text) == digits and all(char in "0123456789abcdefABCDEF" for char in text)


def _private(text: str) -> int:
    if not _hexadecimal(text, 64) or not is_private(int(text, 16)):
        raise UnfitSecret("private_key", "64 hexadecimal digits, below the order of the curve", "64 位十六进制数，且小于曲线的阶")
    return int(text, 16)


def _public(text: str) -> str:
    text = text[2:] if len(text) == 130 and text.startswith("04") else text
    if _hexadecimal(text, 128) and is_public(text):
        return text.lower()
    raise UnfitSecret("public_key", "128 hexadecimal digits (or 04 and 128), a point of the curve",
                      "128 位十六进制数（或 04 加 128 位），且为曲线上的点")
