"""An HTTP server on this machine that misbehaves on purpose, byte by byte."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_DRIP_SECONDS = 0.02

Behaviour = Callable[["FaultyServer", asyncio.StreamWriter], Awaitable[bool]]
"""What is done once a request is read whole; False ends the connection."""


def answers(content: bytes) -> Behaviour:
    """Answer with these bytes, head included, and keep the connection."""

    async def behave(_: FaultyServer, writer: asyncio.StreamWriter) -> bool:
        writer.write(content)
        await writer.drain()
        return True

    return behave


def breaks_off(content: bytes = b"") -> Behaviour:
    """Send these bytes, then close."""

    async def behave(_: FaultyServer, writer: asyncio.StreamWriter) -> bool:
        writer.write(content)
        await writer.drain()
        return False

    return behave


async def resets(_: FaultyServer, writer: asyncio.StreamWriter) -> bool:
    """Reset the connection (RST)."""
    transport: asyncio.WriteTransport = writer.transport
    transport.abort()
    return False


async def hangs(server: FaultyServer, _: asyncio.StreamWriter) -> bool:
    """Never answer."""
    await server.closing.wait()
    return False


def drips(head: bytes, byte: bytes = b" ") -> Behaviour:
    """Send *head*, then one byte after another without end."""

    async def behave(server: FaultyServer, writer: asyncio.StreamWriter) -> bool:
        writer.write(head)
        while not (server.closing.is_set() or writer.is_closing()):
            writer.write(byte)
            await writer.drain()
            await asyncio.sleep(_DRIP_SECONDS)
        return False

    return behave


def floods(head: bytes, chunk: bytes) -> Behaviour:
    """Send *head*, then *chunk* as fast as it is read, without end."""

    async def behave(server: FaultyServer, writer: asyncio.StreamWriter) -> bool:
        writer.write(head)
        while not (server.closing.is_set() or writer.is_closing()):
            writer.write(chunk)
            await writer.drain()
        return False

    return behave


class FaultyServer:
    """Serves one behaviour per request, the last one for all that follow. `requests` counts those read
    whole; `url` is where it listens."""

    def __init__(self, script: Iterable[Behaviour]) -> None:
        self._script = list(script)
        self.requests = 0
        self.closing = asyncio.Event()
        self.url = ""
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @classmethod
    @asynccontextmanager
    async def serving(cls, *script: Behaviour) -> AsyncIterator[FaultyServer]:
        """Listen while the context lasts."""
        faulty = cls(script)
        server = await asyncio.start_server(faulty._serve, "127.0.0.1", 0)
        faulty.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield faulty
        finally:
            faulty.closing.set()
            server.close()
            await faulty._idle.wait()

    async def left_alone(self) -> None:
        """Wait until no connection is open."""
        await self._idle.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        self._idle.clear()
        try:
            while await self._one(reader, writer):
                continue
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the client went away, as some of these behaviours want
        finally:
            writer.close()
            self._open -= 1
            if not self._open:
                self._idle.set()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        await reader.readexactly(int(length[1]) if length else 0)
        behave = self._script[min(self.requests, len(self._script) - 1)]
        self.requests += 1
        return await behave(self, writer)


def deaf_url() -> str:
    """An address on this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
