"""Whether an endpoint is reached: its name, its port, its TLS, each with the time it took. Nothing is sent."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from guantong.adapter import Endpoint, ProbeStep
from guantong.problems import Code, Problem, ProblemsError
from guantong.readiness import codes
from guantong.tlserrors import tls_in_words

PATIENCE = 5.0
"""Seconds for each step."""
SOON = timedelta(days=30)
_Made = TypeVar("_Made")
_Opened = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def reached(endpoint: Endpoint, patience: float = PATIENCE) -> list[ProbeStep]:
    """The steps to *endpoint*, up to the first that fails."""
    steps = [] if _numeric(endpoint.host) else [await _resolve(endpoint, patience)]
    if not steps or not steps[-1].category:
        steps.append(await _connect(endpoint, patience))
    if endpoint.tls is not None and not steps[-1].category:
        steps.append(await _secured(endpoint, endpoint.tls, patience))
    return steps


def _numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def _resolve(endpoint: Endpoint, patience: float) -> ProbeStep:
    host, loop = endpoint.host, asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(patience):
            found = await loop.getaddrinfo(host, endpoint.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # a label of the name may be too long
        what = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        return _failed("resolve", host, began, "dns", codes.NAME_UNKNOWN, host=host, what=what)
    except TimeoutError:
        return _failed("resolve", host, began, "dns", codes.NAME_UNKNOWN, host=host, what=f"no answer within {patience:g} s")
    addresses = ", ".join(dict.fromkeys(str(one[4][0]) for one in found))
    return ProbeStep("resolve", host, loop.time() - began, note=addresses)


async def _connect(endpoint: Endpoint, patience: float) -> ProbeStep:
    host, port, loop = endpoint.host, endpoint.port, asyncio.get_running_loop()
    began, target = loop.time(), f"{host}:{port}"
    try:
        _, writer = await _within(asyncio.open_connection(host, port), patience)
    except ConnectionRefusedError:
        return _failed("connect", target, began, "refused", codes.REFUSED, host=host, port=port)
    except TimeoutError:
        return _failed("connect", target, began, "timeout", codes.NO_ANSWER, host=host, port=port, seconds=f"{patience:g}")
    except OSError as error:
        what = error.strerror or type(error).__name__
        return _failed("connect", target, began, "unreachable", codes.UNREACHABLE, host=host, port=port, what=what)
    writer.transport.abort()
    return ProbeStep("connect", target, loop.time() - began)


async def _secured(endpoint: Endpoint, trust: Callable[[], ssl.SSLContext], patience: float) -> ProbeStep:
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        context = trust()
    except ProblemsError as error:  # a certificate or key of the settings
        return ProbeStep("tls", f"{endpoint.host}:{endpoint.port}", loop.time() - began, "settings", error.problems[0])
    return await _shake_hands(endpoint, context, patience)


async def _shake_hands(endpoint: Endpoint, context: ssl.SSLContext, patience: float) -> ProbeStep:
    host, port, loop = endpoint.host, endpoint.port, asyncio.get_running_loop()
    began, target = loop.time(), f"{host}:{port}"
    try:
        _, writer = await _within(asyncio.open_connection(host, port, ssl=context), patience)
    except ssl.SSLCertVerificationError as error:
        return _distrusted(endpoint, began, error, await _holds_until(endpoint, patience))
    except TimeoutError:
        return _failed("tls", target, began, "timeout", codes.NO_ANSWER, host=host, port=port, seconds=f"{patience:g}")
    except OSError as error:  # ssl.SSLError is one
        what = str(getattr(error, "reason", "") or error.strerror or type(error).__name__)
        return _failed("tls", target, began, "tls", codes.NO_TLS, host=host, port=port, what=what)
    seconds, until = loop.time() - began, _end_of(writer)
    writer.transport.abort()
    if until is not None and until - datetime.now(UTC) < SOON:
        problem = Problem(codes.EXPIRES_SOON, details={"host": host, "until": _day(until)})
        return ProbeStep("tls", target, seconds, problem=problem)
    return ProbeStep("tls", target, seconds, note=f"证书有效期至 certificate until {_day(until)}" if until else "")


def _distrusted(endpoint: Endpoint, began: float, error: ssl.SSLCertVerificationError, until: datetime | None) -> ProbeStep:
    host, target = endpoint.host, f"{endpoint.host}:{endpoint.port}"
    if until is not None and until < datetime.now(UTC):
        return _failed("tls", target, began, "expired", codes.EXPIRED, host=host, until=_day(until))
    what, _ = tls_in_words(error)
    return _failed("tls", target, began, "untrusted", codes.UNTRUSTED, host=host, what=what, until=_day(until))


async def _holds_until(endpoint: Endpoint, patience: float) -> datetime | None:
    """When the certificate ends that is not trusted: looked at, and nothing said to whoever shows it."""
    curious = ssl.create_default_context()
    curious.check_hostname = False
    curious.verify_mode = ssl.CERT_NONE  # nothing is sent: the certificate is read and the line cut
    try:
        _, writer = await _within(asyncio.open_connection(endpoint.host, endpoint.port, ssl=curious), patience)
    except (OSError, TimeoutError):
        return None
    until = _end_of(writer)
    writer.transport.abort()
    return until


def _end_of(writer: asyncio.StreamWriter) -> datetime | None:
    from cryptography import x509  # only where TLS is probed

    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    try:
        return x509.load_der_x509_certificate(shown).not_valid_after_utc if shown else None
    except ValueError:
        return None


async def _within(opening: Awaitable[_Made], seconds: float) -> _Made:
    async with asyncio.timeout(seconds):
        return await opening


def _day(until: datetime | None) -> str:
    return until.strftime("%Y-%m-%d") if until else "?"


def _failed(step: str, target: str, began: float, category: str, code: Code, **details: object) -> ProbeStep:
    seconds = asyncio.get_running_loop().time() - began
    return ProbeStep(step, target, seconds, category, Problem(code, details=details))
