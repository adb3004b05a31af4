"""Probing a broker: a login under a name of its own, then every topic we listen to asked for; nothing is published."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from guantong.adapter import Endpoint, ProbeStep
from guantong_adapters.broker.line import LineLost
from guantong_adapters.broker.probing import endpoint, tried
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
    return (endpoint(settings.url, settings, (1883, 8883), "to publish to the broker and listen to its topics",
                     "向消息中间件发布、订阅主题"),)


async def probe(settings: MqttSettings, opening: Opening) -> list[ProbeStep]:
    """Log in, then ask for each topic; what comes meanwhile is left to our own line."""
    steps = [await tried("login", settings.url.partition("://")[2], opening, None, (codes.LINE_LOST, settings.url, _of_login))]
    if not steps[0].category and settings.receive is not None:
        asked = [topic for topic in settings.receive.topics if not topic.startswith(_SHARED)]
        steps += [await _asked(topic, settings, opening) for topic in asked]
    return steps


async def _asked(topic: str, settings: MqttSettings, opening: Opening) -> ProbeStep:
    async def look(line: Session) -> None:
        try:
            async with asyncio.timeout(settings.connect_timeout):
                await line.subscribe((topic,), retained=False)
        except TimeoutError:
            seconds = settings.connect_timeout
            raise LineLost(f"no answer within {seconds:g} s", f"{seconds:g} 秒内没有应答") from None

    return await tried("topic", topic, opening, look, (codes.LINE_LOST, settings.url, lambda _: "topic"))


def _of_login(what: str) -> str:
    return "auth" if any(word in what.lower() for word in _REFUSED) else "broker"
