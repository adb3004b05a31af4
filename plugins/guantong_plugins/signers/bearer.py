"""The scheme `bearer`: a fixed token in the Authorization header (RFC 6750)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from guantong.scheme import NoOptions
from guantong.secret import Secret
from guantong.signer import SignatureRefused


class Bearer:
    """Sends and compares the token."""

    covers_body = False

    def __init__(self, secrets: Mapping[str, Secret], options: NoOptions) -> None:
        del options  # the scheme has none
        token = secrets["token"].reveal()
        self._headers = {"authorization": f"Bearer {token}"}
        self._token = token.encode("utf-8")

    def sign(self, body: bytes, now: float) -> Mapping[str, str]:  # noqa: ARG002  the token proves neither
        return self._headers

    def verify(self, headers: Mapping[str, str], body: bytes, now: float) -> None:  # noqa: ARG002  the same
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise SignatureRefused("no bearer token", "没有 bearer 令牌")
        if not hmac.compare_digest(token.strip().encode("utf-8", "surrogateescape"), self._token):
            raise SignatureRefused("the bearer token is wrong", "bearer 令牌不符")
