"""Putting a security header into what we send."""

from __future__ import annotations

import base64
import secrets as randomness
from collections.abc import Mapping
from typing import NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from guantong.reasoned import Reasoned
from guantong.secret import Secret
from guantong_adapters.soap.parse import SOAP_11
from guantong_adapters.soap.security.freshness import told
from guantong_adapters.soap.security.keys import certificate_of, private_key
from guantong_adapters.soap.security.names import (
    BASE64,
    BINARY,
    BY_TOKEN,
    CONFIRMATION,
    CREATED,
    DS,
    EXPIRES,
    ID,
    REFERENCE,
    SECURITY,
    TIMESTAMP,
    WSSE,
    WSSE_11,
    WSU,
    X509,
)
from guantong_adapters.soap.security.settings import Answering, Sending, Signed
from guantong_adapters.soap.security.signature import sign
from guantong_adapters.soap.security.username import Credentials


class CertificateEnded(Reasoned):
    """Our certificate is not valid now; the text says since or until when."""


class Secured(NamedTuple):
    """An envelope with its security header, and the value of its signature ("" where it has none)."""

    body: bytes
    signature: str


class Securing:
    """Writes the header of one system's calls, or of our answers to them. Raises `ProblemsError` for keys that cannot be
    used."""

    def __init__(self, sending: Sending | Answering, secrets: Mapping[str, Secret]) -> None:
        self._lifetime = sending.lifetime
        username = sending.username if isinstance(sending, Sending) else None
        self._credentials = None if username is None else Credentials(
            secrets[username.user].reveal(), secrets[username.password].reveal(), digest=username.form == "digest")
        self._signing = None if sending.signature is None else _Signing(sending.signature, secrets)

    def hold(self, now: float) -> None:
        """Raise `CertificateEnded` where our certificate is not valid."""
        if self._signing is not None:
            self._signing.hold(now)

    def secured(self, body: bytes, charset: str, now: float, confirming: str = "") -> Secured:
        """The envelope *body* with its security header, which confirms the signature of that value, where there is one."""
        parser = etree.XMLParser(strip_cdata=False, resolve_entities=False, no_network=True, huge_tree=True)
        root = etree.fromstring(body.decode(charset).partition("?>")[2], parser)  # our own: it begins with a declaration
        space = etree.QName(root).namespace or SOAP_11
        header = root.find(f"{{{space}}}Header")
        if header is None:
            header = etree.Element(f"{{{space}}}Header")
            root.insert(0, header)
        security = etree.Element(SECURITY, {f"{{{space}}}mustUnderstand": "1"}, {"wsse": WSSE, "wsu": WSU})
        header.insert(0, security)
        stamp = etree.SubElement(security, TIMESTAMP, {ID: _id()})
        etree.SubElement(stamp, CREATED).text = told(now)
        etree.SubElement(stamp, EXPIRES).text = told(now + self._lifetime)
        if self._credentials is not None:
            self._credentials.write(security, now)
        value = ""
        if self._signing is not None:
            message = root.find(f"{{{space}}}Body")
            assert message is not None  # noqa: S101  every envelope of ours has one
            message.set(ID, _id())
            confirmed = [_confirmation(security, confirming)] if confirming else []
            value = self._signing.sign(security, [message, stamp, *confirmed])
        text = etree.tostring(root, encoding="unicode")
        return Secured(f'<?xml version="1.0" encoding="{charset.upper()}"?>{text}'.encode(charset), value)


def _confirmation(security: etree._Element, confirming: str) -> etree._Element:
    return etree.SubElement(security, CONFIRMATION, {ID: _id(), "Value": confirming}, {"wsse11": WSSE_11})


class _Signing:
    def __init__(self, signed: Signed, secrets: Mapping[str, Secret]) -> None:
        self._key = private_key(secrets, signed.key)
        self._certificate = certificate_of(secrets, signed.certificate, self._key)
        self._sha1 = signed.sha1

    def hold(self, now: float) -> None:
        begins, ends = self._certificate.not_valid_before_utc, self._certificate.not_valid_after_utc
        if now > ends.timestamp():
            when = f"{ends:%Y-%m-%d %H:%M:%S} UTC"
            raise CertificateEnded(f"our certificate for signing expired at {when}", f"我方签名证书已于 {when} 过期")
        if now < begins.timestamp():
            when = f"{begins:%Y-%m-%d %H:%M:%S} UTC"
            raise CertificateEnded(f"our certificate for signing is valid from {when} on", f"我方签名证书自 {when} 起才有效")

    def sign(self, security: etree._Element, signed: list[etree._Element]) -> str:
        """Add our certificate and the signature; its value."""
        token = etree.SubElement(security, BINARY, {ID: _id(), "EncodingType": BASE64, "ValueType": X509})
        token.text = base64.b64encode(self._certificate.public_bytes(Encoding.DER)).decode()
        signature = sign(signed, self._key, sha1=self._sha1)
        reference = etree.SubElement(etree.SubElement(signature, f"{{{DS}}}KeyInfo"), BY_TOKEN)
        etree.SubElement(reference, REFERENCE, URI=f"#{token.get(ID)}", ValueType=X509)
        security.append(signature)
        return signature.findtext(f"{{{DS}}}SignatureValue") or ""


def _id() -> str:
    return f"id-{randomness.token_hex(8)}"
