"""The certificate that a signature was made with, however it is named (X.509 Token Profile 1.1, 3.2).

It comes as a token in the header or inside the signature, or it is only named: by issuer and serial number (as WSS4J and
CXF do unless told otherwise), by its thumbprint, by the identifier of its key. Of the latter, the certificates of
`trust:` are looked through: what is found is not trusted for that, the signature has still to be that of its key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from guantong_adapters.soap.security.codes import MISSING
from guantong_adapters.soap.security.names import (
    BINARY,
    BY_TOKEN,
    DS,
    ID,
    IDENTIFIER,
    KEY_ID,
    REFERENCE,
    THUMBPRINT,
    X509,
)
from guantong_adapters.soap.security.refusal import insecure, malformed

_LARGEST = 16 * 1024
"""Characters of a certificate in Base64."""
_DATA, _SERIAL = f"{{{DS}}}X509Data", f"{{{DS}}}X509IssuerSerial/{{{DS}}}X509SerialNumber"
_MOST_DIGITS = 60


def certificate_for(security: etree._Element, signature: etree._Element, known: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate. Raises `Refused` where there is none, or it cannot be read."""
    around = signature.find(f"{{{DS}}}KeyInfo/{BY_TOKEN}")
    if around is None:
        raise _none()
    reference = around.find(REFERENCE)
    if reference is not None:
        tokens = [one for one in security.findall(BINARY) if reference.get("URI") == f"#{one.get(ID)}"]
        return _read(tokens[0].text if len(tokens) == 1 else None)
    identifier = around.find(IDENTIFIER)
    if identifier is not None:
        return _identified(identifier, known)
    serial = (around.findtext(f"{_DATA}/{_SERIAL}") or "").strip()
    if serial:
        number = int(serial) if serial.isascii() and serial.isdigit() and len(serial) <= _MOST_DIGITS else -1
        return _only(known, lambda one: one.serial_number == number)
    return _read(around.findtext(f"{_DATA}/{{{DS}}}X509Certificate"))


def _identified(identifier: etree._Element, known: Sequence[x509.Certificate]) -> x509.Certificate:
    text, form = identifier.text or "", identifier.get("ValueType")
    if form == X509:
        return _read(text)
    wanted = _decoded(text)
    if form == THUMBPRINT:
        return _only(known, lambda one: hmac.compare_digest(hashlib.sha1(one.public_bytes(Encoding.DER)).digest(), wanted))  # noqa: S324  the profile's own hash, to find it by
    if form == KEY_ID:
        return _only(known, lambda one: _key_id(one) == wanted)
    raise _none()


def _key_id(certificate: x509.Certificate) -> bytes:
    """The identifier that a certificate says, or that follows from its key (RFC 5280, 4.2.1.2)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except (x509.ExtensionNotFound, ValueError):
        return x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest


def _only(known: Sequence[x509.Certificate], holds: Callable[[x509.Certificate], bool]) -> x509.Certificate:
    found = [one for one in known if holds(one)]
    if len(found) != 1:
        raise _none()
    return found[0]


def _read(text: str | None) -> x509.Certificate:
    if not text or len(text) > _LARGEST:
        raise _none()
    try:
        return x509.load_der_x509_certificate(_decoded(text))
    except ValueError:
        raise malformed("the token is no X.509 certificate", "令牌不是 X.509 证书") from None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text[:_LARGEST].split()), validate=True)
    except (binascii.Error, ValueError):
        raise malformed("the token is no X.509 certificate", "令牌不是 X.509 证书") from None


def _none() -> Exception:
    return insecure(MISSING, "SecurityTokenUnavailable", what="wsse:BinarySecurityToken")
