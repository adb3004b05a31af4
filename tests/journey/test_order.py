"""Order per subject and target, over restarts and over subjects that turn out to be one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.journey.played import Act
from tests.journey.world import HALL, D, apply, step, world

from guantong.operations import Act as Word


async def test_events_arrive_in_order_of_acceptance(tmp_path: Path) -> None:
    """Whatever their names, times or versions say; with failures in between; each case by itself."""
    async with world(tmp_path) as it:
        it.hall.script.extend([Act.BUSY, Act.OK, Act.VANISHED, Act.DOWN])
        codes = ["9", "1", "5", "3"]
        for code in codes:
            for case in ("P1", "P2", "P3"):
                await it.tell("east.approval", step(code, case))
        for _ in range(10):
            await it.later(4)
        for case in ("P1", "P2", "P3"):
            assert [one.fields["code"] for one in it.hall.effects if one.fields["no"] == case] == codes


async def test_order_survives_a_restart(tmp_path: Path) -> None:
    """What waits and what is blocked is in the store, and goes in its order."""
    async with world(tmp_path, start=False) as it:
        for code in "4231":
            await it.tell("east.approval", step(code, "P1"))
        assert it.states(HALL) == [D.WAITING, D.BLOCKED, D.BLOCKED, D.BLOCKED]
    async with world(tmp_path) as it:
        await it.tell("east.approval", step("0", "P1"))
        await it.quiet()
        assert it.hall.texts() == [f"step {code}" for code in "42310"]


async def test_what_a_record_of_the_same_group_supersedes_is_not_sent(tmp_path: Path) -> None:
    """Versions that are committed together, as a batch of rows brings them: the newest goes, the others are
    superseded in truth, not only in the store."""
    async with world(tmp_path) as it:
        for case in ("P1", "P2", "P3", "P4"):
            await asyncio.gather(*(it.tell("east.approval", step("1", case, ver=version)) for version in (1, 2, 3)))
        await it.quiet()
        assert [(one.fields["no"], one.fields["ver"]) for one in it.hall.effects] == [
            ("P1", "3"), ("P2", "3"), ("P3", "3"), ("P4", "3")]
        assert it.states(HALL) == [D.SUPERSEDED, D.SUPERSEDED, D.CONFIRMED] * 4


async def test_two_that_turn_out_to_be_one_case_share_one_line(tmp_path: Path) -> None:
    """One stays first, the other falls in behind; serials, events and history lie under the older."""
    async with world(tmp_path, start=False) as it:
        await it.tell("east.approval", step("1", "P1"))
        await it.tell("east.approval", step("2", "P2", "E1"))
        await it.tell("east.approval", step("3", "P2", "E1"))
        await it.tell("east.approval", step("4", "P1"))
        await it.tell("east.approval", step("5", "P1", "E1"))
        assert it.states(HALL) == [D.WAITING] + [D.BLOCKED] * 4
        it.engine.lines.start()
        await it.quiet()
        assert it.hall.texts() == [f"step {code}" for code in "12345"]
        assert it.reader.subjects_by_number("P1") == it.reader.subjects_by_number("P2") == [1]
        journal = it.journal("E1")
        assert journal.count("routed") == 5
        assert journal.count("merged") == 1
        assert journal.count("confirmed") == 10  # two targets


@pytest.mark.parametrize("policy", ["retry", "hold", "query"])
@pytest.mark.parametrize("ends", [(Act.OK, Act.OK), (Act.BUSY, Act.BUSY), (Act.OK, Act.BUSY), (Act.BUSY, Act.OK),
                                  (Act.REFUSED, Act.BUSY), (Act.BUSY, Act.REFUSED), (Act.REFUSED, Act.REFUSED)])
async def test_a_merge_while_both_are_in_hand(tmp_path: Path, policy: str, ends: tuple[Act, Act]) -> None:
    """Both are on the wire when their cases turn out to be one. Nothing is lost or sent twice; who failed
    goes again in its order; the line neither stands still nor has two under way."""
    async with world(tmp_path, delivery={HALL: f"unknown: {policy}"}) as it:
        it.hall.deduplicates = False
        it.hall.gate = asyncio.Event()
        it.hall.script.extend(ends)
        await it.tell("east.approval", step("1", "P1"))
        await it.until(lambda: len(it.hall.sent) == 1)
        await it.tell("east.approval", step("2", "P2", "E1"))
        await it.until(lambda: len(it.hall.sent) == 2)
        await it.tell("east.approval", step("3", "P1", "E1"))
        it.hall.gate.set()
        await it.quiet()
        for _ in range(4):
            await it.later(4)
            dead = [row.id for row in it.deliveries(HALL) if row.state is D.DEAD]
            await it.act(Word.REPLAY, *dead)
        await it.quiet()
        assert it.states(HALL) == [D.CONFIRMED] * 3
        assert sorted(it.hall.texts()) == ["step 1", "step 2", "step 3"]
        assert it.hall.texts()[-1] == "step 3"
        if Act.OK not in ends:
            assert it.hall.texts() == ["step 1", "step 2", "step 3"]
        assert it.journal("P2").count("intended") == (0 if policy == "retry" else len(it.hall.sent))


async def test_a_number_learnt_in_a_reply_may_show_that_two_cases_are_one(tmp_path: Path) -> None:
    """The reply to an application names a number that another subject already has."""
    async with world(tmp_path) as it:
        it.hall.replies["apply"] = {"minted": "P1"}
        it.hall.gate = asyncio.Event()
        await it.tell("east.approval", apply(own="E1"))
        await it.until(lambda: len(it.hall.sent) == 1)
        await it.tell("east.approval", step("1", own="E1"))
        await it.tell("west.approval", step("2", "P1"))
        await it.until(lambda: len(it.hall.sent) == 2)
        it.hall.gate.set()
        await it.quiet()
        assert sorted(it.hall.texts()) == ["apply A", "step 1", "step 2"]
        assert it.reader.subjects_by_number("P1") == it.reader.subjects_by_number("E1") == [1]
        assert it.hall.effects[-1].fields["no"] == "P1"
        assert "merged" in it.journal("P1")


async def test_a_merge_finds_a_replayed_delivery_waiting_its_turn(tmp_path: Path) -> None:
    """A dead delivery that passed was replayed behind another; then its case is merged. All are sent."""
    async with world(tmp_path) as it:
        watch = it.watch
        watch.script.append(Act.REFUSED)
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        watch.gate = asyncio.Event()
        watch.script.append(Act.BUSY)
        await it.tell("east.approval", step("2", "P1"))
        await it.until(lambda: len(watch.sent) == 2)
        await it.act(Word.REPLAY, it.deliveries("city.watch")[0].id)
        watch.gate.set()
        await it.tell("east.approval", step("3", "P2", "E1"))
        await it.tell("east.approval", step("4", "P1", "E1"))
        for _ in range(3):
            await it.later(4)
        assert it.states("city.watch") == [D.CONFIRMED] * 4
        assert sorted(watch.texts()) == [f"step {code}" for code in "1234"]


async def test_versions_of_merged_cases_are_compared(tmp_path: Path) -> None:
    """The higher version known of either counts from then on."""
    async with world(tmp_path) as it:
        await it.tell("east.approval", step("1", "P1", ver="1", title="a"))
        await it.tell("east.approval", step("1", "P2", "E1", ver="3", title="c"))
        await it.tell("east.approval", step("2", "P1", "E1"))
        verdict = await it.tell("east.approval", step("1", "P1", ver="2", title="b"))
        assert verdict.acceptance == "stale"
        await it.quiet()
        assert sorted(it.hall.texts()) == ["step 2", "step a", "step c"]


@pytest.mark.parametrize("ends", ["superseded", "discarded"])
async def test_a_replayed_delivery_waits_for_who_went_on_before_it_whatever_ends_behind_them(tmp_path: Path, ends: str) -> None:
    """One died and others passed it; it is replayed while the next is tried again. What ends behind them, on its own, lets nobody go:
    two of one line would be under way at once."""
    async with world(tmp_path) as it:
        watch = it.played["city.watch"]
        watch.script.extend([Act.REFUSED, Act.BUSY])
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        await it.tell("east.approval", step("2", "P1"))
        await it.quiet()
        await it.tell("east.approval", step("3", "P1"))
        await it.quiet()
        first, _, third = (row.id for row in it.deliveries("city.watch"))
        await it.act(Word.REPLAY, f"D{first}")
        assert it.states("city.watch") == [D.BLOCKED, D.RETRYING, D.BLOCKED]
        if ends == "superseded":
            await it.tell("east.approval", step("3", "P1", ver="2"))
        else:
            await it.act(Word.DISCARD, f"D{third}", why="重复")
        it.check()
        assert it.states("city.watch")[:2] == [D.BLOCKED, D.RETRYING]
        await it.later(10)
        await it.later(10)
        assert it.states("city.watch")[:2] == [D.CONFIRMED, D.CONFIRMED]
        assert watch.texts()[:2] == ["step 2", "step 1"]
