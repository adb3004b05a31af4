"""A network between the store and its server that can be taken away. It lives in a thread of its own, so that it goes on
while the hub's loop waits for an answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Self


class Relay:
    """Passes bytes on to *server* (`host:port`) until it is `away`: connections are cut, new ones refused."""

    def __init__(self, server: str) -> None:
        host, _, port = server.rpartition(":")
        self._server = host, int(port)
        self._port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self.back()
        return self

    def __exit__(self, *_: object) -> None:
        self.away()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def back(self) -> None:
        """There again, at the same address."""
        self._do(self._listen())

    def away(self) -> None:
        """Cut everything, and refuse what comes."""
        self._do(self._cut())

    def stall(self) -> None:
        """Pass nothing on any more, but keep it: as for a program that is stopped, nothing shows at either end."""
        self._do(self._turn(self._flows.clear))

    def flow(self) -> None:
        """Pass on what was kept, and what comes."""
        self._do(self._turn(self._flows.set))

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(30)

    async def _listen(self) -> None:
        self._idle = asyncio.Event()
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._listener.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        for one in self._listener.sockets:
            self._loop.remove_reader(one.fileno())
        for _ in range(10):  # who was let in a moment ago is among the writers then: a listener that is closed drops it on the floor
            await asyncio.sleep(0)
        self._listener.close()
        for writer in [*self._writers]:
            writer.transport.abort()
        if self._writers:
            self._idle.clear()
            await self._idle.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with suppress(ConnectionError):  # the server is not there: whoever came is cut off, as by a port that nobody listens at
                await self._join(reader, writer)
        finally:
            writer.transport.abort()
            self._writers.discard(writer)
            if not self._writers:
                self._idle.set()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._server)
        self._writers.add(back)
        try:
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        finally:
            back.transport.abort()
            self._writers.discard(back)

    @staticmethod
    async def _turn(what: Callable[[], None]) -> None:
        what()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
