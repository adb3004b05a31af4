"""Several processes on one store: each delivery is sent once, by one of them, and none is lost with one that dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from tests.conftest import address
from tests.journey.crewing import crew_of, homes, member
from tests.journey.played import Act, Played
from tests.journey.world import HALL, Clock, D, World, apply, step
from tests.stores import servers

from guantong.journey import crew as crewing
from guantong.operations import Act as Word
from guantong.part import Role
from guantong.store import Entry, StoreFailed, Transaction
from guantong_plugins.drill.relay import Relay

pytestmark = pytest.mark.service("postgresql")


@pytest.fixture(autouse=True)
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The schema of the test, taken away in the end. Who was cut off is not waited for."""
    monkeypatch.setattr("guantong.journey.lines.FINISH_WITHIN", 0.2)
    monkeypatch.setattr("guantong.journey.deliver.STORE_PAUSE", 0.01)
    monkeypatch.setattr("guantong.journey.line.PAUSE", 0.05)
    monkeypatch.setattr(crewing, "LOOK_EVERY", 0.2)
    name = servers.schema_of(tmp_path)
    yield name
    servers.drop(name)


@asynccontextmanager
async def members(folder: Path, roles: str, ends: dict[str, Played], *, beating: bool = True, at: str | None = None,
                  policy: str = "retry", lease: str = "30s") -> AsyncIterator[list[World]]:
    """One engine for each of *roles* (h: everything, i: takes in, w: sends), the last of them at the server through *at*."""
    clock = Clock()
    names = "".join(chr(ord("a") + number) for number in range(len(roles)))
    where = homes(folder, names, delivery={HALL: f"unknown: {policy}"}, lease=lease)
    if at is not None:
        servers.settings(where[-1], servers.dsn(at=at))
    kinds = {"h": Role.HUB, "i": Role.INGRESS, "w": Role.WORKER}
    async with AsyncExitStack() as stack:
        found = [await stack.enter_async_context(member(home, ends, clock, kinds[role])) for home, role in zip(where, roles, strict=True)]
        beats = [asyncio.create_task(crew_of(it).run()) for it in found if beating]
        try:
            yield found
        finally:
            for beat in beats:
                beat.cancel()
            await asyncio.gather(*beats, return_exceptions=True)


async def until(it: World, condition: Callable[[], bool]) -> None:
    """Each look is a turn of the store."""
    async with asyncio.timeout(60):
        await it.until(condition)


async def test_what_each_accepts_is_sent_once_and_in_order(tmp_path: Path) -> None:
    """By whichever has a line: two engines take turns in accepting the steps of ten cases."""
    ends: dict[str, Played] = {}
    async with members(tmp_path, "hh", ends) as (a, b):
        for code in "01234":
            await asyncio.gather(*((a, b)[(number + int(code)) % 2].tell(
                "east.approval", apply(f"P{number}") if code == "0" else step(code, f"P{number}")) for number in range(10)))
        await until(a, lambda: all(row.state is D.CONFIRMED for row in a.deliveries()))
        await a.quiet()
        hall = ends[HALL]
        assert len(hall.effects) == len(hall.sent) == 50
        for number in range(10):
            assert [one.fields["title"] for one in hall.effects if one.fields.get("no") == f"P{number}"] == ["A", "1", "2", "3", "4"]


async def test_who_only_takes_in_has_the_others_send(tmp_path: Path) -> None:
    """At once: they are told, not left to look for it."""
    ends: dict[str, Played] = {}
    async with members(tmp_path, "iw", ends, beating=False) as (ingress, worker):
        assert ingress.engine.lines.targets == []
        await ingress.tell("east.approval", apply("P1"))
        await until(worker, lambda: worker.states(HALL) == [D.CONFIRMED])


async def test_what_nobody_was_told_of_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notification that is lost costs a moment, no delivery."""
    monkeypatch.setattr("guantong_plugins.stores.postgresql.sharing.Share.told", lambda _: "")
    ends: dict[str, Played] = {}
    async with members(tmp_path, "iw", ends) as (ingress, worker):
        await ingress.tell("east.approval", apply("P1"))
        await until(worker, lambda: worker.states(HALL) == [D.CONFIRMED])


@pytest.mark.parametrize(("policy", "left"), [("hold", D.UNKNOWN), ("retry", D.CONFIRMED)])
async def test_the_work_of_one_that_is_cut_off_moves_on(tmp_path: Path, policy: str, left: D) -> None:
    """What it was sending is as after a crash: unknown, or sent again where that does no harm; all else goes on."""
    ends = {HALL: Played(HALL, gate=asyncio.Event())}
    with Relay(address("postgresql")) as relay:
        async with members(tmp_path, "iw", ends, at=relay.address, policy=policy, lease="2s") as (ingress, cut):
            await ingress.tell("east.approval", apply("P1"))
            await until(ingress, lambda: len(ends[HALL].sent) == 1)
            (found,) = [one for one in ingress.reader.workers() if one.claims]
            assert found.id == crew_of(cut).me
            relay.away()
            (tmp_path / "c").mkdir()
            for file in ("dsn", "config", "mappings"):
                (tmp_path / "c" / file).symlink_to(tmp_path / "a" / file)
            async with member(tmp_path / "c", ends, cut.clock, Role.WORKER) as other:
                beat = asyncio.create_task(crew_of(other).run())
                await ingress.tell("east.approval", apply("P2"))
                free, ends[HALL].gate = ends[HALL].gate, None
                assert free is not None
                await until(other, lambda: other.states(HALL) == [left, D.CONFIRMED])
                assert [one.told.role for one in other.reader.workers()] == ["ingress", "worker"]
                free.set()
                beat.cancel()
                await asyncio.gather(beat, return_exceptions=True)
                other.check()


async def test_one_that_was_silent_for_too_long_neither_sends_nor_downgrades(tmp_path: Path) -> None:
    """Paused while it was sending, it wakes when others have taken over: what its target took counts, nothing else does."""
    ends = {HALL: Played(HALL, gate=asyncio.Event())}
    async with members(tmp_path, "iw", ends, beating=False, policy="hold", lease="2s") as (awake, paused):
        await awake.tell("east.approval", apply("P1"))
        await awake.tell("east.approval", apply("P2"))
        await until(awake, lambda: len(ends[HALL].sent) == 2)
        beat = asyncio.create_task(crew_of(awake).run())
        await until(awake, lambda: awake.states(HALL) == [D.UNKNOWN, D.UNKNOWN])
        assert not crew_of(paused).may_act()
        await awake.act(Word.DID_NOT, 1)
        await awake.tell("east.approval", apply("P3"))
        gate = ends[HALL].gate
        assert gate is not None
        gate.set()
        await until(awake, lambda: awake.states(HALL)[:2] == [D.CONFIRMED, D.CONFIRMED])
        assert len(ends[HALL].sent) == 2
        assert awake.states(HALL)[2] is D.WAITING, "its lease has run out: it takes nothing in hand"
        beats = beat, asyncio.create_task(crew_of(paused).run())
        await until(awake, lambda: awake.states(HALL) == [D.CONFIRMED] * 3)
        for one in beats:
            one.cancel()
        await asyncio.gather(*beats, return_exceptions=True)
        awake.check()


@pytest.mark.parametrize("policy", ["hold", "retry"])
async def test_one_whose_lease_ran_out_between_its_intent_and_the_sending_does_not_send(
    tmp_path: Path, policy: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Others may have taken over meanwhile, and sent it. Nothing left us: it is no attempt, and the breaker hears of none."""
    ends: dict[str, Played] = {}
    async with members(tmp_path, "w", ends, beating=False, policy=policy) as (it,):
        it.engine.crash_at = lambda point: (
            monkeypatch.setattr(crew_of(it), "_good_until", 0.0) if point == "deliver:before-send" else None)
        await it.tell("east.approval", apply("P1"))
        await until(it, lambda: it.states(HALL) == [D.RETRYING])
        (row,) = it.deliveries(HALL)
        assert not ends[HALL].sent
        assert row.attempts == 0
        assert row.reason == "city.hall 暂未接收：本进程失联过久，可能已被视为停止；系统会自动重发"
        it.engine.crash_at = lambda _: None
        monkeypatch.setattr(crew_of(it), "_good_until", float("inf"))
        it.clock.now += 60_000
        it.engine.lines.wake([HALL])
        await until(it, lambda: it.states(HALL) == [D.CONFIRMED])
        assert len(ends[HALL].sent) == 1


async def test_what_another_has_in_hand_must_be_settled_first(tmp_path: Path) -> None:
    """An operator elsewhere can no more discard it than at the process itself; a newer version waits behind it."""
    ends = {HALL: Played(HALL, gate=asyncio.Event())}
    async with members(tmp_path, "iw", ends) as (ingress, _worker):
        ends[HALL].script.append(Act.BUSY)
        await ingress.tell("east.approval", apply("P1"))
        await until(ingress, lambda: len(ends[HALL].sent) == 1)
        (done,) = await ingress.act(Word.DISCARD, 1, why="试")
        assert done.problem is not None
        await ingress.tell("east.approval", apply("P1", ver="2"))
        assert ingress.states(HALL) == [D.WAITING, D.BLOCKED]
        gate, ends[HALL].gate = ends[HALL].gate, None
        assert gate is not None
        gate.set()
        await until(ingress, lambda: ingress.states(HALL) == [D.SUPERSEDED, D.CONFIRMED])


async def test_a_line_claims_little_and_gives_back_what_it_has_not_begun(tmp_path: Path) -> None:
    """Twice what it sends at once; a line that is held keeps what is on the wire, and nothing else."""
    ends = {HALL: Played(HALL, gate=asyncio.Event())}
    async with members(tmp_path, "iw", ends) as (ingress, worker):
        at_once = worker.system(HALL).delivery.concurrency
        await ingress.act(Word.HOLD, HALL, why="升级")
        for number in range(4 * at_once):
            await ingress.tell("east.approval", apply(f"P{number}"))
        await until(ingress, lambda: len(ends["city.watch"].effects) == 4 * at_once and worker.engine.lines._lines[HALL].held)
        await ingress.act(Word.RELEASE, HALL)
        await until(ingress, lambda: len(ends[HALL].sent) == at_once and in_hand(ingress) == 2 * at_once)
        await ingress.act(Word.HOLD, HALL, why="升级")
        await until(ingress, lambda: in_hand(ingress) == at_once)
        gate = ends[HALL].gate
        assert gate is not None
        gate.set()
        await until(ingress, lambda: in_hand(ingress) == 0)
        assert len(ends[HALL].sent) == at_once


def in_hand(it: World) -> int:
    return sum(one.claims for one in it.reader.workers())


async def test_a_hold_at_one_holds_at_all(tmp_path: Path) -> None:
    """And so does its release."""
    ends: dict[str, Played] = {}
    async with members(tmp_path, "iw", ends) as (ingress, worker):
        await ingress.act(Word.HOLD, HALL, why="升级")
        await until(worker, lambda: worker.engine.lines._lines[HALL].held)
        await ingress.tell("east.approval", apply("P1"))
        await until(worker, lambda: worker.reader.due_targets([HALL], worker.clock.now) == [HALL])
        assert ends[HALL].sent == []
        await ingress.act(Word.RELEASE, HALL)
        await until(worker, lambda: worker.states(HALL) == [D.CONFIRMED])


async def test_what_one_takes_up_the_others_hear_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each then reads its own files; who took it up is told nothing. Each looks once when it begins to listen: another may have
    taken something up since it read its files."""
    begun: list[None] = []
    monkeypatch.setattr(crewing, "_nothing", lambda: begun.append(None))
    async with members(tmp_path, "iw", {}, beating=False) as (ingress, worker):
        await until(worker, lambda: len(begun) == 2)
        heard: list[str] = []
        crew_of(ingress).on_reload = lambda: heard.append("ingress")
        crew_of(worker).on_reload = lambda: heard.append("worker")
        await ingress.engine.store.write(lambda tx: tx.note(Entry(1, "mappings_taken", actor="陈工")))
        await until(worker, lambda: heard == ["worker"])


async def test_a_duty_is_one_workers_at_a_time_and_moves_on(tmp_path: Path) -> None:
    """When its worker leaves, and when its worker is cut off."""
    doing: list[str] = []

    async def work(name: str) -> None:
        doing.append(name)
        try:
            await asyncio.Event().wait()
        finally:
            doing.remove(name)

    with Relay(address("postgresql")) as relay:
        async with members(tmp_path, "hh", {}, at=relay.address, lease="2s") as (a, b):
            first = asyncio.create_task(crew_of(b).on_duty("poll", lambda: work("b")))
            await until(a, lambda: doing == ["b"])
            second = asyncio.create_task(crew_of(a).on_duty("poll", lambda: work("a")))
            for _ in range(3):
                await crew_of(a).beat()
            assert doing == ["b"]
            relay.away()
            await until(a, lambda: doing == ["a"])
            first.cancel()
            second.cancel()
            await asyncio.gather(first, second, return_exceptions=True)


async def test_who_was_away_takes_nobody_for_dead(tmp_path: Path) -> None:
    """When the server is back everybody's lease has run out: whoever comes first waits for the others."""
    with Relay(address("postgresql")) as relay:
        async with members(tmp_path, "hh", {}, at=relay.address, beating=False, lease="1s") as (silent, back):
            relay.away()
            await until(silent, lambda: not crew_of(silent).may_act() and not crew_of(back).may_act())
            relay.back()
            await _kept(back)
            await crew_of(back).beat()
            assert {one.id for one in back.reader.workers()} == {crew_of(silent).me, crew_of(back).me}


async def _kept(it: World) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await it.engine.store.write(_nothing)
                it.reader.cursor("")
            except StoreFailed:
                await asyncio.sleep(0)
            else:
                return


def _nothing(_: Transaction) -> None:
    """Work that only waits for its turn."""


@pytest.mark.parametrize("by", [86_400.0, -86_400.0])
async def test_a_clock_that_is_set_keeps_nothing_waiting_for_a_day(tmp_path: Path, by: float) -> None:
    """What was due, and what is to be tried again, is brought forward by whoever sees it; leases run by the server's clock, and nobody
    is taken for dead."""
    ends = {HALL: Played(HALL)}
    async with members(tmp_path, "iw", ends) as (ingress, worker):
        await ingress.act(Word.HOLD, HALL, why="升级")
        await until(worker, lambda: worker.engine.lines._lines[HALL].held)
        await ingress.tell("east.approval", apply("P1"))
        await ingress.tell("east.approval", step("1", "P1"))
        ingress.clock.step(by)
        await ingress.act(Word.RELEASE, HALL)
        await until(worker, lambda: worker.deliveries(HALL)[0].due <= worker.clock.now + 4_000)
        worker.clock.now += 4_001
        await until(worker, lambda: worker.states(HALL) == [D.CONFIRMED] * 2)
        assert [one.kind for one in ends[HALL].effects] == ["apply", "step"]
        assert all(one.live for one in worker.reader.workers())
