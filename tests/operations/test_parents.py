"""Each line of the journal names what it follows from, by what the lines themselves hold."""

from __future__ import annotations

from pathlib import Path

from tests.journey.joining import files, pause, resume
from tests.journey.played import Act
from tests.journey.world import HALL, D, World, step, world

from guantong.operations import Act as Word
from guantong.operations.parents import parents_of
from guantong.operations.tracing import trace_of
from guantong.store import EntryRow

COUNTY, WATCH = "east.approval", "city.watch"


def told(it: World, key: str) -> dict[str, list[str]]:
    """Of each line in words, the lines in words that it follows from."""
    (case,) = trace_of(it.reader, key, causes=True)
    names = {line["id"]: _name(line) for line in case["journal"]}
    return {names[line["id"]]: [names[one] for one in line["parents"]] for line in case["journal"]}


def _name(line: dict[str, object]) -> str:
    return " ".join(str(one) for one in (line["what"], line["message"], f"D{line['delivery']}" if line["delivery"] else "") if one)


async def test_a_delivery_follows_from_its_event_and_its_own_lines(tmp_path: Path) -> None:
    """Also from a person's act; a newer version from nothing but its record, and what it overtakes from both."""
    async with world(tmp_path) as it:
        it.hall.script.append(Act.REFUSED)
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        await it.act(Word.REPLAY, it.deliveries(HALL)[0].id, why="已改正")
        await it.quiet()
        one, other = (next(row.id for row in it.deliveries(target)) for target in (HALL, WATCH))
        assert told(it, "P1") == {
            "routed M1": [], f"dead D{one}": ["routed M1"], f"confirmed D{other}": ["routed M1"],
            f"replayed D{one}": [f"dead D{one}"], f"confirmed D{one}": [f"replayed D{one}"]}
        await it.act(Word.HOLD, HALL, why="x")
        await it.tell(COUNTY, step("2", "P1"))
        await it.tell(COUNTY, step("2", "P1", ver=2))
        found = told(it, "P1")
        overtaken = next(row.id for row in it.deliveries(HALL) if row.state is D.SUPERSEDED)
        assert found[f"superseded D{overtaken}"] == ["routed M2", "routed M3"]
        await it.tell(COUNTY, step("2", "P1", ver=2))
        assert told(it, "P1")["duplicate M4"] == ["routed M3"]


async def test_a_record_of_several_events_follows_from_each(tmp_path: Path) -> None:
    """What waited for the other, and the record that both made."""
    async with world(tmp_path, files=files()) as it:
        await it.tell(COUNTY, pause(1))
        await it.quiet()
        await it.tell(COUNTY, resume(1))
        await it.quiet()
        found = told(it, "P1")
        first, second = it.deliveries(HALL)
        assert (first.name, second.name) == ("case.pause", "case.resumption")
        assert found[f"joined D{first.id}"] == ["routed M1"]
        assert found[f"confirmed D{second.id}"] == ["routed M1", "routed M2"]


async def test_a_message_follows_from_what_was_done_with_it_before_it_found_its_case(tmp_path: Path) -> None:
    """It was parked, replayed, routed: the first two lines are of no case, and the trace of the case tells them."""
    async with world(tmp_path) as it:
        await it.tell(COUNTY, {"type": "step", "no": "P1", "title": "t", "stage": "7"})
    mapping = tmp_path / "mappings/plain/case.step.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("step.code: code", "step.code: [code, stage]"), encoding="utf-8")
    async with world(tmp_path) as it:
        await it.act(Word.REPLAY, "M1", why="列名已补")
        await it.quiet()
        (case,) = trace_of(it.reader, "P1")
        assert [(line["what"], line["message"]) for line in case["journal"]][:3] == [("parked", "M1"), ("replayed", "M1"), ("routed", "M1")]
        found = told(it, "P1")
        assert (found["parked M1"], found["replayed M1"], found["routed M1"]) == ([], ["parked M1"], ["replayed M1"])


def test_lines_that_name_nothing_follow_from_nothing() -> None:
    """Of earlier versions, of strangers' making, of a delivery that is not there: no invented parent, never one behind the line."""
    lines = [
        EntryRow(1, "confirmed", subject=1, delivery=4, detail={"event": "case.step"}, id=1),
        EntryRow(2, "linked", subject=1, detail={"by": "D9"}, id=2), EntryRow(2, "linked", subject=1, detail={"by": "D4"}, id=3),
        EntryRow(3, "finding_settled", subject=1, detail={"finding": "x"}, id=4), EntryRow(3, "finding", subject=1, detail={"finding": "x"}, id=5),
        EntryRow(4, "finding_settled", subject=1, detail={"finding": "x"}, id=6), EntryRow(5, "frozen", subject=1, id=7),
        EntryRow(6, "thawed", subject=1, id=8), EntryRow(7, "superseded", subject=1, delivery=5, detail={"event_id": 3, "by_event_id": None}, id=9),
    ]
    assert parents_of(lines) == {1: [], 2: [], 3: [1], 4: [], 5: [], 6: [5], 7: [], 8: [7], 9: []}
