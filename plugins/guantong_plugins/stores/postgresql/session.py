"""The one session of this process that writes: it holds the schema, alone or with others, and is made anew when it was lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from select import select
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.pq import ConnStatus

from guantong.secret import Secret
from guantong.store import StoreRefused, Transaction
from guantong_plugins.stores.postgresql.connecting import Connection, connect, opened
from guantong_plugins.stores.postgresql.opening import hold, join, prepare, version_of
from guantong_plugins.stores.postgresql.settings import PostgresqlSettings
from guantong_plugins.stores.postgresql.sharing import PEN, Share
from guantong_plugins.stores.postgresql.statements import SQL
from guantong_plugins.stores.postgresql.transaction import PostgresqlTransaction

HELD_WAIT = 2.0  # seconds for the server to end a session of ours that was cut off


class TakenOver(Exception):
    """Another program has written since: what we know of the store no longer holds."""


class Session:
    """A connection that holds the schema, and the groups of work written over it. Used by one thread."""

    failed_at: int
    results: list[Any]
    committing: bool

    def __init__(self, settings: PostgresqlSettings, dsn: Secret) -> None:
        self._settings = settings
        self._dsn = dsn
        self._mark = uuid4().hex
        self._written = 0
        self._has_pen = False
        self.share: Share | None = None
        connection = opened(settings, dsn)
        try:
            prepare(connection, settings.namespace, self._mark, shared=settings.shared)
            if settings.shared:
                self.share = _entered(connection, settings)
            self._use(connection)
        except BaseException:
            connection.close()
            raise

    @property
    def lost(self) -> bool:
        """Whether there is no connection any more."""
        return self._connection.closed

    def run(self, works: Sequence[Callable[[Transaction], Any]]) -> list[Any]:
        """Run *works* in one transaction and commit it; their results. Raises what the first of them that fails raises, of
        which nothing is kept then (`failed_at` tells which it was), or psycopg's errors. `committing` tells that all had run."""
        self.failed_at = -1
        self.results = results = []
        self.committing = False
        self._see_that_it_stands()
        self.take_pen()
        self._has_pen = False
        self._transaction.foresee(works)
        for index, work in enumerate(works):
            try:
                results.append(work(self._transaction))
            except psycopg.Error:
                raise
            except Exception:
                self.failed_at = index
                raise
        self.committing = True
        self._transaction.commit(self._mark, self._written + 1)
        self._written += 1
        return results

    def take_pen(self) -> None:
        """Wait until it is this process's turn to write, where several share the schema: whatever comes meanwhile goes into the
        same group. Raises psycopg's errors."""
        while not self._has_pen:
            try:
                self._transaction.begin(self._mark)
            except psycopg.errors.LockNotAvailable:
                self.rollback()
                if self.share is None or not self._connection.execute(SQL["end_stuck"], (self.share.pen, self.share.lease // 2)).fetchall():
                    raise
            else:
                self._has_pen = True

    def rollback(self) -> None:
        """Take back what the last group did, and let go of the pen."""
        self._has_pen = False
        with suppress(psycopg.Error):  # without a connection the server has taken it back itself
            self._transaction.rollback()

    def renew(self) -> bool:
        """Make the connection anew. True where the group that was under way when it was lost is kept. Raises
        psycopg's errors or `StoreRefused` where there is no server or it is not as it was, and `TakenOver`."""
        connection = connect(self._settings, self._dsn)
        try:
            self._hold_again(connection)
            version_of(connection, self._settings.namespace)
            written = self._last_written(connection)
            self._use(connection)
        except BaseException:
            connection.close()
            raise
        kept = bool(self.committing and written == self._written + 1)
        self._written, self.committing = written, False  # only now: where the network breaks again, it is looked up again
        return kept

    def close(self) -> None:
        self._connection.close()

    def _see_that_it_stands(self) -> None:
        """Better found out now than at the commit, when nobody could tell any more what became of it. Costs no question."""
        socket = self._connection.pgconn.socket
        if select([socket], [], [], 0)[0]:  # nobody asked anything: it is the end, or a notice
            self._connection.pgconn.consume_input()
            if self._connection.pgconn.status != ConnStatus.OK:
                raise psycopg.OperationalError("the connection is lost")

    def _use(self, connection: Connection) -> None:
        self._has_pen = False
        self._connection = connection
        self._process = connection.info.backend_pid
        if self.share is not None:
            # What is paused, or cut off, with the pen in its hand keeps everybody from writing: the server ends it, or whoever
            # waits does, for the server does not mind one that stopped in the middle of what it sends.
            for name, part in (("idle_in_transaction_session_timeout", 3), ("lock_timeout", 2)):
                connection.execute("SELECT set_config(%s, %s, false)", (name, str(self.share.lease // part)))
        self._transaction = PostgresqlTransaction(connection, self.share)

    def _hold_again(self, connection: Connection) -> None:
        """The session that was lost may still stand at the server, which has not noticed: it is ended."""
        if self.share is not None:
            join(connection, self._settings.namespace, HELD_WAIT)
            self._end_lost(connection)
            return
        try:
            hold(connection, self._settings.namespace, 0.0)
        except StoreRefused:
            self._end_lost(connection)
            hold(connection, self._settings.namespace, HELD_WAIT)

    def _end_lost(self, connection: Connection) -> None:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = %s", (self._process,))

    def _last_written(self, connection: Connection) -> int:
        """The number of the last group of ours that is kept."""
        if self.share is None:
            row = connection.execute(SQL["marked"]).fetchone()
            if row is None or row[0] != self._mark:
                raise TakenOver
            return int(row[1])
        with connection.transaction():
            connection.execute(PEN, (self.share.pen,))  # so the session that was lost has ended, and its last group with it
            row = connection.execute(SQL["written"], (self.share.worker,)).fetchone()
        if row is None:
            raise TakenOver
        return int(row[0])


def _entered(connection: Connection, settings: PostgresqlSettings) -> Share:
    row = connection.execute(SQL["enter"]).fetchone()
    assert row is not None  # noqa: S101 -- it returns what it inserted
    return Share(int(row[0]), settings.namespace, settings.lease)
