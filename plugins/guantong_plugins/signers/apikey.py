"""The scheme `api-key`: a fixed key in a header of the system's own.

It proves who sends and hides nothing: use it under https only.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from guantong.config.values import HeaderName
from guantong.secret import Secret
from guantong.signer import SignatureRefused


class ApiKeyOptions(BaseModel):
    """`header` is the name of the header that holds the key."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    header: HeaderName = "x-api-key"


class ApiKey:
    """Sends and compares the key."""

    covers_body = False

    def __init__(self, secrets: Mapping[str, Secret], options: ApiKeyOptions) -> None:
        self._header = options.header.lower()
        self._key = secrets["key"].reveal()

    def sign(self, body: bytes, now: float) -> Mapping[str, str]:  # noqa: ARG002  the key proves neither
        return {self._header: self._key}

    def verify(self, headers: Mapping[str, str], body: bytes, now: float) -> None:  # noqa: ARG002  the same
        given = headers.get(self._header, "")
        if not given:
            raise SignatureRefused("no key", "没有密钥")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._key.encode()):
            raise SignatureRefused("the key does not agree", "密钥不符")
