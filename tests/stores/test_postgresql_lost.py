"""What the store on PostgreSQL does when its session, the network or the server goes away."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.conftest import address
from tests.stores import servers

from guantong.store import Store, StoreFailed, Transaction
from guantong.testing.stored import message
from guantong_plugins.drill.relay import Relay
from guantong_plugins.stores.postgresql import store as storing
from guantong_plugins.stores.postgresql.session import Session
from guantong_plugins.stores.postgresql.store import AWAY, TAKEN, PostgresqlStore

pytestmark = pytest.mark.service("postgresql")


@pytest.fixture(autouse=True)
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The schema of the test's home, taken away in the end."""
    monkeypatch.setattr(storing, "LOOK_EVERY", 0.01)
    name = servers.schema_of(tmp_path)
    yield name
    servers.drop(name)


@asynccontextmanager
async def opened(home: Path, text: str | None = None) -> AsyncIterator[Store]:
    store = PostgresqlStore(servers.settings(home, text), home)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def kept(schema: str) -> list[str]:
    """The systems of the messages that are kept, oldest first."""
    with servers.admin() as connection:
        connection.execute("SELECT set_config('search_path', %s, false)", (schema,))
        rows = connection.execute("SELECT system FROM message ORDER BY id").fetchall()
    return [system for (system,) in rows]


def end_sessions(schema: str) -> int:
    """Have the server end the session that holds *schema*; how many there were."""
    with servers.admin() as connection:
        return len(connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid() "
            "AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(%s, 0)", (f"guantong:{schema}",)).fetchall())


def adding(system: str) -> Callable[[Transaction], int]:
    return lambda tx: tx.add_message(message(system))


async def test_a_session_that_the_server_ends_is_made_anew_and_the_work_done(tmp_path: Path, schema: str) -> None:
    """Between two groups, and under a piece of work that has begun to write: it runs again, and its waiter hears nothing of it."""
    async with opened(tmp_path) as store:
        await store.write(adding("first"))
        assert end_sessions(schema) == 1
        await store.write(adding("second"))
        runs: list[int] = []

        def ended_under(tx: Transaction) -> int:
            made = tx.add_message(message("third"))
            tx.message(made)  # which has it written
            runs.append(made)
            if len(runs) == 1:
                end_sessions(schema)
            return made

        assert await store.write(ended_under) == 3
        assert runs == [3, 3]
    assert kept(schema) == ["first", "second", "third"]


@pytest.mark.parametrize("before", [True, False], ids=["before the commit", "after the commit"])
async def test_a_commit_whose_answer_is_lost_is_looked_up(
    tmp_path: Path, schema: str, before: bool, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The session ends at the commit, before or after the server did it: the work is kept once, and its waiter is told so."""
    real = Session.run

    def cut(self: Session, works: Any) -> list[Any]:
        monkeypatch.setattr(Session, "run", real)
        if not before:
            real(self, works)
            self._written -= 1  # as far as it knows
        else:
            self.committing = True
        end_sessions(schema)
        self._connection.execute("SELECT 1")
        raise AssertionError("the session was ended")

    async with opened(tmp_path) as store:
        await store.write(adding("first"))
        monkeypatch.setattr(Session, "run", cut)
        assert list(await asyncio.gather(store.write(adding("a")), store.write(adding("b")))) == [2, 3]
        assert await store.write(adding("last")) == 4
    assert kept(schema) == ["first", "a", "b", "last"]


async def test_it_is_looked_up_again_when_the_network_breaks_while_it_is(
    tmp_path: Path, schema: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The session made anew breaks as well, after the server told what it kept: the waiter hears the truth all the same."""
    run, use = Session.run, Session._use

    def cut(self: Session, works: Any) -> list[Any]:
        monkeypatch.setattr(Session, "run", run)
        run(self, works)
        self._written -= 1  # as far as it knows
        monkeypatch.setattr(Session, "_use", broken)
        end_sessions(schema)
        self._connection.execute("SELECT 1")
        raise AssertionError("the session was ended")

    def broken(self: Session, connection: Any) -> None:
        monkeypatch.setattr(Session, "_use", use)
        connection.close()
        use(self, connection)

    async with opened(tmp_path) as store:
        await store.write(adding("first"))
        monkeypatch.setattr(Session, "run", cut)
        assert await store.write(adding("unanswered")) == 2
        assert await store.write(adding("last")) == 3
    assert kept(schema) == ["first", "unanswered", "last"]


async def test_while_the_server_is_away_work_is_refused_at_once_and_then_done(tmp_path: Path, schema: str) -> None:
    """Nothing is kept of what was refused; readers hear it too; both go on by themselves when the server is back."""
    with Relay(address("postgresql")) as relay:
        async with opened(tmp_path, servers.dsn(at=relay.address)) as store:
            reader = store.reader()
            await store.write(adding("before"))
            relay.away()
            ended = await asyncio.gather(*(store.write(adding("refused")) for _ in range(5)), return_exceptions=True)
            assert [str(one) for one in ended] == [AWAY] * 5
            with pytest.raises(StoreFailed, match=r"^the store (cannot be read|is away)"):
                reader.message(1)
            relay.back()
            await store.write(adding("after"))
            while not _reads(reader):
                await store.write(_nothing)  # a turn of the loop
            reader.close()
    assert kept(schema) == ["before", "after"]


def _nothing(_: Transaction) -> None:
    """Work that only waits for its turn."""


def _reads(reader: Any) -> bool:
    try:
        return reader.message(2) is not None
    except StoreFailed:
        return False


async def test_what_was_being_committed_when_the_network_broke_is_told_when_it_is_back(
    tmp_path: Path, schema: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its waiter waits; who waits behind it, or comes meanwhile, is refused at once; in the end everybody knows what is kept."""
    real, renew = Session.run, Session.renew
    committing, looked, behind = asyncio.Event(), asyncio.Event(), threading.Event()
    with Relay(address("postgresql")) as relay:
        async with opened(tmp_path, servers.dsn(at=relay.address)) as store:
            await store.write(adding("first"))
            loop = asyncio.get_running_loop()

            def cut(self: Session, works: Any) -> list[Any]:
                monkeypatch.setattr(Session, "run", real)
                real(self, works)
                self._written -= 1  # as far as it knows
                loop.call_soon_threadsafe(committing.set)
                behind.wait()
                relay.away()
                self._connection.execute("SELECT 1")
                raise AssertionError("the network broke")

            looks: list[int] = []

            def look(self: Session) -> bool:
                looks.append(1)
                if len(looks) == 2:
                    loop.call_soon_threadsafe(looked.set)
                return renew(self)

            monkeypatch.setattr(Session, "run", cut)
            monkeypatch.setattr(Session, "renew", look)
            asked = asyncio.ensure_future(store.write(adding("unanswered")))
            await committing.wait()
            waiting = store.write(adding("refused"))
            behind.set()
            with pytest.raises(StoreFailed, match="is away"):
                await waiting
            await looked.wait()
            with pytest.raises(StoreFailed, match="is away"):
                await store.write(adding("refused"))
            assert not asked.done()
            relay.back()
            assert await asked == 2
            assert await store.write(adding("last")) == 3
    assert kept(schema) == ["first", "unanswered", "last"]


async def test_a_hub_that_another_took_over_from_writes_no_more(tmp_path: Path, schema: str) -> None:
    """Cut off, it finds that somebody else wrote meanwhile: what it knows no longer holds, and it says so for good."""
    with Relay(address("postgresql")) as relay:
        async with opened(tmp_path, servers.dsn(at=relay.address)) as store:
            await store.write(adding("mine"))
            relay.away()
            with pytest.raises(StoreFailed):
                await store.write(adding("refused"))
            async with opened(tmp_path) as other:
                await other.write(adding("theirs"))
            relay.back()
            for _ in range(2):
                with pytest.raises(StoreFailed) as told:
                    await store.write(adding("refused"))
                assert str(told.value) == TAKEN
    assert kept(schema) == ["mine", "theirs"]


async def test_work_that_the_server_gave_up_for_anothers_sake_is_run_again(tmp_path: Path, schema: str) -> None:
    """A deadlock, or a failed serialisation, is nobody's mistake."""
    runs: list[int] = []

    def given_up(tx: Transaction) -> int:
        runs.append(1)
        if len(runs) < 3:
            raise psycopg.errors.SerializationFailure("could not serialize access")
        return tx.add_message(message("kept"))

    async with opened(tmp_path) as store:
        assert await store.write(given_up) == 1
    assert len(runs) == 3
    assert kept(schema) == ["kept"]


async def test_a_statement_that_hangs_is_given_up(tmp_path: Path, schema: str) -> None:
    """Somebody locked a table: the store refuses, and goes on when the table is free."""
    store = PostgresqlStore(servers.settings(tmp_path, statement_timeout=4.0), tmp_path)
    await store.open()
    with servers.admin() as other, other.transaction():
        other.execute(f"LOCK TABLE {schema}.message IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreFailed, match=r"^the store cannot write: QueryCanceled 57014$"):
            await store.write(adding("refused"))
    assert await store.write(adding("kept")) == 1
    await store.close()
    assert kept(schema) == ["kept"]
