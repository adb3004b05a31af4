"""A time stamping authority of openssl, with a CA of its own."""

from __future__ import annotations

import datetime
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CONFIG = """[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/{signer}.pem
certs = {folder}/ca.pem
signer_key = {folder}/tsa.key
signer_digest = {signs}
default_policy = 1.2.3.4.1
digests = {digests}
ess_cert_id_alg = sha256
"""
STAMPING, OTHER = ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING
SERIAL = 3161


class Authority:
    """Answers requests. `signer` is `tsa`, or one that must not be believed: `expired`."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("there is no openssl here")
        folder.mkdir(parents=True)
        self._folder = folder
        now = datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)
        root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self._keep("ca.pem", _certificate("示例根 CA", root.public_key(), root, now - 10 * day, now + 1000 * day))
        for name, end, use in (("tsa", now + 1000 * day, STAMPING), ("expired", now - day, STAMPING), ("other_use", now + 1000 * day, OTHER)):
            self._keep(f"{name}.pem", _certificate("示例时间戳机构", key.public_key(), root, now - 9 * day, end, use))
        (folder / "tsa.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / "serial").write_text("01\n", encoding="ascii")

    def certificate(self, signer: str) -> bytes:
        """A certificate of the authority's, in DER: all are of one key and one number."""
        return x509.load_pem_x509_certificate((self._folder / f"{signer}.pem").read_bytes()).public_bytes(Encoding.DER)

    @property
    def ca(self) -> Path:
        return self._folder / "ca.pem"

    def answer(self, request: Path, signer: str = "tsa", digests: str = "sha256, sm3", signs: str = "sha256") -> Path:
        """The answer to *request*, signed by the digest *signs*."""
        (self._folder / "tsa.cnf").write_text(_CONFIG.format(folder=self._folder, signer=signer, digests=digests, signs=signs), encoding="utf-8")
        made = request.with_suffix(".tsr")
        made.unlink(missing_ok=True)
        subprocess.run(["openssl", "ts", "-reply", "-config", str(self._folder / "tsa.cnf"), "-queryfile", str(request), "-out", str(made)],  # noqa: S603, S607  a tool of the system's, with our own files
                       check=digests != "sha512", capture_output=True)
        return made

    def _keep(self, name: str, certificate: x509.Certificate) -> None:
        (self._folder / name).write_bytes(certificate.public_bytes(Encoding.PEM))


def _certificate(name: str, public: ec.EllipticCurvePublicKey, root: ec.EllipticCurvePrivateKey, start: datetime.datetime, end: datetime.datetime,
                 use: x509.ObjectIdentifier | None = None) -> x509.Certificate:
    made = x509.CertificateBuilder().subject_name(_name(name)).issuer_name(_name("示例根 CA")).public_key(public).not_valid_before(start) \
        .not_valid_after(end).serial_number(SERIAL if use is not None else 1).add_extension(x509.BasicConstraints(use is None, None), True)
    if use is not None:
        made = made.add_extension(x509.ExtendedKeyUsage([use]), True)
    return made.sign(root, hashes.SHA256())


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
