"""DELIVER: attempts, retries, unknown ends, crashes, tokens, dead deliveries, receipts, values waited for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.journey.home import PERSON
from tests.journey.played import Act, Played
from tests.journey.world import START, Clock, D, World, apply, step, world

from guantong.adapter import Receipt
from guantong.clock import NEVER
from guantong.journey import deliver as delivering
from guantong.journey.conclude import conclude, intend
from guantong.journey.prepare import prepare
from guantong.journey.receipts import receive_once
from guantong.operations import Act as Word
from guantong.record import Outgoing

HALL = "city.hall"


def only(it: World) -> Any:
    """The one delivery to the hall."""
    (row,) = it.deliveries(HALL)
    return row


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


async def test_a_target_that_drops_duplicates_is_sent_to_again(tmp_path: Path) -> None:
    """`unknown: retry`: after a lost reply the same bytes and the same key go again, and take effect once."""
    async with world(tmp_path) as it:
        it.hall.script.extend([Act.LOST, Act.VANISHED, Act.NEITHER])
        await it.tell("east.approval", step("1", "P1"))
        for _ in range(5):
            await it.later(4)
        assert it.states(HALL) == [D.CONFIRMED]
        assert it.hall.texts() == ["step 1"]
        assert len(it.hall.sent) == 4
        assert len({(one.key, one.body) for one in it.hall.sent}) == 1
        assert [one.attempt for one in it.hall.sent] == [1, 2, 3, 4]


async def test_what_was_sent_once_is_sent_again_byte_for_byte(tmp_path: Path) -> None:
    """Also after a restart, and after the mapping changed in between; what was never attempted uses the
    mapping in force."""
    async with world(tmp_path) as it:
        it.hall.script.append(Act.BUSY)
        await it.tell("east.approval", step("1", "P1"))
        await it.tell("east.approval", step("2", "P1"))
        await it.quiet()
        first, clock = it.hall.sent[0], it.clock
    mapping = tmp_path / "mappings/plain/case.step.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("title: title", "title: [name, title]"),
                       encoding="utf-8")
    async with world(tmp_path, clock=clock) as it:
        await it.later(4)
        again, other = it.hall.sent
        assert (again.body, again.fields, again.kind, again.key) == (first.body, first.fields, first.kind, first.key)
        assert "name" in other.fields


async def test_without_a_known_end_a_person_settles_it(tmp_path: Path) -> None:
    """`unknown: hold`: never sent again by itself, not even after a restart; it blocks its line; what the
    person says decides."""
    given = {HALL: "unknown: hold"}
    async with world(tmp_path, delivery=given) as it:
        it.hall.script.extend([Act.LOST, Act.VANISHED])
        for number in (1, 2):
            await it.tell("east.approval", step("1", f"P{number}"))
            await it.tell("east.approval", step("2", f"P{number}"))
        await it.quiet()
        await it.later(1_000_000)
        rows = {row.id: row for row in it.deliveries(HALL)}
        unknown = [row.id for row in rows.values() if row.state is D.UNKNOWN]
        assert sorted(row.state for row in rows.values()) == [D.BLOCKED] * 2 + [D.UNKNOWN] * 2
        assert {rows[one].due for one in unknown} == {NEVER}
        assert len(it.hall.sent) == 2
        far = it.played
    async with world(tmp_path, played=far) as it:
        await it.quiet()
        assert len(it.hall.sent) == 2
        took = next(one for one in unknown if any(effect.delivery == one for effect in it.hall.effects))
        (lost,) = set(unknown) - {took}
        done = [*await it.act(Word.TOOK_EFFECT, took), *await it.act(Word.DID_NOT, lost)]
        assert [one.state for one in done] == [D.CONFIRMED, D.WAITING]
        await it.quiet()
        assert it.states(HALL) == [D.CONFIRMED] * 4
        assert sorted(it.hall.texts()) == ["step 1", "step 1", "step 2", "step 2"]
        assert it.journal("P1").count("settled") == 1


async def test_a_newer_version_spares_what_did_not_take_effect(tmp_path: Path) -> None:
    """A person says it did not: where a newer version waits behind, the old one is not sent again."""
    async with world(tmp_path, delivery={HALL: "unknown: hold"}) as it:
        it.hall.script.append(Act.VANISHED)
        await it.tell("east.approval", step("1", "P1", title="old"))
        await it.quiet()
        await it.tell("east.approval", step("1", "P1", title="new", ver="2"))
        await it.quiet()
        assert it.states(HALL) == [D.UNKNOWN, D.BLOCKED]
        await it.act(Word.DID_NOT, 1)
        await it.quiet()
        assert it.states(HALL) == [D.SUPERSEDED, D.CONFIRMED]
        assert it.hall.texts() == ["step new"]


async def test_a_target_that_can_be_asked_is_asked(tmp_path: Path) -> None:
    """`unknown: query`: found, it took effect; absent, it is sent again; no answer, it is asked again."""
    async with world(tmp_path, delivery={HALL: "unknown: query"}) as it:
        it.hall.script.extend([Act.LOST, Act.VANISHED])
        it.hall.answers.extend([Act.VANISHED, Act.EXPIRED])
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        assert only(it).state is D.UNKNOWN
        await it.later(4)
        assert (only(it).state, len(it.hall.asked)) == (D.UNKNOWN, 1)
        await it.later(4)
        assert (only(it).state, it.hall.renewed) == (D.CONFIRMED, 1)
        await it.tell("east.approval", step("2", "P1"))
        await it.quiet()
        await it.later(4)
        await it.quiet()
        assert it.hall.texts() == ["step 1", "step 2"]
        assert [one.fields["code"] for one in it.hall.sent] == ["1", "2", "2"]
        assert it.journal("P1").count("settled") == 2


async def test_a_target_that_forgets_is_not_sent_to_for_ever(tmp_path: Path) -> None:
    """Sent, lost, absent, sent again: attempts are counted over it all."""
    async with world(tmp_path, delivery={HALL: "unknown: query"}) as it:
        it.hall.otherwise = Act.VANISHED
        await it.tell("east.approval", step("1", "P1"))
        for _ in range(30):
            await it.later(4)
        assert (only(it).state, len(it.hall.sent)) == (D.DEAD, 5)


async def test_unknown_ends_follow_the_policy_in_force(tmp_path: Path) -> None:
    """What was held is asked about once the system's policy says `query`, and the other way round."""
    async with world(tmp_path, delivery={HALL: "unknown: hold"}) as it:
        it.hall.script.append(Act.LOST)
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        far = it.played
    place = tmp_path / "config/city.yaml"
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace("unknown: hold", "unknown: query"), encoding="utf-8")
    async with world(tmp_path, played=far, start=False) as it:
        assert only(it).due == START
    place.write_text(text, encoding="utf-8")
    async with world(tmp_path, played=far) as it:
        await it.quiet()
        assert (only(it).due, it.hall.asked) == (NEVER, [])


@pytest.mark.parametrize(("policy", "state"), [("query", D.UNKNOWN), ("hold", D.UNKNOWN), ("retry", D.WAITING)])
async def test_an_attempt_cut_short_by_a_crash_is_recovered(tmp_path: Path, policy: str, state: D) -> None:
    """Killed between sending and keeping the outcome: where the target drops duplicates it is sent again,
    elsewhere the committed intent makes it unknown. It takes effect once."""
    crashed = asyncio.Event()
    async with world(tmp_path, delivery={HALL: f"unknown: {policy}"}) as it:

        def crash(step: str) -> None:
            if step == "deliver:after-send" and it.hall.effects:
                crashed.set()
                raise asyncio.CancelledError

        it.engine.crash_at = crash
        await it.tell("east.approval", step("1", "P1"))
        await it.until(crashed.is_set)
        far, clock = it.played, it.clock
    async with world(tmp_path, played=far, clock=clock, start=False) as it:
        assert only(it).state is state
        it.engine.lines.start()
        await it.later(60)
        if policy == "hold":
            assert (only(it).state, only(it).attempts) == (D.UNKNOWN, 1)
            await it.act(Word.TOOK_EFFECT, only(it).id)
        assert only(it).state is D.CONFIRMED
        assert it.hall.texts() == ["step 1"]
        assert len(it.hall.sent) == (2 if policy == "retry" else 1)


async def test_before_sending_the_intent_is_durable(tmp_path: Path) -> None:
    """Where a repetition would take effect twice, the store says `sending` before the first byte goes."""
    seen: list[D] = []
    async with world(tmp_path, delivery={HALL: "unknown: hold"}) as it:

        def look(outgoing: Outgoing) -> Act:
            row = it.reader.delivery(outgoing.delivery)
            assert row is not None
            assert row.body is not None, "the bytes are kept with the intent"
            seen.append(row.state)
            return Act.OK

        it.hall.decide = look
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        assert seen == [D.SENDING]


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


async def test_a_value_of_the_case_is_waited_for_and_learnt_from_a_reply(tmp_path: Path) -> None:
    """The hall mints the number when it takes the application: what needs it goes as soon as the reply told
    it, without a look at the clock."""
    async with world(tmp_path) as it:
        it.hall.replies["apply"] = {"minted": "P1"}
        it.hall.gate = asyncio.Event()
        await it.tell("east.approval", step("0", own="E1"))
        await it.quiet()
        assert (it.states(HALL), it.deliveries(HALL)[0].code) == ([D.WAITING], "GT416")
        await it.tell("west.approval", apply(own="W1"))
        await it.tell("west.approval", step("1", own="W1"))
        await it.until(lambda: len(it.hall.sent) == 1)
        assert it.states(HALL) == [D.WAITING, D.WAITING, D.BLOCKED]
        it.hall.gate.set()
        await it.quiet()
        assert it.hall.texts() == ["apply A", "step 1"]
        assert it.hall.effects[1].fields["no"] == "P1"
        assert it.reader.subjects_by_number("P1") == it.reader.subjects_by_number("W1")
        assert "linked" in it.journal("W1")


async def test_waiting_for_a_value_ends(tmp_path: Path) -> None:
    """After the time the mapping allows it is dead, and says which value never came; meanwhile it is looked
    for, and makes no noise in the journal."""
    async with world(tmp_path) as it:
        await it.tell("east.approval", step("1", own="E1"))
        await it.tell("east.approval", step("2", own="E1"))
        for _ in range(5):
            await it.later(60)
        assert it.states(HALL) == [D.WAITING, D.BLOCKED]
        await it.later(300)
        assert (it.states(HALL), it.deliveries(HALL)[0].code) == ([D.DEAD, D.BLOCKED], "GT410")
        assert "serial.province" in it.deliveries(HALL)[0].reason
        assert "waiting" not in it.journal("E1")
        assert it.hall.sent == []


async def test_a_value_learnt_from_another_event_lets_what_waits_go(tmp_path: Path) -> None:
    """An event that carries both numbers links them."""
    async with world(tmp_path) as it:
        await it.tell("east.approval", step("1", own="E1"))
        await it.quiet()
        await it.tell("east.approval", step("2", "P1", "E1"))
        await it.later(1)
        assert it.hall.texts() == ["step 1", "step 2"]


async def test_receipts_confirm_or_return(tmp_path: Path) -> None:
    """Taken is not yet confirmed where a receipt is to come; those behind do not wait for it; a return is
    final and says why."""
    more = {HALL: "    receipt: {by: column, every: 5s, within: 1h}\n"}
    async with world(tmp_path, more=more) as it:
        for code in ("1", "2", "3"):
            await it.tell("east.approval", step(code, "P1"))
        await it.quiet()
        assert it.states(HALL) == [D.SENT] * 3
        assert it.hall.texts() == ["step 1", "step 2", "step 3"]
        first, second, third = (row.id for row in it.deliveries(HALL))
        it.hall.judgements = {first: Receipt(first, True), second: Receipt(second, False, "材料不齐"),
                              999: Receipt(999, True)}
        assert await receive_once(it.engine, it.system(HALL), it.hall) == 2
        assert it.states(HALL) == [D.CONFIRMED, D.RETURNED, D.SENT]
        row = it.reader.delivery(second)
        assert row is not None
        assert (row.code, "材料不齐" in row.reason) == ("GT415", True)
        it.hall.judgements = {first: Receipt(first, False), third: Receipt(third, True)}
        assert await receive_once(it.engine, it.system(HALL), it.hall) == 1
        assert it.states(HALL) == [D.CONFIRMED, D.RETURNED, D.CONFIRMED], "a final state is never downgraded"


async def test_a_missing_receipt_is_a_finding_once(tmp_path: Path) -> None:
    """Counted from when the target took it, told once, also over a restart; a late receipt still counts."""
    more = {HALL: "    receipt: {by: column, every: 5s, within: 1h}\n"}
    clock = Clock()
    async with world(tmp_path, more=more, clock=clock) as it:
        it.hall.script.append(Act.DOWN)
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        await it.later(7_200)  # the hall was away for two hours
        assert it.states(HALL) == [D.SENT]
        await receive_once(it.engine, it.system(HALL), it.hall)
        assert "finding" not in it.journal("P1")
        await it.later(3_601)
        for _ in range(2):
            await receive_once(it.engine, it.system(HALL), it.hall)
        assert (it.journal("P1").count("finding"), only(it).code) == (1, "GT419")
        far = it.played
    async with world(tmp_path, played=far, clock=clock) as it:
        await receive_once(it.engine, it.system(HALL), it.hall)
        assert it.journal("P1").count("finding") == 1
        it.hall.judgements = {only(it).id: Receipt(only(it).id, True)}
        assert await receive_once(it.engine, it.system(HALL), it.hall) == 1
        assert (only(it).state, only(it).code) == (D.CONFIRMED, "")


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


