"""The user name token (OASIS Web Services Security UsernameToken Profile 1.1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from lxml import etree

from guantong_adapters.soap.security.codes import MISSING, WRONG_PASSWORD
from guantong_adapters.soap.security.freshness import Freshness, told
from guantong_adapters.soap.security.names import BASE64, CREATED, DIGEST, TEXT, TOKEN, WSSE
from guantong_adapters.soap.security.refusal import insecure, malformed

_USER, _PASSWORD, _NONCE = (f"{{{WSSE}}}{name}" for name in ("Username", "Password", "Nonce"))
_LONGEST = 256
"""Characters of a nonce."""


class Credentials:
    """A user and a password, and whether the password goes as a digest."""

    def __init__(self, user: str, password: str, *, digest: bool) -> None:
        self._user, self._password, self._digest = user.encode(), password.encode(), digest

    def write(self, around: etree._Element, now: float) -> None:
        """Add the token to a security header."""
        token = etree.SubElement(around, TOKEN)
        etree.SubElement(token, _USER).text = self._user.decode()
        password = etree.SubElement(token, _PASSWORD, Type=DIGEST if self._digest else TEXT)
        if not self._digest:
            password.text = self._password.decode()
            return
        nonce, created = secrets.token_bytes(16), told(now)
        password.text = base64.b64encode(self._hashed(nonce, created)).decode()
        etree.SubElement(token, _NONCE, EncodingType=BASE64).text = base64.b64encode(nonce).decode()
        etree.SubElement(token, CREATED).text = created

    def check(self, around: etree._Element, now: float, freshness: Freshness) -> bytes | None:
        """What marks the token, when it is a digest and right; None for a right text. Raises `Refused`."""
        tokens = around.findall(TOKEN)
        if len(tokens) != 1:
            raise insecure(MISSING, "SecurityTokenUnavailable", what="wsse:UsernameToken")
        [token] = tokens
        user = hmac.compare_digest((token.findtext(_USER) or "").encode(), self._user)
        password = token.find(_PASSWORD)
        given = (password.text or "") if password is not None else ""
        form = password.get("Type", TEXT) if password is not None else TEXT
        if form != (DIGEST if self._digest else TEXT):
            raise insecure(WRONG_PASSWORD, "FailedAuthentication")
        if not self._digest:
            if not (hmac.compare_digest(given.encode(), self._password) and user):
                raise insecure(WRONG_PASSWORD, "FailedAuthentication")
            return None
        created = (token.findtext(CREATED) or "").strip()
        nonce = _nonce(token.findtext(_NONCE) or "")
        freshness.hold(created, now)
        expected = base64.b64encode(self._hashed(nonce, created))
        if not (hmac.compare_digest(given.strip().encode(), expected) and user):
            raise insecure(WRONG_PASSWORD, "FailedAuthentication")
        return b"token:" + expected

    def _hashed(self, nonce: bytes, created: str) -> bytes:
        return hashlib.sha1(nonce + created.encode() + self._password).digest()  # noqa: S324  the profile's own hash


def _nonce(text: str) -> bytes:
    if not text.strip() or len(text) > _LONGEST:
        raise malformed("a digest needs a nonce of at most 256 characters", "口令摘要须带随机数（不超过 256 个字符）")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise malformed("the nonce is no Base64", "随机数不是 Base64") from None
