"""One line to a broker: a connection and a channel of pika's, as coroutines.

Pika calls back from the event loop; every callback only sets what a coroutine waits for.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum
from itertools import takewhile
from typing import Any, Literal, NamedTuple

from pika import BasicProperties, ConnectionParameters, PlainCredentials, SSLOptions  # type: ignore[import-untyped]  # pika has no types
from pika.adapters.asyncio_connection import AsyncioConnection  # type: ignore[import-untyped]  # the same
from pika.channel import Channel  # type: ignore[import-untyped]  # the same
from pika.exceptions import (  # type: ignore[import-untyped]  # the same
    AMQPError,
    ChannelClosed,
    ConnectionClosed,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

from guantong.problems import ProblemsError
from guantong.tlserrors import connection_in_words
from guantong_adapters.amqp import beside
from guantong_adapters.amqp.settings import BrokerAddress
from guantong_adapters.broker.line import LineLost, LineRefused, Published, no_connection_within
from guantong_adapters.http.trust import trust_of

FAREWELL = 2.0  # seconds a broker has to answer when a line is ended
_NO_LOGIN = ("403 ACCESS_REFUSED (user or password)", "403 ACCESS_REFUSED（用户或口令不符）")
_NO_HOST = ("the virtual host is not there, or the user may not use it", "虚拟主机不存在，或该用户无权使用")
_NOT_LET_IN = (_NO_LOGIN, _NO_HOST)


class Word(Enum):
    """What the broker says of a published message."""

    CONFIRMED = "confirmed"
    RETURNED = "returned"
    REFUSED = "refused"


class Got(NamedTuple):
    """One message from a queue."""

    tag: int
    body: bytes
    properties: BasicProperties


class _Posted(NamedTuple):
    """A message on its way, under its id: whoever waits for the broker's word on it."""

    word: asyncio.Future[Published]
    ident: str


class Session:
    """An open line. Made by `opened`, ended by `close`."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._open: asyncio.Future[None] = loop.create_future()
        self._lost: asyncio.Future[tuple[str, str]] = loop.create_future()
        self._gone: asyncio.Future[None] = loop.create_future()
        self._connection: AsyncioConnection
        self._channel: Channel
        self._tag = 0
        self._unconfirmed: dict[int, _Posted] = {}
        self._returned: dict[str, str] = {}
        self.refusing: tuple[str, str] | None = None
        """Why the broker takes nothing for now (its memory or disk runs out), in English and Chinese."""

    @classmethod
    async def opened(cls, settings: BrokerAddress, user: str, password: str) -> Session:
        """A line to the settings' broker, ready to publish with confirms. Raises `LineLost`."""
        try:
            parameters = _parameters(settings, user, password)
        except ProblemsError as error:  # a certificate that is not there, or none
            raise LineLost.of(error.problems[0]) from None
        beside.read_so()
        session = cls()
        session._connection = AsyncioConnection(
            parameters, on_open_callback=session._connected,
            on_open_error_callback=session._failed, on_close_callback=session._closed,
        )
        try:
            async with asyncio.timeout(settings.connect_timeout):
                await session._open
        except TimeoutError:
            await session.close()
            raise LineLost(*no_connection_within(settings.connect_timeout)) from None
        except BaseException:
            await session.close()
            raise
        return session

    async def publish(self, exchange: str, key: str, body: bytes, properties: BasicProperties) -> Published:
        """Publish once and wait for the broker's word. Raises `LineLost` when it does not come: the message may
        have arrived."""
        return await self.post(exchange, key, body, properties)

    def post(self, exchange: str, key: str, body: bytes, properties: BasicProperties) -> asyncio.Future[Published]:
        """Publish once; the broker's word comes later, or `LineLost`. Raises `LineLost` where there is no line any more."""
        if self._lost.done():
            raise LineLost(*self._lost.result())
        try:
            self._channel.basic_publish(exchange, key, body, properties, mandatory=True)
        except AMQPError as error:  # the channel is closed, and we have not heard yet
            raise LineLost(str(error), "信道已关闭") from None
        self._tag += 1
        word: asyncio.Future[Published] = asyncio.get_running_loop().create_future()
        self._unconfirmed[self._tag] = _Posted(word, properties.message_id or "")
        return word

    @property
    def alive(self) -> bool:
        return not self._lost.done()

    async def consume(self, queue: str, prefetch: int, take: Callable[[Got], None]) -> None:
        """Have *take* called for each message of *queue*. Returns when they can come; raises `LineLost`."""
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._channel.basic_qos(prefetch_count=prefetch)
        self._channel.basic_consume(
            queue, lambda _c, method, properties, body: take(Got(method.delivery_tag, body, properties)),
            callback=lambda _frame: _set(ready),
        )
        await self._unless_lost(ready)

    def ack(self, tag: int, *, and_before: bool = False) -> None:
        """The message is ours; and all that came before it."""
        if self.alive:
            self._channel.basic_ack(tag, multiple=and_before)

    def reject(self, tag: int, *, again: bool = False) -> None:
        """The message is refused for good, or is to come *again*."""
        if self.alive:
            self._channel.basic_reject(tag, requeue=again)

    async def declare(self, queue: str, arguments: Mapping[str, Any] | None = None) -> None:
        """Make a durable queue, unless it is there. Raises `LineLost` where there is another of that name."""
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._channel.queue_declare(queue, durable=True, arguments=arguments, callback=lambda _frame: _set(ready))
        await self._unless_lost(ready)

    async def delete(self, queue: str) -> None:
        """Delete a queue with what is in it; none of that name is fine. Raises `LineLost`."""
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._channel.queue_delete(queue, callback=lambda _frame: _set(ready))
        await self._unless_lost(ready)

    async def look(self, kind: Literal["queue", "exchange"], name: str) -> None:
        """Ask whether a queue or an exchange is there; nothing is made. Raises `LineLost` where it is not."""
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        declare = self._channel.queue_declare if kind == "queue" else self._channel.exchange_declare
        declare(name, passive=True, callback=lambda _frame: _set(ready))
        await self._unless_lost(ready)

    async def lost(self) -> tuple[str, str]:
        """Wait until the line is lost; why, in English and Chinese."""
        return await asyncio.shield(self._lost)

    async def close(self) -> None:
        """End the line; what is unconfirmed stays unsaid."""
        connection = getattr(self, "_connection", None)
        if connection is None:
            return
        with suppress(AMQPError):  # it is closing or closed already
            connection.close()
        try:
            async with asyncio.timeout(FAREWELL):
                await asyncio.shield(self._gone)
        except TimeoutError:  # a broker that does not answer the farewell is left without one
            self.drop()

    @property
    def busy(self) -> bool:
        """Whether somebody waits for the broker's word on what was published."""
        return any(not posted.word.done() for posted in self._unconfirmed.values())

    def drop(self) -> None:
        """Let the line go at once, without a word: the broker sees a connection that ended."""
        self._end(("the line was given up", "线路已放弃"))
        transport = getattr(self._connection, "_transport", None)  # pika offers no way to close without the broker's answer
        if transport is not None:
            transport.abort()

    async def _unless_lost(self, ready: asyncio.Future[None]) -> None:
        both: set[asyncio.Future[Any]] = {ready, self._lost}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            raise LineLost(*self._lost.result())

    def _connected(self, connection: Any) -> None:
        connection.add_on_connection_blocked_callback(lambda _connection, frame: self._blocked(str(frame.method.reason)))
        connection.add_on_connection_unblocked_callback(lambda _connection, _frame: self._blocked(None))
        connection.channel(on_open_callback=self._channel_open)

    def _channel_open(self, channel: Channel) -> None:
        self._channel = channel
        channel.add_on_close_callback(lambda _channel, why: self._end(_said(why)))
        channel.add_on_return_callback(
            lambda _c, method, properties, _b: self._returned.update({properties.message_id or "": method.reply_text})
        )
        channel.confirm_delivery(self._confirmed, callback=lambda _frame: _set(self._open))

    def _confirmed(self, frame: Any) -> None:
        method = frame.method
        said = Published(Word.CONFIRMED if method.NAME == "Basic.Ack" else Word.REFUSED)
        # Tags only grow, and a dictionary keeps the order in which they came.
        tags = list(takewhile(lambda tag: tag <= method.delivery_tag, self._unconfirmed)) if method.multiple else [method.delivery_tag]
        for tag in tags:
            posted = self._unconfirmed.pop(tag, None)
            if posted is None:
                continue
            why = self._returned.pop(posted.ident, None)  # told before the confirmation
            if not posted.word.done():
                posted.word.set_result(said if why is None else Published(Word.RETURNED, why))

    def _blocked(self, why: str | None) -> None:
        self.refusing = None if why is None else (f"the broker takes nothing for now: {why[:100]}", f"消息中间件暂不接收：{why[:100]}")

    def _failed(self, _connection: Any, why: Any) -> None:
        self._end(_said(why))
        _set(self._gone)

    def _closed(self, _connection: Any, why: Any) -> None:
        self._end(_said(why))
        _set(self._gone)

    def _end(self, why: tuple[str, str]) -> None:
        """The line is gone: everything that waits for it hears why."""
        if not self._lost.done():
            self._lost.set_result(why)
        if not self._open.done():
            self._open.set_exception((LineRefused if why in _NOT_LET_IN else LineLost)(*why))
        for posted in self._unconfirmed.values():
            if not posted.word.done():
                posted.word.set_exception(LineLost(*why))
        self._unconfirmed.clear()
        if self._connection.is_open:
            self._connection.close()


def _set(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def _said(why: Any) -> tuple[str, str]:
    """A broker's or a library's reason in English and Chinese (the broker's own words as they are), without what it may quote of a
    message."""
    if isinstance(why, ConnectionClosed | ChannelClosed):
        told = f"{why.reply_code} {why.reply_text}"[:200]
        return told, told
    if isinstance(why, ProbableAuthenticationError):
        return _NO_LOGIN
    if isinstance(why, ProbableAccessDeniedError):
        return _NO_HOST
    if isinstance(why, OSError) and (why.strerror or isinstance(why, ssl.SSLError)):
        return connection_in_words(why)
    inner = [*getattr(why, "args", ()), *getattr(why, "exceptions", ()), getattr(why, "exception", None), getattr(why, "__cause__", None)]
    deeper = next((error for error in reversed(inner) if isinstance(error, Exception)), None)
    return _said(deeper) if deeper is not None else (type(why).__name__, type(why).__name__)


def _parameters(settings: BrokerAddress, user: str, password: str) -> ConnectionParameters:
    scheme, _, rest = settings.url.partition("://")
    address, _, vhost = rest.partition("/")
    host, _, port = address.rpartition(":") if ":" in address.rpartition("]")[2] else (address, "", "")
    tls = SSLOptions(trust_of(settings)(), host) if scheme == "amqps" else None
    return ConnectionParameters(
        host=host.strip("[]"), port=int(port or (5671 if tls else 5672)), virtual_host=vhost or "/",
        credentials=PlainCredentials(user, password), heartbeat=int(settings.heartbeat), ssl_options=tls,
        socket_timeout=settings.connect_timeout, stack_timeout=settings.connect_timeout,
        connection_attempts=1, client_properties={"product": "guantong"},
    )
