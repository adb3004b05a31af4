"""Sending one HTTP request, with an honest end.

The three ends of an exchange are told apart by phase: until a connection stands, no request byte can have
left us (`NotSent`); from then until the whole answer is read, the request may have taken effect (`Unsure`);
a whole answer is a `Reply`, whatever its status. Nothing is retried, no redirect is followed, no cookie is
kept, no proxy is taken from the environment, and an answer is never expanded or read beyond its bound.

Every delivery passes here, so it does only what that needs: docs/decisions has why not a general client.
"""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from guantong.oserrors import in_words
from guantong.record import Answer, NotSent
from guantong.tlserrors import tls_in_words
from guantong_adapters.http.address import Address, Origin, parse_address
from guantong_adapters.http.connection import Connection
from guantong_adapters.http.pouring import Into

DEFAULT_REPLY_LIMIT = 1 << 20
"""Bytes of an answer's body that are read at most. Answers of these systems are a few hundred bytes."""

_IDLE_SECONDS = 4.0
"""An idle connection is reused this long at most: shorter than the idle limit of common servers (5 s and
more), since a request on a connection the server just dropped ends `Unsure` for no reason of its own."""

_ALWAYS = "User-Agent: guantong\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"


class HttpClient:
    """A pool of at most *concurrency* connections to one system's HTTP interface.

    Must be made inside a running event loop and closed with `close`. `reply_limit` is in bytes. `tls` is
    used for https addresses (default: the machine's trusted authorities).
    """

    def __init__(
        self, concurrency: int, *, reply_limit: int = DEFAULT_REPLY_LIMIT, tls: ssl.SSLContext | None = None
    ) -> None:
        self._reply_limit = reply_limit
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._slots = asyncio.Semaphore(concurrency)
        self._idle: dict[Origin, deque[Connection]] = {}
        self._alive: set[Connection] = set()
        self._sweeping: asyncio.TimerHandle | None = None
        self._closing = False
        self._gone = asyncio.Event()

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str],
        timeout: float,  # noqa: ASYNC109  the limit decides the end returned, so it belongs in here
    ) -> Answer:
        """POST *body* once. *timeout* is in seconds for the whole exchange, half of it for connecting."""
        return await self.request("POST", url, body, headers, timeout)

    async def request(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str],
        timeout: float,  # noqa: ASYNC109  the limit decides the end returned, so it belongs in here
        limit: int | None = None, into: Into | None = None,
    ) -> Answer:
        """Send one request, whose answer may have *limit* bytes (default: `reply_limit`). Ends in `Reply` (meta: `status`, `content_type`, `charset`), `NotSent` or
        `Unsure`. *into* takes the answer's body as it comes, whatever the status; the reply then has none. Raises what *into* raises,
        `aiohttp.InvalidURL` for an address that is none, `ValueError` for a header of more than one line: mistakes of ours."""
        address = parse_address(url)
        head = _head(method, address, body, headers)
        until = self._loop.time() + timeout
        try:
            connection = await self._take(address.origin, timeout / 2)
        except TimeoutError:
            return NotSent(f"no connection within {timeout / 2:g} s", f"{timeout / 2:g} 秒内未能建立连接")
        except ssl.SSLError as error:
            what, what_zh = tls_in_words(error)
            return NotSent(f"no trusted connection ({what})", f"无法建立受信任的连接（{what_zh}）")
        except OSError as error:
            host, port, _ = address.origin
            what, what_zh = in_words(error)
            return NotSent(f"no connection to {host}:{port} ({what})", f"无法连接 {host}:{port}（{what_zh}）")
        try:
            return await connection.exchange((head, body or b""), until, timeout, limit, into)
        finally:
            self._give_back(connection, address.origin)

    async def close(self) -> None:
        """Close every connection. What is in progress ends `Unsure`."""
        self._closing = True
        if self._sweeping is not None:
            self._sweeping.cancel()
        for connection in self._alive:
            connection.abort()
        if self._alive:
            await self._gone.wait()

    async def _take(self, origin: Origin, seconds: float) -> Connection:
        """A connection to *origin*, kept or new, for this request alone."""
        if not self._slots.locked() and (kept := self._kept(origin)) is not None:
            await self._slots.acquire()  # at once: it is not locked
            return kept
        async with asyncio.timeout(seconds):
            await self._slots.acquire()
            try:
                return self._kept(origin) or await self._connect(origin)
            except BaseException:
                self._slots.release()
                raise

    def _kept(self, origin: Origin) -> Connection | None:
        """The connection used last among those that may still be used."""
        idle = self._idle.get(origin)
        oldest = self._loop.time() - _IDLE_SECONDS
        while idle:
            connection = idle.pop()
            if connection.free and connection.free_since > oldest:
                return connection
            connection.abort()
        return None

    async def _connect(self, origin: Origin) -> Connection:
        if origin.tls and self._tls is None:
            self._tls = ssl.create_default_context()
        connection = Connection(self._reply_limit, self._lost)
        tls = self._tls if origin.tls else None
        await self._loop.create_connection(lambda: connection, origin.host, origin.port, ssl=tls)
        if not connection.free:
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        self._alive.add(connection)
        if self._closing:
            connection.abort()
        return connection

    def _give_back(self, connection: Connection, origin: Origin) -> None:
        self._slots.release()
        if not connection.free:
            return
        if self._closing:
            connection.abort()
            return
        connection.free_since = self._loop.time()
        self._idle.setdefault(origin, deque()).append(connection)
        if self._sweeping is None:
            self._sweeping = self._loop.call_later(_IDLE_SECONDS, self._sweep)

    def _sweep(self) -> None:
        """Close what was idle too long; look again while anything is idle."""
        oldest = self._loop.time() - _IDLE_SECONDS
        for idle in self._idle.values():
            while idle and not (idle[0].free and idle[0].free_since > oldest):
                idle.popleft().abort()
        more = any(self._idle.values())
        self._sweeping = self._loop.call_later(_IDLE_SECONDS, self._sweep) if more else None

    def _lost(self, connection: Connection) -> None:
        self._alive.discard(connection)
        if self._closing and not self._alive:
            self._gone.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _head(method: str, address: Address, body: bytes | None, headers: Mapping[str, str]) -> bytes:
    """The head of a request."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if lines.count("\r") != len(headers) or lines.count("\n") != len(headers):
        raise ValueError("a header holds a line break")
    length = "" if body is None and method == "GET" else f"Content-Length: {len(body or b'')}\r\n"
    text = f"{method} {address.target} HTTP/1.1\r\nHost: {address.host}\r\n{_ALWAYS}{length}{lines}\r\n"
    return text.encode("utf-8")
