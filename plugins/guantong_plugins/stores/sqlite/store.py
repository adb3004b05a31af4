"""The embedded store: one writer, group commit, checkpoints aside.

Work handed in during one pass of the event loop shares a transaction. Statements run on the loop's thread
(each is microseconds); only COMMIT, which waits for the disk, runs in a thread of its own. Checkpoints run
on a second connection, so that copying back never sits inside a commit.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from guantong.store import StoreFailed, StoreRefused, Transaction
from guantong_plugins.stores.sqlite.reader import SqliteReader
from guantong_plugins.stores.sqlite.transaction import SqliteTransaction

T = TypeVar("T")
SCHEMA_VERSION = 1
APPLICATION_ID = 0x47554154  # "GUAT": tells our file from a stranger's
GROUP_LIMIT = 512  # work in one transaction: bounds how long the loop is kept from other things
CHECKPOINT_EVERY = 0.25  # seconds

_Waiting = tuple[Callable[[Transaction], Any], "asyncio.Future[Any]"]


class SqliteSettings(BaseModel, extra="forbid"):
    """Keys of `store:` when it says `use: sqlite`."""

    path: str = "var/guantong.db"
    synchronous: str = "FULL"


class SqliteStore:
    """`guantong.store.Store` over one SQLite file."""

    def __init__(self, settings: SqliteSettings, home: Path) -> None:
        self._path = home / settings.path
        self._synchronous = settings.synchronous
        self._waiting: list[_Waiting] = []
        self._group: list[tuple[asyncio.Future[Any], Any]] = []
        self._busy = False
        self._closing = False
        self._go_commit = threading.Semaphore(0)
        self._stop = threading.Event()

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle = asyncio.Event()
        self._idle.set()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = connect(self._path, self._synchronous)
        prepare(self._connection, self._path)
        self._transaction = SqliteTransaction(self._connection)
        self._committer = threading.Thread(target=self._commits, name="commit", daemon=True)
        self._checkpointer = threading.Thread(target=self._checkpoints, name="checkpoint", daemon=True)
        self._committer.start()
        self._checkpointer.start()

    def write(self, work: Callable[[Transaction], T]) -> Awaitable[T]:
        future: asyncio.Future[T] = self._loop.create_future()
        if self._closing:
            future.set_exception(StoreFailed("the store is closing"))
            return future
        self._waiting.append((work, future))
        self._wake()
        return future

    def reader(self) -> SqliteReader:
        return open_reader_at(self._path)

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
            self._loop.call_soon(self._run_group)

    def _run_group(self) -> None:
        """Run what waits inside one transaction; hand its COMMIT to the committing thread."""
        works, self._waiting = self._waiting[:GROUP_LIMIT], self._waiting[GROUP_LIMIT:]
        group: list[tuple[asyncio.Future[Any], Any]] = []
        failed_at = -1
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._fail([future for _, future in works], error)
            self._rest()
            return
        for index, (work, future) in enumerate(works):
            try:
                group.append((future, work(self._transaction)))
            except Exception as error:  # noqa: BLE001 -- handed to whoever waits for this work
                failed_at = index
                if not future.done():
                    future.set_exception(_as_store_error(error))
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
            error: sqlite3.Error | None = None
            try:
                self._connection.execute("COMMIT")
            except sqlite3.Error as caught:
                error = caught
            self._loop.call_soon_threadsafe(self._committed, error)

    def _committed(self, error: sqlite3.Error | None) -> None:
        group, self._group = self._group, []
        if error is not None:
            self._rollback()
            self._fail([future for future, _ in group], error)
        else:
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

    @staticmethod
    def _fail(futures: list[asyncio.Future[Any]], error: sqlite3.Error) -> None:
        for future in futures:
            if not future.done():
                future.set_exception(_as_store_error(error))

    def _checkpoints(self) -> None:
        connection = connect(self._path, self._synchronous)
        while not self._stop.wait(CHECKPOINT_EVERY):
            # A busy or failing checkpoint is tried again: the log only grows until one succeeds.
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        connection.close()


def _as_store_error(error: Exception) -> Exception:
    if isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.ProgrammingError):
        return StoreFailed(f"the store cannot write: {error.sqlite_errorname}")
    return error


def connect(path: Path, synchronous: str) -> sqlite3.Connection:
    """Open the file for writing with the settings every writer needs. Raises `StoreRefused`."""
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5,
                                     cached_statements=256)
        # Fixed before the first table: freed pages can be given back to the disk later.
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'NORMAL' if synchronous == 'NORMAL' else 'FULL'}")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("PRAGMA cache_size=-65536")
    except sqlite3.Error as error:
        raise StoreRefused(
            f"store.path: {path.name} cannot be opened ({error.sqlite_errorname}); "
            "check the folder's permissions and free space, or restore a backup"
        ) from error
    return connection


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Create the tables of a new file, or make sure that an old one is ours and of our version."""
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if not tables:
            schema = files(__package__ or __name__).joinpath("schema.sql").read_text(encoding="utf-8")
            connection.executescript(
                f"BEGIN; {schema} PRAGMA user_version={SCHEMA_VERSION}; "
                f"PRAGMA application_id={APPLICATION_ID}; COMMIT;"
            )
            os.chmod(path, 0o600)
            return
    except sqlite3.Error as error:
        raise StoreRefused(
            f"store.path: {path.name} is not a readable SQLite file ({error.sqlite_errorname}); "
            "restore a backup, or name another file"
        ) from error
    if application != APPLICATION_ID:
        raise StoreRefused(f"store.path: {path.name} is a database of another program; name another file")
    if version != SCHEMA_VERSION:
        raise StoreRefused(
            f"store.path: {path.name} has schema version {version}, this program needs {SCHEMA_VERSION}; "
            "use the program version that wrote it, or a newer one"
        )


def open_reader_at(path: Path) -> SqliteReader:
    """Open *path* read-only beside a running hub. Raises `StoreRefused` where there is nothing to read."""
    if not path.is_file():
        raise StoreRefused(f"store.path: there is no {path.name} yet; `guantong run` makes it at first start")
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None,
                                     check_same_thread=False, timeout=5, cached_statements=256)
        connection.execute("SELECT count(*) FROM cursor")
    except sqlite3.Error as error:
        raise StoreRefused(f"store.path: {path.name} cannot be read ({error.sqlite_errorname})") from error
    return SqliteReader(connection)
