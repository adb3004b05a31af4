"""What the schemes `sm3` and `sm2` share: a stamp of time and nonce that is proven together with the body.

    x-timestamp: 1405391400 (seconds) · x-nonce: 24 characters · x-signature: over timestamp + nonce + body

Systems name the three headers as they like; their names and the spelling of the signature are options.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets as randomness
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from guantong.config.values import HeaderName
from guantong.signer import SignatureRefused
from guantong_plugins.signers.replay import Replays

WINDOW = 300
"""Seconds a stamp may differ from our clock."""

_SECOND = re.compile(r"[0-9]{10}")
_LONGEST_NONCE = 64
_LONGEST_SIGNATURE = 512


class StampOptions(BaseModel):
    """The names of the three headers, and how the signature is written."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    timestamp: HeaderName = "x-timestamp"
    nonce: HeaderName = "x-nonce"
    signature: HeaderName = "x-signature"
    written: Literal["hex", "base64"] = "hex"


class Stamp:
    """Writes and reads the three headers of one system."""

    def __init__(self, options: StampOptions) -> None:
        self._timestamp, self._nonce = options.timestamp.lower(), options.nonce.lower()
        self._signature = options.signature.lower()
        self._hex = options.written == "hex"
        self._replays = Replays(WINDOW)

    def new(self, now: float) -> tuple[str, str]:
        """A timestamp and a nonce for a request made *now*."""
        return str(int(now)), randomness.token_hex(12)

    def headers(self, timestamp: str, nonce: str, signature: bytes) -> Mapping[str, str]:
        """The three headers."""
        written = signature.hex() if self._hex else base64.b64encode(signature).decode("ascii")
        return {self._timestamp: timestamp, self._nonce: nonce, self._signature: written}

    def read(self, headers: Mapping[str, str]) -> tuple[str, str, bytes]:
        """Timestamp, nonce and signature of a request. Raises `SignatureRefused` for what cannot be one."""
        timestamp, nonce = headers.get(self._timestamp, ""), headers.get(self._nonce, "")
        written = headers.get(self._signature, "")
        if not timestamp or not nonce or not written:
            raise SignatureRefused("a header of the signature is missing", "缺少签名用的请求头")
        if _SECOND.fullmatch(timestamp) is None or len(nonce) > _LONGEST_NONCE or len(written) > _LONGEST_SIGNATURE:
            raise SignatureRefused("a header of the signature is malformed", "签名用的请求头格式不正确")
        try:
            signature = bytes.fromhex(written) if self._hex else base64.b64decode(written, validate=True)
        except (ValueError, binascii.Error):
            raise SignatureRefused("a header of the signature is malformed", "签名用的请求头格式不正确") from None
        return timestamp, nonce, signature

    def first(self, timestamp: str, nonce: str, now: float) -> None:
        """Raise `SignatureRefused` unless a proven stamp is fresh and was not used before."""
        second = int(timestamp)
        if not self._replays.fresh(second, now):
            raise SignatureRefused("the timestamp is not fresh", "时间戳与本系统时钟相差过大")
        if not self._replays.first(nonce, second, now):
            raise SignatureRefused("the nonce was used before", "随机数已使用过")


def stamped(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What is signed."""
    return timestamp.encode("utf-8", "surrogateescape") + nonce.encode("utf-8", "surrogateescape") + body
