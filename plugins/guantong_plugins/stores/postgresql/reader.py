"""The reading side of the store on PostgreSQL: committed state over a connection of its own.

A connection that was lost is made anew in a thread: who asks meanwhile hears at once that the store is away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from guantong.sharedstore import StrayClaim, Worker
from guantong.store import StoreFailed, StoreRefused
from guantong_plugins.stores.postgresql.connecting import Connection
from guantong_plugins.stores.postgresql.failures import in_short, is_mistake
from guantong_plugins.stores.postgresql.statements import SQL
from guantong_plugins.stores.reading import SqlReader, Values
from guantong_plugins.stores.rows import worker_row

WAIT = 0.5  # seconds that whoever asks waits for a new connection
TRY_EVERY = 0.5


class PostgresqlReader(SqlReader):
    """`guantong.store.Reader`. *connect* makes a connection that can only read, and raises where there is none."""

    def __init__(self, connect: Callable[[], Connection], lease: float) -> None:
        self._connect = connect
        self._lease = int(lease * 1000)
        self._use(connect())
        self._found: Connection | None = None  # by the thread, for who asks next
        self._back = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._asking = threading.Lock()  # the loop asks, and work in the writing thread may

    def close(self) -> None:
        self._closed.set()
        if self._thread is not None:
            self._thread.join()
            if self._found is not None:
                self._found.close()
        self._connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self._one("soundness")  # a connection that was lost is made anew before it begins
        self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def integrity(self) -> list[str]:
        """What PostgreSQL's checksums of pages found wrong, where the cluster keeps them."""
        failures, newest = self._one("soundness")
        return [f"PostgreSQL counted {failures} pages whose checksum is wrong, the last at {newest}"] if failures else []

    def workers(self) -> list[Worker]:
        claims = dict(self._all("claims"))
        duties: dict[int, list[str]] = {}
        for name, worker in self._all("duties"):
            duties.setdefault(worker, []).append(name)
        found = [worker_row(row) for row in self._all("workers", {"lease": self._lease})]
        return [one._replace(claims=claims.get(one.id, 0), duties=duties.get(one.id, ())) for one in found]

    def due_targets(self, targets: Sequence[str], now: int) -> list[str]:
        return [target for (target,) in self._all("due_targets", (list(targets), now))]

    def stray_claims(self, limit: int) -> list[StrayClaim]:
        return [StrayClaim(*row) for row in self._all("stray_claims", (limit,))]

    def _of_each(self, name: str, numbers: Sequence[Any], *before: Any) -> list[Any]:
        return self._all(name, (*before, list(numbers))) if numbers else []

    def _all(self, name: str, values: Values = ()) -> list[Any]:
        with self._asking:
            return self._ask(name, values)

    def _one(self, name: str, values: Values = ()) -> Any:
        rows = self._all(name, values)
        return rows[0] if rows else None

    def _ask(self, name: str, values: Values) -> list[Any]:
        if self._thread is not None:
            self._take_what_was_found()
        try:
            return self._cursor.execute(SQL[name], values).fetchall()
        except psycopg.Error as error:
            if is_mistake(error) and not self._connection.closed:
                raise
            if self._connection.closed:
                self._look_for_another()
                if self._back.wait(WAIT):
                    return self._ask(name, values)  # asking twice changes nothing
            raise StoreFailed(f"the store cannot be read: {in_short(error)}") from error

    def _use(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor(binary=True)

    def _take_what_was_found(self) -> None:
        if not self._back.is_set() or self._thread is None or self._found is None:
            raise StoreFailed("the store is away: PostgreSQL cannot be reached")
        self._thread.join()
        self._use(self._found)
        self._thread, self._found = None, None

    def _look_for_another(self) -> None:
        """Make a new connection, in a thread, until there is one."""
        self._back.clear()
        self._thread = threading.Thread(target=self._look, name="reconnect", daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._closed.is_set():
            try:
                self._found = self._connect()
            except (psycopg.Error, StoreRefused):
                self._closed.wait(TRY_EVERY)  # whoever asks meanwhile is told that it is away
            else:
                self._back.set()
                return
