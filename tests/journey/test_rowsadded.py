"""`otherwise: wait`: what waits for a row of a code table goes on by itself once the tables in force have it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.journey.home import FILES, write_home
from tests.journey.world import HALL, Clock, D, World, configured, plugged, step, world

from guantong.hub import running
from guantong.journey import rowsadded
from guantong.journey.accept import accept
from guantong.journey.conclude import conclude
from guantong.journey.rowsadded import look_again
from guantong.journey.states import MessageState as M
from guantong.operations import Act
from guantong.operations.figures import queue_figures
from guantong.operations.listing import dead_entries
from guantong.record import Acceptance, Record

MODEL = FILES["mappings/canonical/events/case.step.yaml"].replace("step.code: {type: text", "step.code: {type: code, codes: step.code")
WORDS = "codes: step.code\ntitle: {zh: 环节, en: Step}\nwords: {first: 一, second: 二, third: 三}\n"
TABLE = "mappings/plain/codes/step.code.yaml"
HALLS = "mappings/minting/codes/hall.step.yaml"
ROWS = 'codes: step.code\ntable:\n  first: "1"\n  second: "2"\n'
CODES = {
    "mappings/canonical/events/case.step.yaml": MODEL,
    "mappings/canonical/codes/step.code.yaml": WORDS,
    TABLE: ROWS,
    "mappings/plain/case.step.yaml": FILES["mappings/plain/case.step.yaml"].replace(
        "step.code: code", "step.code: {at: code, codes: step.code, otherwise: wait}"),
    HALLS: ROWS + '  third: "3"\n',
    "mappings/minting/case.step.yaml":
        "event: case.step\nfields:\n  step.code: {codes: hall.step}\n",
}
THIRD = '  third: "3"\n'


def waiting(**changed: str) -> dict[str, str]:
    """A home whose county knows no step 3 yet, or with other files."""
    return {**CODES, **changed}


async def added(it: World, home: Path, file: str = TABLE, row: str = THIRD) -> int:
    """The row is added, the files are taken up, and everything that waits is looked at again."""
    (home / file).write_text(ROWS + row, encoding="utf-8")
    it.engine.take(configured(home, it.played))
    gone = await look_again(it.engine)
    await it.quiet()
    return gone


async def test_a_record_waits_for_its_row_and_is_accepted_by_itself(tmp_path: Path) -> None:
    """Acknowledged and parked under its own code; with the row it is accepted, as a replay by the hub."""
    async with world(tmp_path, files=waiting()) as it:
        verdict = await it.tell("east.approval", step("3", "P1"))
        assert (verdict.acceptance, verdict.taken, verdict.code) == (Acceptance.PARKED, True, "GT252")
        [entry] = dead_entries(it.reader)
        assert (entry["id"], entry["stage"], entry["code"]) == ("M1", "accept", "GT252")
        assert entry["reason"] == (
            "mappings/plain/case.step.yaml:9:3 code: 代码 '3' 等待代码表 step.code 补充对应的行; 补充该行并由中枢载入后自动继续，无需重放"
            " [GT252]")
        assert await look_again(it.engine) == 0
        assert it.message_states() == [M.PARKED]
        assert await added(it, tmp_path) == 1
        assert it.message_states() == [M.ROUTED]
        assert it.hall.texts() == ["step 3"]
        [line] = [one for one in it.reader.journal_of_message(1) if one.what == "replayed"]
        assert (line.actor, line.detail) == ("hub", {"why": "代码表已补充对应的行 the code table has the row"})
        assert await look_again(it.engine) == 0


async def test_what_waits_goes_on_in_the_order_it_came_and_only_it(tmp_path: Path) -> None:
    """Records of one case keep their order; what waits for another row, or for a person, stays."""
    async with world(tmp_path, files=waiting()) as it:
        await it.tell("east.approval", step("3", "P1"))
        await it.tell("east.approval", step("4", "P1"))
        await it.tell("east.approval", step("3", "P1", ver=2))
        await it.tell("east.approval", {"type": "step", "no": "P1", "code": "3"})  # no title: a person must mend it
        await it.tell("east.approval", {"type": "step", "no": "P1", "code": "9"})
        assert [it.reader.message(one).code for one in (1, 2, 3, 4, 5)] == [  # type: ignore[union-attr]  # all are there
            "GT252", "GT252", "GT252", "GT242", "GT242"]
        assert await added(it, tmp_path) == 2
        assert it.message_states() == [M.ROUTED, M.PARKED, M.ROUTED, M.PARKED, M.PARKED]
        assert it.states(HALL) == [D.SUPERSEDED, D.CONFIRMED]
        assert it.hall.texts() == ["step 3"]


async def test_the_same_record_again_is_a_duplicate_while_it_waits_and_after(tmp_path: Path) -> None:
    """Nothing is doubled by a sender that repeats itself."""
    async with world(tmp_path, files=waiting()) as it:
        verdicts = [(await it.tell("east.approval", step("3", "P1"))).acceptance for _ in range(2)]
        await added(it, tmp_path)
        verdicts.append((await it.tell("east.approval", step("3", "P1"))).acceptance)
        assert verdicts == [Acceptance.PARKED, Acceptance.DUPLICATE, Acceptance.DUPLICATE]
        assert it.hall.texts() == ["step 3"]


async def test_a_source_that_wants_no_parking_waits_for_rows_all_the_same(tmp_path: Path) -> None:
    """`on_unmappable: refuse` is about mistakes of the sender; a row is ours to add."""
    async with world(tmp_path, files=waiting(), more={"east.approval": "    on_unmappable: refuse\n"}) as it:
        assert (await it.tell("east.approval", step("3", "P1"))).acceptance is Acceptance.PARKED
        refused = await it.tell("east.approval", {"type": "step", "no": "P1", "code": "3"})
        assert (refused.acceptance, refused.code) == (Acceptance.REFUSED, "GT242")


async def test_a_delivery_waits_for_its_row_and_holds_its_line(tmp_path: Path) -> None:
    """Outward: it waits with its reason, those behind are blocked, other targets and cases go on."""
    files = waiting(**{TABLE: ROWS + THIRD, HALLS: ROWS})
    async with world(tmp_path, files=files) as it:
        for code, number in (("3", "P1"), ("1", "P1"), ("1", "P2")):
            await it.tell("east.approval", step(code, number))
        await it.quiet()
        assert it.states(HALL) == [D.WAITING, D.BLOCKED, D.CONFIRMED]
        row = it.deliveries(HALL)[0]
        assert (row.code, row.attempts) == ("GT252", 0)
        assert row.reason == "代码 'third' 等待代码表 hall.step 补充对应的行；补充该行并由中枢载入后自动继续，无需重放"
        assert len(it.watch.texts()) == 3
        assert await look_again(it.engine) == 0
        await it.later(3600)
        assert it.journal("P1").count("waiting") == 1
        figures = queue_figures(it.reader, it.engine.configuration, {}, it.clock())["systems"][HALL]
        assert (figures["waiting"], figures["awaiting_rows"]) == (
            1, [{"way": "out", "reason": row.reason, "count": 1}])
        assert await added(it, tmp_path, HALLS) == 1
        assert it.states(HALL) == [D.CONFIRMED, D.CONFIRMED, D.CONFIRMED]
        assert it.hall.texts() == ["step 1", "step 3", "step 1"]
        assert it.journal("P1").count("replayed") == 1


async def test_a_delivery_that_waits_gives_way_to_a_newer_version_and_can_be_given_up(tmp_path: Path) -> None:
    """What waits for a row waits like any other: it is superseded, and a person may discard it."""
    files = waiting(**{TABLE: ROWS + THIRD, HALLS: ROWS})
    async with world(tmp_path, files=files) as it:
        await it.tell("east.approval", step("3", "P1"))
        await it.quiet()
        await it.tell("east.approval", step("3", "P1", ver=2))
        await it.quiet()
        assert it.states(HALL) == [D.SUPERSEDED, D.WAITING]
        second = it.deliveries(HALL)[1]
        [done] = await it.act(Act.DISCARD, f"D{second.id}", why="线下办理")
        assert (done.problem, it.states(HALL)) == (None, [D.SUPERSEDED, D.DISCARDED])
        assert await added(it, tmp_path, HALLS) == 0


async def test_a_row_added_while_a_record_is_being_parked_is_not_missed(tmp_path: Path) -> None:
    """It was translated by the tables of before and committed under those of now: it is looked at once more."""
    async with world(tmp_path, files=waiting()) as it:
        write = it.engine.store.write
        first = True

        def meanwhile(work: Any) -> Any:
            nonlocal first
            if first:
                first = False
                (tmp_path / TABLE).write_text(ROWS + THIRD, encoding="utf-8")
                it.engine.take(configured(tmp_path, it.played))
            return write(work)

        it.engine.store.write = meanwhile  # type: ignore[method-assign, assignment]  # the moment between mapping and commit
        await it.tell("east.approval", step("3", "P1"))
        await it.quiet()
        assert (it.message_states(), it.hall.texts()) == ([M.ROUTED], ["step 3"])


async def test_a_row_added_while_a_delivery_is_about_to_wait_is_not_missed(tmp_path: Path) -> None:
    """The same on the way out: whoever concludes by the tables of before looks again."""
    files = waiting(**{TABLE: ROWS + THIRD, HALLS: ROWS})
    async with world(tmp_path, files=files) as it:
        write = it.engine.store.write

        def meanwhile(work: Any) -> Any:
            func = getattr(work, "func", None)
            if func is conclude and work.args[2].waits_for_row and not it.hall.sent:
                (tmp_path / HALLS).write_text(ROWS + THIRD, encoding="utf-8")
                it.engine.take(configured(tmp_path, it.played))
            return write(work)

        it.engine.store.write = meanwhile  # type: ignore[method-assign, assignment]  # the moment between mapping and commit
        await it.tell("east.approval", step("3", "P1"))
        await it.quiet()
        assert (it.states(HALL), it.hall.texts()) == ([D.CONFIRMED], ["step 3"])


class Killed(Exception):
    """The process ends here."""


@pytest.mark.parametrize("at", ["rows:before-commit", "rows:after-commit"])
@pytest.mark.parametrize("way", ["in", "out"])
async def test_killed_anywhere_nothing_is_lost_or_doubled(tmp_path: Path, at: str, way: str) -> None:
    """The look is one transaction: after a kill before or after it, the next start finds all or nothing done."""
    files = waiting() if way == "in" else waiting(**{TABLE: ROWS + THIRD, HALLS: ROWS})
    clock = Clock()
    async with world(tmp_path, files=files, clock=clock) as it:
        played = it.played
        await it.tell("east.approval", step("3", "P1"))
        await it.quiet()
    (tmp_path / (TABLE if way == "in" else HALLS)).write_text(ROWS + THIRD, encoding="utf-8")
    async with world(tmp_path, clock=clock, played=played, start=False) as it:
        def killed(step_reached: str) -> None:
            if step_reached == at:
                raise Killed

        it.engine.crash_at = killed
        with pytest.raises(Killed):
            await look_again(it.engine)
    async with world(tmp_path, clock=clock, played=played) as it:
        await look_again(it.engine)
        await it.quiet()
        assert it.message_states() == [M.ROUTED]
        assert (it.states(HALL), it.hall.texts()) == ([D.CONFIRMED], ["step 3"])
        assert [one.what for one in it.reader.journal_of_message(1)].count("replayed") == (way == "in")
        assert it.journal("P1").count("replayed") == (way == "out")


async def test_many_that_wait_go_on_together(tmp_path: Path) -> None:
    """More than one page of them, both ways; none is passed over."""
    async with world(tmp_path, files=waiting(**{HALLS: ROWS})) as it:
        await asyncio.gather(*(it.tell("east.approval", step("3", f"P{number}")) for number in range(250)))
        assert await added(it, tmp_path) == 250
        assert it.message_states() == [M.ROUTED] * 250
        assert {row.code for row in it.deliveries(HALL)} == {"GT252"}
        assert await added(it, tmp_path, HALLS) == 250
        assert len(it.hall.texts()) == 250


async def test_a_store_that_cannot_write_leaves_them_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is half done; the next look does it."""
    async with world(tmp_path, files=waiting()) as it:
        await it.tell("east.approval", step("3", "P1"))
        (tmp_path / TABLE).write_text(ROWS + THIRD, encoding="utf-8")
        it.engine.take(configured(tmp_path, it.played))
        failed = it.fails(monkeypatch, rowsadded._admit, 1)
        assert (await look_again(it.engine), failed(), it.message_states()) == (0, 1, [M.PARKED])
        assert (await look_again(it.engine), it.message_states()) == (1, [M.ROUTED])


async def test_a_hub_looks_when_it_starts(tmp_path: Path) -> None:
    """The row was added while it was stopped: nobody need replay anything."""
    played: dict[str, Any] = {}
    write_home(tmp_path, files=waiting())
    async with running(configured(tmp_path, played), plugged(played)) as hub:
        await accept(hub.engine, Record("east.approval", b'{"type":"step","no":"P1","code":"3","title":"A","region":"445202"}'))
    (tmp_path / TABLE).write_text(ROWS + THIRD, encoding="utf-8")
    async with running(configured(tmp_path, played), plugged(played)) as hub:
        row = hub.engine.reader.message(1)
        assert row is not None
        assert row.state is M.ROUTED

