"""Tickets on RabbitMQ: a quorum queue for each system, windowed confirms, manual acknowledgements."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import takewhile
from pathlib import Path

import msgspec
import structlog
from pika import BasicProperties  # type: ignore[import-untyped]  # pika has no types

from guantong.config.declared import SecretSource
from guantong.config.secrets import read_secret
from guantong.problems import Place, Problem
from guantong.tickets import Taken, Ticket, TicketsLost, TicketsRefused
from guantong_adapters.amqp.session import Got, Session, Word
from guantong_adapters.broker.line import LineLost, LineRefused, Published
from guantong_plugins.queues.rabbitmq import codes
from guantong_plugins.queues.rabbitmq.settings import RabbitmqSettings

WINDOW = 256
"""Tickets on their way to the broker at once: more gains nothing, and one lost line costs so many at most."""
PERSISTENT = 2
QUORUM = {"x-queue-type": "quorum"}
_BY_US = ("403", "406", "540")
"""Replies of AMQP to what is wrong for good: no permission, another queue of that name or no such type, not implemented."""
log = structlog.get_logger("guantong.tickets")


class _Written(msgspec.Struct):
    """A ticket as it stands in the broker, for operators to read."""

    system: str
    delivery: int


class RabbitmqTickets:
    """`guantong.tickets.TicketQueue` over one virtual host: one line to tell on, one to take on, opened when first needed."""

    def __init__(self, settings: RabbitmqSettings, home: Path) -> None:
        self._settings = settings
        self._home = home
        self._line: Session | None = None
        self._one_opens = asyncio.Lock()
        self._declared: set[str] = set()
        # What pika logs it also raises, and we say it once.
        logging.getLogger("pika").setLevel(logging.CRITICAL)

    async def prepare(self, systems: Sequence[str]) -> None:
        """Log in, and make a queue for each of *systems*."""
        await self._telling(systems)

    async def put(self, tickets: Sequence[Ticket]) -> None:
        """Tell of *tickets*, at most `WINDOW` of them on their way at once."""
        line = await self._telling({ticket.system for ticket in tickets})
        if line.refusing is not None:
            raise TicketsLost(*line.refusing)
        on_their_way: deque[asyncio.Future[Published]] = deque()
        try:
            for ticket in tickets:
                if len(on_their_way) >= WINDOW:
                    self._kept(await on_their_way.popleft())
                ident = f"{ticket.system}/{ticket.delivery}"
                properties = BasicProperties(content_type="application/json", delivery_mode=PERSISTENT, message_id=ident)
                on_their_way.append(line.post("", self._queue(ticket.system), msgspec.json.encode(_Written(*ticket)), properties))
            while on_their_way:
                self._kept(await on_their_way.popleft())
        except LineLost as error:
            raise TicketsLost(str(error), error.zh) from None
        finally:
            await asyncio.gather(*on_their_way, return_exceptions=True)

    async def take(self, systems: Sequence[str], heard: Callable[[Taken], None], ready: Callable[[], None]) -> None:
        """Be given tickets to *systems* until cancelled."""
        line = await self._opened()
        try:
            in_hand = InHand(line)
            for system in systems:
                await self._declare(line, system)
                await line.consume(self._queue(system), self._settings.in_hand, partial(in_hand.give, heard, system))
            ready()
            raise TicketsLost(*await line.lost())
        except LineLost as error:
            raise TicketsLost(str(error), error.zh) from None
        finally:
            await line.close()

    async def close(self) -> None:
        if self._line is not None:
            await self._line.close()

    def _queue(self, system: str) -> str:
        return f"{self._settings.prefix}.{system}"

    def _kept(self, published: Published) -> None:
        """Raises `TicketsLost` where the broker did not keep it."""
        if published.word is Word.CONFIRMED:
            return
        if published.word is Word.RETURNED:
            self._declared.clear()  # somebody deleted the queue: it is made anew
        told = f"{published.word.value} {published.why}".rstrip()
        raise TicketsLost(told, told)

    async def _telling(self, systems: Iterable[str]) -> Session:
        """The line to tell on, with a queue for each of *systems*."""
        async with self._one_opens:
            if self._line is None or not self._line.alive:
                self._declared.clear()
                self._line = await self._opened()
            for system in sorted(set(systems) - self._declared):
                try:
                    await self._declare(self._line, system)
                except LineLost as error:
                    raise TicketsLost(str(error), error.zh) from None
                self._declared.add(system)
            return self._line

    async def _declare(self, line: Session, system: str) -> None:
        """Raises `LineLost`, or `TicketsRefused` where there never will be a quorum queue of that name."""
        queue = self._queue(system)
        try:
            await line.declare(queue, QUORUM)
        except LineLost as error:
            if str(error).startswith(_BY_US):
                details = {"queue": queue, "what": str(error)}
                raise TicketsRefused(Problem(codes.NO_QUORUM, path="tickets", details=details)) from None
            raise

    async def _opened(self) -> Session:
        settings = self._settings
        user, password = self._secret("user", settings.user), self._secret("password", settings.password)
        try:
            return await Session.opened(settings, user, password)
        except LineRefused as error:
            details = {"what": str(error), "what_zh": error.zh}
            raise TicketsRefused(Problem(codes.NOT_LET_IN, path="tickets", details=details)) from None
        except LineLost as error:
            raise TicketsLost(str(error), error.zh) from None

    def _secret(self, name: str, source: SecretSource) -> str:
        path = f"tickets.{name}"
        secret, problems = read_secret(path, source, self._home, os.environ, Place(), path)
        if secret is None:
            details = {"which": name, "what": problems[0].message()}
            raise TicketsRefused(Problem(codes.NO_LOGIN, path=path, details=details))
        return secret.reveal()


class InHand:
    """Tickets given to us and not done. What is done is told to the broker once a turn of the loop, all before it with it."""

    def __init__(self, line: Session) -> None:
        self._line = line
        self._loop = asyncio.get_running_loop()
        self._done: dict[int, bool] = {}
        self._telling = False

    def give(self, heard: Callable[[Taken], None], system: str, got: Got) -> None:
        """Hand on the ticket in *got*, to *system*; what is no ticket of ours is refused for good. One to another system
        would be done by nobody here, and a few of them would be all that we have in hand."""
        try:
            ticket = Ticket(*msgspec.structs.astuple(msgspec.json.decode(got.body, type=_Written)))
        except msgspec.DecodeError:
            ticket = None
        if ticket is None or ticket.system != system:
            log.warning("ticket.unreadable", bytes=len(got.body))
            self._line.reject(got.tag)
            return
        self._done[got.tag] = False
        heard(Taken(ticket, partial(self._is_done, got.tag)))

    def _is_done(self, tag: int) -> None:
        if self._done.get(tag) is False:
            self._done[tag] = True
            if not self._telling:
                self._telling = True
                self._loop.call_soon(self._tell)

    def _tell(self) -> None:
        self._telling = False
        first = list(takewhile(self._done.__getitem__, self._done))
        if first:
            self._line.ack(first[-1], and_before=True)
        others = [tag for tag, done in self._done.items() if done and tag > (first[-1] if first else 0)]
        for tag in others:  # one before them is still in hand
            self._line.ack(tag)
        for tag in (*first, *others):
            del self._done[tag]
