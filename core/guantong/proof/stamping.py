"""Time stamps (RFC 3161): what is asked of an authority, and whether what it answered is of that and to be believed.

Formats and checks are rfc3161-client's and asn1crypto's (the extra `stamp`): the token's signature, its certificate's chain at the time it
says, and that the certificate is for time stamping. Revocation is not looked up: nothing here asks a network.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from guantong.problems import Problem, ProblemsError
from guantong.proof import codes
from guantong.proof.hashing import HASHES

OIDS = {"sha256": "2.16.840.1.101.3.4.2.1", "sm3": "1.2.156.10197.1.401"}
_KINDS = {oid: name for name, oid in OIDS.items()}
_GRANTED = 0
_STRONG = frozenset(f"2.16.840.1.101.3.4.2.{number}" for number in (1, 2, 3, 8, 9, 10))
"""Digests that an authority may sign by: SHA-2 and SHA-3 of at least 256 bits. By SHA-1 one signature may be of two texts, and whoever
asks for a stamp chooses a part of what is signed."""
_WEAK = re.compile(r"(md5|sha1)_")  # in the name of a signature
_CHINESE = {
    "certificate has expired": "签发时证书已过期", "certificate is not yet valid": "签发时证书尚未生效",
    "self-signed certificate": "证书不是由所给的 CA 签发的", "unable to get": "证书不是由所给的 CA 签发的",
    "EKU": "证书不是时间戳用途的证书", "certificate verify error": "证书链不成立",
}
"""What the libraries say of a certificate, by a part of it; anything else means that the signature does not hold."""


class Stamp(NamedTuple):
    """An answer that was granted, not checked yet: over which digest (`hash` is its kind), for which request, and when (UTC
    milliseconds); `tsa` names the certificate that signed it."""

    hash: str
    imprint: bytes
    nonce: int | None
    at: int
    tsa: str
    answer: Any


def request(note: str, kind: str) -> tuple[bytes, int]:
    """A TimeStampReq for *note* by the hash *kind*, and its nonce. Raises `ProblemsError` where the extra is not installed."""
    _check_here()
    from asn1crypto import tsp  # type: ignore[import-untyped]  # it has no types

    nonce = secrets.randbits(63) | 1 << 62  # one length, whatever it is
    imprint = {"hash_algorithm": {"algorithm": OIDS[kind]}, "hashed_message": HASHES[kind].digest(note.encode())}
    return tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True}).dump(), nonce


def read(data: bytes) -> Stamp:
    """The answer (TimeStampResp) that *data* is. Raises `ProblemsError` where it is none, or nothing was granted."""
    _check_here()
    try:
        answer = _decoded(data)
        if answer.status != _GRANTED:
            said = "; ".join(answer.status_string)[:200]
            raise ProblemsError([Problem(codes.STAMP_REFUSED, details={"status": answer.status, "what": said or "-"})])
        info, signer = answer.tst_info, next(iter(answer.signed_data.signer_infos))
        certificates = [x509.load_der_x509_certificate(one) for one in answer.signed_data.certificates]
        own = next(one for one in certificates if (one.issuer, one.serial_number) == (signer.issuer, signer.serial_number))
        kind = _KINDS.get(info.message_imprint.hash_algorithm.dotted_string, "")
        return Stamp(kind, info.message_imprint.message, info.nonce, int(info.gen_time.timestamp() * 1000), own.subject.rfc4514_string()[:300], answer)
    except (ValueError, KeyError, TypeError, OverflowError, StopIteration, RecursionError, x509.InvalidVersion, UnsupportedAlgorithm):
        raise ProblemsError([Problem(codes.STAMP_NOT_READ)]) from None


def check(stamp: Stamp, roots: Sequence[x509.Certificate]) -> None:
    """Whether the authority that *roots* lead to signed it. Raises `ProblemsError`."""
    from rfc3161_client import VerificationError, VerifierBuilder

    if not _signed_well(stamp.answer):
        raise ProblemsError([Problem(codes.STAMP_NOT_TRUSTED, details={
            "tsa": stamp.tsa, "what": "it is signed by a digest that can be forged (SHA-1, MD5)", "what_zh": "签名所用的散列算法（SHA-1、MD5）可被伪造"})])
    try:
        VerifierBuilder(roots=list(roots)).build().verify(stamp.answer, stamp.imprint)
    except (VerificationError, ValueError, KeyError, TypeError, x509.InvalidVersion, x509.DuplicateExtension, UnsupportedAlgorithm) as error:
        said = next((word for word in _CHINESE if word in str(error)), "")
        en = {"": "its signature does not hold", "EKU": "its certificate is not for time stamping", "self-signed certificate": "its certificate is not of the CA given",
              "unable to get": "its certificate is not of the CA given"}.get(said, said)
        raise ProblemsError([Problem(codes.STAMP_NOT_TRUSTED, details={
            "tsa": stamp.tsa, "what": en, "what_zh": _CHINESE.get(said, "签名不成立")})]) from None


def roots(pem: bytes) -> list[x509.Certificate]:
    """The certificates in *pem*. Raises `ProblemsError` where there is none."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise ProblemsError([Problem(codes.NO_TSA_CA, details={"what": "it holds no certificate (PEM)", "what_zh": "其中没有证书（PEM）"})]) from None


def _signed_well(answer: Any) -> bool:
    """Whether every signer's digest is strong, also that of its signature where this names another."""
    from asn1crypto import tsp

    signers = tsp.TimeStampResp.load(answer.as_bytes())["time_stamp_token"]["content"]["signer_infos"]
    return all(one["digest_algorithm"]["algorithm"].dotted in _STRONG and not _WEAK.search(one["signature_algorithm"]["algorithm"].native) for one in signers)


def _decoded(data: bytes) -> Any:
    from asn1crypto import tsp
    from rfc3161_client import decode_timestamp_response

    try:
        return decode_timestamp_response(data)
    except ValueError:
        # Many authorities do not put their certificates in the order that DER wants. Nobody signs that order.
        return decode_timestamp_response(tsp.TimeStampResp.load(data, strict=True).dump(force=True))


def _check_here() -> None:
    if find_spec("rfc3161_client") is None or find_spec("asn1crypto") is None:
        raise ProblemsError([Problem(codes.NEEDS_STAMP)])
