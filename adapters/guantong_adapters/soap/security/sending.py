"""Putting a security header into what we send."""

from __future__ import annotations

import base64
import secrets as randomness
from collections.abc import Mapping

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from guantong.secret import Secret
from guantong_adapters.soap.parse import SOAP_11
from guantong_adapters.soap.security.freshness import told
from guantong_adapters.soap.security.keys import certificate_of, private_key
from guantong_adapters.soap.security.names import (
    BASE64,
    BINARY,
    BY_TOKEN,
    CREATED,
    DS,
    EXPIRES,
    ID,
    REFERENCE,
    SECURITY,
    TIMESTAMP,
    WSSE,
    WSU,
    X509,
)
from guantong_adapters.soap.security.settings import Sending, Signed
from guantong_adapters.soap.security.signature import sign
from guantong_adapters.soap.security.username import Credentials


class CertificateEnded(Exception):
    """Our certificate is not valid now; the text says since or until when."""


class Securing:
    """Writes the header of one system's calls. Raises `ProblemsError` for keys that cannot be used."""

    def __init__(self, sending: Sending, secrets: Mapping[str, Secret], charset: str) -> None:
        self._charset = charset
        self._lifetime = sending.lifetime
        username = sending.username
        self._credentials = None if username is None else Credentials(
            secrets[username.user].reveal(), secrets[username.password].reveal(), digest=username.form == "digest")
        self._signing = None if sending.signature is None else _Signing(sending.signature, secrets)

    def secured(self, body: bytes, now: float) -> bytes:
        """The envelope *body* with its security header. Raises `CertificateEnded`."""
        if self._signing is not None:
            self._signing.hold(now)
        parser = etree.XMLParser(strip_cdata=False, resolve_entities=False, no_network=True, huge_tree=True)
        root = etree.fromstring(body.decode(self._charset).partition("?>")[2], parser)  # our own: it begins with a declaration
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
        if self._signing is not None:
            message = root.find(f"{{{space}}}Body")
            assert message is not None  # noqa: S101  every envelope of ours has one
            message.set(ID, _id())
            self._signing.sign(security, [message, stamp])
        text = etree.tostring(root, encoding="unicode")
        return f'<?xml version="1.0" encoding="{self._charset.upper()}"?>{text}'.encode(self._charset)


class _Signing:
    def __init__(self, signed: Signed, secrets: Mapping[str, Secret]) -> None:
        self._key = private_key(secrets, signed.key)
        self._certificate = certificate_of(secrets, signed.certificate, self._key)
        self._sha1 = signed.sha1

    def hold(self, now: float) -> None:
        begins, ends = self._certificate.not_valid_before_utc, self._certificate.not_valid_after_utc
        if now > ends.timestamp():
            raise CertificateEnded(f"our certificate for signing expired at {ends:%Y-%m-%d %H:%M:%S} UTC")
        if now < begins.timestamp():
            raise CertificateEnded(f"our certificate for signing is valid from {begins:%Y-%m-%d %H:%M:%S} UTC on")

    def sign(self, security: etree._Element, signed: list[etree._Element]) -> None:
        """Add our certificate and the signature."""
        token = etree.SubElement(security, BINARY, {ID: _id(), "EncodingType": BASE64, "ValueType": X509})
        token.text = base64.b64encode(self._certificate.public_bytes(Encoding.DER)).decode()
        signature = sign(signed, self._key, sha1=self._sha1)
        reference = etree.SubElement(etree.SubElement(signature, f"{{{DS}}}KeyInfo"), BY_TOKEN)
        etree.SubElement(reference, REFERENCE, URI=f"#{token.get(ID)}", ValueType=X509)
        security.append(signature)


def _id() -> str:
    return f"id-{randomness.token_hex(8)}"
