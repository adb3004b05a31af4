"""Keeping a content from the event loop: disk and hashing in threads, a few pieces at a time.

A sender may go, and its request be cancelled, while a thread is at work for it: the thread cannot be stopped, so
whichever of the two ends last forgets what was written.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from guantong.blobs.blob import Blob
from guantong.blobs.keeping import Blobs, Incoming

T = TypeVar("T")
ENOUGH = 1 << 20  # bytes worth a turn of a thread


class Left(Exception):
    """The content is no longer wanted. Told to nobody: who would hear it has gone."""


class Intake:
    """One content on its way in, as an adapter fills it. Used as a context: left without `keep`, nothing stays."""

    def __init__(self, blobs: Blobs, limit: int | None = None) -> None:
        self._blobs = blobs
        self._limit = limit
        self._held = bytearray()
        self._incoming: Incoming | None = None
        self._turns = threading.Lock()  # of the two below; never held while anything waits
        self._at_work = False
        self._left = False

    async def write(self, part: bytes) -> None:
        """Take the next bytes. Raises `TooLarge`, `BlobsFailed`."""
        self._held += part
        if len(self._held) >= ENOUGH:
            await asyncio.to_thread(self._turn, self._write)

    async def keep(self) -> Blob:
        """Keep what came, durably once this returns. Raises `TooLarge`, `BlobsFailed`."""
        return await asyncio.to_thread(self._turn, self._keep)

    def _turn(self, work: Callable[[], T]) -> T:
        """Do *work* in a thread, and clean up after it where the context was left meanwhile."""
        with self._turns:
            if self._left:
                raise Left
            self._at_work = True
        try:
            return work()
        finally:
            with self._turns:
                self._at_work = False
                left = self._left
            if left:
                self._forget()

    def _write(self) -> None:
        if self._incoming is None:
            self._incoming = self._blobs.incoming(self._limit)
        held, self._held = bytes(self._held), bytearray()
        self._incoming.write(held)

    def _keep(self) -> Blob:
        self._write()
        assert self._incoming is not None  # noqa: S101 -- `_write` made it
        return self._incoming.keep()

    def _forget(self) -> None:
        if self._incoming is not None:
            self._incoming.drop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        with self._turns:
            self._left = True
            at_work = self._at_work
        if not at_work:
            self._forget()
