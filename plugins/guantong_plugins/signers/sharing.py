"""The scheme `gjgxjhpt`: the headers of the national data sharing platform (国家数据共享交换平台).

    gjgxjhpt_rid: app · gjgxjhpt_sid: service · gjgxjhpt_rtime: 1405391400000 (milliseconds)
    gjgxjhpt_sign: Base64(HMAC-SHA256(secret, sid + rid + rtime))

The signature does not cover the body and holds no nonce: it proves who asks, for which service, and when.
A request sent once more within the window is the same request; what it carries is told apart by its content.
The platform gives out a new secret now and then: put it where the configuration reads it from.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping

from guantong.scheme import NoOptions
from guantong.secret import Secret
from guantong.signer import SignatureRefused
from guantong_plugins.signers.headers import equal

WINDOW_MS = 300_000
"""Milliseconds a time may differ from our clock."""

_TIME = re.compile(r"[0-9]{13}")


class Sharing:
    """Signs and verifies for one application and service."""

    covers_body = False

    def __init__(self, secrets: Mapping[str, Secret], options: NoOptions) -> None:
        del options  # the scheme has none
        self._rid, self._sid = secrets["rid"].reveal(), secrets["sid"].reveal()
        self._secret = secrets["secret"].reveal().encode()

    def sign(self, body: bytes, now: float) -> Mapping[str, str]:  # noqa: ARG002  the scheme leaves the body out
        time = str(int(now * 1000))
        return {"gjgxjhpt_rid": self._rid, "gjgxjhpt_sid": self._sid, "gjgxjhpt_rtime": time,
                "gjgxjhpt_sign": self._signature(time)}

    def verify(self, headers: Mapping[str, str], body: bytes, now: float) -> None:  # noqa: ARG002  the same
        given = [headers.get(f"gjgxjhpt_{name}", "") for name in ("rid", "sid", "rtime", "sign")]
        if not all(given):
            raise SignatureRefused("a gjgxjhpt header is missing", "缺少 gjgxjhpt 请求头")
        rid, sid, time, sign = given
        if _TIME.fullmatch(time) is None:
            raise SignatureRefused("a gjgxjhpt header is malformed", "gjgxjhpt 请求头格式不正确")
        right = [equal(rid, self._rid), equal(sid, self._sid), equal(sign, self._signature(time))]
        if not all(right):
            raise SignatureRefused("the gjgxjhpt signature does not hold", "gjgxjhpt 签名不符")
        if abs(now * 1000 - int(time)) > WINDOW_MS:
            raise SignatureRefused("the gjgxjhpt time is not fresh", "gjgxjhpt 时间与本系统时钟相差过大")

    def _signature(self, time: str) -> str:
        text = f"{self._sid}{self._rid}{time}".encode()
        return base64.b64encode(hmac.new(self._secret, text, hashlib.sha256).digest()).decode("ascii")
