"""Parallel running: everything is mapped, nothing is sent; what would have been is compared with what the county reports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.journey.home import FIELDS, NEEDS
from tests.journey.played import Act
from tests.journey.world import HALL, D, World, apply, step, world

from guantong.operations import Act as Word
from guantong.operations.shadow import Comparison, as_json

COUNTY, PORTAL = "east.approval", "city.portal"
SHADOW = {COUNTY: "    shadow: {match: serial}\n"}
REGION = "445202"


def compare(it: World, system: str = COUNTY, since: int = 0) -> dict[str, Any]:
    config = it.engine.configuration
    return as_json(Comparison(config, config.systems[system], it.reader, it.engine.vault, since).run(), config)


def field(found: dict[str, Any], event: str, path: str) -> dict[str, Any]:
    (told,) = [one for one in found["events"] if one["event"] == event]
    (one,) = [one for one in told["fields"] if one["path"] == path]
    return {name: one[name] for name in ("compared", "agree", "differ", "only_ours", "only_theirs")}


def rewritten(home: Path, before: str, after: str) -> None:
    for place in ("config/city.yaml", "config/counties/east.yaml"):
        text = (home / place).read_text(encoding="utf-8")
        (home / place).write_text(text.replace(before, after), encoding="utf-8")


async def test_nothing_is_sent_and_everything_is_mapped(tmp_path: Path) -> None:
    """A delivery ends shadowed with the bytes it would have sent, and those behind it have their turn."""
    async with world(tmp_path, more={HALL: "    shadow: {against: east.approval}\n"}) as it:
        for code in ("1", "2", "3"):
            await it.tell(COUNTY, step(code, "P1"))
        await it.quiet()
        assert it.states(HALL) == [D.SHADOWED] * 3
        assert (it.hall.sent, it.hall.asked) == ([], [])
        assert [(row.kind, row.body is not None, row.attempts) for row in it.reader.shadowed(HALL)] == [("step", True, 0)] * 3
        assert it.journal("P1").count("shadowed") == 3
        assert it.states("city.watch") == [D.CONFIRMED] * 3, "others are sent to as ever"


async def test_a_mapping_that_fails_shows_in_shadow(tmp_path: Path) -> None:
    """What could not be made is dead, with its reason, before anything goes live."""
    files = {"mappings/minting/case.step.yaml": f"event: case.step\n{NEEDS.replace('10m', '0s')}"}
    async with world(tmp_path, more={HALL: "    shadow: {}\n"}, files=files) as it:
        await it.tell(COUNTY, step("1", own="E1"))
        await it.quiet()
        assert [(row.state, row.code) for row in it.deliveries(HALL)] == [(D.DEAD, "GT410")]


@pytest.mark.parametrize(("policy", "script", "state"), [
    ("retry", [Act.BUSY], D.SHADOWED), ("query", [Act.LOST], D.UNKNOWN), ("hold", [Act.LOST], D.UNKNOWN),
])
async def test_what_was_attempted_before_is_left_alone(tmp_path: Path, policy: str, script: list[Act], state: D) -> None:
    """Going into shadow, the target hears nothing more, not even a question; what is unknown is for a person."""
    async with world(tmp_path, delivery={HALL: f"unknown: {policy}"}, more={HALL: "    title: {zh: 厅}\n"}) as it:
        it.hall.script.extend(script)
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        far, clock = it.played, it.clock
    rewritten(tmp_path, "    title: {zh: 厅}\n", "    title: {zh: 厅}\n    shadow: {}\n")
    async with world(tmp_path, played=far, clock=clock) as it:
        sent = len(it.hall.sent)
        await it.later(60)
        assert (it.states(HALL), len(it.hall.sent), it.hall.asked) == ([state], sent, [])
        if state is D.UNKNOWN:
            await it.act(Word.DID_NOT, 1)
            await it.quiet()
            assert (it.states(HALL), len(it.hall.sent)) == ([D.SHADOWED], sent)


async def test_a_case_goes_on_for_real_when_the_shadow_ends(tmp_path: Path) -> None:
    """What was shadowed stays so; what comes later is sent, in order; a newer version of what was shadowed too."""
    async with world(tmp_path, more={HALL: "    shadow: {}\n"}) as it:
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        assert it.states(HALL) == [D.SHADOWED]
        far, clock = it.played, it.clock
    rewritten(tmp_path, "    shadow: {}\n", "")
    async with world(tmp_path, played=far, clock=clock) as it:
        await it.tell(COUNTY, step("2", "P1"))
        await it.tell(COUNTY, step("1", "P1", title="B", ver=2))
        await it.quiet()
        assert it.states(HALL) == [D.SHADOWED, D.CONFIRMED, D.CONFIRMED]
        assert it.hall.texts() == ["step 2", "step B"]


async def test_a_crash_in_shadow_sends_nothing(tmp_path: Path) -> None:
    """Killed before or after the end is kept: mapped again or not, nothing goes."""
    for number, place in enumerate(("deliver:before-commit", "deliver:after-commit")):
        crashed = asyncio.Event()
        home = tmp_path / str(number)
        async with world(home, more={HALL: "    shadow: {}\n"}, start=False) as it:

            def crash(at: str, place: str = place, crashed: asyncio.Event = crashed) -> None:
                if at == place:
                    crashed.set()
                    raise asyncio.CancelledError

            it.engine.crash_at = crash
            await it.tell(COUNTY, step("1", "P1"))
            it.engine.lines._lines[HALL].start()
            await it.until(crashed.is_set)
            far = it.played
        async with world(home, played=far) as it:
            await it.quiet()
            assert (it.states(HALL), it.hall.sent) == ([D.SHADOWED], [])


async def test_fields_are_compared_by_the_common_serial(tmp_path: Path) -> None:
    """Agreed, different with masked examples, told by one side only; each side's own numbers are not compared."""
    async with world(tmp_path, more=SHADOW) as it:
        await it.tell(PORTAL, apply("P1", title="A", region=REGION, who="欧阳示例"))
        await it.tell(PORTAL, apply("P2", title="B", region=REGION, who="欧阳另例"))
        await it.tell(PORTAL, apply("P3", title="C", region=REGION))
        await it.tell(COUNTY, apply("P1", own="E1", title="A", region=REGION, who="欧阳示例"))
        await it.tell(COUNTY, apply("P2", own="E2", title="B2", who="欧阳别例"))
        await it.tell(COUNTY, apply("P9", own="E9", title="Z", region=REGION))
        await it.quiet()
        found = compare(it)
        assert {name: found[name] for name in ("shadowed", "reported", "pairs", "unmatched")} == {
            "shadowed": 3, "reported": 3, "pairs": 2, "unmatched": {"ours": 1, "theirs": 1, "ambiguous": 0}}
        title = {"compared": 2, "agree": 1, "differ": 1, "only_ours": 0, "only_theirs": 0}
        assert field(found, "case.application", "title") == title
        assert field(found, "case.application", "region") == {**title, "compared": 1, "differ": 0, "only_ours": 1}
        (event,) = found["events"]
        assert {one["path"] for one in event["fields"]} == {"title", "region", "serial.province", "applicant.name"}
        (name,) = [one for one in event["fields"] if one["path"] == "applicant.name"]
        assert name["examples"] == [
            {"case": "C2", "ours": "欧***", "ours_by": PORTAL, "theirs": "欧***", "theirs_by": COUNTY}]
        assert found["score"] == round(5 / 7, 4)


async def test_the_newest_version_of_each_side_counts(tmp_path: Path) -> None:
    """A correction replaces what it corrects."""
    async with world(tmp_path, more=SHADOW) as it:
        await it.tell(PORTAL, apply("P1", title="A", region=REGION))
        await it.tell(PORTAL, apply("P1", title="B", region=REGION, ver=2))
        await it.tell(COUNTY, apply("P1", own="E1", title="B", region=REGION))
        await it.quiet()
        assert (field(compare(it), "case.application", "title")["agree"], compare(it)["pairs"]) == (1, 1)


KEYED = {
    "mappings/canonical/events/case.application.yaml": """
event: case.application
title: {zh: 申办, en: Application}
subject: case
identity: []
include: _case
fields:
  applicant.id_no: {type: text, label: {zh: 证件号码, en: Id}, personal: sensitive, mask: identity}
  item.code: {type: text, label: {zh: 事项, en: Item}}
  applied_at: {type: date, label: {zh: 申请日期, en: Applied on}}
""",
}
IDS = ("442326194708026313", "440525850416963")


KEYED |= {"mappings/plain/case.application.yaml": (
        f"event: case.application\nrecord: apply\nfields:{FIELDS}  applicant.id_no: id\n  item.code: item\n"
        "  applied_at: {at: day, type: date, format: yyyy-MM-dd}\n")}
BY_VALUES = {COUNTY: '    shadow: {match: [applicant.id_no, item.code, "applied_at ±3d"]}\n'}


def by_values(who: str, day: str, **more: str) -> Callable[[str], dict[str, Any]]:
    return lambda number: {"type": "apply", "id": who, "item": "I1", "day": day, "title": "A", "region": REGION, **more,
                           **({"no": number} if number.startswith("P") else {"own": number})}


@pytest.mark.parametrize(("reported", "pairs", "unmatched"), [
    ([by_values(IDS[0], "2014-07-18")], 1, (0, 0, 0)),
    ([by_values(f" {IDS[0]}", "2014-07-12")], 1, (0, 0, 0)),
    ([by_values(IDS[0], "2014-07-19")], 0, (1, 1, 0)),
    ([by_values(IDS[1], "2014-07-15")], 0, (1, 1, 0)),
    ([by_values(IDS[0], "2014-07-15", item="I2")], 0, (1, 1, 0)),
    ([by_values(IDS[0], "2014-07-17"), by_values(IDS[0], "2014-07-16")], 1, (0, 1, 0)),
    ([by_values(IDS[0], "2014-07-14"), by_values(IDS[0], "2014-07-16")], 0, (1, 2, 1)),
    ([by_values("", "2014-07-15")], 0, (1, 1, 0)),
])
async def test_cases_without_a_common_serial_are_matched_by_values(
    tmp_path: Path, reported: list[Callable[[str], dict[str, Any]]], pairs: int, unmatched: tuple[int, int, int]
) -> None:
    """The same person and item, days not too far apart; the nearest of several; two as near are ambiguous."""
    async with world(tmp_path, more=BY_VALUES, files=KEYED) as it:
        await it.tell(PORTAL, by_values(IDS[0], "2014-07-15")("P1"))
        for number, told in enumerate(reported):
            await it.tell(COUNTY, told(f"E{number}"))
        await it.quiet()
        found = compare(it)
        assert (found["pairs"], tuple(found["unmatched"].values())) == (pairs, unmatched)


async def test_no_bare_personal_number_is_kept_for_matching(tmp_path: Path) -> None:
    """Neither in the store nor in the answer."""
    async with world(tmp_path, more=BY_VALUES, files=KEYED) as it:
        await it.tell(PORTAL, by_values(IDS[0], "2014-07-15")("P1"))
        await it.tell(COUNTY, by_values(IDS[0], "2014-07-16", title="B")("E1"))
        await it.quiet()
        assert IDS[0] not in str(compare(it))
    assert all(IDS[0].encode() not in path.read_bytes() for path in (tmp_path / "var").iterdir() if path.is_file())


async def test_only_what_came_since_is_compared(tmp_path: Path) -> None:
    """A week, not the whole trial."""
    async with world(tmp_path, more=SHADOW) as it:
        await it.tell(PORTAL, apply("P1", title="A", region=REGION))
        await it.tell(COUNTY, apply("P1", own="E1", title="A", region=REGION))
        await it.quiet()
        begun = it.clock.now + 1
        await it.later(60)
        await it.tell(PORTAL, apply("P2", title="A", region=REGION))
        await it.tell(COUNTY, apply("P2", own="E2", title="A", region=REGION))
        await it.quiet()
        assert (compare(it)["pairs"], compare(it, since=begun)["pairs"]) == (2, 1)
