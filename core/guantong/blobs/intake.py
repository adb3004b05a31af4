"""Keeping a content from the event loop: disk and hashing in threads, a few pieces at a time."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from guantong.blobs.blob import Blob
from guantong.blobs.keeping import Blobs, Incoming

ENOUGH = 1 << 20  # bytes worth a turn of a thread


class Intake:
    """One content on its way in, as an adapter fills it. Used as a context: left without `keep`, nothing stays."""

    def __init__(self, blobs: Blobs, limit: int | None = None) -> None:
        self._blobs = blobs
        self._limit = limit
        self._held = bytearray()
        self._incoming: Incoming | None = None

    async def write(self, part: bytes) -> None:
        """Take the next bytes. Raises `TooLarge`, `BlobsFailed`."""
        self._held += part
        if len(self._held) >= ENOUGH:
            await asyncio.to_thread(self._write)

    async def keep(self) -> Blob:
        """Keep what came, durably once this returns. Raises `TooLarge`, `BlobsFailed`."""
        return await asyncio.to_thread(self._keep)

    def _write(self) -> None:
        if self._incoming is None:
            self._incoming = self._blobs.incoming(self._limit)
        held, self._held = bytes(self._held), bytearray()
        self._incoming.write(held)

    def _keep(self) -> Blob:
        self._write()
        assert self._incoming is not None  # noqa: S101 -- `_write` made it
        return self._incoming.keep()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        if self._incoming is not None:
            self._incoming.__exit__(kind, error, trace)
