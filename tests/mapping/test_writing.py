"""Writing records: fills, sources, waiting, limits in bytes, conditions, nesting, and replies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guantong.mapping import Dialect, Missing, Untranslatable
from guantong.record import Native

County = Callable[..., Dialect]
CODE = "  step.code: {at: CODE, codes: {handling: '1', review: '2', approval: '3'}}\n"


def write(dialect: Dialect, context: dict[str, Any] | None = None, **values: Any) -> dict[str, Any]:
    """The native fields of a step with these values (dots written as two underscores)."""
    given = {path.replace("__", "."): value for path, value in values.items()}
    return dialect.outward("case.step", given, context or {}).native.fields


@pytest.mark.parametrize(("policy", "expected"), [("omit", {}), ('""', {"YJ": ""}), ("无", {"YJ": "无"})])
def test_no_value_is_written_as_the_dialect_says(county: County, policy: str, expected: dict[str, str]) -> None:
    """`empty:` of the dialect: left out, an empty text, or a word, and a word of ours is told."""
    dialect = county("fields:\n  opinion: YJ\n", dialect=f"empty: {policy}\n")
    made = dialect.outward("case.step", {}, {})
    assert (made.native.fields, bool(made.fired)) == (expected, policy == "无")


def test_a_rules_own_fill_goes_before_the_dialects(county: County) -> None:
    """`empty: omit` and a word in a rule hold for that field."""
    rules = "fields:\n  opinion: {at: YJ, empty: omit}\n  reason: {at: YY, empty: '-'}\n  operator: XM\n"
    assert write(county(rules, dialect='empty: ""\n')) == {"YY": "-", "XM": ""}


def test_the_first_named_is_written(county: County) -> None:
    """Of aliases, formats and spellings of a code the first is written."""
    rules = ("fields:\n  org.code: [DDM, GDM]\n  step.at: {at: SJ, format: [yyyyMMddHHmmss, yyyy-M-d H:m:s]}\n"
             "  step.code: {at: CODE, codes: {review: ['2', '02']}}\n")
    assert write(county(rules), org__code="1", step__at="2014-07-15T10:30:00+08:00", step__code="review") == {
        "DDM": "1", "SJ": "20140715103000", "CODE": "2"}


def test_a_time_of_another_zone_is_written_as_the_same_moment(county: County) -> None:
    """Formats without a zone are Asia/Shanghai."""
    dialect = county("fields:\n  step.at: SJ\n")
    assert write(dialect, step__at="2014-07-15T02:30:00+00:00") == {"SJ": "2014-07-15 10:30:00"}


def test_the_first_source_present_is_written_and_a_second_one_told(county: County) -> None:
    """`from:` may name several: the event's own value, then the case's."""
    rules = "out:\n  SBLSH: {from: [serial.province, $case.serial.province], need: {wait: 10m, then: park}}\n"
    dialect = county(rules)
    context = {"case": {"serial.province": "of the case"}}
    own = dialect.outward("case.step", {"serial.province": "own"}, context)
    other = dialect.outward("case.step", {}, context)
    assert [(made.native.fields["SBLSH"], bool(made.fired)) for made in (own, other)] == [("own", False), ("of the case", True)]
    assert dialect.needs("case.step") == {"serial.province"}


def test_what_is_needed_of_the_case_is_awaited(county: County) -> None:
    """A needed value that is not there yet is `Missing`, with how long to wait and what then."""
    dialect = county("out:\n  SQRMC: {from: $case.operator, need: {wait: 2h, then: park}}\n")
    with pytest.raises(Missing) as raised:
        write(dialect)
    assert (raised.value.path, raised.value.wait_seconds, raised.value.then) == ("operator", 7200, "park")


def test_a_wrong_value_goes_before_waiting(county: County) -> None:
    """An event that can never be written does not wait for the case."""
    dialect = county(f"fields:\n{CODE}out:\n  X: {{from: $case.operator, need: {{wait: 10m}}}}\n")
    with pytest.raises(Untranslatable, match="GT243"):
        write(dialect, step__code="unheard_of")


def test_length_counts_in_bytes_of_the_targets_charset(county: County) -> None:
    """Six bytes are three characters in GB18030, two in UTF-8; over the limit is refused, with numbers only."""
    rules = "fields:\n  operator: {at: XM, max_bytes: 6}\n"
    assert write(county(rules, dialect="charset: gb18030\n"), operator="王小明") == {"XM": "王小明"}
    with pytest.raises(Untranslatable) as raised:
        write(county(rules, dialect="charset: utf-8\n"), operator="王小明")
    [problem] = raised.value.problems
    assert problem.message() == "9 bytes in utf-8, at most 6 are allowed"
    assert "王" not in problem.line() + problem.line("zh")


def test_gbk_counts_rare_characters_too(county: County) -> None:
    """A character GBK lacks is four bytes of GB18030, not an error of the count."""
    dialect = county("fields:\n  operator: {at: XM, max_bytes: 6, charset: gbk}\n")
    assert write(dialect, operator="王𠮷") == {"XM": "王𠮷"}


def test_a_cut_falls_between_characters_and_is_told(county: County) -> None:
    """`over: cut` never leaves half a character."""
    dialect = county("fields:\n  opinion: {at: YJ, max_bytes: 7, over: cut}\n")
    made = dialect.outward("case.step", {"opinion": "同意办理"}, {})
    assert (made.native.fields, bool(made.fired)) == ({"YJ": "同意"}, True)


def test_functions_run_outward_where_the_rule_is_outward(county: County) -> None:
    """Under `out:` functions run forwards; in `fields:` they are undone, and what nothing undoes stays."""
    dialect = county("fields:\n  reason: {at: YY, via: [upper]}\nout:\n  YJ: {from: opinion, via: [brackets]}\n")
    assert write(dialect, opinion="<同意>", reason="ab") == {"YJ": "＜同意＞", "YY": "ab"}


def test_a_condition_chooses_what_is_written(county: County) -> None:
    """Two rules may write one field under different conditions; where none holds it is as if empty."""
    rules = (f"fields:\n{CODE}out:\n  YY: {{from: reason, when: {{step.code: review}}, empty: 无}}\n")
    dialect = county(rules, dialect='empty: ""\n')
    assert write(dialect, step__code="review") == {"CODE": "2", "YY": "无"}
    assert write(dialect, step__code="handling", reason="x") == {"CODE": "1", "YY": ""}


def test_objects_and_lists_are_made_on_the_way(county: County) -> None:
    """Native paths with `/` write objects inside objects, `each:` a list of them."""
    rules = "fields:\n  opinion: H/B/YJ\n  reason: H/YY\n  materials: {each: H/CL, fields: {name: X/MC}}\n"
    assert write(county(rules), opinion="a", reason="b", materials=[{"name": "c"}, {}]) == {
        "H": {"B": {"YJ": "a"}, "YY": "b", "CL": [{"X": {"MC": "c"}}, {}]}}


def test_a_required_native_field_without_value_is_refused(county: County) -> None:
    """`required: true` on an outward rule holds the target's own law."""
    with pytest.raises(Untranslatable, match="GT242"):
        write(county("out:\n  QH: {from: region, required: true}\n"))


def test_fields_are_written_in_the_order_of_the_file(county: County) -> None:
    """The record's order is the file's: fields, then out, then constants."""
    rules = "fields:\n  reason: B\n  opinion: A\nout:\n  Z: {from: operator, when: {reason: x}}\nconstants:\n  C: {value: '1', why: x}\n"
    assert list(write(county(rules), opinion="1", reason="x", operator="2")) == ["B", "A", "Z", "C"]


def test_the_variant_whose_condition_holds_is_written(county: County) -> None:
    """Several files may serve one event: one with `when:` goes before the one that takes all."""
    other = "event: case.step\nrecord: REVIEW\nwhen: {step.code: review}\nfields:\n  step.code: CODE\n"
    dialect = county(f"fields:\n{CODE}", files={"county/case.step.review.yaml": other})
    kinds = [dialect.outward("case.step", {"step.code": code}, {}).native.kind for code in ("review", "handling")]
    assert kinds == ["REVIEW", "STEP"]


def test_an_event_the_dialect_does_not_write_is_named(county: County) -> None:
    """Asking for an unknown event is one clear problem."""
    with pytest.raises(Untranslatable, match=r"the dialect county does not write case\.finish"):
        county(f"fields:\n{CODE}").outward("case.finish", {}, {})


def test_a_reply_tells_its_serials(county: County) -> None:
    """`reply:` reads canonical values out of a decoded reply; a mapping without it reads none."""
    dialect = county(f"fields:\n{CODE}reply:\n  serial.province: {{at: data/no, via: [trim]}}\n")
    assert dialect.reply("case.step", Native("", {"data": {"no": " 1 ", "x": "y"}, "code": "0"})) == {"serial.province": "1"}
    assert dialect.reply("case.step", Native("", {"code": "9"})) == {}
    assert county(f"fields:\n{CODE}").reply("case.step", Native("", {"a": "b"})) == {}


def test_a_rule_for_both_directions_may_name_further_sources(county: County) -> None:
    """`from:` beside `at:`: the event's own value first, then the others; inward only facts of the system."""
    dialect = county("fields:\n  serial.province: {at: SBLSH, from: [$case.serial.province, $system.serial]}\n  step.code: CODE\n")
    assert write(dialect, {"case": {"serial.province": "2"}}, serial__province="1") == {"SBLSH": "1"}
    assert write(dialect, {"case": {"serial.province": "2"}}) == {"SBLSH": "2"}
    [event] = dialect.inward(Native("STEP", {"CODE": "review"}), {"system": {"serial": "3"}, "case": {"serial.province": "2"}})
    assert event.values["serial.province"] == "3"


def test_no_name_or_text_of_a_file_becomes_code(county: County) -> None:
    """Native names, fixed values, fills and formats with quotes, braces and line breaks are only texts."""
    name = "a'b\\\"{c}\\n#"
    rules = (f'fields:\n  step.code: {{at: "{name}/C", default: review, empty: "{name}"}}\n  materials: {{each: "{name}/L", fields: {{name: "{name}"}}}}\n'
             f'constants:\n  "{name}/K": {{value: "{name}", why: a test}}\n')
    dialect = county(rules)
    text = "a'b\"{c}\n#"
    made = dialect.outward("case.step", {"materials": [{"name": text}]}, {}).native
    assert made.fields == {text: {"C": text, "L": [{text: text}], "K": text}}
    assert dialect.inward(made, {})[0].values == {"step.code": "review", "materials": [{"name": text}]}


@pytest.mark.parametrize(("pattern", "value", "text"), [
    ("yyyy-MM-dd HH:mm:ss", "2014-07-15T10:30:00.120+08:00", "2014-07-15 10:30:00"),
    ("yyyy-MM-dd HH:mm:ss.SSS", "2014-07-15T10:30:00.123456+08:00", "2014-07-15 10:30:00.123"),
    ("yyyyMMdd", "2014-07-15T10:30:00+08:00", "20140715"),
])
def test_a_part_of_a_time_that_is_not_written_is_told(county: County, pattern: str, value: str, text: str) -> None:
    """Fractions or times a format has no place for are cut, and the rule fires."""
    dialect = county(f"out:\n  SJ: {{from: step.at, format: '{pattern}'}}\n")
    made = dialect.outward("case.step", {"step.at": value}, {})
    assert (made.native.fields, bool(made.fired)) == ({"SJ": text}, True)
