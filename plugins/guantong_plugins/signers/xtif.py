"""The scheme `x-tif`: the headers of Guangdong's government gateway.

    x-tif-paasid: app1 · x-tif-timestamp: 1405391400 · x-tif-nonce: 14738a2f1c0-3fa1
    x-tif-signature: sha256hex(timestamp + token + nonce + timestamp)

The signature does not cover the body: it proves who sends and that the request is new.
"""

from __future__ import annotations

import hashlib
import re
import secrets as randomness
from collections.abc import Mapping

from guantong.scheme import NoOptions
from guantong.secret import Secret
from guantong.signer import SignatureRefused
from guantong_plugins.signers.headers import equal
from guantong_plugins.signers.replay import Replays

WINDOW = 300
"""Seconds a timestamp may differ from our clock, as the gateway's own rule says."""

_SECOND = re.compile(r"[0-9]{10}")
_LONGEST_NONCE = 64


class XTif:
    """Signs and verifies for one application. Where a paasid is configured, it must be the sender's."""

    covers_body = False

    def __init__(self, secrets: Mapping[str, Secret], options: NoOptions) -> None:
        del options  # the scheme has none
        self._token = secrets["token"].reveal()
        self._paasid = secrets["paasid"].reveal() if "paasid" in secrets else None
        self._replays = Replays(WINDOW)

    def sign(self, body: bytes, now: float) -> Mapping[str, str]:  # noqa: ARG002  the scheme leaves the body out
        timestamp, nonce = str(int(now)), randomness.token_hex(12)
        headers = {
            "x-tif-timestamp": timestamp, "x-tif-nonce": nonce,
            "x-tif-signature": self._signature(timestamp, nonce),
        }
        return headers if self._paasid is None else {"x-tif-paasid": self._paasid, **headers}

    def verify(self, headers: Mapping[str, str], body: bytes, now: float) -> None:  # noqa: ARG002  the same
        timestamp = headers.get("x-tif-timestamp", "")
        nonce = headers.get("x-tif-nonce", "")
        signature = headers.get("x-tif-signature", "")
        if not timestamp or not nonce or not signature:
            raise SignatureRefused("an x-tif header is missing", "缺少 x-tif 请求头")
        if _SECOND.fullmatch(timestamp) is None or len(nonce) > _LONGEST_NONCE:
            raise SignatureRefused("an x-tif header is malformed", "x-tif 请求头格式不正确")
        wrong = not equal(signature.lower(), self._signature(timestamp, nonce))
        if self._paasid is not None:
            wrong |= not equal(headers.get("x-tif-paasid", ""), self._paasid)
        if wrong:
            raise SignatureRefused("the x-tif signature does not hold", "x-tif 签名不符")
        second = int(timestamp)
        if not self._replays.fresh(second, now):
            raise SignatureRefused("the x-tif timestamp is not fresh", "x-tif 时间戳与本系统时钟相差过大")
        if not self._replays.first(nonce, second, now):
            raise SignatureRefused("the x-tif nonce was used before", "x-tif 随机数已使用过")

    def _signature(self, timestamp: str, nonce: str) -> str:
        text = f"{timestamp}{self._token}{nonce}{timestamp}"
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
