"""Cases are found by whom they are about, by their window, by when something happened; the store holds none of it in clear."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.journey.home import FIELDS, FILES, write_home
from tests.journey.world import step, world
from tests.retention.keeping import keeping, pruned, whole_case

from guantong.operations.searching import (
    FOREVER,
    MOST,
    at_window,
    first_line,
    in_time,
    of_person,
    summaries,
)
from guantong.operations.unmasking import Unmasking, journal_unmasking

NUMBER = "44520219900101001X"
MORE = """
  applicant.id_no: {type: text, label: {zh: 证件号码, en: Number}, personal: sensitive, mask: identity}
  window.code: {type: text, label: {zh: 窗口, en: Window}}
  site.code: {type: text, label: {zh: 站点, en: Site}}
"""
FOUND: Mapping[str, str] = {
    "mappings/canonical/events/_case.yaml": FILES["mappings/canonical/events/_case.yaml"].rstrip("\n") + MORE,
    "mappings/plain/case.step.yaml": f"event: case.step\nrecord: step\nfields:{FIELDS}  step.code: code\n  step.opinion: opinion\n"
                                     "  applicant.id_no: person\n  window.code: window\n  site.code: site\n",
}


def told(no: str, **more: Any) -> dict[str, Any]:
    return step("7", no, **more)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return write_home(tmp_path, files=FOUND)


async def test_a_person_is_found_however_the_number_was_written_and_never_stands_in_the_store(home: Path) -> None:
    """Small letters, full width, blanks, 15 digits; the file holds neither the number nor a plain digest of it."""
    async with world(home) as it:
        await it.tell("east.approval", told("P1", person=NUMBER))
        await it.tell("west.approval", told("P2", person=" 44520219900101001x"))
        await it.tell("west.approval", told("P3", person="445202199001010028"))
        await it.quiet()
        reader, vault = it.reader, it.engine.vault
        both = sorted(reader.subjects_by_number("P1") + reader.subjects_by_number("P2"))
        for written in (NUMBER, NUMBER.lower(), f" {NUMBER} ", "４４５２０２１９９００１０１００１Ｘ", "445202900101001"):
            assert of_person(reader, vault, written) == both
        assert (of_person(reader, vault, "445202199001010036"), of_person(reader, vault, ""), of_person(reader, vault, "4" * 1000)) == ([], [], [])
    stored = b"".join(path.read_bytes() for path in (home / "var").glob("guantong.db*"))
    assert stored
    assert NUMBER.encode() not in stored


async def test_cases_of_a_window_in_a_time(home: Path) -> None:
    """By the window's code, or with its site's where several sites number their windows alike."""
    async with world(home) as it:
        began = it.clock.now
        await it.tell("east.approval", told("P1", window="01", site="S1"))
        await it.later(3600)
        await it.tell("east.approval", told("P2", window="01", site="S2"))
        await it.quiet()
        reader, vault = it.reader, it.engine.vault
        first, second = reader.subjects_by_number("P1")[0], reader.subjects_by_number("P2")[0]
        assert at_window(reader, vault, "01") == [first, second]
        assert (at_window(reader, vault, "S1/01"), at_window(reader, vault, "S2/01"), at_window(reader, vault, "02")) == ([first], [second], [])
        assert at_window(reader, vault, "01", began, began + 1_800_000) == [first]
        assert at_window(reader, vault, "01", began + 1_800_000) == [second]


async def test_cases_of_a_time_are_found_by_halving_the_journal(home: Path) -> None:
    """Each once, in the order of what happened; a moment before everything, between, and after."""
    async with world(home) as it:
        moments = []
        for number in range(4):
            moments.append(it.clock.now)
            await it.tell("east.approval", told(f"P{number}"))
            await it.quiet()
            await it.later(60)
        cases = [it.reader.subjects_by_number(f"P{number}")[0] for number in range(4)]
        reader = it.reader
        assert in_time(reader, moments[0], FOREVER) == cases
        assert in_time(reader, moments[1], moments[3]) == cases[1:3]
        assert in_time(reader, 0, moments[0]) == []
        assert in_time(reader, it.clock.now + 1, FOREVER) == []
        lines = reader.lines(0, 1000)
        for moment in {line.at for line in lines} | {0, lines[-1].at + 1}:
            assert first_line(reader, moment) == max((line.id for line in lines if line.at < moment), default=0)
        (row,) = summaries(reader, cases[:1])
        assert (row["case"], row["event"], row["system"], [one["number"] for one in row["serials"]]) == (
            f"C{cases[0]}", "case.step", "east.approval", ["P0"])


async def test_one_answer_is_bounded(home: Path) -> None:
    """One more than is shown is found, which tells that there are more."""
    async with world(home) as it:
        await it.tell("east.approval", *(told(f"P{number}", person=NUMBER) for number in range(MOST + 5)))
        await it.quiet()
        assert len(of_person(it.reader, it.engine.vault, NUMBER)) == MOST + 1
        assert len(in_time(it.reader, 0, FOREVER)) == MOST + 1


async def test_a_person_is_not_found_any_more_once_the_contents_were_pruned(tmp_path: Path) -> None:
    """What can be found out from a person's number goes with the person's data; the case's own numbers stay."""
    async with keeping(tmp_path, files=FOUND) as it:
        await it.tell("east.approval", told("P1", person=NUMBER))
        case = await whole_case(it, "P1")
        assert of_person(it.reader, it.engine.vault, NUMBER) == [case]
        await pruned(it, 201)
        assert of_person(it.reader, it.engine.vault, NUMBER) == []
        assert it.reader.subjects_by_number("P1") == [case]


async def test_looking_for_a_person_is_no_step_of_the_case(tmp_path: Path) -> None:
    """Who is looked for is not kept any longer for it."""
    async with keeping(tmp_path, files=FOUND) as it:
        await it.tell("east.approval", told("P1", person=NUMBER))
        case = await whole_case(it, "P1")
        await it.later(150 * 86_400)
        await journal_unmasking(it.engine, Unmasking("陈工", "来访", [case], searched=True))
        assert it.journal("P1")[-1] == "searched"
        await pruned(it, 51)
        assert of_person(it.reader, it.engine.vault, NUMBER) == []

