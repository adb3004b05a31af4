"""Attempts without a known end: sent again, asked about, or left to a person; crashes at every step."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.journey.played import Act
from tests.journey.world import HALL, START, D, only, step, world

from guantong.clock import NEVER
from guantong.operations import Act as Word
from guantong.record import Outgoing


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
