"""Probing an HTTP interface: one request that takes no effect, one login."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable
from urllib.parse import urlsplit

from guantong.adapter import Endpoint, ProbeStep
from guantong.problems import Problem
from guantong.record import Answer, Reply
from guantong_adapters.http import codes
from guantong_adapters.http.tokens import LoginFailed, Tokens
from guantong_adapters.http.trust import Trust

PATIENCE = 10.0
"""Seconds for one request."""
_OUT = (401, 403, 407)
_NOT_FOUND = 404
_DOWN = (500, 502, 503, 504)


def endpoint_of(url: str | None, trust: Trust = ssl.create_default_context) -> tuple[Endpoint, ...]:
    """Where an interface at *url* is reached; *trust* where it is not the machine's own."""
    if url is None:
        return ()
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    why, why_zh = "to call its interface", "调用对方接口"
    return (Endpoint(parts.hostname or "", port, "HTTPS" if secure else "HTTP", why, why_zh, trust if secure else None),)


async def judged(target: str, answering: Awaitable[Answer], *, proves: bool, may_be_404: bool) -> ProbeStep:
    """What the answer to a request without effect tells. *proves* says that only who is let in gets one that is no
    refusal: else it leaves open whether we are. *may_be_404* says that 404 is no sign of a wrong address."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    end = await answering
    seconds = loop.time() - began
    if not isinstance(end, Reply):
        return ProbeStep("http", target, seconds, "http", Problem(codes.NO_HTTP, details={"what": end.reason}))
    status = int(end.meta.get("status", "0"))
    if status in _OUT:
        return ProbeStep("http", target, seconds, "auth", Problem(codes.NOT_LET_IN, details={"status": status}))
    if status == _NOT_FOUND and not may_be_404:
        return ProbeStep("http", target, seconds, "http", Problem(codes.NO_INTERFACE))
    if status in _DOWN:
        return ProbeStep("http", target, seconds, "http", Problem(codes.FAILS, details={"status": status}))
    if not proves:
        return ProbeStep("http", target, seconds, problem=Problem(codes.NOT_PROVEN, details={"status": status}))
    return ProbeStep("http", target, seconds, note=f"HTTP {status}")


async def logged_in(tokens: Tokens) -> ProbeStep:
    """One login; the token is used for nothing."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(PATIENCE):
            await tokens.token()
    except LoginFailed as error:
        return ProbeStep("login", "", loop.time() - began, "auth", _no_login(str(error), error.zh))
    except TimeoutError:
        problem = _no_login(f"no answer within {PATIENCE:g} s", f"{PATIENCE:g} 秒内没有应答")
        return ProbeStep("login", "", loop.time() - began, "timeout", problem)
    return ProbeStep("login", "", loop.time() - began)


def _no_login(what: str, what_zh: str) -> Problem:
    return Problem(codes.NO_LOGIN, details={"what": what, "what_zh": what_zh})
