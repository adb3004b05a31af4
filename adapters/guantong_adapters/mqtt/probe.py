"""Probing a broker: a login under a name of its own, then every topic we listen to asked for; nothing is published."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from guantong.adapter import Endpoint, ProbeStep
from guantong.problems import Problem
from guantong_adapters.broker.line import LineLost
from guantong_adapters.mqtt import codes
from guantong_adapters.mqtt.settings import MqttSettings

if TYPE_CHECKING:
    from guantong_adapters.mqtt.session import Session

Opening = Callable[[], Awaitable["Session"]]
_SHARED = "$share/"
"""Begins a filter whose records are divided among those who listen: asking for it would take some away."""
_REFUSED = ("not authorized", "user name or password", "username or password")


def reach(settings: MqttSettings) -> Sequence[Endpoint]:
    """The broker."""
    parts = urlsplit(settings.url)
    secure = parts.scheme == "mqtts"
    trust = (lambda: ssl.create_default_context(cafile=settings.tls_ca)) if secure else None
    return (Endpoint(parts.hostname or "", parts.port or (8883 if secure else 1883), "MQTTS" if secure else "MQTT",
                     "to publish to the broker and listen to its topics", "向消息中间件发布、订阅主题", trust),)


async def probe(settings: MqttSettings, opening: Opening) -> list[ProbeStep]:
    """Log in, then ask for each topic; what comes meanwhile is left to our own line."""
    steps = [await _step("login", settings.url.partition("://")[2], settings, opening, None)]
    if not steps[0].category and settings.receive is not None:
        asked = [topic for topic in settings.receive.topics if not topic.startswith(_SHARED)]
        steps += [await _step("topic", topic, settings, opening, topic) for topic in asked]
    return steps


async def _step(step: str, target: str, settings: MqttSettings, opening: Opening, topic: str | None) -> ProbeStep:
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        line = await opening()
        try:
            if topic is not None:
                async with asyncio.timeout(settings.connect_timeout):
                    await line.subscribe((topic,), retained=False)
        finally:
            await line.close()
    except (LineLost, TimeoutError) as error:
        what = str(error) or f"no answer within {settings.connect_timeout:g} s"
        category = step if topic is not None else "auth" if any(word in what.lower() for word in _REFUSED) else "broker"
        return ProbeStep(step, target, loop.time() - began, category, Problem(codes.LINE_LOST, details={"where": settings.url, "what": what}))
    return ProbeStep(step, target, loop.time() - began)
