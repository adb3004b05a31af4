"""DELIVER: attempts, retries, tokens, dead deliveries, mistakes, full disks, holding and stopping."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.journey.home import PERSON
from tests.journey.played import Act, Played
from tests.journey.world import HALL, D, only, step, world

from guantong.journey import deliver as delivering
from guantong.journey.conclude import conclude, intend
from guantong.journey.prepare import prepare
from guantong.operations import Act as Word
from guantong.record import Outgoing


async def test_a_retry_waits_for_its_stored_time(tmp_path: Path) -> None:
    """Each failure doubles the wait, up to the most; the due time is in the store, so that a restart keeps
    it; success ends it."""
    async with world(tmp_path) as it:
        it.hall.script.extend([Act.BUSY] * 4)
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        for attempt, ceiling in enumerate((1, 2, 4, 4), 1):
            row = only(it)
            assert (row.state, row.attempts, row.code) == (D.RETRYING, attempt, "GT417")
            wait = row.due - it.clock.now
            assert ceiling * 500 <= wait <= ceiling * 1000
            await it.later(wait / 1000 - 0.001)
            assert len(it.hall.sent) == attempt, "not a millisecond early"
            await it.later(0.001)
        assert (only(it).state, only(it).attempts, only(it).code) == (D.CONFIRMED, 5, "")
        assert it.hall.texts() == ["step 1"]


async def test_retries_end(tmp_path: Path) -> None:
    """After the last attempt the delivery is dead, with the reason in the target's words."""
    async with world(tmp_path) as it:
        it.hall.otherwise = Act.BUSY
        await it.tell("east.approval", step("1", "P1"))
        for _ in range(6):
            await it.later(4)
        assert (only(it).state, only(it).attempts, only(it).code) == (D.DEAD, 5, "GT413")
        assert "busy" in only(it).reason
        assert len(it.hall.sent) == 5


async def test_what_surely_never_left_is_no_attempt(tmp_path: Path) -> None:
    """A target that cannot be reached uses up time, not attempts."""
    async with world(tmp_path) as it:
        it.hall.otherwise = Act.DOWN
        await it.tell("east.approval", step("1", "P1"))
        for _ in range(20):
            await it.later(4)
        assert (only(it).state, only(it).attempts) == (D.RETRYING, 0)
        await it.later(86_400)
        assert (only(it).state, only(it).code) == (D.DEAD, "GT413")


async def test_a_refusal_for_good_blocks_the_line_until_a_person_acts(tmp_path: Path) -> None:
    """Dead blocks those behind, of the same case and target only; a replay lets them all go, in order."""
    async with world(tmp_path) as it:
        it.hall.script.append(Act.REFUSED)
        for record in (step("1", "P1"), step("2", "P1"), step("3", "P1"), step("1", "P2")):
            await it.tell("east.approval", record)
        await it.quiet()
        assert it.states(HALL) == [D.DEAD, D.BLOCKED, D.BLOCKED, D.CONFIRMED]
        assert len(it.watch.effects) == 4, "another target is not held up"
        (done,) = await it.act(Word.REPLAY, 1)
        assert (done.state, done.problem) == (D.WAITING, None)
        await it.quiet()
        assert it.hall.texts() == ["step 1", "step 1", "step 2", "step 3"]
        assert it.states(HALL) == [D.CONFIRMED] * 4


async def test_a_discarded_delivery_lets_the_next_go(tmp_path: Path) -> None:
    """It is never sent; those behind it go on; its end is final."""
    async with world(tmp_path) as it:
        it.hall.script.append(Act.REFUSED)
        await it.tell("east.approval", step("1", "P1"))
        await it.tell("east.approval", step("2", "P1"))
        await it.quiet()
        (done,) = await it.act(Word.DISCARD, 1, why="已线下办理")
        assert done.state == D.DISCARDED
        await it.quiet()
        assert it.hall.texts() == ["step 2"]
        for word in (Word.REPLAY, Word.DISCARD, Word.TOOK_EFFECT, Word.DID_NOT):
            (done,) = await it.act(word, 1)
            assert done.problem is not None
            assert done.problem.code.id == "GT602"


async def test_dead_deliveries_pass_where_the_route_says_so(tmp_path: Path) -> None:
    """`after_dead: pass`: the others go on; replayed, it waits for who is under way and blocks nobody twice."""
    async with world(tmp_path) as it:
        it.watch.script.append(Act.REFUSED)
        await it.tell("east.approval", step("1", "P1"))
        await it.tell("east.approval", step("2", "P1"))
        await it.quiet()
        assert it.states("city.watch") == [D.DEAD, D.CONFIRMED]
        it.watch.gate = asyncio.Event()
        await it.tell("east.approval", step("3", "P1"))
        await it.until(lambda: len(it.watch.sent) == 3)
        dead = it.deliveries("city.watch")[0].id
        (done,) = await it.act(Word.REPLAY, dead)
        assert done.state == D.BLOCKED
        it.watch.gate.set()
        await it.quiet()
        assert it.watch.texts() == ["step 2", "step 3", "step 1"]
        assert it.states("city.watch") == [D.CONFIRMED] * 3


async def test_replays_in_any_order_leave_no_line_standing(tmp_path: Path) -> None:
    """A replayed delivery behind another dead one waits for it."""
    async with world(tmp_path) as it:
        it.hall.script.extend([Act.REFUSED] * 2)
        await it.tell("east.approval", step("1", "P1"))
        await it.tell("east.approval", step("2", "P2", "E1"))
        await it.quiet()
        await it.tell("east.approval", step("3", "P1", "E1"))  # the two are one case
        await it.quiet()
        assert it.states(HALL) == [D.DEAD, D.DEAD, D.BLOCKED]
        (done,) = await it.act(Word.REPLAY, 3)
        assert done.state == D.BLOCKED
        (done,) = await it.act(Word.REPLAY, 1)
        assert done.state == D.WAITING
        await it.quiet()
        assert it.hall.texts() == ["step 1", "step 2", "step 3"]


async def test_an_expired_token_is_renewed_once(tmp_path: Path) -> None:
    """Renewed and sent once more in the same attempt; expired again, it is tried later."""
    async with world(tmp_path) as it:
        it.hall.script.append(Act.EXPIRED)
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        assert (only(it).state, only(it).attempts, it.hall.renewed) == (D.CONFIRMED, 1, 1)
        it.hall.script.extend([Act.EXPIRED, Act.EXPIRED])
        await it.tell("east.approval", step("2", "P1"))
        await it.quiet()
        assert (it.states(HALL)[1], it.hall.renewed) == (D.RETRYING, 2)
        await it.later(4)
        assert it.hall.texts() == ["step 1", "step 2"]


@pytest.mark.parametrize(("policy", "state"), [("retry", D.RETRYING), ("hold", D.UNKNOWN), ("query", D.UNKNOWN)])
async def test_an_adapter_with_a_mistake_leaves_an_unknown_end(tmp_path: Path, policy: str, state: D) -> None:
    """It raises where it should answer: nobody knows whether anything left us. The log names the type."""
    async with world(tmp_path, delivery={HALL: f"unknown: {policy}"}) as it:
        it.hall.script.append(Act.BREAKS)
        with capture_logs() as lines:
            await it.tell("east.approval", step("1", "P1", opinion=PERSON))
            await it.quiet()
        assert only(it).state is state
        assert any(line["event"] == "adapter.failed" and line["error"] == "RuntimeError" for line in lines)
        assert PERSON not in str(lines)


async def test_a_mistake_in_preparing_costs_one_delivery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is dead with our name on it; the line goes on; the log quotes no value."""
    def broken(engine: Any, system: Any, ready: Any) -> Any:
        found = prepare(engine, system, ready)
        if ready.values["title"] == "bad":
            raise KeyError(PERSON)
        return found

    monkeypatch.setattr(delivering, "prepare", broken)
    async with world(tmp_path) as it:
        with capture_logs() as lines:
            await it.tell("east.approval", step("1", "P1", title="bad"))
            await it.tell("east.approval", step("1", "P2", title="good"))
            await it.quiet()
        assert it.states(HALL) == [D.DEAD, D.CONFIRMED]
        assert it.deliveries(HALL)[0].code == "GT418"
        assert "KeyError" in str(lines)
        assert PERSON not in str(lines)


async def test_an_outcome_outlives_a_store_that_cannot_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The target took it; the disk is full: the outcome is kept as soon as there is room, and the delivery is
    not sent twice, though its target would take it twice."""
    monkeypatch.setattr(delivering, "STORE_PAUSE", 0.0)
    async with world(tmp_path, delivery={HALL: "unknown: hold"}) as it:
        it.hall.deduplicates = False
        it.hall.gate = asyncio.Event()
        await it.tell("east.approval", step("1", "P1"))
        await it.until(lambda: len(it.hall.sent) == 1)
        failed = it.fails(monkeypatch, conclude, 3)
        with capture_logs() as lines:
            it.hall.gate.set()
            await it.until(lambda: failed() == 3)
            await it.quiet()
        assert (only(it).state, len(it.hall.sent), it.hall.texts()) == (D.CONFIRMED, 1, ["step 1"])
        assert {line["event"] for line in lines} >= {"deliver.not_kept"}


async def test_what_could_not_be_intended_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No intent, no byte: the delivery stays where it is and goes once the store writes again."""
    monkeypatch.setattr("guantong.journey.line.PAUSE", 0.0)
    async with world(tmp_path, delivery={HALL: "unknown: hold"}, start=False) as it:
        await it.tell("east.approval", step("1", "P1"))
        failed = it.fails(monkeypatch, intend, 2)
        it.engine.lines.start()
        await it.until(lambda: failed() == 2)
        await it.quiet()
        assert (only(it).state, len(it.hall.sent), it.hall.texts()) == (D.CONFIRMED, 1, ["step 1"])


async def test_a_person_cannot_settle_what_is_in_hand(tmp_path: Path) -> None:
    """Being sent right now: try again when it ended. Nothing of the line changes."""
    async with world(tmp_path) as it:
        it.hall.gate = asyncio.Event()
        await it.tell("east.approval", step("1", "P1"))
        await it.until(lambda: len(it.hall.sent) == 1)
        (done,) = await it.act(Word.DISCARD, 1)
        assert done.problem is not None
        assert done.problem.code.id == "GT603"
        it.hall.gate.set()
        await it.quiet()
        assert only(it).state is D.CONFIRMED


async def test_a_held_system_is_sent_nothing(tmp_path: Path) -> None:
    """Its deliveries wait in the store, and go when it is let go."""
    async with world(tmp_path, more={HALL: "    hold: true\n"}) as it:
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        assert (it.states(HALL), it.hall.sent, len(it.watch.effects)) == ([D.WAITING], [], 1)
        far = it.played
    place = tmp_path / "config/city.yaml"
    place.write_text(place.read_text(encoding="utf-8").replace("hold: true", "hold: false"), encoding="utf-8")
    async with world(tmp_path, played=far) as it:
        await it.quiet()
        assert it.hall.texts() == ["step 1"]


async def test_one_case_never_blocks_another(tmp_path: Path) -> None:
    """While one case's delivery hangs, a dead one blocks and a third waits for a value, the fourth goes."""
    async with world(tmp_path) as it:
        gate = asyncio.Event()
        hall: Played = it.hall

        def decide(outgoing: Outgoing) -> Act:
            hall.gate = gate if outgoing.fields["no"] == "P1" else None
            return Act.REFUSED if outgoing.fields["no"] == "P2" else Act.OK

        hall.decide = decide
        for record in (step("1", "P1"), step("1", "P2"), step("1", own="E3"), step("1", "P4")):
            await it.tell("east.approval", record)
        await it.until(lambda: hall.texts() == ["step 1"])
        assert hall.effects[0].fields["no"] == "P4"
        gate.set()
        await it.quiet()


async def test_stopping_waits_for_what_is_in_hand(tmp_path: Path) -> None:
    """What is on the wire ends in its outcome, what waits stays in the store; nothing new is begun."""
    async with world(tmp_path) as it:
        it.hall.gate = asyncio.Event()
        for number in range(10):
            await it.tell("east.approval", step("1", f"P{number}"))
        await it.until(lambda: len(it.hall.sent) == 3)  # its concurrency
        stopping = asyncio.ensure_future(it.engine.lines.stop())
        await it.engine.store.write(lambda _: None)
        it.hall.gate.set()
        await stopping
        assert sorted(it.states(HALL)) == [D.CONFIRMED] * 3 + [D.WAITING] * 7
        far = it.played
    async with world(tmp_path, played=far) as it:
        await it.quiet()
        assert it.states(HALL) == [D.CONFIRMED] * 10
        assert len(it.hall.sent) == 10


@pytest.mark.parametrize(("policy", "state"), [("hold", D.UNKNOWN), ("query", D.UNKNOWN), ("retry", D.WAITING)])
async def test_what_hangs_when_the_hub_stops_is_told_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str, state: D,
) -> None:
    """A target that does not answer in time for the stop: the attempt is cut, and unknown where it matters."""
    monkeypatch.setattr("guantong.journey.lines.FINISH_WITHIN", 0.0)
    async with world(tmp_path, delivery={HALL: f"unknown: {policy}"}) as it:
        it.hall.gate = asyncio.Event()
        await it.tell("east.approval", step("1", "P1"))
        await it.until(lambda: len(it.hall.sent) == 1)
        await it.engine.lines.stop()
        assert only(it).state is (D.WAITING if policy == "retry" else D.SENDING)
    async with world(tmp_path, start=False) as it:
        assert only(it).state is state


async def test_a_hanging_target_is_given_its_time_and_no_more(tmp_path: Path) -> None:
    """The timeout ends the attempt with an unknown end."""
    async with world(tmp_path, delivery={HALL: "unknown: hold, timeout: 10ms"}) as it:
        it.hall.gate = asyncio.Event()
        await it.tell("east.approval", step("1", "P1"))
        await it.until(lambda: it.states(HALL) == [D.UNKNOWN])
        assert (only(it).attempts, only(it).code) == (1, "GT414")


