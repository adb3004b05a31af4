"""Probing a broker: a login, then every exchange and queue of the settings asked for, none declared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from guantong.adapter import Endpoint, ProbeStep
from guantong.problems import Problem
from guantong_adapters.amqp import codes
from guantong_adapters.amqp.settings import AmqpSettings
from guantong_adapters.broker.probing import endpoint, tried

if TYPE_CHECKING:
    from guantong_adapters.amqp.session import Session

Opening = Callable[[], Awaitable["Session"]]
_Kind = Literal["queue", "exchange"]
_NAMES: Mapping[_Kind, str] = {"queue": "队列", "exchange": "交换机"}


class _Thing(NamedTuple):
    """What must be there at the broker, and the setting that names it."""

    kind: _Kind
    name: str
    setting: str


def reach(settings: AmqpSettings) -> Sequence[Endpoint]:
    """The broker."""
    return (endpoint(settings.url, settings, (5672, 5671), "to publish to the broker and read its queue",
                     "向消息中间件发布、读取队列"),)


async def probe(settings: AmqpSettings, opening: Opening) -> list[ProbeStep]:
    """Log in, then ask for each thing on a line of its own: a broker ends the line at what is not there."""
    where = settings.url.partition("://")[2]
    steps = [await _login(where, settings, opening)]
    if not steps[0].category:
        steps += [await _there(thing, settings, opening) for thing in _things(settings)]
    return steps


def _things(settings: AmqpSettings) -> Iterator[_Thing]:
    """Each once. By the default exchange a message goes into the queue that its key names: without it, it comes back."""
    found: dict[tuple[_Kind, str], _Thing] = {}
    for kind, publish in settings.send.items():
        if publish.exchange:
            found.setdefault(("exchange", publish.exchange), _Thing("exchange", publish.exchange, f"send.{kind}.exchange"))
        elif "{" not in publish.key:
            found.setdefault(("queue", publish.key), _Thing("queue", publish.key, f"send.{kind}.key"))
    if settings.receive is not None:
        found.setdefault(("queue", settings.receive.queue), _Thing("queue", settings.receive.queue, "receive.queue"))
    return iter(found.values())


async def _login(target: str, settings: AmqpSettings, opening: Opening) -> ProbeStep:
    def category(what: str) -> str:
        return "auth" if "ACCESS_REFUSED" in what else "broker"

    return await tried("login", target, opening, None, (codes.LINE_LOST, settings.url, category))


async def _there(thing: _Thing, settings: AmqpSettings, opening: Opening) -> ProbeStep:
    async def look(line: Session) -> None:
        await line.look(thing.kind, thing.name)

    step = await tried(thing.kind, thing.name, opening, look, (codes.LINE_LOST, settings.url, lambda _: thing.kind))
    if step.problem is None or "NOT_FOUND" not in str(step.problem.details["what"]):
        return step
    details = {"where": settings.url, "kind": thing.kind, "kind_zh": _NAMES[thing.kind], "name": thing.name, "setting": thing.setting}
    return step._replace(problem=Problem(codes.NOT_THERE, path=f"settings.{thing.setting}", details=details))
