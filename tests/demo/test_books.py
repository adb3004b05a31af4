"""The books: what a story must leave behind at each target, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from tests.demo.tiny import ACCEPTANCE, APPLICATION, COUNTY, FINISH, MATERIAL, PROVINCE, STEP, story

from guantong_adapters.simulation.story import Act
from guantong_plugins.demo.books import Books, DeadLetter, Given, keep_books


def _lines(books: Books) -> list[tuple[str, str, int]]:
    return [(entry.system, entry.event, entry.version) for entry in books.entries]


def test_an_online_case_goes_to_its_county_and_then_to_hall_and_supervision() -> None:
    """The hall hears of everything but what it sent itself."""
    books = keep_books([story("online", Act("case.application", APPLICATION), Act("case.finish", FINISH))])
    assert _lines(books) == [
        ("rongcheng.approval", "case.application", 1), ("city.supervision", "case.application", 1),
        ("city.hall", "case.finish", 1), ("city.supervision", "case.finish", 1),
    ]
    application, basic, finish, line = (entry.fields for entry in books.entries)
    assert application["applyNo"] == PROVINCE
    assert application["applicantType"] == "P"
    assert application["applyTime"] == "2014-07-15 10:30:00"
    assert application["ver"] == "1"
    assert "field_2" not in basic
    assert basic["field_11"] == "20140715103000"
    assert finish == {
        "SBLSH": PROVINCE, "YWLSH": COUNTY, "SXBM": "10000010100699202813445202", "SXMC": "个体工商户设立登记",
        "XZQHDM": "445202", "SJBBH": "1", "BJJGDM": "0", "BJJGMS": "准予", "BJSJ": "2014-07-17 09:00:00",
        "SFJE": "120.50",
    }
    assert line == {
        "field_1": "20140717090000", "field_2": "-", "field_3": "办结", "field_4": "准予", "field_5": "办结",
        "field_6": PROVINCE, "field_7": COUNTY, "field_8": "BJ", "field_10": "1",
    }


def test_an_application_reaches_the_other_counties_by_its_exchange_names() -> None:
    """Jiedong and Jiexi read the exchange tables' names and codes."""
    for county in ("jiedong", "jiexi"):
        books = keep_books([story("online", Act("case.application", APPLICATION), county=county)])
        entry = books.entries[0]
        assert (entry.system, entry.kind) == (f"{county}.approval", "EX_GDBS_SB")
        assert entry.fields["SQRZJLX"] == "111"
        assert entry.fields["SBCLQD"] == "申请书|0|2"


def test_an_on_site_case_carries_the_serial_the_hall_minted() -> None:
    """Nobody knows the uniform serial beforehand, and it must be the same everywhere."""
    acts = (Act("case.application", APPLICATION), Act("case.step", STEP))
    books = keep_books([story("onsite", *acts)])
    assert [entry.system for entry in books.entries] == ["city.hall", "city.supervision"] * 2
    assert [
        entry.fields[name] for entry, name in zip(books.entries, ("SBLSH", "field_1", "SBLSH", "field_6"), strict=True)
    ] == [Given.MINTED] * 4


def test_a_late_act_takes_its_place_by_the_order_of_sending() -> None:
    """Order is the order in which the hub accepts."""
    late = Act("case.acceptance", ACCEPTANCE, quirks={"late": 1})
    books = keep_books([story("online", late, Act("case.step", STEP), Act("case.finish", FINISH))])
    at_hall = [(entry.event, entry.place) for entry in books.entries if entry.system == "city.hall"]
    assert at_hall == [("case.step", 0), ("case.acceptance", 1), ("case.finish", 2)]


def test_an_overtaken_version_may_be_missing() -> None:
    """Version 1 may be superseded while it waits; version 2 must arrive."""
    acts = (Act("case.finish", FINISH), Act("case.finish", FINISH | {"outcome_text": "准予（更正）"}, 2))
    books = keep_books([story("immediate", *acts)])
    assert [(entry.version, entry.optional) for entry in books.entries if entry.system == "city.hall"] == [
        (1, True), (2, False),
    ]


def test_what_cannot_be_mapped_reaches_nobody() -> None:
    """A parked record is a dead letter of its source and blocks nothing."""
    bad = Act("case.finish", FINISH | {"outcome": "X9"}, quirks={"dead": "bad_code"})
    books = keep_books([story("immediate", bad)])
    assert books.entries == ()
    assert books.dead == (DeadLetter("accept", "rongcheng.approval", "", "case.finish"),)


def test_what_the_hall_refuses_reaches_supervision() -> None:
    """A permanent refusal is a dead letter of its target alone."""
    long = Act("case.step", STEP, quirks={"dead": "too_long"})
    books = keep_books([story("online", long)])
    assert [entry.system for entry in books.entries] == ["city.supervision"]
    assert books.dead == (DeadLetter("deliver", "city.hall", COUNTY, "case.step"),)


def test_rejections_and_unanswered_questions_are_noted() -> None:
    """The books know which receipts reject and how many replies only a person can settle."""
    rejected = Act("case.application", APPLICATION, quirks={"reject": "jiexi"})
    unanswered = Act("case.application", APPLICATION, quirks={"lost_reply": "jiedong"})
    assert keep_books([story("online", rejected, county="jiexi")]).returned == (COUNTY,)
    assert keep_books([story("online", unanswered, county="jiedong")]).held == {"jiedong.approval": 1}


def test_a_material_goes_to_the_hall_alone_with_its_content() -> None:
    """Supervision takes no materials; the content, its name and its MD5 are as they were handed in."""
    books = keep_books([story("online", Act("case.material", MATERIAL), county="puning")])
    (entry,) = books.entries
    assert (entry.system, entry.kind, entry.identity) == ("city.hall", "EX_GDBS_SBCL", ("SEQ",))
    assert {name: entry.fields[name] for name in ("SEQ", "WJLX", "CLLX", "ATTACH_NAME", "ATTACH_BODY", "ATTACH_SIGN", "SAVE_TYPE")} == {
        "SEQ": "1", "WJLX": "1", "CLLX": "2", "ATTACH_NAME": "身份证.pdf", "ATTACH_BODY": "JVBERi0xLjQKMTIz",
        "ATTACH_SIGN": "c43c43f947fe32bb17f0fd125ae2578f", "SAVE_TYPE": "2",
    }


ON_SITE: dict[str, Any] = {
    "service.way": "agent", "agent.no": "DB1", "agent.name": "王喆", "site.code": "445202001201",
}


@pytest.mark.parametrize(("county", "spare"), [
    ("rongcheng", True), ("jiexi", True), ("puning", True), ("jiedong", False), ("huilai", False)])
def test_the_hall_hears_of_an_agent_from_the_counties_that_can_tell(county: str, spare: bool) -> None:
    """In the spare columns; the others keep to the specification, which has a hall in the acceptance alone."""
    acts = (Act("case.application", APPLICATION | ON_SITE | {"channel": "counter"}), Act("case.acceptance", ACCEPTANCE | ON_SITE),
            Act("case.finish", FINISH | {"service.way": "agent", "site.code": "445202001201"}))
    books = keep_books([story("onsite", *acts, county=county)])
    application, acceptance, finish = (entry.fields for entry in books.entries if entry.system == "city.hall")
    told = [tuple(one.get(name) for name in ("BYZDA", "BYZDB", "BYZDC", "BYZDD")) for one in (application, acceptance, finish)]
    assert told == ([("2", "DB1", "王喆", "445202001201"), ("2", "DB1", "王喆", None), ("2", None, None, "445202001201")]
                    if spare else [(None,) * 4] * 3)
    assert acceptance["BJDTBM"] == "445202001201"


def test_a_case_counts_once_in_the_way_that_was_told() -> None:
    """Where nothing tells the way, a window does; a village room without one is not told; what is parked counts nowhere."""
    home = Act("case.application", APPLICATION | {"channel": "other", "service.way": "home", "site.code": "445202001201"})
    accepted = Act("case.acceptance", ACCEPTANCE | {"service.way": "home", "site.code": "445202001201"})
    at_window = Act("case.acceptance", ACCEPTANCE | {"service.way": "agent", "site.code": "445203001000", "window.code": "01"})
    parked = Act("case.finish", FINISH | {"site.code": "445281001000"}, quirks={"dead": "bad_code"})
    worked = keep_books([
        story("onsite", home, accepted), story("onsite", home, accepted, county="jiedong"),
        story("onsite", at_window, county="jiedong"), story("immediate", parked, county="puning"),
    ]).worked
    assert {name: (len(of.towns), len(of.villages), dict(of.cases)) for name, of in worked.items()} == {
        "榕城区": (0, 1, {"home": 1}), "揭东区": (1, 1, {"": 1, "on_site": 1}), "揭西县": (0, 0, {}), "惠来县": (0, 0, {}),
        "普宁市": (0, 0, {})}
    assert worked["榕城区"].as_told() == {
        "towns": {"total": 4, "connected": 0, "share": 0.0}, "villages": {"total": 8, "connected": 1, "share": 0.125},
        "cases": {"home": 1}}


def test_a_damaged_attachment_reaches_nobody() -> None:
    """Its MD5 is another's: the record is parked, a dead letter of its source."""
    damaged = Act("case.material", MATERIAL | {"attachment.digest": "0" * 32}, quirks={"dead": "bad_digest"})
    books = keep_books([story("online", damaged, county="puning")])
    assert books.entries == ()
    assert books.dead == (DeadLetter("accept", "puning.approval", "", "case.material"),)
