"""Matters on the way through: the catalogue's events are carried both ways, and what the catalogue does not know is a
finding."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.journey.home import FIELDS, FILES, MODEL
from tests.journey.world import HALL, World, plugged, world

from guantong.config import load
from guantong.journey.states import DeliveryState
from guantong.matters import Catalogue, Matter
from guantong.matters.catalogue import Crossing
from guantong.matters.filling import fill
from guantong.matters.kept import read
from guantong.operations import Act as Word
from guantong.record import Acceptance
from guantong.store import FindingFilter

EAST, PORTAL = "east.approval", "city.portal"
CODE, OLD = "1144520200703000044000119001000", "10000000100000000013445202"
EVENT = """
event: matter.published
title: {zh: 事项, en: Matter}
subject: matter
identity: [item.code, item.version]
fields:
  item.code: {type: text, label: {zh: 编码, en: Code}, required: true}
  item.version: {type: integer, label: {zh: 版本, en: Version}, required: true}
  version: {type: integer, label: {zh: 数据版本, en: Data version}}
  region: {type: region, label: {zh: 区划, en: Region}}
  title: {type: text, label: {zh: 名称, en: Name}}
  item.name: {type: text, label: {zh: 名称, en: Name}}
  item.old_code: {type: text, label: {zh: 原编码, en: Old code}}
  valid_from: {type: date, label: {zh: 生效日期, en: From}}
"""
WITHDRAWN = """
event: matter.withdrawn
title: {zh: 事项取消, en: Withdrawn}
subject: matter
identity: [item.code, item.version]
fields:
  item.code: {type: text, label: {zh: 编码, en: Code}, required: true}
  item.version: {type: integer, label: {zh: 版本, en: Version}, required: true}
  region: {type: region, label: {zh: 区划, en: Region}}
  valid_until: {type: date, label: {zh: 失效日期, en: Until}}
"""
RULES = """
event: matter.published
record: matter
fields:
  item.code: code
  item.version: edition
  version: {at: ver, default: 1}
  region: region
  title: title
  item.name: name
  item.old_code: old
  valid_from: since
"""
HOME = {
    "mappings/canonical/events/matter.published.yaml": EVENT,
    "mappings/plain/matter.published.yaml": RULES,
    "mappings/canonical/events/matter.withdrawn.yaml": WITHDRAWN,
    "mappings/plain/matter.withdrawn.yaml": "event: matter.withdrawn\nrecord: gone\nfields:\n  item.code: code\n"
    "  item.version: edition\n  region: region\n  valid_until: until\n",
    "mappings/canonical/events/_case.yaml": f"fields:{MODEL}  item.code: {{type: text, label: {{zh: 事项, en: Matter}}}}\n",
    "mappings/plain/case.application.yaml": f"event: case.application\nrecord: apply\nfields:{FIELDS}  applicant.name: who\n  item.code: item\n",
    "config/routes.yaml": FILES["config/routes.yaml"] + """
  - {name: catalogue-down, events: "matter.*", from: {role: portal}, to: {role: county, by: region}}
  - {name: catalogue-up, events: "matter.*", from: {role: county}, to: {role: hall}}
""",
}


def published(edition: int = 1, ver: int = 1, title: str = "再生育审批", **more: Any) -> dict[str, Any]:
    """A matter as the portal or a county publishes it."""
    return {"type": "matter", "code": CODE, "edition": str(edition), "ver": str(ver), "title": title, "region": "445202", **more}


FILLED = {**HOME, "config/guantong.yaml": FILES["config/guantong.yaml"] + (
    'matters: {from: {city.portal: ["4452"], west.approval: ["445203"]}, every: 50ms}\n')}


def filled(edition: int = 1, **more: Any) -> dict[str, Any]:
    """A matter with what the catalogue holds of it."""
    return published(edition, name=f"再生育审批{edition}", **more)


def odd(it: World) -> list[tuple[str, str]]:
    return [(row.system, row.detail["why"]) for row in it.reader.findings(FindingFilter()) if row.kind == "matter_not_taken"]


def unknown(it: World) -> list[dict[str, Any]]:
    return [dict(row.detail) for row in it.reader.findings(FindingFilter()) if row.kind == "unknown_matter"]


async def test_the_catalogue_is_carried_down_and_up(tmp_path: Path) -> None:
    """From the hall to the county of its region, and from a county to the hall; versions of one matter in their order, and
    a correction takes the place of what still waits."""
    async with world(tmp_path, files=HOME) as it:
        await it.tell(PORTAL, published())
        await it.tell(PORTAL, published(2, title="再生育登记"))
        await it.tell(EAST, published(3))
        await it.quiet()
        assert [one.fields["edition"] for one in it.east.effects] == ["1", "2"]
        assert [one.fields["edition"] for one in it.hall.effects] == ["3"]
        assert (await it.tell(PORTAL, published(2, title="再生育登记"))).acceptance is Acceptance.DUPLICATE
        assert (await it.tell(PORTAL, published(2, 2, title="再生育确认"))).acceptance is Acceptance.ROUTED
        await it.quiet()
        assert it.east.effects[-1].fields["title"] == "再生育确认"


async def test_an_unknown_matter_is_a_finding_and_refuses_nothing(tmp_path: Path) -> None:
    """Once a case; what the catalogue knows by its new or its old code is none, and without a catalogue there is none."""
    async with world(tmp_path, files=HOME) as it:
        async def apply(no: str, code: str) -> None:
            assert (await it.tell(EAST, {"type": "apply", "no": no, "title": "A", "item": code})).acceptance is Acceptance.ROUTED

        await apply("P1", "445202XX")
        assert unknown(it) == []
        it.engine.matters = Catalogue([Matter(CODE, 1, "再生育审批", OLD)], 3)
        for number, code in enumerate((CODE, OLD, "445202XX")):
            await apply(f"P{number + 2}", code)
        await it.quiet()
        assert unknown(it) == [{"event": "case.application", "matter": "445202XX", "catalogue": 3}]
        assert it.states(HALL) == [DeliveryState.CONFIRMED] * 4


async def test_what_the_authority_publishes_fills_the_catalogue(tmp_path: Path) -> None:
    """A new version as an import makes it, journaled, with the crosswalk; the version before ends; nothing is to be taken twice."""
    async with world(tmp_path, files=FILLED) as it:
        await it.tell(PORTAL, filled(old=OLD, since="2014-01-01"))
        await it.tell(PORTAL, filled(2, since="2015-01-01"))
        assert await fill(it.engine) == 2
        assert await fill(it.engine) == 0
        assert [(one.version, one.name, one.old_code, one.since, one.until) for one in read(tmp_path).matters] == [
            (1, "再生育审批1", OLD, "2014-01-01", "2014-12-31"), (2, "再生育审批2", OLD, "2015-01-01", "")]
        assert it.engine.matters.crossings() == [Crossing(OLD, CODE, "2014-01-01", "")]
        await it.tell(PORTAL, {"type": "gone", "code": CODE, "edition": "2", "region": "445202", "until": "2016-06-30"})
        assert await fill(it.engine) == 1
        assert (it.engine.matters.number, it.engine.matters.knows(CODE, "2016-07-01")) == (2, False)
        with sqlite3.connect(tmp_path / "var/guantong.db") as store:
            lines = store.execute("SELECT detail FROM journal WHERE what = 'matters_taken' ORDER BY id").fetchall()
        store.close()
        assert [(said["after"], said["events"]) for said in map(orjson.loads, (line for (line,) in lines))] == [(1, 2), (2, 1)]
        await it.tell(PORTAL, filled(2, ver=2, since="2015-01-01", old=OLD))
        assert await fill(it.engine) == 1
        assert odd(it) == []


async def test_what_only_the_catalogue_takes_needs_no_route(tmp_path: Path) -> None:
    """It waits for nobody, and the trace says who heard of it; from who publishes nothing it is without a route, and that is told at the start."""
    files = {name: text for name, text in FILLED.items() if name != "config/routes.yaml"}
    async with world(tmp_path, files=files) as it:
        assert (await it.tell(PORTAL, filled())).acceptance is Acceptance.ROUTED
        assert (await it.tell(EAST, filled(2))).acceptance is Acceptance.UNROUTED
        assert await fill(it.engine) == 2
        assert [one.version for one in read(tmp_path).matters] == [1]
    told = [one.message() for one in load(tmp_path, plugged({}), {}).problems if "matter." in one.message()]
    assert told == ["no route takes these events from systems of the role 'county': matter.published, matter.withdrawn"]


async def test_a_matter_has_one_authority(tmp_path: Path) -> None:
    """What another system publishes is carried as routes lead, changes nothing, and is a finding; the longest prefix decides."""
    async with world(tmp_path, files=FILLED) as it:
        await it.tell(PORTAL, filled())
        await it.tell(EAST, filled(2))
        await it.tell(PORTAL, {**filled(3), "code": "W1", "region": "445203"})
        await it.tell("west.approval", {**filled(1), "code": "W1", "region": "445203"})
        await it.tell("west.approval", {**filled(9), "region": "445203"})
        await it.tell(PORTAL, {"type": "gone", "code": "N0NE", "edition": "1", "region": "445202", "until": "2014-01-01"})
        await it.quiet()
        assert await fill(it.engine) == 6
        assert [one.fields["edition"] for one in it.hall.effects][:1] == ["2"]
        assert [(one.code, one.version) for one in read(tmp_path).matters] == [(CODE, 1), ("W1", 1)]
        other = "its source is not the authority for it"
        assert odd(it) == [(EAST, other), (PORTAL, other), ("west.approval", other), (PORTAL, "withdrawn, and not in the catalogue")]


async def test_a_conflict_that_a_person_decided_fills_it_too(tmp_path: Path) -> None:
    """The content that holds is the one in the catalogue; a withdrawal without a day is a finding."""
    async with world(tmp_path, files=FILLED) as it:
        await it.tell(PORTAL, filled())
        conflict = await it.tell(PORTAL, {**filled(), "name": "再生育登记"})
        assert conflict.acceptance is Acceptance.CONFLICT
        assert await fill(it.engine) == 1
        await it.act(Word.KEEP_NEW, f"M{conflict.message}")
        await it.tell(PORTAL, {"type": "gone", "code": CODE, "edition": "1", "region": "445202"})
        assert await fill(it.engine) == 2
        assert [one.name for one in read(tmp_path).matters] == ["再生育登记"]
        assert odd(it) == [(PORTAL, "withdrawn without a day")]


async def test_two_matters_do_not_share_an_old_code(tmp_path: Path) -> None:
    """Which was meant could not be told: the first stands."""
    async with world(tmp_path, files=FILLED) as it:
        await it.tell(PORTAL, filled(old=OLD))
        await it.tell(PORTAL, {**filled(old=OLD), "code": "X2"})
        await fill(it.engine)
        assert [one.code for one in read(tmp_path).matters] == [CODE]
        assert odd(it) == [(PORTAL, f"the old code stands for {CODE} and X2 on the same days")]


async def test_a_stop_before_the_catalogue_is_journaled_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """What was kept is found when it is taken again: no further version is made."""
    class Stopped(Exception):
        """The process ends here."""

    def stop(step: str) -> None:
        if step == "matters:kept":
            raise Stopped

    async with world(tmp_path, files=FILLED) as it:
        await it.tell(PORTAL, filled())
        it.engine.crash_at = stop
        with pytest.raises(Stopped):
            await fill(it.engine)
    async with world(tmp_path) as it:
        assert await fill(it.engine) == 1
        assert (it.engine.matters.number, len(it.engine.matters.matters)) == (1, 1)


async def test_without_the_declaration_nothing_fills_the_catalogue(tmp_path: Path) -> None:
    """It is imported, and only that."""
    async with world(tmp_path, files=HOME) as it:
        await it.tell(PORTAL, filled())
        assert await fill(it.engine) == 0
