"""The scheme `basic`: user and password in the Authorization header (RFC 7617), in UTF-8.

It proves who sends and hides nothing: use it under https only.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping

from guantong.scheme import NoOptions
from guantong.secret import Secret
from guantong.signer import SignatureRefused


class Basic:
    """Sends and compares user and password."""

    covers_body = False

    def __init__(self, secrets: Mapping[str, Secret], options: NoOptions) -> None:
        del options  # the scheme has none
        both = f"{secrets['user'].reveal()}:{secrets['password'].reveal()}".encode()
        self._proof = base64.b64encode(both)

    def sign(self, body: bytes, now: float) -> Mapping[str, str]:  # noqa: ARG002  user and password prove neither
        return {"authorization": f"Basic {self._proof.decode('ascii')}"}

    def verify(self, headers: Mapping[str, str], body: bytes, now: float) -> None:  # noqa: ARG002  the same
        scheme, _, proof = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            raise SignatureRefused("no user and password", "没有用户名和口令")
        if not hmac.compare_digest(proof.strip().encode("utf-8", "surrogateescape"), self._proof):
            raise SignatureRefused("user and password do not agree", "用户名或口令不符")
