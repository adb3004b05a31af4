"""Keys and certificates that the tests make up, as PEM."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class Pair(NamedTuple):
    """A private key and its certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()


@cache
def pair(name: str, issuer: str = "", *, begins: int = -7300, ends: int = 36500, authority: bool = False, bits: int = 2048, address: str = "") -> Pair:
    """A key with a certificate that *issuer* (an authority) or itself issued, valid for days from now; of a server at
    *address*, where given."""
    key = rsa.generate_private_key(65537, bits)
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    by = pair(issuer, authority=True) if issuer else None
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder().subject_name(own).issuer_name(by.certificate.subject if by else own)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=begins)).not_valid_after(now + timedelta(days=ends))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
    )
    if address:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
    return Pair(key, builder.sign(by.key if by else key, hashes.SHA256()))
