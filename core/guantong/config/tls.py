"""The keys of TLS at the hub's own doors, and of the certificates by which callers are known."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Annotated

from cryptography import x509
from cryptography.x509.oid import NameOID
from pydantic import AfterValidator, Field, model_validator

from guantong.config.codes import TLS_UNUSABLE
from guantong.config.policies import Policy
from guantong.config.values import refuse
from guantong.oserrors import in_words
from guantong.problems import Place, Problem, ProblemsError

_PRINT = re.compile(r"sha256:[0-9a-f]{64}")


class TlsKeys(Policy):
    """`hub.tls:`: the doors speak TLS (1.2 or later) themselves, without a proxy. `certificate` (with those between it and its authority)
    and `key` are files of PEM under the home folder, the key without a password. `clients` are the authorities that issue certificates to
    callers: one that is shown must be theirs, and in force; with `required`, every caller must show one, monitors too. Which certificates
    are a system's own, its `client_certificates:` say."""

    certificate: Path
    key: Path
    clients: Path | None = None
    required: bool = False

    @model_validator(mode="after")
    def _whose(self) -> TlsKeys:
        if self.required and self.clients is None:
            raise refuse("`required:` needs `clients:`, the authorities that are trusted", "`required:` 需要 `clients:`（受信任的颁发机构）")
        return self


def _certificate(text: str) -> str:
    """A certificate by its SHA-256 fingerprint, in any of the forms that tools print, or by its common name."""
    if text.startswith("CN=") and len(text) > len("CN="):
        return text
    found = "sha256:" + text.partition(":")[2].replace(":", "").lower() if text.lower().startswith("sha256:") else text
    if not _PRINT.fullmatch(found):
        raise refuse("expected sha256:… (64 digits of the certificate's fingerprint) or CN=… (its common name)",
                     "应为 sha256:…（证书的 64 位 SHA-256 指纹）或 CN=…（证书的通用名）")
    return found


ClientCertificate = Annotated[str, Field(min_length=4, max_length=200), AfterValidator(_certificate)]


def common_name(certificate: bytes) -> str | None:
    """The common name in a certificate's subject (DER), where there is just one."""
    names = x509.load_der_x509_certificate(certificate).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if len(names) == 1 else None


class _Hidden(Exception):
    """The key can only be read with a password."""


def doors_context(home: Path, keys: TlsKeys) -> ssl.SSLContext:
    """What the doors show and whom they trust. Raises `ProblemsError` for a file that
    cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for name, file in (("certificate", keys.certificate), ("key", keys.key), ("clients", keys.clients)):
        if file is not None:
            _readable(name, home / file)
    try:
        context.load_cert_chain(home / keys.certificate, home / keys.key, password=_no_password)
    except (_Hidden, ssl.SSLError) as error:
        said = ("it can only be read with a password", "该文件带有口令") if isinstance(error, _Hidden) else _words(error)
        raise _unusable("key" if said[0] == "it is the key of another certificate" or isinstance(error, _Hidden) else "certificate",
                        home / (keys.key if isinstance(error, _Hidden) else keys.certificate), said) from None
    if keys.clients is not None:
        try:
            context.load_verify_locations(home / keys.clients)
        except ssl.SSLError as error:
            raise _unusable("clients", home / keys.clients, _words(error)) from None
        context.verify_mode = ssl.CERT_REQUIRED if keys.required else ssl.CERT_OPTIONAL
    return context


def _readable(name: str, file: Path) -> None:
    try:
        file.open("rb").close()  # OpenSSL does not say which of the two it could not open
    except OSError as error:
        raise _unusable(name, file, in_words(error)) from None


def _no_password() -> str:
    """Without this OpenSSL asks for it at the terminal."""
    raise _Hidden


def _words(error: ssl.SSLError) -> tuple[str, str]:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "it is the key of another certificate", "不是该证书的私钥"
    return "there is nothing in it in the form of PEM that is wanted", "其中没有所需的 PEM 格式内容"


def _unusable(key: str, file: Path, what: tuple[str, str]) -> ProblemsError:
    details = {"key": f"hub.tls.{key}", "file": str(file), "what": what[0], "what_zh": what[1]}
    return ProblemsError([Problem(TLS_UNUSABLE, Place(), f"hub.tls.{key}", details)])
