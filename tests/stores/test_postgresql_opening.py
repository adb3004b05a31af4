"""What is wrong with a server, a database or a schema is said when the store is opened; nothing is half made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.conftest import address
from tests.stores import servers
from typer.testing import CliRunner

from guantong.cli import app_for, build_app
from guantong.store import StoreRefused
from guantong.testing.stored import message
from guantong_plugins.demo.home import begin_home
from guantong_plugins.stores.postgresql import opening
from guantong_plugins.stores.postgresql.plugin import register_stores
from guantong_plugins.stores.postgresql.store import PostgresqlStore

pytestmark = pytest.mark.service("postgresql")
SPEC = register_stores()[0]
CONNECT_HINT = ("; check host, port, database, user and password in the connection string, that the server runs, and that its "
                "pg_hba.conf admits this machine [GT623]")


@pytest.fixture(autouse=True)
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The schema of the test's home, taken away in the end."""
    monkeypatch.setattr(opening, "LOCK_WAIT", 0.2)
    monkeypatch.setattr("guantong.log.configure", lambda *_: None)  # `run` would log into the runner's stream
    name = servers.schema_of(tmp_path)
    yield name
    servers.drop(name)


@pytest.fixture
def user() -> Iterator[str]:
    """A user who may connect, and nothing else."""
    name = servers.new_name("user")
    run(f"CREATE ROLE {name} LOGIN")
    yield name
    run(f"DROP OWNED BY {name}")
    run(f"DROP ROLE {name}")


def run(statement: str, database: str = "test") -> list[tuple[Any, ...]]:
    """Have an administrator do something."""
    with psycopg.connect(servers.dsn(database=database), autocommit=True) as connection:
        found = connection.execute(statement.encode())  # names and numbers of our own
        return found.fetchall() if found.description else []


def tables(schema: str) -> list[str]:
    with servers.admin() as connection:
        found = connection.execute("SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
                                   "WHERE nspname = %s AND relkind = 'r' ORDER BY 1", (schema,)).fetchall()
    return [name for (name,) in found]


def writer(schema: str) -> tuple[int, str]:
    """Version and mark of the schema."""
    ((_, version, mark, _),) = run(f"TABLE {schema}.writer")
    return version, mark


async def make(home: Path, text: str | None = None, **more: Any) -> None:
    """Open the store, and close it again."""
    store = PostgresqlStore(servers.settings(home, text, **more), home)
    await store.open()
    await store.close()


async def refusal(home: Path, text: str | None = None, **more: Any) -> str:
    with pytest.raises(StoreRefused) as told:
        await make(home, text, **more)
    return str(told.value)


@pytest.mark.parametrize(("text", "what"), [
    ("postgresql://root@127.0.0.1:1/test", 'connection to server at "127.0.0.1", port 1 failed: Connection refused'),
    ("postgresql://root@{address}/no_such_database",
     'connection to server at "{host}", port {port} failed: FATAL:  database "no_such_database" does not exist'),
    ("postgresql://no_such_user@{address}/test",
     'connection to server at "{host}", port {port} failed: FATAL:  role "no_such_user" does not exist'),
])
async def test_a_server_that_cannot_be_reached_is_told_by_what_it_said(tmp_path: Path, text: str, what: str) -> None:
    """Host, port and cause, and what to check."""
    host, _, port = address("postgresql").rpartition(":")
    given = {"address": address("postgresql"), "host": host, "port": port}
    assert await refusal(tmp_path, text.format(**given)) == (
        f"store.dsn: PostgreSQL cannot be reached: {what.format(**given)}{CONNECT_HINT}")


@pytest.mark.parametrize("text", ["host=127.0.0.1 secret-word", "postgresql://root:pa%zzsecret-word@127.0.0.1/test"])
async def test_what_is_no_connection_string_is_never_quoted(tmp_path: Path, text: str) -> None:
    """It may hold a password."""
    assert await refusal(tmp_path, text) == (
        "store.dsn: what file dsn holds is no connection string that PostgreSQL understands; write "
        "postgresql://user:password@host:5432/database, with %XX for special characters in the password [GT622]")


async def test_a_schema_that_may_not_even_be_used_is_told_so(tmp_path: Path, schema: str, user: str) -> None:
    """Somebody else made it; the server then knows no schema to make a table in."""
    run(f"CREATE SCHEMA {schema}")
    said = await refusal(tmp_path, servers.dsn(user))
    assert said.startswith(f"store.schema: the user may not do what is needed in the schema {schema}: ")
    assert f"GRANT ALL ON SCHEMA {schema} TO {user}" in said
    assert said.endswith("[GT629]")


async def test_who_may_not_make_the_schema_is_told_what_an_administrator_must_do(tmp_path: Path, schema: str, user: str) -> None:
    """Nothing is made; when the administrator has done it, the same user opens the store."""
    text = servers.dsn(user)
    assert await refusal(tmp_path, text) == (
        f"store.schema: the user may not do what is needed in the schema {schema}: permission denied for database test; let an "
        f"administrator run: CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {user}; where the schema is another user's: GRANT ALL ON SCHEMA "
        f"{schema} TO {user}; GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {user} [GT629]")
    assert tables(schema) == []
    run(f"CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {user}")
    await make(tmp_path, text)
    run(f"REVOKE INSERT ON {schema}.journal FROM {user}")
    assert f"in the schema {schema}: no right to write journal; let an" in await refusal(tmp_path, text)


async def test_a_schema_of_another_program_is_refused_and_left_as_it_was(tmp_path: Path, schema: str) -> None:
    """Also one that has a table of the name of ours."""
    run(f"CREATE SCHEMA {schema}")
    run(f"CREATE TABLE {schema}.theirs (a int)")
    text = f"store.schema: the schema {schema} holds tables of another program (theirs); name another schema in store.schema [GT631]"
    assert await refusal(tmp_path) == text
    assert tables(schema) == ["theirs"]
    run(f"CREATE TABLE {schema}.writer (a int)")
    assert await refusal(tmp_path) == text.replace("(theirs)", "(writer)")


async def test_a_schema_of_a_newer_program_is_refused_by_who_writes_and_who_reads(tmp_path: Path, schema: str) -> None:
    """An old program on a new schema: not a row is touched."""
    await make(tmp_path)
    newer = opening.SCHEMA_VERSION + 1
    with servers.admin() as connection:
        connection.execute("SELECT set_config('search_path', %s, false)", (schema,))
        connection.execute("UPDATE writer SET version = %s, mark = 'theirs'", (newer,))
    text = (f"store.schema: the schema {schema} has version {newer}, this program needs {opening.SCHEMA_VERSION}; use the newer "
            "program version that wrote it [GT630]")
    assert await refusal(tmp_path) == text
    with pytest.raises(StoreRefused) as told:
        SPEC.open_reader(servers.settings(tmp_path), tmp_path)
    assert str(told.value) == text
    assert writer(schema) == (newer, "theirs")


async def test_a_schema_of_an_older_program_is_brought_up_whole_or_not_at_all(
    tmp_path: Path, schema: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new program on an old schema: who reads waits for the hub; a step that fails leaves the old program able to go on."""
    await make(tmp_path)
    old = opening.SCHEMA_VERSION
    steps = {f"upgrade{old + 1}.sql": "CREATE TABLE further (a int);", f"upgrade{old + 2}.sql": "CREATE TABLE message (a int);"}
    monkeypatch.setattr(opening, "SCHEMA_VERSION", old + 2)
    monkeypatch.setattr(opening, "sql", steps.__getitem__)
    with pytest.raises(StoreRefused, match=r"GT633"):
        SPEC.open_reader(servers.settings(tmp_path), tmp_path)
    before = tables(schema)
    assert await refusal(tmp_path) == ('store: PostgreSQL refused to open the store (42P07: relation "message" already exists); look into '
                                       "the server's log for the same moment [GT634]")
    assert (tables(schema), writer(schema)[0]) == (before, old)
    steps[f"upgrade{old + 2}.sql"] = "ALTER TABLE further ADD COLUMN b int;"
    await make(tmp_path)
    assert (tables(schema), writer(schema)[0]) == (sorted([*before, "further"]), old + 2)
    SPEC.open_reader(servers.settings(tmp_path), tmp_path).close()


async def test_two_hubs_never_write_in_one_schema(tmp_path: Path, schema: str) -> None:
    """The second is told who has it; when the first has ended, it opens. In another schema of the database it always may."""
    first = PostgresqlStore(servers.settings(tmp_path), tmp_path)
    await first.open()
    said = await refusal(tmp_path)
    assert said.startswith(f"store.schema: another hub works in the schema {schema} (from 127.0.0.1, server process ")
    assert said.endswith("); stop it first, name another schema in store.schema, or let all of them say `shared: true` under store: [GT628]")
    other = servers.new_name("other")
    await make(tmp_path, schema=other)
    servers.drop(other)
    await first.write(lambda tx: tx.add_message(message()))
    await first.close()
    await make(tmp_path)


async def test_a_read_only_database_is_refused(tmp_path: Path, schema: str, user: str) -> None:
    """Before anything is made."""
    run(f"CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {user}")
    run(f"ALTER ROLE {user} SET default_transaction_read_only = on")
    assert await refusal(tmp_path, servers.dsn(user)) == (
        "store.dsn: the database is read-only (default_transaction_read_only is on); name the primary server "
        "(target_session_attrs=read-write finds it among several hosts), or let this user write [GT626]")
    assert tables(schema) == []


async def test_a_database_that_cannot_hold_every_character_is_refused(tmp_path: Path) -> None:
    """Names are written in characters that GB2312 does not have."""
    name = servers.new_name("db")
    run(f"CREATE DATABASE {name} ENCODING 'EUC_CN' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    try:
        assert await refusal(tmp_path, servers.dsn(database=name)) == (
            "store.dsn: the database keeps text as EUC_CN, which cannot hold every character; make the database with ENCODING 'UTF8' "
            "and name that one [GT625]")
    finally:
        run(f"DROP DATABASE {name} WITH (FORCE)")


async def test_a_server_that_is_too_old_or_loses_what_it_keeps_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a server that cannot be had here, as it would tell of itself."""
    monkeypatch.setattr(opening, "OLDEST_SERVER", 990_000)
    assert (await refusal(tmp_path)).endswith("and at least 99 is needed; name a newer server in the connection string [GT624]")
    monkeypatch.undo()
    real = opening._setting
    monkeypatch.setattr(opening, "_setting", lambda connection, name: "off" if name == "fsync" else real(connection, name))
    assert await refusal(tmp_path) == ("store.dsn: the server runs with fsync off: what it says is kept may be lost; set fsync = on in "
                                       "postgresql.conf and restart the server [GT627]")


async def test_the_server_compiles_none_of_our_statements(tmp_path: Path, schema: str) -> None:
    """Whatever the database is set to: a statement of many rows looks costly to it, and would take four times as long."""
    store = PostgresqlStore(servers.settings(tmp_path, f"{servers.dsn()}?options=-cjit%3Don", schema), tmp_path)
    await store.open()
    reader = store.reader()
    for connection in (store._session._connection, reader._connection):
        assert connection.execute("SHOW jit").fetchone() == ("off",)
    reader.close()
    await store.close()


async def test_a_server_that_acknowledges_early_is_told_not_to(tmp_path: Path) -> None:
    """`synchronous_commit = off` may be the whole database's: our session waits for the disk."""
    text = f"{servers.dsn()}?options=-csynchronous_commit%3Doff"
    store = PostgresqlStore(servers.settings(tmp_path, text), tmp_path)
    await store.open()
    assert store._session._connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
    await store.close()


async def test_there_is_nothing_to_read_before_the_first_start(tmp_path: Path, schema: str) -> None:
    """A verb that reads says how the schema comes to be, and a reader can write nothing."""
    with pytest.raises(StoreRefused) as told:
        SPEC.open_reader(servers.settings(tmp_path), tmp_path)
    assert str(told.value) == (f"store.schema: there is nothing in the schema {schema} yet; `guantong run` makes it at first start; "
                               "where this home has a store already, bring that over first: `guantong move` [GT632]")
    await make(tmp_path)
    reader: Any = SPEC.open_reader(servers.settings(tmp_path), tmp_path)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reader._connection.execute("DELETE FROM message")
    reader.close()


def home_on(home: Path, store: str) -> None:
    """The starter's home with this `store:`."""
    servers.use_in(begin_home(home).folder, store)


def test_run_ends_with_what_is_wrong_in_both_languages(tmp_path: Path, schema: str) -> None:
    """Exit 2, and nothing was made; the same for a verb that reads."""
    servers.settings(tmp_path, "postgresql://root@127.0.0.1:1/test")
    home_on(tmp_path, f"dsn: {{file: dsn}}\n  schema: {schema}")
    for words in (["run"], ["queues"]):
        done = CliRunner().invoke(app_for(words), [*words, "--home", str(tmp_path)])
        assert done.exit_code == 2, done.output
        assert "store.dsn: 无法连接 PostgreSQL：connection to server at" in done.stderr
        assert "PostgreSQL cannot be reached: connection to server at" in done.stderr
    assert tables(schema) == []


def test_a_connection_string_in_the_file_itself_is_a_mistake_and_never_quoted(tmp_path: Path) -> None:
    """At its line, by `check`, as for every secret."""
    home_on(tmp_path, "dsn: postgresql://root:secret-word@127.0.0.1/test")
    done = CliRunner().invoke(build_app("check"), ["check", "--home", str(tmp_path)])
    assert "config/guantong.yaml:3:8 store.dsn: 文件中直接写了密钥" in done.output
    assert "[GT106]" in done.output
    assert "secret-word" not in done.output


def test_a_variable_that_is_not_set_is_told_at_its_line(tmp_path: Path) -> None:
    """Before anything is opened."""
    home_on(tmp_path, "dsn: {env: GUANTONG_NOT_SET_AT_ALL}")
    done = CliRunner().invoke(build_app("run"), ["run", "--home", str(tmp_path)])
    assert done.exit_code == 2
    assert "config/guantong.yaml:3:8 store.dsn: 环境变量 GUANTONG_NOT_SET_AT_ALL 未设置" in done.stderr
