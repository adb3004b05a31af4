"""Probing a broker: a login, then every exchange and queue of the settings asked for, none declared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from guantong.adapter import Endpoint, ProbeStep
from guantong_adapters.amqp import codes
from guantong_adapters.amqp.settings import AmqpSettings
from guantong_adapters.broker.probing import endpoint, tried

if TYPE_CHECKING:
    from guantong_adapters.amqp.session import Session

Opening = Callable[[], Awaitable["Session"]]
_Thing = tuple[Literal["queue", "exchange"], str]


def reach(settings: AmqpSettings) -> Sequence[Endpoint]:
    """The broker."""
    return (endpoint(settings.url, settings, (5672, 5671), "to publish to the broker and read its queue",
                     "向消息中间件发布、读取队列"),)


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
    async def look(line: Session) -> None:
        if thing is not None:
            await line.look(*thing)

    def category(what: str) -> str:
        return step if thing is not None else "auth" if "ACCESS_REFUSED" in what else "broker"

    return await tried(step, target, opening, look, (codes.LINE_LOST, settings.url, category))
