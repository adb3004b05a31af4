"""One system behind an MQTT broker, opened: publishes records and takes them from topics."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from paho.mqtt.client import MQTTMessage, topic_matches_sub

from guantong.adapter import ComeAgain, Connection, ProbeStep, SystemContext
from guantong.problems import Code, Place, Problem, ProblemsError
from guantong.record import Answer, Outgoing, Record, Verdict
from guantong_adapters.broker.line import LineLost
from guantong_adapters.broker.sendingline import SendingLine
from guantong_adapters.broker.verdict import verdict_as_json
from guantong_adapters.mqtt import codes
from guantong_adapters.mqtt.probe import probe
from guantong_adapters.mqtt.session import Asking, Session
from guantong_adapters.mqtt.settings import PLACEHOLDER, MqttSettings, Publish, Receive

ANY_KIND = "*"
NO_LEVEL = frozenset("/+#\x00")
NO_TOPIC = frozenset("+#\x00")


class Broker:
    """One system's broker. Sending and listening are two clients of it."""

    def __init__(self, context: SystemContext) -> None:
        self._context = context
        self._settings: MqttSettings = context.settings
        self._out = SendingLine(lambda: Session.opened(self._settings, self._asking("-out"), _unasked))

    async def close(self) -> None:
        await self._out.close()

    async def probe(self) -> Sequence[ProbeStep]:
        """Login and topics, under a name of its own."""
        return await probe(self._settings, lambda: Session.opened(self._settings, self._asking("-probe"), _unasked))

    def _asking(self, suffix: str) -> Asking:
        """Who we are to the broker."""
        name = self._settings.client_id or f"guantong-{self._context.system}"
        secrets = self._context.secrets
        if self._settings.anonymous:
            return Asking(name + suffix)
        return Asking(name + suffix, secrets["user"].reveal(), secrets["password"].reveal())


class Publishing(Broker):
    """A system we send to."""

    async def send(self, outgoing: Outgoing) -> Answer:
        """Publish once. Raises `ProblemsError` when the settings do not say where."""
        publish = self._settings.send.get(outgoing.kind) or self._settings.send.get(ANY_KIND)
        if publish is None:
            raise _mistake(codes.NO_KIND, kind=outgoing.kind)
        topic = _topic(publish, outgoing)
        properties = {
            "ContentType": self._settings.content_type, "CorrelationData": outgoing.key.encode(),
            "UserProperty": ("kind", outgoing.kind),
        }
        return await self._out.publish(lambda line: line.publish(topic, outgoing.body, properties, retain=publish.retain))


class Listening(Broker):
    """A system that speaks to us through topics."""

    async def listen(self, ready: Callable[[], None]) -> None:
        """Take records until cancelled. Raises `ProblemsError` when the line is lost."""
        receive = self._settings.receive
        assert receive is not None  # noqa: S101  chosen where it is there
        turns = _Turns(self._context, receive)
        asking = self._asking("")._replace(
            keep=True, prefetch=receive.prefetch, body_limit=self._context.body_limit, presence=receive.presence,
        )
        try:
            line = await Session.opened(self._settings, asking, turns.take)
        except LineLost as error:
            raise self._gone(error) from None
        try:
            await line.subscribe(receive.topics, retained=receive.retained == "take")
            if receive.presence is not None:
                await line.publish(receive.presence, b"online", {}, retain=True)
            ready()
            await turns.tell(line)
        except LineLost as error:
            raise self._gone(error) from None
        finally:
            try:
                await turns.end(line)
                if receive.presence is not None and line.alive:
                    await _farewell(line, receive.presence)
            finally:
                await line.close()

    def _gone(self, lost: LineLost) -> ProblemsError:
        details = {"where": self._settings.url, "what": str(lost), "what_zh": lost.zh}
        return ProblemsError([Problem(codes.LINE_LOST, Place(), "settings.url", details)])


class _Turns:
    """The records in hand: each is accepted in the order it came, and acknowledged in that order when it is durable."""

    def __init__(self, context: SystemContext, receive: Receive) -> None:
        self._context = context
        self._receive = receive
        self._hand: deque[tuple[MQTTMessage, asyncio.Task[Verdict] | None]] = deque()
        self._came = asyncio.Event()
        self._deaf = False
        self._again = False

    def take(self, message: MQTTMessage) -> None:
        """Begin with a record. Tasks start in the order they are made, and ACCEPT keeps that order."""
        if self._deaf:
            return  # it comes again when we listen again
        self._hand.append((message, self._begun(message)))
        self._came.set()

    def _begun(self, message: MQTTMessage) -> asyncio.Task[Verdict] | None:
        if len(message.payload) > self._context.body_limit:
            self._context.refused(codes.TOO_LARGE.id)
            return None
        if message.retain and self._receive.retained == "leave":
            return None  # MQTT 3.1.1 brokers send them unasked
        try:
            kind = _kind(self._receive, message.topic)
        except UnicodeDecodeError:  # a broker should have closed its line; paho would bring it for ever
            self._context.refused(codes.UNREADABLE_TOPIC.id)
            return None
        return asyncio.create_task(self._accept(Record(self._context.system, bytes(message.payload), kind)))

    async def _accept(self, record: Record) -> Verdict:
        return await self._context.accept(record)

    async def tell(self, line: Session) -> None:
        """Acknowledge until the line is lost (`LineLost`) or the hub wants no more for now (`ComeAgain`)."""
        lost = asyncio.create_task(line.lost())
        try:
            while True:
                await self._tell_all(line)
                self._came.clear()
                came = asyncio.create_task(self._came.wait())
                await asyncio.wait({came, lost}, return_when=asyncio.FIRST_COMPLETED)
                came.cancel()
                if lost.done():
                    raise LineLost(*lost.result())
        finally:
            lost.cancel()

    async def end(self, line: Session) -> None:
        """Finish what ACCEPT has in hand: it may be durable already, and is then acknowledged."""
        self._deaf = True
        if not self._again:
            with suppress(ComeAgain, LineLost):  # why we end is known already
                await self._tell_all(line)
        left = [accepting for _, accepting in self._hand if accepting is not None]
        if left:
            await asyncio.wait(left)

    async def _tell_all(self, line: Session) -> None:
        while self._hand:
            message, accepting = self._hand[0]
            verdict = None if accepting is None else await asyncio.shield(accepting)
            if verdict is not None and verdict.again:
                self._deaf = self._again = True
                raise ComeAgain
            line.ack(message)  # also what is refused for good: MQTT has no way to say so
            self._hand.popleft()
            asked = getattr(message.properties, "ResponseTopic", None)
            if verdict is not None and asked:
                if self._ours(asked):
                    self._context.refused(codes.NO_RESPONSE_TOPIC.id)
                else:
                    await self._say(line, asked, message, verdict)

    def _ours(self, topic: str) -> bool:
        """Whether a sender names for its answer what is no topic, or one that our own records come from or go to: what
        the broker lets us write to must not be what it lets everybody write to. (Brokers pass wildcards on.)"""
        settings: MqttSettings = self._context.settings
        own = [*self._receive.topics, *(PLACEHOLDER.sub("+", one.topic) for one in settings.send.values())]
        own += [self._receive.presence] if self._receive.presence else []
        return bool(NO_TOPIC & set(topic)) or topic.startswith("$") or any(topic_matches_sub(_bare(one), topic) for one in own)

    async def _say(self, line: Session, topic: str, message: MQTTMessage, verdict: Verdict) -> None:
        """Say the verdict to a sender that asked for it (MQTT 5, 4.10)."""
        data = getattr(message.properties, "CorrelationData", None)
        await line.publish(topic, verdict_as_json(verdict), {
            "ContentType": "application/json", **({"CorrelationData": data} if data else {}),
        })


async def _farewell(line: Session, presence: str) -> None:
    """Say that we are gone; where the line breaks meanwhile, the broker says so itself."""
    with suppress(LineLost):
        await line.publish(presence, b"offline", {}, retain=True)


def _unasked(_message: MQTTMessage) -> None:
    """Nothing is subscribed to on a line for sending."""


def _kind(receive: Receive, topic: str) -> str | None:
    at = receive.kind_at
    if at is None:
        return receive.kind
    levels = topic.split("/")
    if not -len(levels) <= at <= len(levels):
        return None
    return levels[at - 1 if at > 0 else at]


def _bare(topics: str) -> str:
    """A filter without the group that shares it: `$share/group/filter` (MQTT 5, 4.8.2); part of a level that varies
    makes the level vary."""
    levels = (topics.split("/", 2)[2] if topics.startswith("$share/") else topics).split("/")
    return "/".join("+" if "+" in level else level for level in levels)


def _topic(publish: Publish, outgoing: Outgoing) -> str:
    def fill(found: object) -> str:
        name = found[1]  # type: ignore[index]  # a match of the pattern
        value = outgoing.fields.get(name)
        if not isinstance(value, str | int) or value == "":
            raise _mistake(codes.NO_TOPIC_FIELD, topic=publish.topic, field=name, came="none", came_zh="没有")
        if NO_LEVEL & set(str(value)):
            raise _mistake(
                codes.NO_TOPIC_FIELD, topic=publish.topic, field=name, came="one with / + or #", came_zh="含有 / + 或 #",
            )
        return str(value)

    return PLACEHOLDER.sub(fill, publish.topic)


def _mistake(code: Code, **details: object) -> ProblemsError:
    return ProblemsError([Problem(code, Place(), "settings.send", details)])


async def open_mqtt(context: SystemContext) -> Connection:
    """Open a system with the capabilities its settings give it. Nothing is connected before it is needed."""
    settings: MqttSettings = context.settings
    parts = [part for part, said in ((Publishing, settings.send), (Listening, settings.receive)) if said]
    connection: Broker = type("MqttConnection", tuple(parts), {})(context)
    return connection
