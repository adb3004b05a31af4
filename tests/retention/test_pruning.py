"""What is pruned, and what never is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.journey.played import Act as Does
from tests.journey.played import Played
from tests.journey.world import Clock, D, World, configured, step
from tests.retention.keeping import (
    COUNTY,
    DAY,
    OTHER,
    SHORT,
    finish,
    keeping,
    pruned,
    sizes,
    whole_case,
)

from guantong.journey.findings import note_finding
from guantong.journey.states import MessageState
from guantong.operations import Act
from guantong.operations.tracing import trace_of
from guantong.record import Acceptance
from guantong.retention.plan import plan
from guantong.retention.pruning import Pruner, prune
from guantong.retention.walk import Walk
from guantong.retentionstore import Frozen
from guantong.store import Entry, NewFinding, StoreFailed, Transaction
from guantong.testing.finding_contract import ODD
from guantong.vault import Pruned as Gone


def _plan(it: World) -> tuple[list[tuple[str, str, str, int]], dict[str, int]]:
    found = plan(Walk(it.engine.configuration, it.reader, it.engine.vault), it.clock.now)
    return [(group.county, group.kind, group.stage, one.lots) for group, one in sorted(found.going.items())], {
        str(why): count for why, count in found.staying.items()}


def _refer(message: int, tx: Transaction) -> None:
    tx.refer(message, ["ab" * 32])


async def test_a_closed_case_loses_its_contents_after_its_period_and_its_rows_after_theirs(tmp_path: Path) -> None:
    """Not a day sooner. Numbers, states and the journal stay; the journal says what went, when and by which rule."""
    async with keeping(tmp_path) as it:
        case = await whole_case(it, "P1")
        assert not (await pruned(it, 199)).lots
        assert all(sizes(it, case))
        done = await pruned(it, 2)
        assert done.lots == {("east", "case", "contents"): 1}
        assert (done.messages, done.size > 0, sizes(it, case)) == (2, True, [0, 0])
        assert it.states("city.hall") == [D.CONFIRMED, D.CONFIRMED]
        assert it.journal("P1")[-1] == "pruned"
        with pytest.raises(Gone, match="内容已清除"):
            it.engine.vault.open(it.reader.message(1).body)  # type: ignore[union-attr]  # it is there
        await whole_case(it, "P2")  # what is newest keeps its number
        done = await pruned(it, 200)
        assert done.lots == {("east", "case", "rows"): 1, ("east", "case", "contents"): 1}
        assert (it.reader.message(1), it.reader.events_of_subject(case)) == (None, [])
        assert it.reader.subjects_by_number("P1") == [case]
        detail = it.reader.journal_of(case)[-1].detail
        assert (detail["stage"], detail["rule"], detail["days"], detail["gone"]["messages"]) == ("rows", "case", 400, [1, 2])
        assert not (await pruned(it)).lots, "what went is not looked at again"


async def test_an_old_record_told_again_after_its_contents_went_is_a_duplicate(tmp_path: Path) -> None:
    """By what records are told from others stays as long as the rows: it is not sent anew. A new event of the case is."""
    async with keeping(tmp_path) as it:
        await whole_case(it, "P1")
        await pruned(it, 201)
        before = len(it.deliveries())
        again = await it.tell(COUNTY, step("1", "P1", opinion="该同志符合条件"))
        assert again.acceptance is Acceptance.DUPLICATE
        await it.tell(COUNTY, finish("P1"))
        await it.quiet()
        assert len(it.deliveries()) == before
        assert (await it.tell(COUNTY, step("2", "P1"))).acceptance is Acceptance.ROUTED
        await it.quiet()
        assert len(it.deliveries()) == before + 2
        assert it.states("city.hall") == [D.CONFIRMED] * 3


async def test_what_is_not_over_stays(tmp_path: Path) -> None:
    """A case without an end, one with a dead delivery, one that is frozen, one somebody should look at, a parked record:
    whatever their age, and the plan says why. The rest goes."""
    async with keeping(tmp_path) as it:
        await it.tell(COUNTY, step("1", "OPEN"))
        await it.quiet()
        it.hall.script.append(Does.REFUSED)
        await it.tell(COUNTY, finish("DEAD"))
        await it.quiet()
        await it.tell(COUNTY, {"type": "step", "no": "PARKED", "title": "x"})
        frozen, odd = await whole_case(it, "FROZEN"), await whole_case(it, "ODD")
        await it.act(Act.FREEZE, "FROZEN", why="行政复议")
        over = await whole_case(it, "OVER")
        await it.engine.store.write(lambda tx: note_finding(tx, NewFinding(ODD, it.clock.now, odd)))
        await it.later(3000 * DAY)
        assert _plan(it) == ([("east", "case", "contents", 1)], {
            "open": 1, "in_flight": 1, "frozen": 1, "finding": 1, "for_a_person": 1, "newest": 1})
        assert (await pruned(it)).lots == {("east", "case", "contents"): 1}
        assert [all(sizes(it, it.reader.subjects_by_number(no)[0])) for no in ("OPEN", "DEAD", "FROZEN", "ODD", "OVER")] == [
            True, True, True, True, False]
        assert it.reader.message_held(3).size > 0  # type: ignore[union-attr]  # it is there
        assert frozen < odd < over


async def test_what_was_let_go_is_found_again(tmp_path: Path) -> None:
    """A case that is thawed, one whose dead delivery is decided and one that ends goes when its time has come."""
    async with keeping(tmp_path) as it:
        frozen = await whole_case(it, "FROZEN")
        await it.act(Act.FREEZE, f"C{frozen}", why="行政复议")
        it.hall.script.append(Does.REFUSED)
        await it.tell(COUNTY, finish("DEAD"))
        await it.tell(COUNTY, step("1", "OPEN"))
        await it.quiet()
        assert not (await pruned(it, 500)).lots
        await it.act(Act.THAW, "FROZEN", why="复议已结")
        await it.act(Act.DISCARD, *(row.id for row in it.deliveries() if row.state is D.DEAD), why="x")
        await it.tell(COUNTY, finish("OPEN"))
        await it.quiet()
        assert (await pruned(it)).lots == {("east", "case", "contents"): 1, ("east", "case", "rows"): 1}, "it was old all the while"
        assert not (await pruned(it, 199)).lots
        assert (await pruned(it, 2)).lots == {("east", "case", "contents"): 2}


async def test_each_county_has_its_own_period(tmp_path: Path) -> None:
    """What is said for a county holds for its cases, whoever they were told to."""
    own = SHORT.replace("}}\n", "}, counties: {west: {case: {contents: 300d}}}}\n", 1).replace("rows: 200d}, counties", "rows: 200d}}, counties")
    async with keeping(tmp_path, retention=own) as it:
        await whole_case(it, "P1")
        await whole_case(it, "P2", OTHER)
        assert (await pruned(it, 250)).lots == {("east", "case", "contents"): 1}
        done = await pruned(it, 51)
        assert done.lots == {("west", "case", "contents"): 1}
        assert it.reader.journal_of(it.reader.subjects_by_number("P2")[0])[-1].detail["rule"] == "west.case"


async def test_a_package_goes_with_the_last_of_its_cases(tmp_path: Path) -> None:
    """The events of a case go with it, the record they came in when nobody needs it any more."""
    async with keeping(tmp_path) as it:
        await it.tell(COUNTY, finish("P1"), finish("P2"))
        await it.quiet()
        await it.later(100 * DAY)
        await it.tell(COUNTY, step("1", "P2"))
        await it.quiet()
        first, second = (it.reader.subjects_by_number(no)[0] for no in ("P1", "P2"))
        await pruned(it, 101)
        assert (sizes(it, first), all(sizes(it, second)), it.reader.message_held(1).size > 0) == ([0], True, True)  # type: ignore[union-attr]  # it is there
        await pruned(it, 100)
        assert (sizes(it, second), it.reader.message_held(1).size) == ([0, 0], 0)  # type: ignore[union-attr]  # it is there
        await whole_case(it, "P3")
        await pruned(it, 300)
        assert it.reader.message(1) is None


async def test_duplicates_go_with_their_case(tmp_path: Path) -> None:
    """A record told twice is kept as long as the case it was told of, and is gone with it."""
    async with keeping(tmp_path) as it:
        case = await whole_case(it, "P1")
        await it.tell(COUNTY, finish("P1"))
        assert it.message_states()[-1] is MessageState.DUPLICATE
        await it.act(Act.FREEZE, f"C{case}", why="x")
        await pruned(it, 300)
        assert it.reader.message_held(3).size > 0  # type: ignore[union-attr]  # it is there
        await it.act(Act.THAW, f"C{case}", why="x")
        assert (await pruned(it)).messages == 3
        assert it.reader.message_held(3).size == 0  # type: ignore[union-attr]  # it is there


async def test_parked_records_that_were_given_up_go_by_the_period_of_others(tmp_path: Path) -> None:
    """They are of no case; the same bytes after their rows went are a new record."""
    async with keeping(tmp_path) as it:
        bad = {"type": "step", "no": "P1", "title": "x"}
        await it.tell(COUNTY, bad)
        await it.act(Act.DISCARD, "M1", why="x")
        await whole_case(it, "P2")
        assert not (await pruned(it, 189)).lots
        assert (await pruned(it, 2)).lots == {("east", "", "contents"): 1}
        assert (await it.tell(COUNTY, bad)).acceptance is Acceptance.DUPLICATE
        await pruned(it, 10)
        assert it.reader.message(1) is None
        (told,) = trace_of(it.reader, "M1")
        assert [one["stage"] for one in told["pruned"]] == ["contents", "rows"]
        assert (await it.tell(COUNTY, bad)).acceptance is Acceptance.PARKED


async def test_a_case_that_lives_on_is_mapped_without_what_went(tmp_path: Path) -> None:
    """A late event of a pruned case is kept and delivered; mappings, `restore` and `replay` do not stumble."""
    async with keeping(tmp_path) as it:
        await it.act(Act.HOLD, "city.watch", why="x")
        await whole_case(it, "P1")
        await it.act(Act.DISCARD, *(row.id for row in it.deliveries("city.watch")), why="x")
        await it.act(Act.RELEASE, "city.watch", why="x")
        await pruned(it, 201)
        (done,) = await it.act(Act.RESTORE, it.deliveries("city.watch")[0].id, why="x")
        assert done.problem is not None
        assert done.problem.code.id == "GT961"
        await it.tell(COUNTY, step("2", own="C-9", no="P1"))
        await it.quiet()
        assert it.states("city.hall") == [D.CONFIRMED] * 3


async def test_a_run_stops_in_time_and_goes_on_from_there(tmp_path: Path) -> None:
    """What it did is done; what was passed is not looked at again, unless the rules are others."""
    async with keeping(tmp_path) as it:
        for number in range(6):
            await whole_case(it, f"P{number}")
        await it.later(201 * DAY)
        pruner = Pruner(it.engine)
        first = await pruner.run("陈工", 0.0)
        assert not first.over
        rest = await pruner.run("陈工")
        assert rest.over
        assert (first.lots + rest.lots)["east", "case", "contents"] == 6
        assert rest.walked > first.walked
        walk = Walk(it.engine.configuration, it.reader, it.engine.vault)
        assert walk.length()[0] == rest.walked
        shorter = it.engine.configuration.home / "config" / "guantong.yaml"
        shorter.write_text(shorter.read_text(encoding="utf-8").replace("400d", "300d"), encoding="utf-8")
        assert Walk(configured(it.engine.configuration.home, it.played), it.reader, it.engine.vault).length()[0] == 0


async def test_nothing_is_pruned_that_changed_since_it_was_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and the transaction a case was frozen, or told on: it stays."""
    async with keeping(tmp_path) as it:
        for no in ("P1", "P2"):
            await whole_case(it, no)
        await it.later(201 * DAY)
        write, began = it.engine.store.write, False

        def meanwhile(work: Callable[[Transaction], Any]) -> Awaitable[Any]:
            nonlocal began
            if getattr(work, "func", None) is prune and not began:
                began = True
                write(lambda tx: tx.freeze(Frozen(1, 1, "陈工", "x")))
                write(lambda tx: tx.note(Entry(it.clock.now, "finding", subject=2)))
            return write(work)

        monkeypatch.setattr(it.engine.store, "write", meanwhile)
        assert not (await pruned(it)).lots
        assert all(sizes(it, it.reader.subjects_by_number("P1")[0]) + sizes(it, it.reader.subjects_by_number("P2")[0]))


async def test_two_cases_that_turned_out_to_be_one_go_as_one(tmp_path: Path) -> None:
    """Under the older number, with the messages of both; nothing of the younger stays behind."""
    async with keeping(tmp_path) as it:
        await it.tell(COUNTY, step("1", own="C-1"))
        await it.tell(COUNTY, step("2", "P1"))
        await it.quiet()
        await it.tell(COUNTY, {**finish("P1"), "own": "C-1"})
        await it.later(700)  # what waited for the province's number goes
        await whole_case(it, "P2")
        assert it.reader.subjects_by_number("C-1") == it.reader.subjects_by_number("P1") == [1]
        done = await pruned(it, 201)
        assert done.lots == {("east", "case", "contents"): 2}
        assert [it.reader.message_held(number).size for number in (1, 2, 3)] == [0, 0, 0]  # type: ignore[union-attr]  # they are there
        await whole_case(it, "P3")
        await pruned(it, 200)
        assert [it.reader.message(number) for number in (1, 2, 3)] == [None] * 3


async def test_a_frozen_case_that_turns_out_to_be_another_stays_frozen(tmp_path: Path) -> None:
    """The freeze goes with it, by whom and why, and ends by either number."""
    async with keeping(tmp_path) as it:
        await it.tell(COUNTY, step("1", own="C-1"))
        await it.tell(COUNTY, step("2", "P1"))
        await it.act(Act.FREEZE, "P1", why="行政复议")
        await it.tell(COUNTY, {**finish("P1"), "own": "C-1"})
        await it.later(700)
        (frozen,) = it.reader.frozen_cases()
        assert (frozen.subject, frozen.actor, frozen.why) == (1, "陈工", "行政复议")
        assert not (await pruned(it, 300)).lots
        assert [one.state for one in await it.act(Act.THAW, "C-1", why="x")] == ["thawed"]
        assert it.reader.frozen_cases() == []


async def test_a_hub_killed_between_two_lots_goes_on_with_the_rest(tmp_path: Path) -> None:
    """Each lot is whole or untouched; the next run finds what is left, and counts nothing twice."""
    played: dict[str, Played] = {}
    clock = Clock()
    async with keeping(tmp_path, played=played, clock=clock) as it:
        for number in range(5):
            await whole_case(it, f"P{number}")
        await it.later(201 * DAY)
        write, left = it.engine.store.write, 3

        def cut(work: Callable[[Transaction], Any]) -> Awaitable[Any]:
            nonlocal left
            if getattr(work, "func", None) is prune:
                left -= 1
                if left < 0:
                    raise StoreFailed("killed")
            return write(work)

        it.engine.store.write = cut  # type: ignore[method-assign, assignment]  # fails from the fourth lot on
        with pytest.raises(StoreFailed):
            await Pruner(it.engine).run("陈工")
    async with keeping(tmp_path, played=played, clock=clock) as it:
        gone = [sizes(it, case) == [0, 0] for case in range(1, 6)]
        assert 0 < sum(gone) < 5
        assert (await pruned(it)).lots["east", "case", "contents"] == 5 - sum(gone)
        assert [sizes(it, case) for case in range(1, 6)] == [[0, 0]] * 5


async def test_attachments_go_with_the_last_record_that_needs_them(tmp_path: Path) -> None:
    """Their references go with the contents; the sweep deletes what nobody refers to."""
    async with keeping(tmp_path) as it:
        case = await whole_case(it, "P1")
        other = await whole_case(it, "P2")
        for message in (1, 3):
            await it.engine.store.write(partial(_refer, message))
        assert (case, other) == (1, 2)
        await it.act(Act.FREEZE, "P2", why="x")
        assert (await pruned(it, 201)).blobs == 1
        assert it.reader.referred(["ab" * 32]) == {"ab" * 32}
        await it.act(Act.THAW, "P2", why="x")
        await pruned(it)
        assert it.reader.referred(["ab" * 32]) == set()

