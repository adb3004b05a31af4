"""Whom https connections to a system trust, and what they show of us."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from guantong.config.values import refuse
from guantong.oserrors import in_words
from guantong.problems import Problem, ProblemsError
from guantong.tlserrors import tls_behind, tls_in_words
from guantong_adapters.http import codes

Trust = Callable[[], ssl.SSLContext]


class Trusting(Protocol):
    """Settings that say it: files of PEM. None for the machine's own authorities and nothing to show."""

    @property
    def tls_ca(self) -> Path | None:
        """The authorities that are trusted."""
        ...

    @property
    def tls_certificate(self) -> Path | None:
        """Our own certificate, which the other side asks for (mTLS)."""
        ...

    @property
    def tls_key(self) -> Path | None:
        """Its key."""
        ...


def check_pair(settings: Trusting) -> None:
    """Raise (for a model's validator) when a certificate stands without its key, or the other way round."""
    if (settings.tls_key is None) != (settings.tls_certificate is None):
        raise refuse("`tls_certificate:` and `tls_key:` belong together", "`tls_certificate:` 与 `tls_key:` 必须同时出现")


def tls_of(settings: Trusting) -> ssl.SSLContext | None:
    """What https connections trust and show; None for the machine's own authorities and nothing to show. Raises
    `ProblemsError` for a file that cannot be used."""
    if settings.tls_ca is None and settings.tls_certificate is None:
        return None
    return _made(settings)


def trust_of(settings: Trusting) -> Trust:
    """The same to be made later, the machine's own trust included."""
    return partial(_made, settings)


def lacking(settings: Trusting) -> Sequence[Problem]:
    """What is wrong with the files, each problem at the path of its setting."""
    try:
        tls_of(settings)
    except ProblemsError as error:
        return [replace(problem, path=problem.path.removeprefix("settings.")) for problem in error.problems]
    return ()


def lacking_trust(file: Path | None, path: str) -> Sequence[Problem]:
    """What is wrong with a file of authorities alone, at the setting's *path*."""
    try:
        trusting(file, path)
    except ProblemsError as error:
        return error.problems
    return ()


def trusting(file: Path | None, path: str) -> ssl.SSLContext:
    """What trusts the authorities in *file*, or the machine's own. Raises `ProblemsError`, at the setting's *path*."""
    try:
        return ssl.create_default_context(cafile=file)
    except OSError as error:
        raise _unusable(path.rpartition(".")[2], file, _words(error), path) from None


def _made(settings: Trusting) -> ssl.SSLContext:
    context = trusting(settings.tls_ca, "settings.tls_ca")
    if settings.tls_certificate is not None:
        _show(context, settings.tls_certificate, settings.tls_key)
    return context


def _show(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    for name, file in (("tls_certificate", certificate), ("tls_key", key)):
        try:
            if file is not None:
                file.open("rb").close()  # OpenSSL does not say which of the two it could not open
        except OSError as error:
            raise _unusable(name, file, _words(error)) from None
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except _Hidden:
        raise _unusable("tls_key", key, _HIDDEN) from None
    except ssl.SSLError as error:
        another = error.reason == "KEY_VALUES_MISMATCH"
        raise _unusable("tls_key" if another else "tls_certificate", key if another else certificate, _words(error)) from None


class _Hidden(Exception):
    """The key can only be read with a password."""


def _no_password() -> str:
    """Without this OpenSSL asks for it at the terminal."""
    raise _Hidden


_HIDDEN = ("it can only be read with a password", "该文件带有口令")
_NOT_PEM = ("there is nothing in it in the form of PEM that is wanted", "其中没有所需的 PEM 格式内容")
_SAID = {
    "": _NOT_PEM, "PEM_LIB": _NOT_PEM, "NO_START_LINE": _NOT_PEM, "NO_CERTIFICATE_OR_CRL_FOUND": _NOT_PEM,
    "KEY_VALUES_MISMATCH": ("it is the key of another certificate", "不是该证书的私钥"),
}
"""By OpenSSL's reason: of a file that is no PEM it often has none."""


def _words(error: OSError) -> tuple[str, str]:
    if isinstance(error, ssl.SSLError):
        return _SAID.get(error.reason or "", tls_in_words(error))
    return in_words(error)


def _unusable(key: str, file: Path | None, what: tuple[str, str], path: str = "") -> ProblemsError:
    details = {"key": key, "file": str(file), "what": what[0], "what_zh": what[1]}
    return ProblemsError([Problem(codes.NO_TRUST, path=path or f"settings.{key}", details=details)])


_HTTPX = {
    "ConnectError": "无法建立连接", "ConnectTimeout": "未能按时建立连接", "ReadTimeout": "未按时应答", "WriteTimeout": "未能按时发出",
    "ReadError": "连接中断", "WriteError": "连接中断", "RemoteProtocolError": "应答不是 HTTP",
}
"""By the names of its exceptions: the library itself is loaded by those that use it."""


def cause(error: Exception) -> tuple[str, str]:
    """Why a request of httpx failed, in English and Chinese: what TLS says, else the kind of failure."""
    behind = tls_behind(error)
    name = type(error).__name__
    return tls_in_words(behind) if behind is not None else (name, _HTTPX.get(name, name))
