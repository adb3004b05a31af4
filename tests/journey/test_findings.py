"""Findings on the way in: noted with what they are about, settled when their cause is gone, refusing nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.journey.home import FIELDS, write_home
from tests.journey.world import HALL, D, World, world

from guantong.journey import noting
from guantong.operations import Act
from guantong.record import Acceptance
from guantong.store import FindingFilter, FindingRow

COUNTY = "east.approval"


def _event(name: str, zh: str, kind: str, at: str) -> dict[str, str]:
    """The files of one more event, which tells when it happened."""
    model = (f"event: {name}\ntitle: {{zh: {zh}, en: {kind}}}\nsubject: case\nidentity: []\ndated: [{at}]\n"
             f"include: _case\nfields:\n  {at}: {{type: datetime, label: {{zh: 时间, en: When}}}}\n")
    mapping = (f"event: {name}\nrecord: {kind}\nfields:{FIELDS}"
               f"  {at}: {{at: when, type: datetime, format: \"yyyy-MM-dd HH:mm:ss\"}}\n")
    return {f"mappings/canonical/events/{name}.yaml": model, f"mappings/plain/{name}.yaml": mapping}


FILES = {
    **_event("case.acceptance", "受理", "accept", "accepted_at"), **_event("case.finish", "办结", "finish", "finished_at"),
    **_event("case.collection", "领取", "collect", "collected_at"),
}
ACCEPTED, BEFORE, FINISHED = "2014-07-15 10:30:00", "2014-07-15 10:29:00", "2014-07-18 16:00:00"


def home(folder: Path) -> Path:
    write_home(folder)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def told(kind: str, when: str, own: str = "E1", **more: Any) -> dict[str, Any]:
    return {"type": kind, "own": own, "title": "示例", "when": when, **more}


def open_ones(it: World, *, settled: bool = False) -> list[tuple[str, str]]:
    rows = it.reader.findings(FindingFilter(settled=settled, ordinary=True))
    return [(row.kind, row.identity) for row in rows]


def last(it: World, *, settled: bool = False) -> FindingRow:
    return it.reader.findings(FindingFilter(settled=settled, ordinary=True))[-1]


async def test_an_impossible_order_is_noted_and_carried_all_the_same(tmp_path: Path) -> None:
    """It has its line in the case's journal, its system, region and message; the hall gets the event."""
    async with world(home(tmp_path)) as it:
        await it.tell(COUNTY, told("accept", ACCEPTED, no="S1"))
        verdict = await it.tell(COUNTY, told("finish", BEFORE))
        await it.quiet()
        assert verdict.acceptance is Acceptance.ROUTED
        row = last(it)
        assert (row.kind, row.identity, row.system, row.region, row.message, row.ordinary, row.detail) == (
            "impossible_order", "case.acceptance<case.finish", COUNTY, "445202", 2, False,
            {"event": "case.finish", "at": "2014-07-15T10:29:00+08:00", "should_follow": "case.acceptance",
             "which_was_at": "2014-07-15T10:30:00+08:00"})
        assert it.journal("E1").count("finding") == 1
        assert it.states(HALL) == [D.CONFIRMED, D.CONFIRMED]


async def test_an_event_without_oddity_leaves_no_trace(tmp_path: Path) -> None:
    """The usual case costs no row."""
    async with world(home(tmp_path)) as it:
        await it.tell(COUNTY, told("accept", ACCEPTED, no="S1"))
        await it.tell(COUNTY, told("finish", FINISHED))
        assert open_ones(it) == []
        assert "finding" not in it.journal("E1")


async def test_a_missing_event_settles_itself_when_it_comes(tmp_path: Path) -> None:
    """And is in the list of what was settled, by the hub, with the reason; coming again it opens no more."""
    async with world(home(tmp_path)) as it:
        await it.tell(COUNTY, told("collect", FINISHED))
        assert open_ones(it) == [("missing_event", "case.finish")]
        await it.tell(COUNTY, told("finish", FINISHED))
        assert open_ones(it) == [("finished_unaccepted", "case.acceptance")]
        await it.tell(COUNTY, told("accept", ACCEPTED))
        assert open_ones(it) == []
        assert open_ones(it, settled=True) == [("missing_event", "case.finish"), ("finished_unaccepted", "case.acceptance")]
        row = last(it, settled=True)
        assert (row.settled_by, row.why, row.settled_at) == ("hub", "补到或已更正", it.clock.now)
        assert it.journal("E1").count("finding_settled") == 2


async def test_a_corrected_time_settles_the_finding(tmp_path: Path) -> None:
    """A higher version tells another time; a wrong one again opens it again."""
    async with world(home(tmp_path)) as it:
        await it.tell(COUNTY, told("accept", ACCEPTED))
        await it.tell(COUNTY, told("finish", BEFORE))
        await it.tell(COUNTY, told("finish", FINISHED, ver=2))
        assert open_ones(it) == []
        await it.tell(COUNTY, told("finish", BEFORE, ver=3))
        assert open_ones(it) == [("impossible_order", "case.acceptance<case.finish")]
        assert len(it.reader.findings(FindingFilter(settled=True))) == 0


async def test_a_duplicate_notes_nothing_anew(tmp_path: Path) -> None:
    """The same record again says nothing new."""
    async with world(home(tmp_path)) as it:
        for _ in range(3):
            await it.tell(COUNTY, told("finish", FINISHED))
        assert open_ones(it) == [("finished_unaccepted", "case.acceptance")]
        assert it.journal("E1").count("finding") == 1


async def test_cases_that_turn_out_to_be_one_are_looked_at_together(tmp_path: Path) -> None:
    """What each part missed the other had; what is odd only of both is noted."""
    async with world(home(tmp_path)) as it:
        await it.tell(COUNTY, {**told("finish", BEFORE), "own": "E1"})
        await it.tell(COUNTY, {key: value for key, value in told("accept", ACCEPTED, no="S1").items() if key != "own"})
        assert open_ones(it) == [("finished_unaccepted", "case.acceptance")]
        await it.tell(COUNTY, {"type": "apply", "own": "E1", "no": "S1", "title": "示例"})
        assert open_ones(it) == [("impossible_order", "case.acceptance<case.finish")]
        row = last(it)
        assert (row.system, row.region) == (COUNTY, "445202")
        assert open_ones(it, settled=True) == [("finished_unaccepted", "case.acceptance")]


async def test_a_conflict_that_is_decided_is_looked_at(tmp_path: Path) -> None:
    """What a person holds back counts for nothing; what holds then does."""
    async with world(home(tmp_path)) as it:
        await it.tell(COUNTY, told("accept", ACCEPTED))
        await it.tell(COUNTY, told("finish", FINISHED))
        verdict = await it.tell(COUNTY, told("finish", BEFORE))
        assert verdict.acceptance is Acceptance.CONFLICT
        assert open_ones(it) == []
        await it.act(Act.KEEP_NEW, "M3")
        assert open_ones(it) == [("impossible_order", "case.acceptance<case.finish")]


async def test_a_person_settles_a_finding_once_and_for_good(tmp_path: Path) -> None:
    """Who and why are kept; what a person settled stays settled though it is odd again."""
    async with world(home(tmp_path)) as it:
        await it.tell(COUNTY, told("accept", ACCEPTED))
        await it.tell(COUNTY, told("finish", BEFORE))
        (done,) = await it.act(Act.SETTLE, "F1", why="已核实")
        assert (done.id, done.state) == ("F1", "settled")
        row = last(it, settled=True)
        assert (row.settled_by, row.why) == ("陈工", "已核实")
        again, missing, wrong, other = await it.act(Act.SETTLE, "F1", "F9", "M1", "nonsense")
        assert [one.problem.line() for one in (again, missing, wrong, other) if one.problem] == [
            "finding F1 was settled before, by 陈工; look at it with: guantong findings show F1 [GT433]",
            "there is no finding F9; list them with: guantong findings list [GT601]",
            "M1 is no finding; this is done to findings (F56); look at it with: guantong trace M1 [GT609]",
            "there is no object nonsense; list them with: guantong findings list [GT601]",
        ]
        (replayed,) = await it.act(Act.REPLAY, "F1")
        assert replayed.problem is not None
        assert replayed.problem.code.id == "GT609"
        await it.tell(COUNTY, told("finish", FINISHED, ver=2))
        await it.tell(COUNTY, told("finish", BEFORE, ver=3))
        assert open_ones(it) == []


async def test_the_figures_count_what_is_open(tmp_path: Path) -> None:
    """By system, without what happens every day."""
    from guantong.operations.figures import queue_figures
    from guantong.operations.metrics import render_metrics

    async with world(home(tmp_path)) as it:
        await it.tell(COUNTY, told("finish", FINISHED))
        await it.tell(COUNTY, told("collect", BEFORE, own="E2"))
        figures = queue_figures(it.reader, it.engine.configuration, {}, it.clock.now)["systems"]
        assert {system: row["findings"] for system, row in figures.items() if row["findings"]} == {COUNTY: 1}
        lines = render_metrics(it.reader, {}).decode().splitlines()
        assert [line for line in lines if line.startswith("guantong_findings{")] == [
            f'guantong_findings{{kind="finished_unaccepted",ordinary="true",system="{COUNTY}"}} 1.0',
            f'guantong_findings{{kind="missing_event",ordinary="false",system="{COUNTY}"}} 1.0']


async def test_a_case_of_endless_events_is_odd_and_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event had all those before it looked through, in the one transaction that every county waits for: 20,000
    of them cost 0.2 s each. Beyond the limit no more of them are read, and that is a finding, once."""
    monkeypatch.setattr(noting, "MOST_EVENTS", 2)
    async with world(home(tmp_path)) as it:
        for kind in ("accept", "finish", "collect"):
            await it.tell(COUNTY, told(kind, FINISHED))
        await it.tell(COUNTY, told("accept", ACCEPTED, ver=2))
        assert open_ones(it) == [("too_many_events", "")]
