"""Holding what calls us, and what answers us, to the security that is required."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from lxml import etree

from guantong.secret import Secret
from guantong_adapters.soap.parse import Envelope
from guantong_adapters.soap.security.codes import MISSING, NOT_CONFIRMED, NOT_SIGNED
from guantong_adapters.soap.security.freshness import Freshness
from guantong_adapters.soap.security.keys import Trusted, certificates
from guantong_adapters.soap.security.names import (
    CONFIRMATION,
    CREATED,
    DS,
    EXPIRES,
    SECURITY,
    SIGNATURE,
    TIMESTAMP,
)
from guantong_adapters.soap.security.naming import certificate_for
from guantong_adapters.soap.security.refusal import insecure
from guantong_adapters.soap.security.settings import Expecting, Requiring
from guantong_adapters.soap.security.signature import verify
from guantong_adapters.soap.security.username import Credentials


class Guard:
    """Verifies messages of one service, or replies of one. Safe to be used by several threads. Raises `ProblemsError` for
    certificates that cannot be read."""

    def __init__(self, requiring: Requiring | Expecting, secrets: Mapping[str, Secret]) -> None:
        username = requiring.username if isinstance(requiring, Requiring) else None
        signature = requiring.signature
        self._confirmed = isinstance(requiring, Expecting) and requiring.confirmed
        self._freshness = Freshness(requiring.window, requiring.skew)
        self._credentials = None if username is None else Credentials(
            secrets[username.user].reveal(), secrets[username.password].reveal(), digest=username.form == "digest")
        self._trusted = None if signature is None else Trusted(
            [one for name in signature.trust for one in certificates(secrets, name)])
        self._sha1 = signature is not None and signature.sha1

    def verify(self, opened: Envelope, now: float, asked: str = "") -> str:
        """Refuse a message that does not bring what is required; the value of its signature ("" where none is asked for). *asked*
        is that of the signature of the call that it answers. Raises `Refused`."""
        headers = [one for one in opened.headers if one.tag == SECURITY]
        if len(headers) != 1:
            raise insecure(MISSING, "InvalidSecurity", what="wsse:Security")
        [security] = headers
        marks, value = [], ""
        if self._credentials is not None:
            marks.append(self._credentials.check(security, now, self._freshness))
        if self._trusted is not None:
            value = self._signed(opened, security, now, asked)
            marks.append(b"signature:" + value.encode())
        for mark in marks:  # only what is right in every part is remembered: nobody else can fill the memory
            if mark is not None:
                self._freshness.take(hashlib.sha256(mark).digest(), now)
        return value

    def _signed(self, opened: Envelope, security: etree._Element, now: float, asked: str) -> str:
        stamp = _only(security, TIMESTAMP, "wsu:Timestamp")
        signature = _only(security, SIGNATURE, "ds:Signature")
        assert self._trusted is not None  # noqa: S101  the caller saw to it
        key = self._trusted.check(certificate_for(security, signature, self._trusted.named), now)
        candidates = [opened.body, *(one for one in opened.headers if one is not security), *security]
        covered = verify(signature, candidates, key, sha1=self._sha1)
        for element, what in ((opened.body, "Body"), (stamp, "Timestamp")):
            if not any(one is element for one in covered):
                raise insecure(NOT_SIGNED, "FailedCheck", what=what)
        if asked:
            self._confirm(security, covered, asked)
        self._freshness.hold(stamp.findtext(CREATED) or "", now, stamp.findtext(EXPIRES))
        return "".join((signature.findtext(f"{{{DS}}}SignatureValue") or "").split())

    def _confirm(self, security: etree._Element, covered: list[etree._Element], asked: str) -> None:
        """Refuse a reply to another call than that whose signature has the value *asked*."""
        said = security.findall(CONFIRMATION)
        if not said and not self._confirmed:
            return
        if not said:
            raise insecure(NOT_CONFIRMED, "FailedCheck", what="it has no wsse11:SignatureConfirmation", what_zh="没有 wsse11:SignatureConfirmation")
        if not all(any(one is each for each in covered) for one in said):
            raise insecure(NOT_SIGNED, "FailedCheck", what="SignatureConfirmation")
        if ["".join(one.get("Value", "").split()) for one in said] != [asked]:
            raise insecure(NOT_CONFIRMED, "FailedCheck", what="it answers another call", what_zh="它应答的是另一次调用")


def _only(security: etree._Element, tag: str, what: str) -> etree._Element:
    found = security.findall(tag)
    if len(found) != 1:
        raise insecure(MISSING, "InvalidSecurity", what=what)
    return found[0]
