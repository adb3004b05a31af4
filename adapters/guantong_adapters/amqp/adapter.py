"""One system behind a broker, opened: publishes records and takes them from a queue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

import structlog
from pika import BasicProperties  # type: ignore[import-untyped]  # pika has no types

from guantong.adapter import ComeAgain, Connection, ProbeStep, SystemContext
from guantong.problems import Code, Place, Problem, ProblemsError
from guantong.record import Answer, Outgoing, Record, Verdict
from guantong_adapters.amqp import codes
from guantong_adapters.amqp.probe import probe
from guantong_adapters.amqp.session import Got, Session
from guantong_adapters.amqp.settings import PLACEHOLDER, AmqpSettings, Publish, Receive
from guantong_adapters.broker.line import LineLost
from guantong_adapters.broker.sendingline import SendingLine
from guantong_adapters.broker.verdict import verdict_as_json

ANY_KIND = "*"
PERSISTENT = 2
MOST_NAMED = 10
"""Queues that are named in the log, of one line."""
log = structlog.get_logger("guantong.amqp")


class Broker:
    """One system's broker."""

    def __init__(self, context: SystemContext) -> None:
        self._context = context
        self._settings: AmqpSettings = context.settings
        self._out = SendingLine(self._open)

    async def probe(self) -> Sequence[ProbeStep]:
        """Log in, and ask for every exchange and queue."""
        return await probe(self._settings, self._open)

    async def close(self) -> None:
        await self._out.close()

    async def _open(self) -> Session:
        secrets = self._context.secrets
        return await Session.opened(self._settings, secrets["user"].reveal(), secrets["password"].reveal())


class Publishing(Broker):
    """A system we send to."""

    async def send(self, outgoing: Outgoing) -> Answer:
        """Publish once. Raises `ProblemsError` when the settings do not say where."""
        publish = self._settings.send.get(outgoing.kind) or self._settings.send.get(ANY_KIND)
        if publish is None:
            raise _mistake(codes.NO_KIND, kind=outgoing.kind)
        key = _key(publish, outgoing)
        properties = BasicProperties(
            content_type=self._settings.content_type, delivery_mode=PERSISTENT, message_id=outgoing.key,
            type=outgoing.kind, timestamp=int(self._context.now()),
        )
        return await self._out.publish(lambda line: line.publish(publish.exchange, key, outgoing.body, properties))


class Listening(Broker):
    """A system that speaks to us through a queue."""

    async def listen(self, ready: Callable[[], None]) -> None:
        """Take messages until cancelled. Raises `ProblemsError` when the line is lost."""
        receive = self._settings.receive
        assert receive is not None  # noqa: S101  chosen where it is there
        try:
            line = await self._open()
        except LineLost as error:
            raise self._gone(error) from None
        turns = _Turns(self._context, line, receive)
        try:
            await line.consume(receive.queue, receive.prefetch, turns.take)
            ready()
            await turns.until_it_ends()
        except LineLost as error:
            raise self._gone(error) from None
        finally:
            await turns.end()
            await line.close()

    def _gone(self, lost: LineLost) -> ProblemsError:
        details = {"where": self._settings.url, "what": str(lost), "what_zh": lost.zh}
        return ProblemsError([Problem(codes.LINE_LOST, Place(), "settings.url", details)])


class _Turns:
    """The messages in hand: each is accepted in the order it came and told to the broker when it is durable."""

    def __init__(self, context: SystemContext, line: Session, receive: Receive) -> None:
        self._context = context
        self._line = line
        self._receive = receive
        self._not_told: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._again = asyncio.Event()

    def take(self, got: Got) -> None:
        """Begin with a message. Tasks start in the order they are made, and ACCEPT keeps that order."""
        if self._again.is_set():
            return  # it comes again when we listen again
        task = asyncio.create_task(self._accept(got))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def until_it_ends(self) -> None:
        """Wait until the line is lost (`LineLost`) or the hub wants no more for now (`ComeAgain`)."""
        again = asyncio.create_task(self._again.wait())
        lost = asyncio.create_task(self._line.lost())
        try:
            await asyncio.wait({again, lost}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            again.cancel()
            lost.cancel()
        if self._again.is_set():
            raise ComeAgain
        raise LineLost(*await self._line.lost())

    async def end(self) -> None:
        """Finish what ACCEPT has in hand: it may be durable already, and is then acknowledged."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _accept(self, got: Got) -> None:
        if len(got.body) > self._context.body_limit:
            self._context.refused(codes.TOO_LARGE.id)
            self._line.reject(got.tag)
            return
        kind = got.properties.type if self._receive.kind_from_type else None
        charset = got.properties.content_encoding
        verdict = await self._context.accept(Record(
            self._context.system, got.body, kind or self._receive.kind, charset, got.properties.message_id,
        ))
        if verdict.again:
            self._again.set()
        elif verdict.taken:
            self._line.ack(got.tag)
        else:
            self._line.reject(got.tag)
        if got.properties.reply_to and not verdict.again:
            await self._tell(got, verdict)

    async def _tell(self, got: Got, verdict: Verdict) -> None:
        """Say the verdict to a sender that asked for it. One that does not listen any more misses it."""
        queue = str(got.properties.reply_to)
        if not self._receive.may_answer(queue):
            if len(self._not_told) < MOST_NAMED and queue not in self._not_told:
                self._not_told.add(queue)
                log.warning("verdict.not_told", system=self._context.system, problem=Problem(
                    codes.NOT_ITS_OWN, Place(), "settings.receive.replies", {"queue": queue[:60]}).line())
            return
        properties = BasicProperties(
            content_type="application/json", correlation_id=got.properties.correlation_id or got.properties.message_id,
            message_id=f"{self._context.system}-{got.tag}",
        )
        try:
            await self._line.publish("", queue, verdict_as_json(verdict), properties)
        except LineLost:
            self._again.set()  # the line is gone with it: it is opened again


def _key(publish: Publish, outgoing: Outgoing) -> str:
    def fill(found: object) -> str:
        name = found[1]  # type: ignore[index]  # a match of the pattern
        value = outgoing.fields.get(name)
        if not isinstance(value, str | int) or value == "":
            raise _mistake(codes.NO_KEY_FIELD, key=publish.key, field=name)
        return str(value)

    return PLACEHOLDER.sub(fill, publish.key)


def _mistake(code: Code, **details: object) -> ProblemsError:
    return ProblemsError([Problem(code, Place(), "settings.send", details)])


async def open_amqp(context: SystemContext) -> Connection:
    """Open a system with the capabilities its settings give it. Nothing is connected before it is needed."""
    settings: AmqpSettings = context.settings
    # What pika logs it also raises, and we say it once.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    parts = [part for part, said in ((Publishing, settings.send), (Listening, settings.receive)) if said]
    connection: Broker = type("AmqpConnection", tuple(parts), {})(context)
    return connection
