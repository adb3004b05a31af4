"""Probing a broker: a login, then every exchange and queue of the settings asked for, none declared."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from guantong.adapter import Endpoint, ProbeStep
from guantong.problems import Problem
from guantong_adapters.amqp import codes
from guantong_adapters.amqp.settings import AmqpSettings
from guantong_adapters.broker.line import LineLost

if TYPE_CHECKING:
    from guantong_adapters.amqp.session import Session

Opening = Callable[[], Awaitable["Session"]]
_Thing = tuple[Literal["queue", "exchange"], str]


def reach(settings: AmqpSettings) -> Sequence[Endpoint]:
    """The broker."""
    parts = urlsplit(settings.url)
    secure = parts.scheme == "amqps"
    trust = (lambda: ssl.create_default_context(cafile=settings.tls_ca)) if secure else None
    return (Endpoint(parts.hostname or "", parts.port or (5671 if secure else 5672), "AMQPS" if secure else "AMQP",
                     "to publish to the broker and read its queue", "向消息中间件发布、读取队列", trust),)


async def probe(settings: AmqpSettings, opening: Opening) -> list[ProbeStep]:
    """Log in, then ask for each thing on a line of its own: a broker ends the line at what is not there."""
    where = settings.url.partition("://")[2]
    steps = [await _step("login", where, settings, opening, None)]
    if not steps[0].category:
        steps += [await _step(*thing, settings, opening, thing) for thing in _things(settings)]
    return steps


def _things(settings: AmqpSettings) -> Iterator[_Thing]:
    named: list[_Thing] = [("exchange", publish.exchange) for publish in settings.send.values() if publish.exchange]
    if settings.receive is not None:
        named.append(("queue", settings.receive.queue))
    return iter(dict.fromkeys(named))


async def _step(step: str, target: str, settings: AmqpSettings, opening: Opening, thing: _Thing | None) -> ProbeStep:
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        line = await opening()
        try:
            if thing is not None:
                await line.look(*thing)
        finally:
            await line.close()
    except LineLost as error:
        details = {"where": settings.url, "what": str(error)}
        category = step if thing is not None else "auth" if "ACCESS_REFUSED" in str(error) else "broker"
        return ProbeStep(step, target, loop.time() - began, category, Problem(codes.LINE_LOST, details=details))
    return ProbeStep(step, target, loop.time() - began)
