"""A network that misbehaves on purpose, between an adapter and the real system at its other end.

It carries bytes both ways, of any protocol that runs over TCP, and counts them. One fault at a time is armed: it
befalls the connection on which its byte is reached, and that one alone; what connects afterwards is carried well.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

Stream: TypeAlias = Literal["requests", "answers"]
Then: TypeAlias = Literal["cut", "reset", "hang", "drip"]
_AT_ONCE = 65536
_DRIP_SECONDS = 0.02
_NO_LINGER = struct.pack("ii", 1, 0)  # close(2) then resets


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens when `after` bytes of one stream were carried, counted from its arming over all connections.

    `cut`: both sides are closed, what was carried before arrives. `reset`: the same, and the adapter's side gets an
    RST. `hang`: nothing is carried any more, either way, and nobody is told. `drip`: from there on, a byte now and then.
    With `after=0`, the first byte that comes is not carried any more.
    """

    stream: Stream
    after: int
    then: Then


@dataclass(eq=False, slots=True)
class _Line:
    """One connection: the adapter's side and the peer's."""

    adapter: asyncio.StreamWriter
    peer: asyncio.StreamWriter
    state: Literal["well", "hang", "drip", "ended"] = "well"

    def end(self, *, reset: bool = False) -> None:
        self.state = "ended"
        if reset and not self.adapter.is_closing():
            raw = self.adapter.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.adapter.close()
        self.peer.close()


class FaultyRelay:
    """Listens on this machine at `host` and `port`. `carried` counts the bytes of each stream since the last `arm` or
    `count`; `befell` says whether the armed fault happened, `struck` how many did."""

    def __init__(self, peer_host: str, peer_port: int) -> None:
        self._peer = (peer_host, peer_port)
        self._server: asyncio.Server | None = None
        self._fault: Fault | None = None
        self._told: Callable[[Stream], None] | None = None
        self._lines: dict[_Line, asyncio.Task[None]] = {}
        self._refused = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.host, self.port = "127.0.0.1", 0
        self.carried: dict[Stream, int] = {"requests": 0, "answers": 0}
        self.befell = False
        self.struck = 0

    @classmethod
    @asynccontextmanager
    async def to(cls, host: str, port: int) -> AsyncIterator[FaultyRelay]:
        """Relay to *host* and *port* while the context lasts."""
        relay = cls(host, port)
        await relay._listen()
        try:
            yield relay
        finally:
            await relay._refuse()
            relay.cut()
            await relay.left_alone()

    def arm(self, fault: Fault) -> None:
        """Let *fault* happen once; counts from here."""
        self.count()
        self._fault, self.befell = fault, False

    def disarm(self) -> None:
        """Carry well what comes; a connection that hangs stays as it is."""
        self._fault = None

    def count(self) -> None:
        """Count from here."""
        self.carried = {"requests": 0, "answers": 0}

    def watch(self, told: Callable[[Stream], None] | None) -> None:
        """Tell *told* of every part of a stream as soon as it was carried; None ends it."""
        self._told = told

    def cut(self) -> None:
        """Reset every connection now."""
        for line in list(self._lines):
            line.end(reset=True)

    @asynccontextmanager
    async def refusing(self) -> AsyncIterator[None]:
        """Meanwhile nobody listens, and every connection is gone."""
        await self._refuse()
        try:
            self.cut()
            await self.left_alone()
            yield
        finally:
            await self._listen()

    @property
    def connections(self) -> int:
        return len(self._lines)

    async def left_alone(self) -> None:
        """Wait until no connection is open."""
        await self._idle.wait()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(partial(self._serve, self._refused), self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _refuse(self) -> None:
        self._refused += 1
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _serve(self, times: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            peer_reader, peer_writer = await asyncio.open_connection(*self._peer)
        except OSError:
            writer.close()  # the peer is not there: the adapter sees a connection that ends
            return
        if times != self._refused:
            writer.close()  # it came in the moment before nobody listened any more: it is one of those that are gone
            peer_writer.close()
            return
        line = _Line(writer, peer_writer)
        self._lines[line] = asyncio.current_task()  # type: ignore[assignment]  # a coroutine that runs is a task's
        self._idle.clear()
        try:
            await asyncio.gather(
                self._carry("requests", reader, peer_writer, line), self._carry("answers", peer_reader, writer, line),
            )
        finally:
            line.end()
            del self._lines[line]
            if not self._lines:
                self._idle.set()

    async def _carry(self, stream: Stream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: _Line) -> None:
        with suppress(OSError):  # a side that is gone is what `read` tells next
            while data := await reader.read(_AT_ONCE):
                for part in self._parts(data, line):
                    await self._pass(stream, part, writer, line)
        if line.state != "hang" or stream == "requests":  # where it hangs, the adapter is not told that the peer left
            line.end()

    @staticmethod
    def _parts(data: bytes, line: _Line) -> list[bytes]:
        return [data[at:at + 1] for at in range(len(data))] if line.state == "drip" else [data]

    async def _pass(self, stream: Stream, data: bytes, writer: asyncio.StreamWriter, line: _Line) -> None:
        if line.state in ("hang", "ended"):
            return
        fault, before = self._fault, self.carried[stream]
        strikes = fault is not None and fault.stream == stream and before + len(data) >= max(fault.after, 1)
        if fault is not None and strikes:
            data, rest = data[:max(fault.after - before, 0)], data[max(fault.after - before, 0):]
            self._fault, self.befell = None, True
            self.struck += 1
        self.carried[stream] += len(data)
        if data:
            writer.write(data)
            await writer.drain()
            if self._told is not None:
                self._told(stream)
        if line.state == "drip":
            await asyncio.sleep(_DRIP_SECONDS)
        if fault is not None and strikes:
            await self._strike(fault.then, stream, rest, writer, line)

    async def _strike(self, then: Then, stream: Stream, rest: bytes, writer: asyncio.StreamWriter, line: _Line) -> None:
        if then in ("hang", "drip"):
            line.state = "hang" if then == "hang" else "drip"
            for part in self._parts(rest, line) if then == "drip" else ():
                await self._pass(stream, part, writer, line)
        else:
            line.end(reset=then == "reset")
