"""Several processes write in one schema: each sees what the others did, and what became of its own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import address
from tests.stores import servers

from guantong.clock import NEVER
from guantong.doctor.survey import survey
from guantong.doctor.tally import Tally
from guantong.journey.states import DeliveryState
from guantong.sharedstore import Enlisted
from guantong.store import Entry, NewEvent, Serial, StoreFailed, StoreRefused, Transaction
from guantong.testing.stored import D, event, message
from guantong_plugins.drill.relay import Relay
from guantong_plugins.stores.postgresql import opening
from guantong_plugins.stores.postgresql import store as storing
from guantong_plugins.stores.postgresql.session import Session
from guantong_plugins.stores.postgresql.store import PostgresqlStore

pytestmark = pytest.mark.service("postgresql")


@pytest.fixture(autouse=True)
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The schema of the test's home, taken away in the end."""
    monkeypatch.setattr(storing, "LOOK_EVERY", 0.01)
    name = servers.schema_of(tmp_path)
    yield name
    servers.drop(name)


@asynccontextmanager
async def opened(home: Path, text: str | None = None, **more: Any) -> AsyncIterator[PostgresqlStore]:
    store = PostgresqlStore(servers.settings(home, text, **{"shared": True, **more}), home)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def adding(system: str) -> Callable[[Transaction], int]:
    return lambda tx: tx.add_message(message(system))


def waiting(due: int, tx: Transaction, *, low: bool = False, state: DeliveryState = D.WAITING) -> int:
    made = tx.add_delivery(event(tx, 1), 1, "city.hall", "case.step", D.WAITING, 1, False, low=low)
    tx.move(made, state, at=1, due=due, attempts=0)
    return made


def enlist(name: str, tx: Transaction) -> None:
    tx.enlist(Enlisted(name, "hub", "here", 1, True, "k"))


def case(number: int, chance: float, tx: Transaction) -> None:
    """What accepting does, in short: a case by its number, one more event and line of its journal, one more delivery."""
    serial = Serial("", "province", f"P{number}")
    found = tx.find_subjects([serial])
    subject = found[0] if found else tx.add_subject("case")
    if not found:
        tx.link(serial, subject)
    kept = tx.add_message(message("a"))
    made = tx.add_event(NewEvent(kept, subject, "case.step", 1, b"%d" % kept, b"digest", "plan", 0, b"sealed"))
    state = D.BLOCKED if tx.line_is_busy(subject, "t") else D.WAITING
    ident = tx.add_delivery(made, subject, "t", "case.step", state, 1, False)
    tx.note(Entry(1, "routed", subject=subject, message=kept, system="a", detail={"to": ["t"]}))
    if state is D.WAITING and chance < 0.5:
        tx.move(ident, D.CONFIRMED, at=2, due=2, attempts=1)
        tx.note(Entry(2, "confirmed", subject=subject, delivery=ident, system="t"))


@pytest.mark.parametrize("seed", range(2))
async def test_what_several_write_at_once_is_whole(tmp_path: Path, seed: int) -> None:
    """No number is given twice, every journal is one chain, nobody works with what another has changed."""
    chance = random.Random(seed)  # noqa: S311 -- a seed, not a secret
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(opened(tmp_path)) for _ in range(3)]
        works = [(chance.choice(stores), partial(case, chance.randrange(8), chance.random())) for _ in range(150)]
        for start in range(0, 150, 15):
            await asyncio.gather(*(store.write(work) for store, work in works[start:start + 15]))
        reader = stores[0].reader()
        stack.callback(reader.close)
        tally = Tally()
        counts = survey(reader, tally)
        assert [problem.line() for problem in tally.problems()] == []
        assert sum(counts.messages.values()) == sum(counts.deliveries.values()) == 150
        told = 0
        for number in range(8):
            (subject,) = reader.subjects_by_number(f"P{number}")
            lines = reader.journal_of(subject)
            assert [line.previous for line in lines] == [0, *(line.id for line in lines[:-1])]
            told += len(lines)
        assert told == counts.entries, "no line stands outside the chain of its case"


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "not kept"])
async def test_a_commit_whose_answer_is_lost_is_found_though_another_wrote_since(
    tmp_path: Path, kept: bool, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each knows its own groups by their number: of what was not kept nobody is told that it was."""
    real = Session.run
    with Relay(address("postgresql")) as relay:
        async with opened(tmp_path) as other, opened(tmp_path, servers.dsn(at=relay.address)) as store:
            await store.write(adding("first"))
            broken, loop = asyncio.Event(), asyncio.get_running_loop()

            def cut(self: Session, works: Any) -> list[Any]:
                monkeypatch.setattr(Session, "run", real)
                if kept:
                    real(self, works)
                    self._written -= 1  # as far as it knows
                else:
                    self.committing = True
                relay.away()
                loop.call_soon_threadsafe(broken.set)
                self._connection.execute("SELECT 1")
                raise AssertionError("the network broke")

            monkeypatch.setattr(Session, "run", cut)
            asked = asyncio.ensure_future(store.write(adding("unanswered")))
            await broken.wait()
            await other.write(adding("theirs"))
            relay.back()
            (told,) = await asyncio.gather(asked, return_exceptions=True)
            assert told == 2 if kept else isinstance(told, StoreFailed)
            await store.write(adding("last"))
            reader = other.reader()
            systems = [row.system for number in range(1, 5) if (row := reader.message(number)) is not None]
            reader.close()
            assert systems == ["first", *(["unanswered"] if kept else []), "theirs", "last"]


async def test_one_that_is_stopped_with_the_pen_in_its_hand_holds_nobody_up_for_long(tmp_path: Path) -> None:
    """The server ends its session; its work runs again when it goes on."""
    async with opened(tmp_path, lease=1.0) as stopped, opened(tmp_path, lease=1.0) as other:
        loop, paused = asyncio.get_running_loop(), asyncio.Event()
        theirs = asyncio.Event()
        runs: list[int] = []

        def pausing(tx: Transaction) -> int:
            runs.append(1)
            if len(runs) == 1:
                loop.call_soon_threadsafe(paused.set)
                asyncio.run_coroutine_threadsafe(theirs.wait(), loop).result(30)
            return tx.add_message(message("mine"))

        asked = asyncio.ensure_future(stopped.write(pausing))
        await paused.wait()
        assert await other.write(adding("theirs")) == 1
        theirs.set()
        assert await asked == 2
        assert len(runs) == 2


async def test_one_that_is_stopped_in_the_middle_of_what_it_sends_is_ended_by_who_waits(tmp_path: Path) -> None:
    """The server waits for the rest for ever, and calls the session active: whoever wants the pen ends it."""
    async with opened(tmp_path, lease=1.0) as stopped, opened(tmp_path, lease=1.0) as other:
        loop, paused, theirs = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        runs: list[int] = []

        def pausing(tx: Any) -> int:
            runs.append(1)
            if len(runs) == 1:
                with tx._connection.pipeline():
                    tx._connection.execute("SELECT 1")
                    tx._connection.pgconn.flush()
                    loop.call_soon_threadsafe(paused.set)
                    asyncio.run_coroutine_threadsafe(theirs.wait(), loop).result(30)
            made: int = tx.add_message(message("mine"))
            return made

        asked = asyncio.ensure_future(stopped.write(pausing))
        await paused.wait()
        assert await other.write(adding("theirs")) == 1
        theirs.set()
        assert await asked == 2
        assert len(runs) == 2


async def test_who_wants_the_schema_alone_is_kept_out_and_keeps_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that shares and one that does not are never there at once: either is refused while the other runs."""
    monkeypatch.setattr(opening, "LOCK_WAIT", 0.3)
    async with opened(tmp_path), opened(tmp_path):
        with pytest.raises(StoreRefused, match="GT628"):
            await PostgresqlStore(servers.settings(tmp_path), tmp_path).open()
    async with opened(tmp_path, shared=False):
        with pytest.raises(StoreRefused, match="GT628"):
            await PostgresqlStore(servers.settings(tmp_path, shared=True), tmp_path).open()


async def test_a_newer_program_beside_older_ones_that_still_work_says_what_to_stop(tmp_path: Path, schema: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which version is there, which is needed, and what to do; they go on undisturbed."""
    monkeypatch.setattr(opening, "LOCK_WAIT", 0.3)
    async with opened(tmp_path) as older:
        there = opening.SCHEMA_VERSION
        monkeypatch.setattr(opening, "SCHEMA_VERSION", there + 1)
        with pytest.raises(StoreRefused) as told:
            await PostgresqlStore(servers.settings(tmp_path, shared=True), tmp_path).open()
        assert str(told.value).startswith(f"store.schema: processes of an earlier version work in the schema {schema} (from 127.0.0.1, server process ")
        assert str(told.value).endswith(
            f"): it has version {there}, this program needs {there + 1}; stop them all (`guantong workers` of their version lists them), then start "
            "this version: the first of them brings the schema up [GT879]")
        assert await older.write(adding("a")) == 1


async def test_who_has_the_schema_alone_ends_the_claims_of_those_that_shared_it(tmp_path: Path) -> None:
    """They are gone, or it had not got it."""
    async with opened(tmp_path) as store:
        await store.write(partial(enlist, "a"))
        await store.write(partial(waiting, 1))
        assert len(await store.write(lambda tx: tx.claim("city.hall", 5, 10, ()))) == 1
    async with opened(tmp_path, shared=False) as alone:
        reader = alone.reader()
        assert (reader.workers(), reader.stray_claims(10), reader.due_targets(["city.hall"], 5)) == ([], [], ["city.hall"])
        reader.close()


async def test_several_may_make_the_schema_at_once(tmp_path: Path) -> None:
    """One makes it, the others find it."""
    async with AsyncExitStack() as stack:
        stores = await asyncio.gather(*(stack.enter_async_context(opened(tmp_path)) for _ in range(4)))
        assert [await store.write(adding("a")) for store in stores] == [1, 2, 3, 4]


async def test_what_is_claimed_is_one_workers_until_its_turn_is_over(tmp_path: Path) -> None:
    """Nothing that is not due is claimed; what is low comes last; another's claim is seen; a worker that died has none."""
    async with opened(tmp_path, lease=1.0) as a, opened(tmp_path, lease=1.0) as b:
        await a.write(partial(enlist, "a"))
        await b.write(partial(enlist, "b"))
        due = [await a.write(partial(waiting, at, low=low)) for at, low in ((1, True), (2, False), (9, False))]
        never = await a.write(partial(waiting, NEVER, state=D.UNKNOWN))
        first = await a.write(lambda tx: tx.claim("city.hall", 5, 1, ()))
        assert [row.id for row in first] == [due[1]]
        assert [row.id for row in await b.write(lambda tx: tx.claim("city.hall", 5, 10, ()))] == [due[0]]
        assert await a.write(lambda tx: [(tx.is_mine(one), tx.is_elsewhere(one)) for one in (due[0], due[1], due[2], never)]) == [
            (False, True), (True, False), (False, False), (False, False)]
        await a.write(lambda tx: tx.move(due[1], D.SENDING, at=5, due=5, attempts=0))
        assert await a.write(lambda tx: tx.is_mine(due[1]))
        await a.write(lambda tx: tx.move(due[1], D.RETRYING, at=5, due=5, attempts=1))
        assert not await b.write(lambda tx: tx.is_elsewhere(due[1]))
        await b.write(lambda tx: tx.let_go([due[0]]))
        assert {row.id for row in await a.write(lambda tx: tx.claim("city.hall", 5, 10, ()))} == {due[0], due[1]}
        assert not await b.write(lambda tx: tx.bury(a.worker))
        assert await b.write(lambda tx: (tx.bury(a.worker, surely=True), tx.free(a.worker))) == (True, 2)
        assert (await a.write(lambda tx: tx.beat(()))).lapsed


async def test_a_store_that_is_shared_says_when_it_is_away(tmp_path: Path) -> None:
    """Work is refused at once, and done when the server is back."""
    with Relay(address("postgresql")) as relay:
        async with opened(tmp_path, servers.dsn(at=relay.address)) as store:
            relay.away()
            with pytest.raises(StoreFailed, match="is away"):
                await store.write(adding("refused"))
            relay.back()
            assert await store.write(adding("kept")) == 1
