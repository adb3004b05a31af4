"""Matters on the way through: the catalogue's events are carried both ways, and what the catalogue does not know is a
finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.journey.home import FIELDS, FILES, MODEL
from tests.journey.world import HALL, World, world

from guantong.journey.states import DeliveryState
from guantong.matters import Catalogue, Matter
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
"""
HOME = {
    "mappings/canonical/events/matter.published.yaml": EVENT,
    "mappings/plain/matter.published.yaml": RULES,
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
