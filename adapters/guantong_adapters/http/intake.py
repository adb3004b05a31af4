"""Reading the bodies of one door's requests: bounded in bytes, in time, and in how many are held at once."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from enum import StrEnum

from aiohttp import ClientConnectionError, ClientPayloadError, StreamReader, web
from aiohttp.http import HttpProcessingError

PATIENCE = 20.0
"""Seconds until a body must be there, plus the time it takes at the slowest rate."""
SLOWEST = 16 * 1024
"""Bytes a second that a sender must reach."""
SMALL = 64 * 1024
"""Bodies up to this size are not counted as held: connections, which are bounded themselves, buffer as much."""
ROOM = 4
"""How many bodies of the largest size one door holds at a time."""


_AT_ONCE = nullcontext()


class Why(StrEnum):
    """Why a body was not read."""

    COMPRESSED = "compressed"
    TOO_LARGE = "too_large"
    INCOMPLETE = "incomplete"
    TOO_SLOW = "too_slow"
    NO_ROOM = "no_room"


class NotRead(Exception):
    """The body was not read; nothing of it is held."""

    def __init__(self, why: Why) -> None:
        self.why = why
        super().__init__(why.value)


class Intake:
    """Reads bodies of at most *limit* bytes. Every body that was read is given back by `done`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._room = ROOM * limit
        self._held = 0
        self._large = asyncio.Lock()

    async def read(self, request: web.Request) -> bytes:
        """The whole body. Raises `NotRead`."""
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise NotRead(Why.COMPRESSED)
        if (request.content_length or 0) > self._limit:
            raise NotRead(Why.TOO_LARGE)
        content = request.content
        try:
            if content.is_eof():  # all of it came with the headers, as small ones do
                return self._hold(content.read_nowait())
            return await self._read_on(content)
        except (ClientPayloadError, ClientConnectionError, ConnectionError, HttpProcessingError, web.RequestPayloadError):
            raise NotRead(Why.INCOMPLETE) from None

    def turn(self, body: bytes) -> AbstractAsyncContextManager[None]:
        """Large bodies of one door are dealt with one after the other: whoever waits at another door comes in
        between."""
        return self._large if len(body) > SMALL else _AT_ONCE

    def done(self, body: bytes) -> None:
        """The body is no longer held."""
        if len(body) > SMALL:
            self._held -= len(body)

    def _hold(self, body: bytes) -> bytes:
        if len(body) > self._limit:
            raise NotRead(Why.TOO_LARGE)
        if len(body) <= SMALL:
            return body
        if self._held + len(body) > self._room:
            raise NotRead(Why.NO_ROOM)
        self._held += len(body)
        return body

    async def _read_on(self, content: StreamReader) -> bytes:
        """The rest as it comes. What is held grows with it, so that many slow ones count as well."""
        body = bytearray()  # a list of pieces takes twenty times their room where they are two bytes each
        size = counted = 0
        loop = asyncio.get_running_loop()
        latest = loop.time() + PATIENCE
        try:
            async with asyncio.timeout_at(latest) as patience:
                while not content.at_eof():
                    chunk = await content.readany()
                    size += len(chunk)
                    self._held += len(chunk)
                    body += chunk
                    if size > self._limit:
                        raise NotRead(Why.TOO_LARGE)
                    if self._held > self._room:
                        raise NotRead(Why.NO_ROOM)
                    if size - counted >= SLOWEST:  # a timer for each tiny piece would be most of the work
                        counted = size
                        patience.reschedule(latest + size / SLOWEST)
        except TimeoutError:
            raise NotRead(Why.TOO_SLOW) from None
        finally:
            self._held -= size
        if size > SMALL:
            self._held += size
        return bytes(body)
