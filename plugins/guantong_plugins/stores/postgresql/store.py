"""The store on PostgreSQL: works run in a thread of their own, all that wait in one transaction.

The loop never waits for the server. One session writes, and holds the schema: what it read it may go on knowing until
another writes, which only those can that share it. A commit whose answer was lost is looked up when the server is back: nobody is told of something
kept that was not, nor the reverse.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from weakref import WeakSet

import psycopg
import structlog

from guantong.keptafter import WHY, is_lost
from guantong.store import StoreFailed, StoreRefused, Transaction
from guantong_plugins.stores.postgresql.connecting import Connection, connect, dsn_of, opened
from guantong_plugins.stores.postgresql.failures import in_short, is_again, is_mistake
from guantong_plugins.stores.postgresql.opening import prepare_reading
from guantong_plugins.stores.postgresql.reader import PostgresqlReader
from guantong_plugins.stores.postgresql.session import Session, TakenOver
from guantong_plugins.stores.postgresql.settings import PostgresqlSettings
from guantong_plugins.stores.postgresql.sharing import Ear

T = TypeVar("T")
GROUP_LIMIT = 512
"""Works in one transaction: bounds how long the first of them waits for the last."""
TRIES = 5
"""How often a group is run again that the server gave up, or whose session ended under it."""
LOOK_EVERY = 0.5  # seconds between looks for a server that is away
AWAY = "the store is away: PostgreSQL cannot be reached"
TAKEN = "the store was taken over: another hub wrote in this schema meanwhile; start this hub anew"
log = structlog.get_logger("guantong.store")


class Waiting(NamedTuple):
    """Work, who waits for it, and what it is to come after."""

    work: Callable[[Transaction], Any]
    future: asyncio.Future[Any]
    after: asyncio.Future[Any] | None


class PostgresqlStore:
    """`guantong.store.Store` over one schema of a PostgreSQL database."""

    def __init__(self, settings: PostgresqlSettings, home: Path) -> None:
        self._settings = settings
        self._home = home
        self._waiting: deque[Waiting] = deque()
        self._some = threading.Condition()
        self._closing = False
        self._stop = threading.Event()
        self._refusing = ""  # why no work is taken at all
        self._failed: WeakSet[asyncio.Future[Any]] = WeakSet()  # who waits may not have heard of it yet
        self._ear: Ear | None = None

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._dsn = dsn_of(self._settings, self._home)
        self._session = await asyncio.to_thread(Session, self._settings, self._dsn)
        self._thread = threading.Thread(target=self._write_forever, name="store", daemon=True)
        self._thread.start()

    @property
    def sharing(self) -> PostgresqlStore | None:
        return self if self._settings.shared else None

    @property
    def worker(self) -> int:
        return self._session.share.worker if self._session.share is not None else 0

    @property
    def lease(self) -> float:
        return self._settings.lease

    def listen(self, heard: Callable[[Sequence[str]], None]) -> None:
        self._ear = Ear(partial(connect, self._settings, self._dsn), self._settings.namespace, self.worker, heard)

    def write(self, work: Callable[[Transaction], T], *, after: asyncio.Future[Any] | None = None) -> asyncio.Future[T]:
        future: asyncio.Future[T] = self._loop.create_future()
        with self._some:
            if self._closing or self._refusing:
                future.set_exception(StoreFailed(self._refusing or "the store is closing"))
            else:
                self._waiting.append(Waiting(work, future, after))
                self._some.notify()
        return future

    def reader(self) -> PostgresqlReader:
        try:
            return open_reader(self._settings, self._home)
        except StoreRefused as error:
            raise StoreFailed(AWAY) from error  # it was there a moment ago

    async def close(self) -> None:
        self._closing = True
        self._stop.set()
        with self._some:
            self._some.notify()
        if self._ear is not None:
            await asyncio.to_thread(self._ear.close)
        await asyncio.to_thread(self._thread.join)
        self._session.close()

    def _write_forever(self) -> None:
        """The writing thread."""
        while self._wait():
            if self._session.lost:
                self._after_absence(self._next())
                continue
            try:
                self._session.take_pen()
            except psycopg.Error:
                self._session.rollback()  # the group meets it again, and tells who waits
            self._write(self._next())

    def _wait(self) -> bool:
        """Until some work waits; False when none will come any more."""
        with self._some:
            while not self._waiting and not self._closing:
                self._some.wait()
            return bool(self._waiting)

    def _next(self) -> list[Waiting]:
        """All that waits, as far as it goes into one transaction."""
        with self._some:
            return [self._waiting.popleft() for _ in range(min(GROUP_LIMIT, len(self._waiting)))]

    def _after_absence(self, group: Sequence[Waiting]) -> None:
        try:
            self._session.renew()
        except (psycopg.Error, StoreRefused):
            self._fail(group, AWAY)
        except TakenOver:
            self._taken_over(group)
        else:
            log.info("store.back")
            self._write(group)

    def _write(self, group: Sequence[Waiting], tries: int = TRIES) -> None:
        """Run *group* until it is kept, without those that fail of themselves."""
        works = list(group)
        while works := self._after_what_is_kept(works):
            try:
                results = self._session.run([one.work for one in works])
            except psycopg.Error as error:
                if self._session.lost:
                    self._lost(works, error, tries)
                    return
                self._session.rollback()
                if is_again(error) and tries:
                    tries -= 1
                elif not is_mistake(error):
                    self._fail(works, f"the store cannot write: {in_short(error)}")
                    return
                elif len(works) == 1:
                    self._tell(works, [error])
                    return
                else:
                    # Rows are written together: only alone each work shows whether it is the mistaken one.
                    for one in works:
                        self._write([one], tries)
                    return
            except Exception as error:  # noqa: BLE001 -- handed to whoever waits for this work
                self._session.rollback()
                self._tell([works.pop(self._session.failed_at)], [error])
            else:
                self._tell(works, results)
                return

    def _after_what_is_kept(self, works: Sequence[Waiting]) -> list[Waiting]:
        """*works* without those that were to come after what is not kept; who waits for them is told."""
        left = []
        for one in works:
            if one.after is not None and (one.after in self._failed or is_lost(one.after)):
                self._fail([one], WHY)
            else:
                left.append(one)
        return left

    def _lost(self, works: Sequence[Waiting], error: psycopg.Error, tries: int) -> None:
        """The session ended under *works*. When that may have been after their commit, the server alone knows."""
        try:
            kept: bool | None = self._session.renew()
        except (psycopg.Error, StoreRefused):
            log.error("store.lost", error=in_short(error))
            if not self._session.committing:
                self._fail(works, AWAY)
                return
            kept = self._found_out(works)
            if kept is False:
                self._fail(works, AWAY)
        except TakenOver:
            self._taken_over(works)
            return
        else:
            if not kept and tries:
                self._write(works, tries - 1)
                return
            if not kept:
                self._fail(works, f"the store cannot write: {in_short(error)}")
        if kept:
            self._tell(works, self._session.results)

    def _found_out(self, works: Sequence[Waiting]) -> bool | None:
        """Wait for the server, and whether it kept *works*; None where they have been told already. Who waits behind them,
        or comes meanwhile, hears that the store is away."""
        self._refuse(AWAY)
        try:
            while True:
                if self._stop.wait(LOOK_EVERY):
                    return False
                try:
                    kept = self._session.renew()
                except (psycopg.Error, StoreRefused):
                    continue
                except TakenOver:
                    self._taken_over(works)
                    return None
                log.info("store.back")
                return kept
        finally:
            if self._refusing == AWAY:
                self._refusing = ""

    def _taken_over(self, works: Sequence[Waiting]) -> None:
        log.error("store.taken_over")
        self._fail(works, TAKEN)
        self._refuse(TAKEN)

    def _refuse(self, why: str) -> None:
        """Take no work any more, nor do what waits: none of it has begun."""
        with self._some:
            self._refusing = why
            waiting = list(self._waiting)
            self._waiting.clear()
        self._fail(waiting, why)

    def _fail(self, works: Sequence[Waiting], why: str) -> None:
        self._tell(works, [StoreFailed(why) for _ in works])

    def _tell(self, works: Sequence[Waiting], ends: Sequence[Any]) -> None:
        self._failed.update(one.future for one, end in zip(works, ends, strict=True) if isinstance(end, BaseException))
        self._loop.call_soon_threadsafe(partial(_settle, [one.future for one in works], ends))


def _settle(futures: Sequence[asyncio.Future[Any]], ends: Sequence[Any]) -> None:
    for future, end in zip(futures, ends, strict=True):
        if future.done():
            continue  # whoever waited has gone
        if isinstance(end, BaseException):
            future.set_exception(end)
        else:
            future.set_result(end)


def open_reader(settings: PostgresqlSettings, home: Path) -> PostgresqlReader:
    """The same data, read-only, beside a running hub. Raises `StoreRefused`."""
    dsn = dsn_of(settings, home)

    def reading() -> Connection:
        connection = opened(settings, dsn)
        try:
            prepare_reading(connection, settings.namespace)
        except BaseException:
            connection.close()
            raise
        return connection

    return PostgresqlReader(reading, settings.lease)
