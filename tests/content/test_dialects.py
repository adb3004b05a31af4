"""The shipped dialects load without a problem and carry what the exchange asks of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from guantong.mapping import Dialect, Incomplete, Missing, Untranslatable
from guantong.model import Model
from guantong.problems import Problem
from guantong.record import Native
from guantong.yamlfile import plain, read_yaml

MAPPINGS = Path(__file__).resolve().parents[2] / "mappings"
GD_KINDS = {
    "EX_GDBS_SB": "case.application", "EX_GDBS_WSYSL": "case.pre_acceptance", "EX_GDBS_SL": "case.acceptance",
    "EX_GDBS_SPCL": "case.step", "EX_GDBS_BJ": "case.finish", "EX_GDBS_TBCXSQ": "case.pause",
    "EX_GDBS_TBCXJG": "case.resumption", "EX_GDBS_BJGZ": "case.correction_notice",
    "EX_GDBS_BJSL": "case.correction", "EX_GDBS_LQDJ": "case.collection", "EX_GDBS_SBCL": "case.material",
}
LIFE = frozenset(GD_KINDS.values()) - {"case.material"}
COUNTY_KINDS = {
    "rongcheng": (
        "application", "preAccept", "accept", "step", "suspend", "resume", "correctionNotice", "correction",
        "finish", "collect", "rectification",
    ),
    "jiedong": (*GD_KINDS, "EX_GDBS_ZGHF"),
    "jiexi": (*GD_KINDS, "EX_GDBS_SB_OUT", "EX_GDBS_ZGHF_OUT"),
    "huilai": (*GD_KINDS, "EX_GDBS_BZGZ", "EX_GDBS_ZGHF"),
    "puning": (
        "SPSHENQING", "SPYUSHOULI", "SPSHOULI", "SPCHULI", "SPGUAQI", "SPBZGAOZHI", "SPBZSHOULI", "SPBANJIE", "SPLINGQU",
        "SPCHEXIAO", "SPCAILIAO", "SPZHENGGAI",
    ),
    "hall-portal": ("EX_GDBS_SB",),
}
GBT = {
    "case.application", "case.intake", "case.acceptance", "case.step", "case.pause", "case.resumption",
    "case.finish", "case.material", "case.evaluation", "alert.raised", "matter.published", "matter.withdrawn",
}
CARRIED: dict[str, tuple[set[str], set[str]]] = {
    "national": (
        {"case.application", "case.acceptance", "case.step", "case.finish", "case.material"},
        {"case.acceptance", "case.step", "case.pause", "case.resumption", "case.finish", "case.material"},
    ),
    "ea-jc": (
        {"case.application", "case.acceptance", "case.step", "case.pause", "case.resumption", "case.correction_notice",
         "case.correction", "case.finish"},
        {"case.application", "case.acceptance", "case.step", "case.pause", "case.resumption", "case.correction", "case.finish"},
    ),
    "gbt-39046": (GBT, GBT),
}
EMPTY: dict[str, dict[str, str]] = {"system": {}, "site": {}, "case": {}}


def test_every_mapping_file_loads_without_a_problem(
    loaded: tuple[Mapping[str, Dialect], list[Problem]],
) -> None:
    """Nothing we ship needs mending."""
    assert [problem.line() for problem in loaded[1]] == []


def test_every_folder_is_a_dialect(dialects: Mapping[str, Dialect]) -> None:
    """No folder of mappings is left out of what loads."""
    folders = {path.parent.name for path in MAPPINGS.glob("*/dialect.yaml")}
    assert set(dialects) == folders


def test_the_exchange_tables_carry_the_whole_life_of_a_case(dialects: Mapping[str, Dialect]) -> None:
    """Each table of the 2013 specification is heard and its event written."""
    dialect = dialects["gd-exchange"]
    assert [kind for kind in GD_KINDS if not dialect.hears(kind)] == []
    assert dialect.events_in() == dialect.events_out() == frozenset(GD_KINDS.values())


@pytest.mark.parametrize(("name", "kinds"), COUNTY_KINDS.items())
def test_a_sender_is_heard_in_everything_it_sends(
    dialects: Mapping[str, Dialect], name: str, kinds: tuple[str, ...]
) -> None:
    """No kind of record a county or the hall sends is unknown to its dialect."""
    assert [kind for kind in kinds if not dialects[name].hears(kind)] == []


def test_each_fact_a_dialect_reads_of_its_system_says_what_it_is(dialects: Mapping[str, Dialect]) -> None:
    """`county add` can ask for it by name; and nothing is asked for that no mapping reads."""
    read = {name: set[str]().union(*map(dialect.facts_read, dialect.events_out())) for name, dialect in dialects.items()}
    assert {name for name, facts in read.items() if facts} == {"ea-jc", "national"}
    assert read == {name: set(dialect.facts) for name, dialect in dialects.items()}
    assert [(name, fact) for name, dialect in dialects.items() for fact, said in dialect.facts.items() if not (said.zh and said.en)] == []


def test_a_hall_that_says_no_kind_of_case_has_that_of_the_countys_facts_written(dialects: Mapping[str, Dialect]) -> None:
    """What the event says goes before."""
    values: dict[str, Any] = {"serial.province": "1", "item.code": "A", "item.name": "B", "applied_at": "2014-07-15T10:30:00+08:00"}
    context = {**EMPTY, "system": {"item_kind": "promised", "project_state": "02"}}
    written = [dialects["ea-jc"].outward("case.application", {**values, **kind}, context).native.fields
               for kind in ({}, {"item.kind": "immediate"})]
    assert [(one["INFOTYPE"], one["PROJECTSTATE"]) for one in written] == [("2", "02"), ("1", "02")]


@pytest.mark.parametrize("name", ["gd-hall", "gd-hall-sites", "supervision"])
def test_the_hall_and_supervision_are_told_everything(dialects: Mapping[str, Dialect], name: str) -> None:
    """Every event of a case's life can be written for them."""
    assert dialects[name].events_out() >= LIFE


@pytest.mark.parametrize("name", ["rongcheng", "jiedong", "jiexi", "huilai", "puning"])
def test_counties_can_be_sent_applications(dialects: Mapping[str, Dialect], name: str) -> None:
    """An online application reaches a county in the county's own words."""
    assert dialects[name].speaks("case.application")


@pytest.mark.parametrize(("name", "carried"), CARRIED.items())
def test_a_standard_is_carried_as_far_as_it_goes(
    dialects: Mapping[str, Dialect], name: str, carried: tuple[set[str], set[str]]
) -> None:
    """What the national tables, Shandong's and the GB/T can be read for and written is said here, event by event."""
    assert (set(dialects[name].events_in()), set(dialects[name].events_out())) == carried


def test_a_row_of_start_and_end_is_not_written_half(dialects: Mapping[str, Dialect]) -> None:
    """The national row of a pause has an end that must not be null: it waits for both halves, whichever comes first."""
    halves: dict[str, dict[str, Any]] = {
        "case.pause": {"serial.province": "1", "pause.seq": 1, "pause.started_at": "2014-07-16T09:00:00+08:00"},
        "case.resumption": {"serial.province": "1", "pause.seq": 1, "pause.ended_at": "2014-07-17T10:30:00+08:00"},
    }
    for event, values in halves.items():
        with pytest.raises(Incomplete) as waits:
            dialects["national"].plan_joined(event, {event: values}, EMPTY)
        assert waits.value.missing == tuple(halves.keys() - {event})


def test_supervision_hears_of_a_pause_before_it_ends(dialects: Mapping[str, Dialect]) -> None:
    """Shandong's row is written at the pause with its start for the end, and anew with the end, a version later; an end
    without its start waits, ten minutes."""
    context = {"system": {}, "site": {}, "case": {"org.name": "x", "org.code": "y"}}
    both = {"serial.province": "1", "serial.county": "2", "version": 1, "pause.seq": 1}
    pause = {**both, "pause.kind": "statutory", "pause.name": "z", "pause.started_at": "2014-07-16T09:00:00+08:00"}
    resumption = {**both, "pause.ended_at": "2014-07-17T10:30:00+08:00"}
    rows = []
    for told in ({"case.pause": pause}, {"case.pause": pause, "case.resumption": resumption}):
        plan, values = dialects["ea-jc"].plan_joined("case.pause", told, context)
        fields = plan.outward(values, context).native.fields
        rows.append(tuple(fields[name] for name in ("SN", "DATAVER", "NODESTARTTIME", "NODEENDTIME")))
    assert rows == [("1", "1", "2014-07-16 09:00:00", "2014-07-16 09:00:00"), ("1", "2", "2014-07-16 09:00:00", "2014-07-17 10:30:00")]
    plan, values = dialects["ea-jc"].plan_joined("case.resumption", {"case.resumption": resumption}, context)
    with pytest.raises(Missing) as waits:
        plan.outward(values, context)
    assert (waits.value.path, waits.value.wait_seconds) == ("pause.name", 600)


def test_pauses_that_overlap_stay_apart(dialects: Mapping[str, Dialect]) -> None:
    """The number of a pause tells which resumption ends it, not which came last."""
    for name in ("national", "ea-jc"):
        (join,) = dialects[name].joins("case.pause")
        assert dialects[name].joins("case.resumption") == (join,)
        assert join.alike({"pause.seq": 2}, {"pause.seq": 2})
        assert not join.alike({"pause.seq": 1}, {"pause.seq": 2})


def test_the_hall_is_not_told_of_a_case_it_cannot_know(dialects: Mapping[str, Dialect]) -> None:
    """An event without the province-wide serial waits ten minutes for it and is parked then."""
    for event in sorted(LIFE - {"case.application"}):
        with pytest.raises(Missing) as waits:
            dialects["gd-hall"].outward(event, {"serial.county": "RC20140715-0001", "version": 1}, EMPTY)
        assert (waits.value.path, waits.value.wait_seconds, waits.value.then) == ("serial.province", 600, "park")
        assert "serial.province" in dialects["gd-hall"].needs(event)


@pytest.mark.parametrize(
    ("name", "reply", "serials"),
    [
        ("gd-hall", "编码：0；描述：接收成功；流水号：10000010100699201211407150001",
         {"serial.province": "10000010100699201211407150001"}),
        ("gd-hall", "编码：0；描述：接收成功", {}),
        ("rongcheng", '{"code":0,"msg":"ok","data":{"bizNo":"RC20140715-0001"}}',
         {"serial.county": "RC20140715-0001"}),
        ("jiedong", "<RESULT><CODE>2</CODE><MSG>办件已存在</MSG><YWLSH>JD20140715-0001</YWLSH></RESULT>",
         {"serial.county": "JD20140715-0001"}),
    ],
)
def test_serials_are_read_from_replies(
    dialects: Mapping[str, Dialect], name: str, reply: str, serials: dict[str, str]
) -> None:
    """The serial another system minted is learnt from its reply, also when it says duplicate."""
    dialect = dialects[name]
    charset = "gb18030" if name == "jiedong" else "utf-8"
    assert dialect.reply("case.application", dialect.decode_reply(reply.encode(charset))) == serials


@pytest.mark.parametrize(
    ("field", "code"),
    [("BJJGDM", "X9"), ("BJJGDM", "7"), ("BJJGDM", "00")],
)
def test_a_code_nobody_knows_is_never_guessed(dialects: Mapping[str, Dialect], field: str, code: str) -> None:
    """A code without a translation parks the record, whatever else it says."""
    record = Native("EX_GDBS_BJ", {
        "YWLSH": "JD20140715-0001", "SXBM": "10000010100699301513445203", "BJSJ": "2014-07-18 16:00:00", field: code,
    })
    with pytest.raises(Untranslatable) as refused:
        dialects["jiedong"].inward(record, EMPTY)
    assert {problem.code.id for problem in refused.value.problems} == {"GT243"}


def test_supervision_writes_every_position(dialects: Mapping[str, Dialect]) -> None:
    """A field known by its place only must be there even when empty, or all after it would shift."""
    counts = {"basicDataSubmit": 14, "logDataSubmit": 10}
    for kind, count in counts.items():
        body = dialects["supervision"].encode(Native(kind, {"field_1": "1", "field_3": "受理"}))
        written = etree.fromstring(f"<body>{body.decode('gb18030')}</body>")
        assert [field.tag for field in written] == [f"field_{number}" for number in range(1, count + 1)]


def test_every_code_table_covers_the_words_its_systems_may_say(model: Model) -> None:
    """A table that leaves canonical words out does so knowingly: the words it lacks are named here."""
    lacking: dict[str, set[str]] = {}
    for file in sorted(MAPPINGS.glob("*/codes/*.yaml")):
        dialect = file.parent.parent.name
        if dialect == "canonical":
            continue
        node, _ = read_yaml(file)
        assert node is not None
        table = plain(node)
        assert isinstance(table, dict)
        if "codes" not in table:
            continue  # translates no canonical list: the kinds of synchronisation, by version
        missing = set(model.codes[table["codes"]].words) - set(table["table"])
        if missing:
            lacking[f"{dialect}/{file.stem}"] = missing
    newer, post = {"granted", "not_granted"}, {"letter", "telegram", "telex", "fax", "email", "edi", "other"}
    units = {"hour", "minute", "month", "year"}
    wired = {"telegram", "telex", "fax", "email", "edi"}
    exchange = {f"case-exchange/{name}": lacks for name, lacks in {
        "channel": post, "limit.unit": units, "outcome.finish": newer,
        "id.type": {"temporary_identity_card", "armed_police_card", "soldier_card", "foreigner_residence"},
    }.items()}
    assert lacking == exchange | {
        "national/channel": wired, "national/outcome.acceptance": {"accepted"}, "national/outcome.finish": newer,
        "gbt-39046/channel": wired, "gbt-39046/outcome.acceptance": {"accepted"}, "gbt-39046/outcome.finish": newer,
        "gbt-39046/limit.unit": {"year"}, "gbt-39046/step.status": {"pending"}, "gbt-39046/alert.kind": {"pre_alert"},
            "supervision-table/alert.kind": {"pre_alert"},
        "ea-jc/case.kind": {"other"}, "ea-jc/limit.unit": units, "ea-jc/limit.unit.promised": {"year"},
        "ea-jc/outcome.acceptance": {"accepted"}, "ea-jc/outcome.finish": {"returned", "finished", "granted"},
        "ea-jc/outcome.finish.out": {"finished"}, "ea-jc/pause.kind": {"extension"},
        "ea-jc/step.status": {"pending", "other"}, "ea-jc/step.status.in": {"pending"},
        "gd-exchange/limit.unit": units, "gd-exchange/outcome.finish": newer,
        "puning/express.type": {"other"},
        "rongcheng/channel": post - {"other"}, "rongcheng/limit.unit": units, "rongcheng/outcome.finish": newer,
        "rongcheng/id.type": {
            "temporary_identity_card", "armed_police_card", "soldier_card", "foreigner_residence",
        },
    }
