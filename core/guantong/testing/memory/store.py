"""The store in memory: a second way to keep the contract of stores, without files, servers or SQL.

What is committed is never altered: each work gets tables of its own, which take the place of those before it when it has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from guantong.keptafter import WHY, is_lost
from guantong.store import Reader, Store, StoreFailed, StoreRefused, StoreSpec, Transaction
from guantong.testing.memory.reader import MemoryReader
from guantong.testing.memory.tables import Tables
from guantong.testing.memory.transaction import MemoryTransaction

T = TypeVar("T")


class _Nothing(BaseModel):
    """Nothing can be set."""

    model_config = ConfigDict(defer_build=True, extra="forbid")


class Shelf:
    """Where the stores of a test have their data, by home: what one keeps there, the next one finds, as on a disk."""

    def __init__(self) -> None:
        self._kept: dict[Path, Tables] = {}
        self.is_full = False

    @contextmanager
    def full(self) -> Iterator[None]:
        """Inside, nothing can be kept."""
        self.is_full = True
        try:
            yield
        finally:
            self.is_full = False

    def store(self, home: Path) -> MemoryStore:
        """The store of *home*, not yet opened."""
        return MemoryStore(self, home)

    def reader(self, home: Path) -> MemoryReader:
        """A reader of what is committed there, then and later."""
        return MemoryReader(lambda: self.committed(home))

    def spec(self) -> StoreSpec:
        """The store as `store: {use: memory}` names it, where a test's registry has it."""

        def make(_: BaseModel, home: Path) -> Store:
            return self.store(home)

        def read(_: BaseModel, home: Path) -> Reader:
            if home not in self._kept:
                raise StoreRefused("nothing was kept in memory yet", empty=True)
            return self.reader(home)

        return StoreSpec("memory", _Nothing, make, read)

    def committed(self, home: Path) -> Tables:
        """What is committed there."""
        return self._kept.setdefault(home, Tables())

    def commit(self, home: Path, tables: Tables) -> None:
        """Keep *tables* there from now on. Raises `StoreFailed`."""
        if self.is_full:
            raise StoreFailed("the store cannot write: it is full")
        self._kept[home] = tables


class MemoryStore:
    """`guantong.store.Store`. What is handed in during one pass of the event loop is committed together."""

    sharing = None

    def __init__(self, shelf: Shelf, home: Path) -> None:
        self._shelf = shelf
        self._home = home
        self._waiting: list[tuple[Callable[[Transaction], Any], asyncio.Future[Any], asyncio.Future[Any] | None]] = []
        self._closing = False

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._shelf.committed(self._home)  # from now on there is something to read

    def write(self, work: Callable[[Transaction], T], *, after: asyncio.Future[Any] | None = None) -> asyncio.Future[T]:
        future: asyncio.Future[T] = self._loop.create_future()
        if self._closing:
            future.set_exception(StoreFailed("the store is closing"))
            return future
        if not self._waiting:
            self._loop.call_soon(self._run)
        self._waiting.append((work, future, after))
        return future

    def reader(self) -> MemoryReader:
        return self._shelf.reader(self._home)

    async def close(self) -> None:
        self._closing = True
        await asyncio.gather(*(future for _, future, _ in self._waiting), return_exceptions=True)

    def _run(self) -> None:
        works, self._waiting = self._waiting, []
        tables, done = self._shelf.committed(self._home), list[tuple[asyncio.Future[Any], Any]]()
        for work, future, after in works:
            mine = tables.fork()
            try:
                if is_lost(after):
                    raise StoreFailed(WHY)
                done.append((future, work(MemoryTransaction(mine))))
            except Exception as error:  # noqa: BLE001 -- handed to whoever waits for this work
                if not future.done():
                    future.set_exception(error)
            else:
                tables = mine
        failed: StoreFailed | None = None
        try:
            self._shelf.commit(self._home, tables)
        except StoreFailed as error:
            failed = error
        for future, result in done:
            if not future.done():
                if failed is None:
                    future.set_result(result)
                else:
                    future.set_exception(failed)
