"""The embedded store: one writer, group commit, checkpoints aside.

Work handed in during one pass of the event loop shares a transaction, or several where it is much.
Statements run on the loop's thread (each is microseconds); only COMMIT, which waits for the disk, runs in a
thread of its own. Checkpoints run on a second connection, so that copying back never sits inside a commit.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import structlog

from guantong.keptafter import WHY, is_lost
from guantong.store import StoreFailed, Transaction
from guantong_plugins.stores.sqlite.failures import in_short, is_of_the_disk
from guantong_plugins.stores.sqlite.opening import open_for_reading, open_for_writing
from guantong_plugins.stores.sqlite.presence import Presence
from guantong_plugins.stores.sqlite.reader import SqliteReader
from guantong_plugins.stores.sqlite.settings import SqliteSettings
from guantong_plugins.stores.sqlite.transaction import SqliteTransaction

T = TypeVar("T")
GROUP_LIMIT = 512  # work in one transaction: bounds how long the loop is kept from other things
ENOUGH = 128  # work that is worth a commit before the loop's pass is over; below it, one commit a pass costs less
CHECKPOINT_EVERY = 0.25  # seconds
log = structlog.get_logger("guantong.store")

_Waiting = tuple[Callable[[Transaction], Any], "asyncio.Future[Any]", "asyncio.Future[Any] | None"]


class _Gone(Exception):
    """A file of the store has lost its name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} was removed or replaced while the hub runs; put it back, or stop the hub and restore a backup")


class SqliteStore:
    """`guantong.store.Store` over one SQLite file."""

    sharing = None

    def __init__(self, settings: SqliteSettings, home: Path) -> None:
        self._path = home / settings.path
        self._synchronous = settings.synchronous
        self._waiting: list[_Waiting] = []
        self._group: list[tuple[asyncio.Future[Any], Any]] = []
        self._busy = False
        self._soon: asyncio.Handle | None = None  # the group that is to run in the next pass
        self._closing = False
        self._go_commit = threading.Semaphore(0)
        self._stop = threading.Event()

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle = asyncio.Event()
        self._idle.set()
        self._connection = open_for_writing(self._path, self._synchronous)
        self._presence = Presence(self._path)
        self._transaction = SqliteTransaction(self._connection)
        self._committer = threading.Thread(target=self._commits, name="commit", daemon=True)
        self._checkpointer = threading.Thread(target=self._checkpoints, name="checkpoint", daemon=True)
        self._committer.start()
        self._checkpointer.start()

    def write(self, work: Callable[[Transaction], T], *, after: asyncio.Future[Any] | None = None) -> asyncio.Future[T]:
        future: asyncio.Future[T] = self._loop.create_future()
        if self._closing:
            future.set_exception(StoreFailed("the store is closing"))
            return future
        self._waiting.append((work, future, after))
        if self._soon is not None and len(self._waiting) >= ENOUGH:
            self._soon.cancel()
            self._run_group()
        else:
            self._wake()
        return future

    def reader(self) -> SqliteReader:
        return SqliteReader(open_for_reading(self._path))

    async def close(self) -> None:
        self._closing = True
        await self._idle.wait()
        self._stop.set()
        self._go_commit.release()
        for thread in (self._committer, self._checkpointer):
            await asyncio.to_thread(thread.join)
        self._connection.close()

    def _wake(self) -> None:
        if not self._busy:
            self._busy = True
            self._idle.clear()
            self._soon = self._loop.call_soon(self._run_group)

    def _run_group(self) -> None:
        """Run what waits inside one transaction; hand its COMMIT to the committing thread."""
        self._soon = None
        works, self._waiting = self._waiting[:GROUP_LIMIT], self._waiting[GROUP_LIMIT:]
        group: list[tuple[asyncio.Future[Any], Any]] = []
        failed_at = -1
        try:
            self._must_be_there()
            self._connection.execute("BEGIN IMMEDIATE")
        except (sqlite3.Error, _Gone) as error:
            self._give_up([future for _, future, _ in works], error)
            return
        for index, (work, future, after) in enumerate(works):
            if is_lost(after):
                if not future.done():
                    future.set_exception(StoreFailed(WHY))
                continue
            try:
                group.append((future, work(self._transaction)))
            except Exception as error:  # noqa: BLE001 -- handed to whoever waits for this work
                if is_of_the_disk(error):
                    # It is the disk, not this work: no other would fare better.
                    self._give_up([future for _, future, _ in works], error)
                    return
                failed_at = index
                if not future.done():
                    future.set_exception(error)
                break
        if failed_at >= 0:
            # One work failed: nothing of the group is kept, the others run again without it.
            self._rollback()
            self._waiting[:0] = works[:failed_at] + works[failed_at + 1:]
            self._rest()
            return
        self._group = group
        self._go_commit.release()

    def _commits(self) -> None:
        """The committing thread: waits for a group, commits it, tells the loop."""
        while True:
            self._go_commit.acquire()
            if self._stop.is_set():
                return
            error: Exception | None = None
            try:
                self._connection.execute("COMMIT")
                self._must_be_there()  # else it was kept in what is gone with this process
            except (sqlite3.Error, _Gone) as caught:
                error = caught
            self._loop.call_soon_threadsafe(self._committed, error)

    def _must_be_there(self) -> None:
        name = self._presence.lost()
        if name:
            raise _Gone(name)

    def _committed(self, error: Exception | None) -> None:
        group, self._group = self._group, []
        if error is not None:
            self._give_up([future for future, _ in group], error)
            return
        for future, result in group:
            if not future.done():
                future.set_result(result)
        self._rest()

    def _rest(self) -> None:
        self._busy = False
        if self._waiting:
            self._wake()
        else:
            self._idle.set()

    def _rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _give_up(self, futures: list[asyncio.Future[Any]], error: Exception) -> None:
        """The store cannot write: nothing of the group is kept."""
        self._rollback()
        why = str(error) if isinstance(error, _Gone) else in_short(error)
        failed = f"the store cannot write: {why}"
        for future in futures:
            if not future.done():
                future.set_exception(StoreFailed(failed))
        self._rest()

    def _checkpoints(self) -> None:
        """The checkpointing thread. What fails is tried again: the log only grows until one succeeds."""
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=0)
        failing = False
        while not self._stop.wait(CHECKPOINT_EVERY):
            try:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            except sqlite3.Error as error:
                if not failing:
                    log.error("store.checkpoint_failed", error=getattr(error, "sqlite_errorname", ""))
                failing = True
            else:
                failing = False
        connection.close()
