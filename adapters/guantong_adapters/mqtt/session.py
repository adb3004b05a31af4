"""One line to a broker: a client of paho's, as coroutines.

Paho calls back from the event loop (while it connects, from a thread); every callback only sets what a coroutine
waits for. Made anew for each line: paho's own reconnecting, which repeats what was in flight, is not used.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from guantong.problems import ProblemsError
from guantong.tlserrors import connection_in_words
from guantong_adapters.broker.line import LineLost, Published, no_connection_within
from guantong_adapters.http.trust import trust_of
from guantong_adapters.mqtt.bounded import BESIDE, BoundedClient
from guantong_adapters.mqtt.reasons import by_broker, by_library
from guantong_adapters.mqtt.settings import MqttSettings

AT_LEAST_ONCE = 1
"""QoS. 2 promises no more to us: whether a record takes effect once is decided by what it says."""
FAREWELL = 2.0  # seconds a broker has to close a line that is ended
TICK = 1.0  # seconds between two looks at whether a ping is due
UNHEARD = 0x10
WINDOW = 20
"""Publications in flight where the broker names no number (MQTT 3.1.1; paho's and Mosquitto's own)."""
MOST_TIMES_LIMIT = 4
"""A record beyond the limit is refused where we see it; one beyond so many limits is not even read into memory: the
broker drops it (Maximum Packet Size), or we do, as it comes (`BoundedClient`)."""


class Word(Enum):
    """What the broker says of a published record."""

    CONFIRMED = "confirmed"
    UNHEARD = "unheard"
    REFUSED = "refused"
    TOO_LARGE = "too_large"


class Asking(NamedTuple):
    """What a line is opened for: under which id, with which session, for records of how many bytes, and where a broker
    says that we are gone."""

    client_id: str
    user: str | None = None
    password: str | None = None
    keep: bool = False
    prefetch: int = WINDOW
    body_limit: int = 0
    presence: str | None = None


class Session:
    """An open line. Made by `opened`, ended by `close`."""

    refusing: tuple[str, str] | None = None
    """A broker of MQTT has no word for it."""

    def __init__(self, settings: MqttSettings, asking: Asking, take: Callable[[MQTTMessage], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._settings = settings
        self._v5 = settings.version == "5"
        self._open: asyncio.Future[None] = self._loop.create_future()
        self._lost: asyncio.Future[tuple[str, str]] = self._loop.create_future()
        self._unconfirmed: dict[int, asyncio.Future[Published]] = {}
        self._asked: dict[int, asyncio.Future[tuple[str, str] | None]] = {}
        self._window = asyncio.Semaphore(WINDOW)
        self._largest = 0
        self._ticking: asyncio.Task[None] | None = None
        self._client = self._made(asking, take)

    @classmethod
    async def opened(cls, settings: MqttSettings, asking: Asking, take: Callable[[MQTTMessage], None]) -> Session:
        """A line to the settings' broker; *take* is called for each record that comes. Raises `LineLost`."""
        try:
            session = cls(settings, asking, take)
        except ProblemsError as error:  # a certificate that is not there, or none
            raise LineLost.of(error.problems[0]) from None
        try:
            async with asyncio.timeout(settings.connect_timeout):
                await asyncio.to_thread(session._connect, asking)
                session._ticking = asyncio.create_task(session._tick())
                await session._open
        except TimeoutError:
            await session.close()
            raise LineLost(*no_connection_within(settings.connect_timeout)) from None
        except OSError as error:
            await session.close()
            raise LineLost(*connection_in_words(error)) from None
        except BaseException:
            await session.close()
            raise
        return session

    @property
    def alive(self) -> bool:
        return not self._lost.done()

    async def publish(self, topic: str, body: bytes, properties: dict[str, Any], *, retain: bool = False) -> Published:
        """Publish once and wait for the broker's word. Raises `LineLost` when it does not come: the record may have
        arrived. *properties* (MQTT 5) by paho's names."""
        if self._largest and len(body) + len(topic.encode()) + 1024 > self._largest:
            return Published(Word.TOO_LARGE, f"the broker takes {self._largest} bytes")
        async with self._window:
            if self._lost.done():
                raise LineLost(*self._lost.result())
            info = self._client.publish(
                topic, body, AT_LEAST_ONCE, retain, self._properties(PacketTypes.PUBLISH, properties),
            )
            if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise LineLost(*by_library(info.rc))
            word: asyncio.Future[Published] = self._loop.create_future()
            self._unconfirmed[info.mid] = word
            try:
                return await word
            finally:
                self._unconfirmed.pop(info.mid, None)

    async def subscribe(self, topics: tuple[str, ...], *, retained: bool) -> None:
        """Have records of *topics* come. Returns when they can; raises `LineLost`, also where the broker allows none."""
        handling = SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE if retained else SubscribeOptions.RETAIN_DO_NOT_SEND
        result, mid = (
            self._client.subscribe([(topic, SubscribeOptions(AT_LEAST_ONCE, retainHandling=handling)) for topic in topics])
            if self._v5 else self._client.subscribe([(topic, AT_LEAST_ONCE) for topic in topics])
        )
        if result != MQTTErrorCode.MQTT_ERR_SUCCESS or mid is None:
            raise LineLost(*by_library(result))
        granted: asyncio.Future[tuple[str, str] | None] = self._loop.create_future()
        self._asked[mid] = granted
        await asyncio.wait((granted, self._lost), return_when=asyncio.FIRST_COMPLETED)
        if not granted.done():
            raise LineLost(*self._lost.result())
        refused = granted.result()
        if refused is not None:
            raise LineLost(*refused)

    def ack(self, message: MQTTMessage) -> None:
        """The record is ours. To be called in the order they came (MQTT 5, 4.6)."""
        if self.alive:
            self._client.ack(message.mid, message.qos)

    async def lost(self) -> tuple[str, str]:
        """Wait until the line is lost; why, in English and Chinese."""
        return await asyncio.shield(self._lost)

    async def close(self) -> None:
        """End the line; what is unconfirmed stays unsaid, what is unacknowledged comes again."""
        if self.alive and self._client.disconnect() == MQTTErrorCode.MQTT_ERR_SUCCESS:
            with suppress(TimeoutError):  # a broker that does not answer the farewell is left without one
                async with asyncio.timeout(FAREWELL):
                    await asyncio.shield(self._lost)
        self.drop()

    @property
    def busy(self) -> bool:
        """Whether somebody waits for the broker's word on what was published."""
        return bool(self._unconfirmed)

    def drop(self) -> None:
        """Let the line go at once, without a word: the broker sees a connection that ended."""
        self._end(("the line was closed", "线路已关闭"))
        if self._ticking is not None:
            self._ticking.cancel()
        sock = self._client.socket()
        if sock is not None:
            self._loop.remove_reader(sock)
            self._loop.remove_writer(sock)
            self._client.on_socket_close = None  # paho would say it again when it is collected
            self._client.on_socket_unregister_write = None
            sock.close()

    def _made(self, asking: Asking, take: Callable[[MQTTMessage], None]) -> Client:
        protocol = MQTTProtocolVersion.MQTTv5 if self._v5 else MQTTProtocolVersion.MQTTv311
        client = BoundedClient(
            CallbackAPIVersion.VERSION2, asking.client_id, None if self._v5 else not asking.keep,
            protocol=protocol, reconnect_on_failure=False, manual_ack=True,
        )
        client.most = asking.body_limit * MOST_TIMES_LIMIT + BESIDE
        client.connect_timeout = self._settings.connect_timeout
        client.max_inflight_messages = 0  # the window is ours, as wide as the broker says
        if asking.user is not None:
            client.username_pw_set(asking.user, asking.password)
        if self._settings.url.startswith("mqtts:"):
            context = trust_of(self._settings)()
            context.sslsocket_class = _EndedSocket
            client.tls_set_context(context)
        if asking.presence is not None:
            client.will_set(asking.presence, b"offline", AT_LEAST_ONCE, retain=True)
        client.on_connect = self._connected
        client.on_connect_fail = lambda *_: None  # told by the exception of `connect`
        client.on_disconnect = self._disconnected
        client.on_publish = self._confirmed
        client.on_subscribe = self._subscribed
        client.on_message = lambda _c, _u, message: take(message)
        client.on_socket_open = lambda _c, _u, sock: self._on_loop(self._loop.add_reader, sock, self._read)
        client.on_socket_close = lambda _c, _u, sock: self._on_loop(self._loop.remove_reader, sock)
        client.on_socket_register_write = lambda _c, _u, sock: self._on_loop(self._loop.add_writer, sock, self._write)
        client.on_socket_unregister_write = lambda _c, _u, sock: self._on_loop(self._loop.remove_writer, sock)
        return client

    def _connect(self, asking: Asking) -> None:
        """Resolve, connect and say hello: paho does that in one blocking call, so in a thread."""
        parts = urlsplit(self._settings.url)
        port = parts.port or (8883 if parts.scheme == "mqtts" else 1883)
        keepalive = int(self._settings.keepalive)
        if not self._v5:
            self._client.connect(parts.hostname or "", port, keepalive)
            return
        properties = self._properties(PacketTypes.CONNECT, {
            "SessionExpiryInterval": int(self._settings.session) if asking.keep else 0,
            "ReceiveMaximum": asking.prefetch,
            **({"MaximumPacketSize": asking.body_limit * MOST_TIMES_LIMIT} if asking.body_limit else {}),
        })
        self._client.connect(parts.hostname or "", port, keepalive, clean_start=not asking.keep, properties=properties)

    def _properties(self, kind: int, values: dict[str, Any]) -> Properties | None:
        if not self._v5:
            return None
        properties = Properties(kind)  # type: ignore[no-untyped-call]  # paho leaves this one without types
        for name, value in values.items():
            setattr(properties, name, value)
        return properties

    async def _tick(self) -> None:
        """Have paho ping when it is due, and notice a broker that does not answer."""
        while self._client.loop_misc() == MQTTErrorCode.MQTT_ERR_SUCCESS:  # noqa: ASYNC110  paho's clock: it tells nobody
            await asyncio.sleep(TICK)

    def _on_loop(self, act: Callable[..., object], sock: Any, *more: Any) -> None:
        """At once from the loop, where the socket is closed right after; soon from the thread that connects."""
        if threading.get_ident() == self._thread:
            act(sock, *more)
        else:
            self._loop.call_soon_threadsafe(act, sock.fileno(), *more)

    def _read(self) -> None:
        self._client.loop_read()
        while (sock := self._client.socket()) is not None and getattr(sock, "pending", int)() > 0:
            self._client.loop_read()  # TLS has decrypted more than was read: no further sign comes for it

    def _write(self) -> None:
        self._client.loop_write()

    def _connected(self, _client: Client, _user: object, _flags: object, why: Any, properties: Properties | None) -> None:
        if self._open.done():
            return
        if why.is_failure:
            self._open.set_exception(LineLost(*by_broker(why)))
            return
        self._largest = getattr(properties, "MaximumPacketSize", 0)
        self._window = asyncio.Semaphore(getattr(properties, "ReceiveMaximum", 65_535 if self._v5 else WINDOW))
        self._open.set_result(None)

    def _disconnected(self, _client: Client, _user: object, flags: Any, why: Any, _properties: object) -> None:
        # Without a word of the broker's, paho's own reason only says that there is none.
        self._end(by_broker(why) if flags.is_disconnect_packet_from_server else ("the connection ended", "连接已断开"))

    def _confirmed(self, _client: Client, _user: object, mid: int, why: Any, _properties: object) -> None:
        waiting = self._unconfirmed.get(mid)
        if waiting is None or waiting.done():
            return
        if why.is_failure:
            waiting.set_result(Published(Word.REFUSED, str(why)))
        else:
            waiting.set_result(Published(Word.UNHEARD if why.value == UNHEARD else Word.CONFIRMED))

    def _subscribed(self, _client: Client, _user: object, mid: int, codes: list[Any], _properties: object) -> None:
        refused = [by_broker(code) for code in codes if code.is_failure or code.value < AT_LEAST_ONCE]
        granted = self._asked.pop(mid, None)
        if granted is not None and not granted.done():
            why = refused[0] if refused else None
            granted.set_result(None if why is None else (
                f"the broker does not let us subscribe ({why[0]})", f"消息中间件不允许订阅（{why[1]}）"))

    def _end(self, why: tuple[str, str]) -> None:
        """The line is gone: everything that waits for it hears why."""
        if not self._lost.done():
            self._lost.set_result(why)
        if not self._open.done():
            self._open.set_exception(LineLost(*why))
            self._open.exception()  # heard, also where nobody waits any more
        for waiting in self._unconfirmed.values():
            if not waiting.done():
                waiting.set_exception(LineLost(*why))


class _EndedSocket(ssl.SSLSocket):
    """A socket that closes when its handshake fails: paho leaves it open."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise
