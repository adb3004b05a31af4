"""Dialects that extend one another: rule by rule, table by table, without a circle."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.mapping.conftest import World

from guantong.mapping.layers import lay_over
from guantong.record import Native
from guantong.yamlfile import Table, parse_yaml, plain

PARENT = """
event: case.step
record: STEP
fields:
  step.code: {at: CODE, codes: step.code}
  opinion:   {at: YJ, via: [trim], max_bytes: 600}
  operator:  XM
  reason:    YY
ignored: [BYZDA]
"""
TABLE = "table: {handling: '1', review: '2'}"
CHILD = "dialect: town\ntitle: {zh: 镇, en: Town}\nextends: county\n"


def world(load: Callable[..., World], child: str, **files: str) -> World:
    """A town's dialect with this file laid over the county's."""
    return load({"county/case.step.yaml": PARENT, "county/codes/step.code.yaml": TABLE, "town/dialect.yaml": CHILD,
                 "town/case.step.yaml": child, **files})


def test_a_dialect_inherits_mappings_tables_and_manners(load: Callable[..., World]) -> None:
    """Without a word of its own a heir reads and writes as the dialect it extends."""
    made = load({"county/case.step.yaml": PARENT, "county/codes/step.code.yaml": TABLE, "town/dialect.yaml": CHILD})
    assert made.lines() == []
    county, town = made.dialects["county"].plans["case.step"], made.dialects["town"].plans["case.step"]
    assert town.id == county.id


def test_a_rule_that_says_where_it_stands_replaces_the_inherited_one(load: Callable[..., World]) -> None:
    """A new place is a new rule: nothing of the old one stays."""
    made = world(load, "event: case.step\nfields:\n  opinion: YJ2\nignored: [BYZDB]\n")
    assert made.lines() == []
    town = made.dialects["town"]
    [event] = town.inward(Native("STEP", {"CODE": "1", "YJ2": " x ", "YJ": "y", "BYZDA": "1", "BYZDB": "1"}), {})
    assert (event.values["opinion"], event.unread) == (" x ", ("YJ",))


def test_a_rule_that_does_not_changes_the_inherited_one(load: Callable[..., World]) -> None:
    """A limit or a fill is added to what is inherited, there and under `out:`."""
    made = world(load, "event: case.step\nfields:\n  opinion: {max_bytes: 4, over: cut}\nout:\n  XM: {empty: 无}\n")
    assert made.lines() == []
    town = made.dialects["town"]
    assert town.outward("case.step", {"opinion": "abcdef"}, {}).native.fields == {"YJ": "abcd", "XM": "无"}
    assert town.inward(Native("STEP", {"CODE": "1", "YJ": " x "}), {})[0].values["opinion"] == "x"


def test_an_inherited_rule_can_be_left_out(load: Callable[..., World]) -> None:
    """`without:` takes a rule away; its field is then unread."""
    town = world(load, "event: case.step\nwithout: [reason]\n").dialects["town"]
    assert town.inward(Native("STEP", {"CODE": "1", "YY": "x"}), {})[0].unread == ("YY",)


def test_a_table_of_the_same_name_replaces_the_inherited_one(load: Callable[..., World]) -> None:
    """The heir's table serves the inherited rule too."""
    made = world(load, "event: case.step\n", **{"town/codes/step.code.yaml": "table: {handling: A}"})
    assert made.dialects["town"].outward("case.step", {"step.code": "handling"}, {}).native.fields["CODE"] == "A"
    assert made.dialects["county"].outward("case.step", {"step.code": "handling"}, {}).native.fields["CODE"] == "1"


def test_a_mistake_in_an_inherited_file_is_told_once(load: Callable[..., World]) -> None:
    """However many dialects inherit it, in its own file."""
    made = load({"county/case.step.yaml": PARENT.replace("XM", "{at: XM, vai: [trim]}"), "town/dialect.yaml": CHILD,
                 "county/codes/step.code.yaml": TABLE, "village/dialect.yaml": CHILD.replace("town", "village")})
    assert [problem.place.file for problem in made.problems] == ["mappings/county/case.step.yaml"]


def test_a_circle_of_dialects_is_named(load: Callable[..., World]) -> None:
    """Each dialect on the circle is told, with the whole way round, and loading still ends."""
    made = load({"a/dialect.yaml": "dialect: a\ntitle: {zh: 甲, en: A}\ncodec: json\nextends: b\n",
                 "b/dialect.yaml": "dialect: b\ntitle: {zh: 乙, en: B}\ncodec: json\nextends: a\n"})
    assert made.lines() == [
        "mappings/a/dialect.yaml:4:10 extends: extends comes back to itself: a → b → a; remove one of the links [GT206]",
        "mappings/b/dialect.yaml:4:10 extends: extends comes back to itself: b → a → b; remove one of the links [GT206]",
    ]


def test_the_plan_follows_what_a_mapping_says_not_where(load: Callable[..., World]) -> None:
    """Comments and lines change nothing; a rule or a row of its table makes another plan."""
    plans = []
    for text, table in ((PARENT, TABLE), ("# moved\n\n" + PARENT, TABLE), (PARENT.replace("YY", "YY2"), TABLE),
                        (PARENT, TABLE.replace("'2'", "'3'"))):
        made = load({"county/case.step.yaml": text, "county/codes/step.code.yaml": table})
        plans.append(made.dialects["county"].plans["case.step"].id)
    assert plans[0] == plans[1]
    assert len({plans[0], plans[2], plans[3]}) == 3
    assert all(len(plan) == 16 for plan in plans)


@pytest.mark.parametrize(("section", "short"), [("fields", "at"), ("in", "at"), ("reply", "at"), ("out", "from"), ("constants", "value")])
def test_a_short_rule_is_changed_as_what_it_says_in_its_section(section: str, short: str) -> None:
    """A heir's keys join what the short form stands for there: where it stands, where it comes from, or its value."""
    under, over = (parse_yaml(f"{section}:\n  NAME: {rule}\n", "x")[0] for rule in ("WORD", "{required: true}"))
    assert isinstance(under, Table)
    assert isinstance(over, Table)
    assert plain(lay_over(under, over, [])) == {section: {"NAME": {short: "WORD", "required": "true"}}}
