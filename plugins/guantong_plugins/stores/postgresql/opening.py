"""Opening the schema: for writing, or read-only beside a running hub.

A server that cannot keep what it is told, a schema that is not ours or newer than us, is refused before anything is made;
what is made or brought up is made whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

import psycopg

from guantong.problems import Code, Problem
from guantong.store import StoreRefused
from guantong_plugins.stores.postgresql import codes
from guantong_plugins.stores.postgresql.connecting import Connection
from guantong_plugins.stores.postgresql.failures import in_short
from guantong_plugins.stores.postgresql.statements import SQL, sql

SCHEMA_VERSION = 17
"""`schema.sql` makes this version, which the embedded store has under the same number. `upgrade<n>.sql` leads from the
version before to *n*."""
OLDEST_SERVER = 130_000
LOCK_WAIT = 5.0  # seconds for a hub that is just ending
_LOOK_EVERY = 0.1
_NO_PERMISSION = ("42501", "3F000")
"""A right that is missing; and that no schema can be made in, as where the one that is named may not be used."""


def hold(connection: Connection, schema: str, wait: float = LOCK_WAIT) -> None:
    """Take the schema for this session alone: the server lets go of it when the session ends, however it ends. Raises
    `StoreRefused` where another has it after *wait* seconds."""
    until = monotonic() + wait
    while not _held(connection, schema):
        if monotonic() >= until:
            raise _refusal(codes.SCHEMA_IN_USE, "store.schema", schema=schema, who=_holder(connection, schema))
        sleep(_LOOK_EVERY)  # in a thread of its own: nobody is told when a session ends


def join(connection: Connection, schema: str, wait: float = LOCK_WAIT) -> None:
    """The same together with other processes that share it. Raises `StoreRefused` where one has it alone."""
    until = monotonic() + wait
    while not _held(connection, schema, "_shared"):
        if monotonic() >= until:
            raise _refusal(codes.SCHEMA_IN_USE, "store.schema", schema=schema, who=_holder(connection, schema))
        sleep(_LOOK_EVERY)


def _leave(connection: Connection, schema: str, how: str = "") -> None:
    connection.execute(f"SELECT pg_advisory_unlock{how}(hashtextextended(%s, 0))".encode(), (_lock(schema),))


def _held(connection: Connection, schema: str, how: str = "") -> bool:
    row = connection.execute(f"SELECT pg_try_advisory_lock{how}(hashtextextended(%s, 0))".encode(), (_lock(schema),)).fetchone()
    return bool(row and row[0])


def _lock(schema: str) -> str:
    return f"guantong:{schema}"


def _holder(connection: Connection, schema: str) -> str:
    row = connection.execute(
        "SELECT coalesce(host(client_addr), 'this machine'), pg_stat_activity.pid, to_char(backend_start, 'YYYY-MM-DD HH24:MI') "
        "FROM pg_locks JOIN pg_stat_activity ON pg_stat_activity.pid = pg_locks.pid WHERE locktype = 'advisory' AND granted "
        "AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
        "AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(%s, 0)", (_lock(schema),)).fetchone()
    return f"from {row[0]}, server process {row[1]}, since {row[2]}" if row else "it just ended"


def prepare(connection: Connection, schema: str, mark: str, *, shared: bool = False) -> None:
    """See that the server keeps what it is told, and that the tables are there and of our version; leave our *mark* where
    the schema is not *shared*. Raises `StoreRefused`."""
    with refusing(connection, schema):
        _check_server(connection)
        if shared:
            _join_prepared(connection, schema)
            _check_rights(connection, schema)
            return
        hold(connection, schema)
        _bring_up(connection, schema)
        _check_rights(connection, schema)
        connection.execute(SQL["mark"], (mark, 0))
        for name in ("nothing_claimed", "no_duties", "all_ended"):  # those that shared it are gone: else it were not ours
            connection.execute(SQL[name])


def _join_prepared(connection: Connection, schema: str) -> None:
    """Join the others, when the tables are there and of our version: made by us while nobody else is there, or by another."""
    until = monotonic() + LOCK_WAIT
    while True:
        join(connection, schema, max(0.0, until - monotonic()))
        found = version_of(connection, schema)
        if found == SCHEMA_VERSION:
            return
        _leave(connection, schema, "_shared")
        if _held(connection, schema):
            _bring_up(connection, schema)
            _held(connection, schema, "_shared")
            _leave(connection, schema)
            return
        if monotonic() >= until:
            who = _holder(connection, schema)
            if found is not None:
                raise _refusal(codes.OLDER_IN_USE, "store.schema", schema=schema, who=who, found=found, needed=SCHEMA_VERSION)
            raise _refusal(codes.SCHEMA_IN_USE, "store.schema", schema=schema, who=who)
        sleep(_LOOK_EVERY)


def _bring_up(connection: Connection, schema: str) -> None:
    version = version_of(connection, schema)
    if version is None:
        _make(connection, schema)
    elif version < SCHEMA_VERSION:
        _upgrade(connection, version)


def prepare_reading(connection: Connection, schema: str) -> None:
    """See that there is something of our version to read; nothing can be written over *connection* from then on."""
    with refusing(connection, schema):
        version = version_of(connection, schema)
        if version is None:
            raise StoreRefused(Problem(codes.NOTHING_YET, path="store.schema", details={"schema": schema}), empty=True)
        if version < SCHEMA_VERSION:
            raise _refusal(codes.OLDER_SCHEMA, "store.schema", schema=schema, found=version, needed=SCHEMA_VERSION)
        connection.execute("SET default_transaction_read_only = on")
        connection.execute("SET plan_cache_mode = force_custom_plan")  # tables grow from nothing: no plan is good for ever


def version_of(connection: Connection, schema: str) -> int | None:
    """The version of the schema's tables, None where there are none; refuses what is not ours, newer than us, or the end of a
    move that is not over."""
    version = state_of(connection, schema)
    if version is not None and version < 0:
        raise _refusal(codes.MOVING, "store.schema", schema=schema)
    return version


def begin_move(connection: Connection, schema: str, *, fresh: bool) -> None:
    """Hold the schema for a move into it; *fresh*: make its tables, which no hub opens before `end_move`."""
    _check_server(connection)
    hold(connection, schema)
    if fresh:
        with connection.transaction():
            _make(connection, schema)
            connection.execute("UPDATE writer SET version = -version")
            connection.execute(
                "CREATE TABLE moving (relation TEXT PRIMARY KEY, reached BYTEA NOT NULL, copied BIGINT NOT NULL)")
    _check_rights(connection, schema)


def end_move(connection: Connection) -> None:
    """Everything is there: a hub may open the schema."""
    with connection.transaction():
        connection.execute("DROP TABLE moving")
        connection.execute("UPDATE writer SET version = -version")


def state_of(connection: Connection, schema: str) -> int | None:
    """The version of the schema's tables, negative while they are moved here, None where there are none; refuses what is not
    ours or newer than us."""
    tables = [name for (name,) in connection.execute(
        "SELECT relname::text FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
        "WHERE nspname = %s AND relkind IN ('r', 'p', 'v', 'm') ORDER BY relname = 'writer' DESC, relname", (schema,))]
    if not tables:
        return None
    try:
        row = connection.execute("SELECT version FROM writer").fetchone() if tables[0] == "writer" else None
    except psycopg.errors.UndefinedColumn:
        row = None
    if row is None:
        raise _refusal(codes.FOREIGN_SCHEMA, "store.schema", schema=schema, example=tables[0])
    if abs(row[0]) > SCHEMA_VERSION:
        raise _refusal(codes.NEWER_SCHEMA, "store.schema", schema=schema, found=abs(row[0]), needed=SCHEMA_VERSION)
    return int(row[0])


def _check_server(connection: Connection) -> None:
    found = connection.info.server_version
    if found < OLDEST_SERVER:
        name = connection.info.parameter_status("server_version") or str(found)
        raise _refusal(codes.OLD_SERVER, found=name, needed=OLDEST_SERVER // 10_000)
    values = {name: _setting(connection, name) for name in (
        "server_encoding", "fsync", "in_hot_standby" if found >= 140_000 else "transaction_read_only",
        "transaction_read_only", "synchronous_commit")}
    if values["server_encoding"] != "UTF8":
        raise _refusal(codes.WRONG_CHARSET, found=values["server_encoding"])
    if values.get("in_hot_standby") == "on":
        raise _refusal(codes.READ_ONLY, why="it is a standby", why_zh="备用服务器")
    if values["transaction_read_only"] == "on":
        raise _refusal(codes.READ_ONLY, why="default_transaction_read_only is on", why_zh="已设置 default_transaction_read_only")
    if values["fsync"] == "off":
        raise _refusal(codes.NOT_DURABLE)
    if values["synchronous_commit"] == "off":
        connection.execute("SET synchronous_commit = on")  # what is acknowledged is on the disk, whatever others want
    # Every statement of ours that writes finds its rows by an index, also in a table that was empty a moment ago.
    for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"):
        connection.execute("SELECT set_config(%s, 'off', false)", (setting,))


def _setting(connection: Connection, name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    return str(row[0]) if row else ""


def _make(connection: Connection, schema: str) -> None:
    with connection.transaction():
        # Asked first: the right to make schemas is not needed where an administrator made it.
        if connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is None:
            _run(connection, f"CREATE SCHEMA {schema}")
        _run(connection, sql("schema.sql"))
        connection.execute("INSERT INTO writer (one, version, mark, written) VALUES (1, %s, '', 0)", (SCHEMA_VERSION,))


def _upgrade(connection: Connection, version: int) -> None:
    with connection.transaction():
        for number in range(version + 1, SCHEMA_VERSION + 1):
            _run(connection, sql(f"upgrade{number}.sql"))
        connection.execute("UPDATE writer SET version = %s", (SCHEMA_VERSION,))


def _check_rights(connection: Connection, schema: str) -> None:
    """Every table may be read and written: not found out at the first message."""
    lacking = [name for (name,) in connection.execute(
        "SELECT relname::text FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = %s AND relkind = 'r' "
        "AND NOT (has_table_privilege(pg_class.oid, 'SELECT') AND has_table_privilege(pg_class.oid, 'INSERT') "
        "AND has_table_privilege(pg_class.oid, 'UPDATE') AND has_table_privilege(pg_class.oid, 'DELETE')) ORDER BY relname", (schema,))]
    if lacking:
        raise _no_permission(connection, schema, f"no right to write {lacking[0]}")


def _run(connection: Connection, script: str) -> None:
    connection.execute(script.encode(), prepare=False)  # a file of ours, or a name that the settings let through


@contextmanager
def refusing(connection: Connection, schema: str) -> Iterator[None]:
    """What the server says against it, as `StoreRefused`."""
    try:
        yield
    except psycopg.Error as error:
        if error.sqlstate in _NO_PERMISSION:
            what = error.diag.message_primary or in_short(error)
            raise _no_permission(connection, schema, what) from error
        details = {"sqlstate": error.sqlstate or "", "what": error.diag.message_primary or type(error).__name__}
        raise StoreRefused(Problem(codes.REFUSED, path="store", details=details)) from error


def _no_permission(connection: Connection, schema: str, what: str) -> StoreRefused:
    return _refusal(codes.NO_PERMISSION, "store.schema", schema=schema, user=connection.info.user, what=what)


def _refusal(code: Code, path: str = "store.dsn", **details: object) -> StoreRefused:
    return StoreRefused(Problem(code, path=path, details=details))
