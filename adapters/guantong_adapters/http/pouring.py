"""An answer's body on its way to who takes it piece by piece: no more is read than it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from guantong.record import Answer, Reply

Into = Callable[[bytes], Awaitable[None]]
MOST_HELD = 256 * 1024
"""Bytes that wait to be taken until the line is no longer read."""


class Pouring:
    """The body of one answer: `add` takes what came, `whole` hands it on."""

    def __init__(self, transport: asyncio.Transport, into: Into) -> None:
        self._transport = transport
        self._into = into
        self._pieces: list[bytes] = []
        self._size = 0
        self._paused = False
        self._more = asyncio.Event()

    def add(self, piece: bytes) -> None:
        """Take what came; the sender waits while too much is held."""
        self._pieces.append(piece)
        self._size += len(piece)
        self._more.set()
        if self._size >= MOST_HELD and not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    async def whole(self, answer: asyncio.Future[Answer]) -> Answer:
        """Hand on what comes until *answer* is there: all of it where that is a reply. Raises what taking it raises."""
        answer.add_done_callback(lambda _: self._more.set())
        try:
            while not answer.done() or (self._pieces and isinstance(answer.result(), Reply)):
                await self._more.wait()
                self._more.clear()
                pieces, self._pieces, self._size = self._pieces, [], 0
                if pieces:
                    await self._into(b"".join(pieces))
                self._read_on()
        finally:
            self._read_on()
        return answer.result()

    def _read_on(self) -> None:
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
