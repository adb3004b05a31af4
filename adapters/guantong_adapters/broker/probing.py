"""Probing a broker: where it is, and one thing tried on a line of its own, for which nothing is published."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from guantong.adapter import Endpoint, ProbeStep
from guantong.problems import Code, Problem
from guantong_adapters.broker.line import LineLost
from guantong_adapters.http.trust import Trusting, trust_of


class Closes(Protocol):
    """A line that was opened to be looked at."""

    async def close(self) -> None: ...


Line = TypeVar("Line", bound=Closes)


def endpoint(url: str, settings: Trusting, ports: tuple[int, int], why: str, why_zh: str) -> Endpoint:
    """The broker at *url*, whose scheme ends in `s` where it begins with TLS; *ports* are those without and with it."""
    parts = urlsplit(url)
    secure = parts.scheme.endswith("s")
    trust = trust_of(settings) if secure else None
    return Endpoint(parts.hostname or "", parts.port or ports[secure], parts.scheme.upper(), why, why_zh, trust)


async def tried(step: str, target: str, opening: Callable[[], Awaitable[Line]], look: Callable[[Line], Awaitable[Any]] | None,
                failed: tuple[Code, str, Callable[[str], str]]) -> ProbeStep:
    """Open a line, *look* at something on it, close it. *failed* gives the problem's code, the address it names, and the
    category of what the broker said."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        line = await opening()
        try:
            if look is not None:
                await look(line)
        finally:
            await line.close()
    except LineLost as error:
        code, where, category = failed
        problem = Problem(code, details={"where": where, "what": str(error), "what_zh": error.zh})
        return ProbeStep(step, target, loop.time() - began, category(str(error)), problem)
    return ProbeStep(step, target, loop.time() - began)
