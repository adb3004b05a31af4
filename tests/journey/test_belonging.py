"""Whose a case is: a county that names another's case takes neither its cards nor its history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.journey.home import FILES, system, write_home
from tests.journey.world import World, world

from guantong.finding import FindingKind
from guantong.journey.findingkinds import OTHER_COUNTY, TWO_COUNTIES
from guantong.store import FindingFilter, FindingRow, Serial

ROUTES = FILES["config/routes.yaml"] + """
  - {name: cards, events: case.step, from: {role: watch}, to: {role: county, by: case}}
"""
TOWN = """
name: {zh: 镇}
region: "445202100"
systems:
""" + system("approval", "county")


def home(folder: Path) -> Path:
    return write_home(folder, files={"config/routes.yaml": ROUTES, "config/counties/town.yaml": TOWN})


def apply(no: str = "P1", **more: Any) -> dict[str, Any]:
    return {"type": "apply", "no": no, "title": "A", **more}


def step(code: str, no: str = "P1", **more: Any) -> dict[str, Any]:
    return {"type": "step", "no": no, "title": "A", "code": code, **more}


def noted(it: World, kind: FindingKind) -> list[FindingRow]:
    return [one for one in it.reader.findings(FindingFilter(ordinary=True), 100) if one.kind == kind.name]


def carded(it: World) -> list[str]:
    """Which counties got a card of P1."""
    (subject,) = it.reader.subjects_by_number("P1")
    return [row.target for row in it.reader.deliveries_of_subject(subject) if row.target.endswith(".approval") and row.name == "case.step"]


@pytest.mark.parametrize("own", [{}, {"own": "W-1"}], ids=["by the province's number", "with a number of its own"])
async def test_a_county_that_tells_of_anothers_case_is_a_finding_and_gets_no_card(tmp_path: Path, own: dict[str, str]) -> None:
    """Once for each county, whoever was first heard of with the case being its county; nothing is refused."""
    async with world(home(tmp_path)) as it:
        await it.tell("east.approval", apply(own="E-1"))
        await it.tell("west.approval", step("1", **own))
        await it.tell("west.approval", step("2", **own))
        await it.tell("city.watch", step("9"))
        await it.quiet()
        (finding,) = noted(it, OTHER_COUNTY)
        assert (finding.system, finding.region, finding.detail) == ("west.approval", "445203", {"event": "case.step", "case_of": "east.approval"})
        assert carded(it) == ["east.approval"]


async def test_a_case_applied_for_at_the_hall_is_the_countys_that_it_was_sent_to(tmp_path: Path) -> None:
    """Also while that county has told nothing yet."""
    async with world(home(tmp_path)) as it:
        await it.tell("city.portal", apply(region="445202"))
        await it.tell("west.approval", step("1"))
        await it.tell("city.watch", step("9"))
        await it.quiet()
        assert [one.detail["case_of"] for one in noted(it, OTHER_COUNTY)] == ["east.approval"]
        assert carded(it) == ["east.approval"]


async def test_a_town_under_the_county_and_who_is_no_county_are_no_finding(tmp_path: Path) -> None:
    """In either order."""
    async with world(home(tmp_path)) as it:
        await it.tell("east.approval", apply("P1", own="E-1"))
        await it.tell("town.approval", step("1", "P1"))
        await it.tell("town.approval", apply("P2", own="T-1"))
        await it.tell("east.approval", step("1", "P2"))
        await it.tell("city.watch", step("9", "P1"))
        await it.quiet()
        assert noted(it, OTHER_COUNTY) == []


async def test_cases_of_two_counties_are_never_made_one(tmp_path: Path) -> None:
    """A county whose case is the older names another's number beside its own: what it tells goes to its own case, the
    other's stays where it is."""
    async with world(home(tmp_path)) as it:
        await it.tell("west.approval", apply("P9", own="W-1"))
        await it.tell("east.approval", apply("P1", own="E-1"))
        await it.tell("west.approval", step("1", own="W-1"))
        await it.tell("city.watch", step("9"))
        await it.quiet()
        ((west,), (east,)) = (it.reader.subjects_by_number(number) for number in ("P9", "P1"))
        assert west != east
        assert it.reader.serials_of(east) == [Serial("east.approval", "county", "E-1"), Serial("", "province", "P1")]
        assert [row.name for row in it.reader.events_of_subject(west)] == ["case.application", "case.step"]
        assert carded(it) == ["east.approval"]
        (finding,) = noted(it, TWO_COUNTIES)
        assert (finding.subject, finding.system, finding.detail) == (
            east, "west.approval", {"case_of": "east.approval", "named_with_case_of": "west.approval"})
