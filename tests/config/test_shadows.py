"""A system in shadow must be comparable: with somebody who reports, by values that tell cases apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from guantong.config import load
from guantong.plugins import Registry

CITY, STEP = "config/city.yaml", "mappings/canonical/events/case.step.yaml"
DATED = "  applied_at: {type: date, label: {zh: 日期, en: Day}}\n"


@pytest.mark.parametrize(("shadow", "said"), [
    ("{against: city.hal}", (
        "config/city.yaml:16:23 systems.hall.shadow.against: there is no system 'city.hal'; did you mean 'city.hall'? [GT109]")),
    ("{against: city.hall-portal}", (
        "config/city.yaml:16:23 systems.hall.shadow.against: 'city.hall-portal' reports none of the events that are compared: its "
        "dialect 'mute' reads none of case.application, case.step; name at `shadow.against` the system by which the county "
        "reports them [GT343]")),
    ("{match: [serial.provinc]}", (
        "config/city.yaml:16:22 systems.hall.shadow.match[0]: there is no field 'serial.provinc'; did you mean "
        "'serial.province'? [GT109]")),
    ('{match: [serial.province, "serial.province ±3d"]}', (
        "config/city.yaml:16:39 systems.hall.shadow.match[1]: serial.province is of the type text: days are for dates, and dates need "
        "days (`serial.province ±3d`); write the days, or take them out [GT344]")),
    ("{match: [serial.province, applied_at]}", (
        "config/city.yaml:16:39 systems.hall.shadow.match[1]: applied_at is of the type date: days are for dates, and dates need days "
        "(`applied_at ±3d`); write the days, or take them out [GT344]")),
    ('{match: ["applied_at ±3d"]}', "days alone tell no two cases apart: name a value too, such as applicant.id_no [GT105]"),
    ('{match: ["applied_at 3 days"]}', "'applied_at 3 days' is no path, nor a path with days: applied_at ±3d [GT105]"),
    ("{match: serial, til: 2027}", "the key 'til' is not known here"),
])
def test_a_shadow_that_compares_nothing_is_refused(
    home: Path, edit: Callable[..., None], plugged: Registry, shadow: str, said: str
) -> None:
    """Where it stands, with what to write."""
    for name, text in {
        "mappings/mute/dialect.yaml": "dialect: mute\ntitle: {zh: 哑, en: Mute}\ncodec: {in: json, out: json}\n"
                                      "charset: utf-8\nversioning: number\n",
        "mappings/mute/case.step.yaml": "event: case.step\nrecord: STEP\nfields: {}\nout: {NO: serial.province}\n",
    }.items():
        edit(name, text)
    edit(STEP, "required: true}\n", f"required: true}}\n{DATED}")
    edit(CITY, "    dialect: portal\n", "    dialect: mute\n")
    edit(CITY, "    title: {zh: 大厅, en: Hall}\n", f"    title: {{zh: 大厅, en: Hall}}\n    shadow: {shadow}\n")
    lines = [problem.line() for problem in load(home, plugged, {"PORTAL_TOKEN": "x" * 20, "PUNING_TOKEN": "x" * 20}).problems]
    assert [line for line in lines if said in line], lines


def test_a_held_system_in_shadow_is_a_warning(home: Path, edit: Callable[..., None], plugged: Registry) -> None:
    """It would compare nothing; it hinders nothing either."""
    edit(CITY, "    title: {zh: 大厅, en: Hall}\n", "    title: {zh: 大厅, en: Hall}\n    shadow: {}\n    hold: true\n")
    loaded = load(home, plugged, {"PORTAL_TOKEN": "x" * 20, "PUNING_TOKEN": "x" * 20})
    assert loaded.configuration is not None
    assert [problem.line() for problem in loaded.problems if problem.code.id == "GT345"] == [
        ("config/city.yaml:17:11 systems.hall.hold: 'city.hall' is on hold: nothing is mapped for it, and nothing is compared; take "
        "out `hold:`: in shadow nothing is sent anyway [GT345]")]
