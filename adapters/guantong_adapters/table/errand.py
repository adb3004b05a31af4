"""One unit of work at the database, and how long it may wait for one answer: counted from outside its thread.

Drivers bound each read of a line, and a line that drips a byte now and then is always just about to answer. So the time
of every answer (connecting, a statement with its rows, a commit) is looked at by the loop, which ends the line when it is
over: the driver then finds it gone, as it would any other that broke, and the thread ends with the driver's own error.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, Generic, TypeVar

from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError

Result = TypeVar("Result")
GRACE = 1.0
"""Seconds beyond the limit that the server's own limit, or the driver's, has to be told to us."""
_here = threading.local()


class Errand(Generic[Result]):
    """Runs *work* in the thread that calls `run`; `overdue` once an answer took longer than *limit* seconds."""

    def __init__(self, work: Callable[[], Result], limit: float) -> None:
        self._work = work
        self._limit = limit + GRACE
        self._lock = threading.Lock()
        self._connection: Any = None
        self._answer_by: float | None = None
        self.overdue = False

    def run(self) -> Result:
        """Do the work. Raises what it raises."""
        _here.errand = self
        try:
            return self._work()
        finally:
            _here.errand = None
            self.answered()
            with self._lock:
                self._connection = None

    def waits(self, connection: Any = None, *, to_end: bool = False) -> None:
        """An answer is waited for from now, on *connection* where it is another than before. Raises `DBAPIError`, as of a
        lost connection, when an earlier answer was overdue: there is no use in asking more, but *to_end* what was begun."""
        with self._lock:
            if self.overdue and not to_end:
                raise DBAPIError(None, None, TimeoutError(), connection_invalidated=True)
            self._connection = connection or self._connection
            self._answer_by = monotonic() + self._limit

    def answered(self) -> None:
        """Nothing is waited for until `waits` says so."""
        with self._lock:
            self._answer_by = None

    def look(self) -> float:
        """End the line if its answer is overdue; in how many seconds to look again."""
        with self._lock:
            if self._answer_by is None:
                return self._limit
            left = self._answer_by - monotonic()
            if left > 0:
                return left
            self.overdue = True
            if self._connection is not None:
                _end(self._connection)
            return GRACE  # a driver may have begun a connection anew


class Watch:
    """Looks after an errand from the loop until its thread has ended. Holds nothing of what is read, not even for a moment
    longer: batches are large, and a cycle would keep them until somebody collects."""

    def __init__(self, errand: Errand[Any], first: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._errand = errand
        self._timer = self._loop.call_later(first, self._look)

    def over(self, _future: object) -> None:
        """The thread has ended: said in that thread."""
        with suppress(RuntimeError):  # the loop ended before its threads
            self._loop.call_soon_threadsafe(self._stop)

    def _look(self) -> None:
        self._timer = self._loop.call_later(self._errand.look(), self._look)

    def _stop(self) -> None:
        self._timer.cancel()


def watched(engine: Engine) -> None:
    """Have what *engine* waits for told to the errand in whose thread it waits."""

    @event.listens_for(engine, "do_connect")
    def _connects(dialect: Any, _record: object, args: Any, options: Any) -> Any:
        _waits()
        if dialect.driver != "pymysql":
            connection = dialect.connect(*args, **options)
            _waits(connection)
            return connection
        connection = dialect.loaded_dbapi.Connection(*args, **{**options, "defer_connect": True})
        _waits(connection)  # before it greets, so that a greeting that drips can be ended
        connection.connect()
        return connection

    tries = engine.dialect.do_ping

    def tried(dbapi_connection: Any) -> bool:
        _waits(dbapi_connection)
        return tries(dbapi_connection)

    engine.dialect.do_ping = tried  # type: ignore[method-assign]  # no event tells that a line is tried before it is used

    @event.listens_for(engine, "checkout")
    def _taken(connection: Any, _record: object, _proxy: object) -> None:
        _waits(connection)

    @event.listens_for(engine, "before_cursor_execute")
    @event.listens_for(engine, "commit")
    def _asks(*_: object) -> None:
        _waits()

    @event.listens_for(engine, "rollback")
    def _lets_go(*_: object) -> None:
        _waits(to_end=True)

    @event.listens_for(engine, "after_cursor_execute")
    @event.listens_for(engine, "checkin")
    def _has_answered(*_: object) -> None:
        _answered()


@contextmanager
def awaiting(connection: Any) -> Iterator[None]:
    """An answer on *connection* is waited for inside: rows that come after a statement's first ones."""
    _waits(connection)
    try:
        yield
    finally:
        _answered()


def _waits(connection: Any = None, *, to_end: bool = False) -> None:
    errand: Errand[Any] | None = getattr(_here, "errand", None)
    if errand is not None:
        errand.waits(connection, to_end=to_end)


def _answered() -> None:
    errand: Errand[Any] | None = getattr(_here, "errand", None)
    if errand is not None:
        errand.answered()


def _end(connection: Any) -> None:
    """End the line of *connection* while another thread waits for it: whoever reads of it finds its end. Where a driver
    does not show its line, what runs is told to stop in the driver's own words, if it has any."""
    line = getattr(connection, "_sock", None)
    with suppress(Exception):  # a line that ended meanwhile needs no ending, and drivers say so in many ways
        if isinstance(line, socket.socket):  # PyMySQL's; past what TLS would still want to say
            socket.socket.shutdown(line, socket.SHUT_RDWR)
        elif hasattr(connection, "fileno"):
            with socket.socket(fileno=socket.dup(connection.fileno())) as own:
                own.shutdown(socket.SHUT_RDWR)
        elif stops := getattr(connection, "interrupt", None) or getattr(connection, "cancel", None):
            stops()
