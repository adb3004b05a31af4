"""Reading records: aliases, empties, defaults, codes, conditions, lists, what stays unread, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guantong.mapping import Dialect, Translated, Untranslatable
from guantong.record import Native

County = Callable[..., Dialect]
CODE = "  step.code: {at: CODE, codes: {handling: '1', review: ['2', '02'], approval: '3'}}\n"


def read(dialect: Dialect, context: dict[str, Any] | None = None, **fields: Any) -> Translated:
    """The one event of a STEP record with these fields (and a code)."""
    [event] = dialect.inward(Native("STEP", {"CODE": "1", **fields}), context or {})
    return event


def refused(dialect: Dialect, **fields: Any) -> list[str]:
    """The problems of a record, each on its line."""
    with pytest.raises(Untranslatable) as raised:
        read(dialect, **fields)
    return [problem.line() for problem in raised.value.problems]


def fired(dialect: Dialect, event: Translated) -> list[str]:
    return [rule.path for rule in dialect.plans["case.step"].explain(event.fired, inward=True)]


def test_of_several_spellings_the_first_present_is_read(county: County) -> None:
    """A column misspelt in some schemas: an empty first one lets the second in, and that is told."""
    dialect = county(f"fields:\n{CODE}  org.code: [DDM, GDM, XDM]\n")
    event = read(dialect, DDM="", GDM="123")
    assert (event.values["org.code"], fired(dialect, event)) == ("123", ["org.code"])


def test_a_second_spelling_that_says_something_else_is_told_unread(county: County) -> None:
    """Nothing is dropped silently: the same value twice is nothing, another value is unread."""
    dialect = county(f"fields:\n{CODE}  org.code: [DDM, GDM]\n")
    assert read(dialect, DDM="1", GDM="1").unread == ()
    assert read(dialect, DDM="1", GDM="2").unread == ("GDM",)


@pytest.mark.parametrize("empty", ["", None, "null", "NULL"])
def test_empty_null_and_the_word_null_are_absent(county: County, empty: str | None) -> None:
    """Absent fields are absent: never None, never an empty text."""
    dialect = county(f"fields:\n{CODE}  opinion: YJ\n", dialect='null_words: ["null", "NULL"]\n')
    assert read(dialect, YJ=empty).values == {"step.code": "handling"}


def test_null_is_a_text_where_the_dialect_does_not_say_otherwise(county: County) -> None:
    """Only `null_words` make a word mean nothing."""
    assert read(county(f"fields:\n{CODE}  opinion: YJ\n"), YJ="null").values["opinion"] == "null"


def test_the_word_we_fill_in_reads_as_no_value(county: County) -> None:
    """`empty: 无` is ours: it is written for nothing, so it is read as nothing."""
    dialect = county(f"fields:\n{CODE}  opinion: {{at: YJ, empty: 无}}\n")
    assert "opinion" not in read(dialect, YJ="无").values


def test_a_default_fills_what_is_absent_and_is_told(county: County) -> None:
    """The default is a canonical value of the field's type."""
    dialect = county(f"fields:\n{CODE}  version: {{at: BB, default: 1}}\n")
    event = read(dialect, BB="")
    assert (event.values["version"], fired(dialect, event)) == (1, ["version"])
    assert fired(dialect, read(dialect, BB="1")) == []


def test_a_constant_fills_the_field_the_source_leaves_empty(county: County) -> None:
    """A constant's field reads as the constant where it is empty, and keeps what the source says otherwise."""
    dialect = county(f"fields:\n{CODE}  region: QH\nconstants:\n  QH: {{value: '445281', why: the county}}\n")
    assert read(dialect).values["region"] == "445281"
    assert read(dialect, QH="445202").values["region"] == "445202"


def test_another_value_in_an_unread_constant_is_told(county: County) -> None:
    """A field of fixed value that no rule reads may only hold that value."""
    dialect = county(f"fields:\n{CODE}constants:\n  LX: {{value: '7', why: fixed}}\n")
    assert [read(dialect, LX=value).unread for value in ("7", "", "8")] == [(), (), ("LX",)]


def test_a_code_is_translated_by_any_of_its_spellings(county: County) -> None:
    """The first is written, the others are also read, and that is told."""
    dialect = county(f"fields:\n{CODE}")
    assert [read(dialect, CODE=code).values["step.code"] for code in ("2", "02")] == ["review", "review"]
    assert [bool(read(dialect, CODE=code).fired) for code in ("2", "02")] == [False, True]


def test_a_code_without_translation_is_refused_with_the_codes_there_are(county: County) -> None:
    """`otherwise: park` is the rule where nothing is said."""
    [line] = refused(county(f"fields:\n{CODE}"), CODE="7")
    assert line == (
        "mappings/county/case.step.yaml:4:3 CODE: the code '7' has no translation (table step.code); expected 1, 2, 3;"
        " the sender mends it; where the code is a right one, add its row to the code table and replay [GT243]"
    )


def test_otherwise_translates_what_has_no_row(county: County) -> None:
    """A value after `otherwise:` stands for all codes without a row, each way its own."""
    rule = "  step.code: {at: CODE, codes: {handling: '1', review: '2'}, otherwise: {in: approval, out: '9'}}\n"
    dialect = county(f"fields:\n{rule}")
    event = read(dialect, CODE="x")
    assert (event.values["step.code"], fired(dialect, event)) == ("approval", ["step.code"])
    assert dialect.outward("case.step", event.values, {}).native.fields == {"CODE": "9"}


def test_a_code_without_a_table_reads_only_the_words_of_its_list(county: County) -> None:
    """A dialect that uses the canonical words needs no table, and gets no others in."""
    dialect = county("fields:\n  step.code: CODE\n")
    assert read(dialect, CODE="review").values["step.code"] == "review"
    assert [line.split("[")[-1] for line in refused(dialect, CODE="reviewed")] == ["GT243]"]


def test_a_condition_leaves_the_field_alone_where_it_does_not_hold(county: County) -> None:
    """`when:` looks at what the other rules found; what is left standing is told unread."""
    dialect = county(f"fields:\n  reason: {{at: YY, when: {{step.code: [review, approval]}}}}\n{CODE}")
    assert read(dialect, CODE="2", YY="迟").values["reason"] == "迟"
    event = read(dialect, CODE="1", YY="迟")
    assert ("reason" in event.values, event.unread) == (False, ("YY",))
    assert read(dialect, CODE="1", YY="").unread == ()


def test_functions_run_in_order_and_an_emptied_value_is_absent(county: County) -> None:
    """`via:` changes the text before its type is read; spaces alone are nothing."""
    dialect = county(f"fields:\n{CODE}  opinion: {{at: YJ, via: [trim, upper@1]}}\n  version: {{at: BB, via: [halfwidth]}}\n")
    assert read(dialect, YJ="  ab ", BB="１２").values == {"step.code": "handling", "opinion": "AB", "version": 12}
    assert "opinion" not in read(dialect, YJ="   ").values


def test_a_list_is_read_item_by_item(county: County) -> None:
    """Lists of objects, a single object for a list of one, and nothing for none."""
    rules = f"fields:\n{CODE}  materials: {{each: LIST/CL, fields: {{name: MC, count: SL}}}}\n"
    dialect = county(rules)
    items = [{"MC": "申请表", "SL": "2"}, {"MC": "照片"}]
    assert read(dialect, LIST={"CL": items}).values["materials"] == [{"name": "申请表", "count": 2}, {"name": "照片"}]
    assert read(dialect, LIST={"CL": items[0]}).values["materials"] == [{"name": "申请表", "count": 2}]
    nothing: list[Any] = ["", None, {}, {"CL": ""}, {"CL": []}]
    assert [read(dialect, LIST=none).values for none in nothing] == [{"step.code": "handling"}] * 5


def test_every_problem_of_a_record_is_told_with_its_place_in_both(county: County) -> None:
    """One bad field does not hide another; the item of a list is numbered."""
    rules = f"fields:\n{CODE}  step.at: AT\n  version: BB\n  materials: {{each: CL, fields: {{count: SL}}}}\n"
    lines = refused(county(rules), CODE="", AT="2014-02-30 10:00:00", BB="one", CL=[{"SL": "1"}, {"SL": "two"}])
    assert [line.split(":")[1:3] + line.split(" ")[1:2] for line in lines] == [
        ["4", "3 CODE", "CODE:"], ["5", "3 AT", "AT:"], ["6", "3 BB", "BB:"], ["7", "34 CL[1]/SL", "CL[1]/SL:"],
    ]


def test_no_problem_quotes_a_personal_value(county: County) -> None:
    """Only codes of fields that are not personal are quoted; of all else the length is told."""
    rules = f"fields:\n{CODE}  operator: {{at: XM, via: [trim]}}\n  id_no: {{at: ZJ, strict: true}}\n  version: BB\n"
    lines = refused(county(rules), XM={"a": "王小明"}, ZJ="445202199003070010", BB="王小明三号")
    assert len(lines) == 3
    assert not any(word in line for line in lines for word in ("王小明", "4452021990"))
    assert "got a text of 5 characters" in lines[2]


def test_what_no_rule_reads_is_told_unread_at_every_depth(county: County) -> None:
    """Unknown names that hold something, in the record, in objects, in items; ignored ones are left out."""
    rules = f"fields:\n{CODE}  opinion: H/YJ\n  materials: {{each: CL, fields: {{name: MC}}}}\nignored: [BY, H/BY]\n"
    event = read(
        county(rules), BY="x", NEW="x", EMPTY="", NONE=None,
        H={"YJ": "同意", "BY": "x", "NEW": "x"}, CL=[{"MC": "a", "NEW": "1"}, {"NEW": "2"}],
    )
    assert event.unread == ("CL/NEW", "H/NEW", "NEW")


def test_an_object_in_place_of_a_text_is_told(county: County) -> None:
    """A shape nobody expected is refused or told unread, never read as nothing."""
    dialect = county(f"fields:\n{CODE}  opinion: YJ\n  reason: H/YY\n")
    assert [line.split("[")[-1] for line in refused(dialect, YJ={"a": "b"})] == ["GT245]"]
    assert read(dialect, H=[{"YY": "1"}]).unread == ("H",)


def test_names_whose_case_does_not_count_are_found(county: County) -> None:
    """`names: ignore-case` finds a name in any case, inside objects and lists too, and keeps strangers' names."""
    rules = f"fields:\n{CODE}  opinion: H/YJ\n  materials: {{each: CL, fields: {{name: MC}}}}\n"
    dialect = county(rules, dialect="names: ignore-case\n")
    event = dialect.inward(Native("STEP", {"code ": "1", "h": {"yj": "好"}, "cl": [{"mc": "a"}], "Neu": "1"}), {})[0]
    assert event.values == {"step.code": "handling", "opinion": "好", "materials": [{"name": "a"}]}
    assert event.unread == ("Neu",)
    assert refused(county(rules, dialect="names: exact\n"), CODE="", code="1")


def test_facts_of_the_system_fill_what_the_record_leaves_out(county: County) -> None:
    """`from: $system.…` under `in:` reads the system's facts."""
    dialect = county(f"fields:\n{CODE}in:\n  region: {{at: QH, from: $system.region}}\n")
    context = {"system": {"region": "445202"}}
    assert read(dialect, context).values["region"] == "445202"
    assert read(dialect, context, QH="445203").values["region"] == "445203"


def test_identity_numbers_keep_their_length_and_get_a_capital_x(county: County) -> None:
    """15 and 18 digits are kept as sent; a wrong check digit is refused only where the rule is strict."""
    lenient = county(f"fields:\n{CODE}  id_no: ZJ\n")
    assert read(lenient, ZJ="110105491231002").values["id_no"] == "110105491231002"
    event = read(lenient, ZJ="11010519491231002x")
    assert (event.values["id_no"], fired(lenient, event)) == ("11010519491231002X", ["id_no"])
    assert read(lenient, ZJ="110105194912310021").values["id_no"] == "110105194912310021"
    strict = county(f"fields:\n{CODE}  id_no: {{at: ZJ, strict: true}}\n")
    assert [line.split("[")[-1] for line in refused(strict, ZJ="110105194912310021")] == ["GT248]"]


def test_a_record_of_several_mappings_yields_several_events(county: County) -> None:
    """One kind may serve several mappings; `match:` says which records each takes."""
    other = "event: case.step\nrecord: STEP\nmatch: {T: b}\nfields:\n  step.code: {at: KIND, codes: {review: x}}\n"
    dialect = county(f"match: {{T: [a, b]}}\nfields:\n{CODE}ignored: [T, KIND]\n", files={"county/case.step.more.yaml": other})
    both = dialect.inward(Native("STEP", {"CODE": "1", "T": "b", "KIND": "x"}), {})
    assert [event.values["step.code"] for event in both] == ["handling", "review"]
    assert len(dialect.inward(Native("STEP", {"CODE": "1", "T": "a"}), {})) == 1
    with pytest.raises(Untranslatable) as raised:
        dialect.inward(Native("STEP", {"CODE": "1", "T": "c"}), {})
    assert [problem.line() for problem in raised.value.problems] == [
        ("no mapping takes this record of kind 'STEP', by its `match:`: case.step: T = a | b; case.step: T = b; the sender mends the field; "
        "where its value is a right one, add it to the `match:` of the event it means, then replay [GT250]")]


def test_a_kind_nobody_reads_is_named(county: County) -> None:
    """An unknown record kind is one problem, with the nearest known one."""
    with pytest.raises(Untranslatable) as raised:
        county(f"fields:\n{CODE}").inward(Native("STEPS", {}), {})
    assert raised.value.problems[0].hint() == "did you mean 'STEP'?"


def test_conditions_are_decided_in_the_order_they_depend_on(county: County) -> None:
    """A rule is read after what its `when:` looks at, whatever the file's order, in a list's items too."""
    rules = ("fields:\n  reason: {at: YY, when: {opinion: 好}}\n  opinion: {at: YJ, when: {step.code: review}}\n" + CODE
             + "  materials: {each: CL, fields: {count: {at: SL, when: {kind: original}}, kind: LX}}\n")
    event = read(county(rules), CODE="2", YJ="好", YY="迟", CL=[{"SL": "2", "LX": "original"}, {"SL": "3", "LX": "copy"}])
    assert event.values == {"step.code": "review", "opinion": "好", "reason": "迟",
                            "materials": [{"kind": "original", "count": 2}, {"kind": "copy"}]}
    assert event.unread == ("CL/SL",)
