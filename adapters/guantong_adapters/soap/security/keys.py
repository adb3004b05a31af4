"""Keys and certificates: those of ours, and those we trust."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from guantong.problems import Problem, ProblemsError
from guantong.secret import Secret
from guantong_adapters.soap.security.codes import NOT_TRUSTED, OUR_KEY
from guantong_adapters.soap.security.refusal import insecure

LEAST_BITS = 2048


def private_key(secrets: Mapping[str, Secret], name: str) -> rsa.RSAPrivateKey:
    """Our key. Raises `ProblemsError`."""
    try:
        key = load_pem_private_key(secrets[name].reveal().encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _unusable(name, "this is no private key in PEM without a password", "不是未加密的 PEM 私钥") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < LEAST_BITS:
        raise _unusable(name, f"this is no RSA key of {LEAST_BITS} bits or more", f"不是 {LEAST_BITS} 位以上的 RSA 私钥")
    return key


def certificates(secrets: Mapping[str, Secret], name: str) -> list[x509.Certificate]:
    """The certificates of a secret. Raises `ProblemsError`."""
    try:
        return x509.load_pem_x509_certificates(secrets[name].reveal().encode())
    except ValueError:
        raise _unusable(name, "this is no certificate in PEM", "不是 PEM 证书") from None


def certificate_of(secrets: Mapping[str, Secret], name: str, key: rsa.RSAPrivateKey) -> x509.Certificate:
    """Our certificate. Raises `ProblemsError` when it is none, or that of another key."""
    certificate = certificates(secrets, name)[0]
    if certificate.public_key() != key.public_key():
        raise _unusable(name, "the certificate is that of another key", "证书与私钥不匹配")
    return certificate


def _unusable(name: str, what: str, what_zh: str) -> ProblemsError:
    return ProblemsError([Problem(OUR_KEY, path=f"secrets.{name}", details={"name": name, "what": what, "what_zh": what_zh})])


class Trusted:
    """Decides whose certificates are accepted: those named, and those that an authority among them issued itself.
    Whether a certificate was revoked is not asked: there is no network to ask. Take it out of `trust:`."""

    def __init__(self, named: list[x509.Certificate]) -> None:
        self.named = named
        self._authorities = [one for one in named if _may_issue(one)]

    def check(self, certificate: x509.Certificate, now: float) -> rsa.RSAPublicKey:
        """The key of a certificate that is accepted. Raises `Refused`."""
        when = datetime.fromtimestamp(now, UTC)
        issuers = [one for one in self._authorities if _issued(certificate, one)]
        if certificate not in self.named and not issuers:
            raise _distrusted(certificate, "it is not among those trusted, nor issued by one", "既不在受信任证书中，也非其签发")
        for one in (certificate, *(issuers[:1] if certificate not in self.named else ())):
            if when > one.not_valid_after_utc:
                ended = f"{one.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC"
                raise _distrusted(one, f"it expired at {ended}", f"已于 {ended} 过期")
            if when < one.not_valid_before_utc:
                begins = f"{one.not_valid_before_utc:%Y-%m-%d %H:%M:%S} UTC"
                raise _distrusted(one, f"it is valid from {begins} on", f"自 {begins} 起才有效")
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size < LEAST_BITS:
            raise _distrusted(certificate, f"its key is no RSA key of {LEAST_BITS} bits or more", f"其公钥不是 {LEAST_BITS} 位以上的 RSA 公钥")
        return key


def _may_issue(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _issued(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _distrusted(certificate: x509.Certificate, what: str, what_zh: str) -> Exception:
    try:
        subject = certificate.subject.rfc4514_string()[:100]
    except ValueError:
        subject = "?"
    return insecure(NOT_TRUSTED, "InvalidSecurityToken", subject=subject or "?", what=what, what_zh=what_zh)
