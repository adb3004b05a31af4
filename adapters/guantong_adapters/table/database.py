"""The exchange database: its engine, its threads, and transactions that mean the same everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from guantong.problems import Place, Problem, ProblemsError
from guantong.secret import Secret
from guantong_adapters.table import codes
from guantong_adapters.table.errand import Errand, Watch, watched
from guantong_adapters.table.failures import failure
from guantong_adapters.table.settings import TableSettings

Result = TypeVar("Result")
_SNAPSHOT = {
    "mysql": "REPEATABLE READ", "mariadb": "REPEATABLE READ", "postgresql": "REPEATABLE READ",
    "oracle": "SERIALIZABLE",
}
_BEGIN = "guantong_begin"


class Database:
    """One engine and the bounded threads its statements run in."""

    def __init__(self, system: str, settings: TableSettings, password: Secret | None) -> None:
        self.system = system
        self.engine = make_engine(system, settings, password)
        self._threads = ThreadPoolExecutor(settings.connections, thread_name_prefix=f"table-{system}")
        self._limit = settings.timeout

    def start(self, work: Callable[[], Result]) -> asyncio.Future[Result]:
        """Run *work* in a thread. The thread goes on when the future is cancelled after it began, until an answer of the
        database is overdue."""
        return self._sent(Errand(work, self._limit))

    async def run(self, work: Callable[[], Result], table: str = "") -> Result:
        """Run *work* in a thread; database errors come out as `ProblemsError`, without any value."""
        errand = Errand(work, self._limit)
        try:
            return await self._sent(errand)
        except (SQLAlchemyError, UnicodeError) as error:
            problem = self.problem(error, table)
        except Exception:  # a driver whose line was ended under it may say so in any way
            if not errand.overdue:
                raise
        if errand.overdue:
            problem = Problem(codes.OVERDUE, Place(), f"{self.system}.settings.timeout", {"seconds": f"{self._limit:g}"})
        raise ProblemsError([problem]) from None

    def _sent(self, errand: Errand[Result]) -> asyncio.Future[Result]:
        """Send *errand* off, and look after it from the loop until its thread has ended."""
        watch = Watch(errand, self._limit)
        running = self._threads.submit(errand.run)
        running.add_done_callback(watch.over)
        return asyncio.wrap_future(running)

    def problem(self, error: Exception, table: str = "") -> Problem:
        """What *error* says about this system, located."""
        found = failure(error)
        if found.kind == "connection" or not table:
            return Problem(codes.UNREACHABLE, Place(), self.system, {"what": str(found)})
        return Problem(codes.STATEMENT_REFUSED, Place(), self.system, {"table": table, "what": str(found)})

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A reading transaction in which all tables are seen as of one moment."""
        level = _SNAPSHOT.get(self.engine.dialect.name)
        with self.engine.connect() as connection, connection.begin():
            if level:  # of this transaction alone: a level set on the connection is set back on it, past all handling of errors
                connection.exec_driver_sql(f"SET TRANSACTION ISOLATION LEVEL {level}")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A writing transaction; commits at its end."""
        options = {_BEGIN: "IMMEDIATE"}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    async def close(self) -> None:
        """Wait for what runs, then let every connection go."""
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)
        self.engine.dispose()


def make_engine(system: str, settings: TableSettings, password: Secret | None) -> Engine:
    """The engine for *settings*. Raises `ProblemsError` when the URL or its driver cannot be used."""
    try:
        url = make_url(settings.url)
        if password is not None and url.username:  # a database file knows no user
            url = url.set(password=password.reveal())
        engine = create_engine(
            url, hide_parameters=True, pool_pre_ping=True, pool_size=settings.connections, max_overflow=0,
            pool_timeout=settings.connect_timeout, connect_args=_driver_limits(url, settings),
        )
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise ProblemsError([Problem(codes.BAD_URL, Place(), f"{system}.settings.url", _what(error, settings.url))]) from None
    watched(engine)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begin)
    for statement in settings.session:
        event.listen(engine, "connect", _runs(statement))
    return engine


def lacking(settings: TableSettings) -> Sequence[Problem]:
    """That the URL cannot be used here, at the path of its setting; nothing is connected to."""
    try:
        make_engine("", settings, None).dispose()
    except ProblemsError as error:
        return [replace(problem, path="url") for problem in error.problems]
    return ()


def _what(error: Exception, url: str) -> dict[str, str]:
    """Why, of a URL that holds no password."""
    name = url.partition(":")[0]
    if isinstance(error, ImportError):
        driver = error.name or name
        return {"what": f"the driver {driver} is not installed", "what_zh": f"未安装驱动 {driver}"}
    if isinstance(error, NoSuchModuleError):
        return {"what": f"there is no database or driver {name!r}", "what_zh": f"没有数据库或驱动 {name!r}"}
    return {"what": type(error).__name__, "what_zh": "格式有误"}


def _driver_limits(url: URL, settings: TableSettings) -> dict[str, Any]:
    """Timeouts and strictness in the words of the driver; none where we do not know them."""
    connecting, working = settings.connect_timeout, settings.timeout
    driver = url.get_driver_name()
    if driver == "pymysql":
        # Strict, so that a value that does not fit is refused, never cut.
        return {
            "connect_timeout": max(1, round(connecting)), "read_timeout": working, "write_timeout": working,
            "charset": url.query.get("charset", "utf8mb4"),
            "init_command": "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')",
        }
    if driver == "psycopg":
        # libpq takes whole seconds from 2 for connecting, and milliseconds for the rest.
        limit = round(working * 1000)
        return {
            "connect_timeout": max(2, round(connecting)), "tcp_user_timeout": limit,
            "options": f"-c statement_timeout={limit}",
        }
    if url.get_backend_name() == "sqlite":
        return {"timeout": working}
    return {}


def _sqlite_connected(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver would begin only before writing: no snapshot over reads
    connection.text_factory = _sqlite_text


def _sqlite_text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")  # one bad row must not hide the others


def _sqlite_begin(connection: Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get(_BEGIN, 'DEFERRED')}")


def _runs(statement: str) -> Callable[[Any, Any], None]:
    def run(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        try:
            cursor.execute(statement)
        finally:
            cursor.close()

    return run


def lost(error: Exception) -> bool:
    """Whether the connection is gone, so that the end of what was under way is not known."""
    return isinstance(error, DBAPIError) and failure(error).kind == "connection"
