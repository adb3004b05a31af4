"""The scheme `md5-gbk`: the supervision platform's `security` element.

It is the MD5, in lower-case hexadecimal, of the body's text in GBK (here GB 18030, its superset). It has no
secret: it shows a body damaged on the way and proves nothing about the sender.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from guantong.scheme import NoOptions
from guantong.secret import Secret
from guantong.signer import SignatureRefused


class Md5Gbk:
    """Signs and verifies a body that is handed over in GB 18030 bytes already."""

    def __init__(self, secrets: Mapping[str, Secret], options: NoOptions) -> None:
        del secrets, options  # the scheme has neither

    def sign(self, body: bytes, now: float) -> Mapping[str, str]:  # noqa: ARG002  the scheme knows no time
        return {"security": _digest(body)}

    def verify(self, headers: Mapping[str, str], body: bytes, now: float) -> None:  # noqa: ARG002  the same
        given = headers.get("security", "").lower().encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, _digest(body).encode("ascii")):
            raise SignatureRefused("the MD5 of the body does not agree", "报文的 MD5 不符")


def _digest(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
