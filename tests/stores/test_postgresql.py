"""The store on PostgreSQL keeps the contract of stores."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
from tests.stores import servers

from guantong.store import Store, StoreFailed, Transaction
from guantong.testing.store_contract import StoreContract
from guantong.testing.stored import message
from guantong_plugins.stores.postgresql.store import PostgresqlStore
from guantong_plugins.stores.postgresql.texts import adapt

pytestmark = pytest.mark.service("postgresql")


@pytest.fixture(autouse=True)
def schema(tmp_path: Path) -> Iterator[str]:
    """The schema of the test's home, taken away in the end."""
    name = servers.schema_of(tmp_path)
    yield name
    servers.drop(name)


class TestPostgresql(StoreContract):
    """The store of grown mode."""

    def make(self, home: Path) -> Store:
        return PostgresqlStore(servers.settings(home), home)

    def cannot_write(self, home: Path) -> AbstractContextManager[None]:
        return full_disk(servers.schema_of(home))


class TestShared(TestPostgresql):
    """The same in a schema that several processes may share."""

    def make(self, home: Path) -> Store:
        return PostgresqlStore(servers.settings(home, shared=True), home)


async def test_what_follows_is_refused_before_anybody_heard_that_what_it_follows_failed(tmp_path: Path) -> None:
    """The thread that writes goes on to the next group while the loop is busy with something else."""
    store = PostgresqlStore(servers.settings(tmp_path), tmp_path)
    await store.open()
    begun, both, done = threading.Event(), threading.Event(), threading.Event()

    def mistaken(_: Transaction) -> None:
        begun.set()
        assert both.wait(30)
        raise LookupError("a mistake")

    first = store.write(mistaken)
    assert await asyncio.to_thread(begun.wait, 30)
    behind = store.write(lambda tx: tx.add_message(message()), after=first)
    last = store.write(lambda _: done.set())
    both.set()
    assert done.wait(30)
    ended = await asyncio.gather(first, behind, last, return_exceptions=True)
    assert [type(one) for one in ended] == [LookupError, StoreFailed, type(None)]
    await store.close()


@contextmanager
def full_disk(schema: str) -> Iterator[None]:
    """The server says of every record what it says when its disk is full."""
    with servers.admin() as connection:
        for statement in (
            """CREATE FUNCTION {0}.full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$""",
            "CREATE TRIGGER full_disk BEFORE INSERT ON {0}.message EXECUTE FUNCTION {0}.full_disk()",
        ):
            connection.execute(statement.format(schema))
        try:
            yield
        finally:
            connection.execute(f"DROP FUNCTION {schema}.full_disk CASCADE")


@pytest.mark.parametrize("binary", [False, True])
def test_lists_of_numbers_are_one_type_whatever_was_asked_before(binary: bool) -> None:
    """A driver that makes a list's type of its first numbers fails once they grow beyond it: at the 32,768th line of a journal."""
    with psycopg.connect(servers.dsn()) as connection:
        adapt(connection)
        cursor = connection.cursor(binary=binary)
        for numbers in ([1, 2], [1, 40_000], [40_000, 1], [1, 1 << 40], [-1, 3]):
            row = cursor.execute("SELECT array_agg(one), pg_typeof(%s)::text FROM unnest(%s::bigint[]) one", (numbers, numbers)).fetchone()
            assert row == (numbers, "bigint[]")
