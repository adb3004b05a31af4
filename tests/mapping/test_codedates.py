"""Code tables whose rows have days: the row is chosen by the event's own date, both ways, and every mistake in such
a table is named at its row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mapping.conftest import World

from guantong.mapping import Dialect, Plan, Untranslatable
from guantong.mapping.eras import code_table
from guantong.mapping.interpret import Step
from guantong.mapping.rules import CodeRow

County = Callable[..., Dialect]
TABLE = "mappings/county/codes/step.code.yaml"
HEAD = "codes: step.code\ntable:\n"
DRIFT = """  handling: {value: "6", until: 2014-06-30, why: 旧版}
  review:
    - {value: "6", from: 2014-07-01, until: 2015-12-31}
    - {value: "7", from: 2016-01-01, also: ["07"]}
  approval: "3"
"""
FIELDS = "fields:\n  step.code: {at: C, codes: step.code}\n  step.at: {at: SJ, format: yyyyMMddHHmmss}\n  step.day: RQ\n"


@pytest.fixture
def plan(county: County) -> Plan:
    return county(FIELDS, files={"county/codes/step.code.yaml": HEAD + DRIFT}).plans["case.step"]


def read(plan: Plan, code: str, at: str = "", day: str = "") -> tuple[str, bool]:
    """The word a code is read as, by generated code and interpreter alike, and whether that was noted."""
    record = {"C": code, "SJ": at, "RQ": day}
    event = plan.inward(record, {})
    assert event == plan.trace_inward(record, {}, None)
    return event.values["step.code"], "step.code" in [rule.path for rule in plan.explain(event.fired, inward=True)]


def written(plan: Plan, word: str, **when: str) -> tuple[str, bool]:
    """The code a word is written as, both ways of running it, and whether that was noted."""
    values = {"step.code": word, **when}
    out = plan.outward(values, {})
    assert out == plan.trace_outward(values, {}, None)
    return out.native.fields["C"], "step.code" in [rule.path for rule in plan.explain(out.fired, inward=False)]


def refused(work: Callable[[], object]) -> list[str]:
    with pytest.raises(Untranslatable) as raised:
        work()
    return [problem.line() for problem in raised.value.problems]


def test_a_code_means_what_it_meant_on_the_day_of_the_event(plan: Plan) -> None:
    """The 6 that drifts (pitfall 11): the last second of a period and the first of the next are told apart."""
    assert read(plan, "6", "20140630235959") == ("handling", False)
    assert read(plan, "6", "20140701000000") == ("review", False)
    assert read(plan, "6", "20151231235959") == ("review", False)
    assert read(plan, "7", "20160101000000") == ("review", False)
    assert read(plan, "07", "20160101000000") == ("review", True)
    assert read(plan, "3", "19990101000000") == ("approval", False)


def test_a_word_is_written_as_it_was_on_the_day_of_the_event(plan: Plan) -> None:
    """Days are those of Asia/Shanghai, whatever the offset."""
    assert written(plan, "review", **{"step.at": "2015-12-31T23:59:59+08:00"}) == ("6", False)
    assert written(plan, "review", **{"step.at": "2015-12-31T16:00:00+00:00"}) == ("7", False)
    assert written(plan, "handling", **{"step.day": "2014-06-30"}) == ("6", False)
    assert written(plan, "approval", **{"step.at": "2014-06-30T00:00:00+08:00"}) == ("3", False)


def test_the_first_of_the_models_dates_that_is_there_chooses_the_row(plan: Plan) -> None:
    """`dated:` lists step.at before step.day."""
    assert read(plan, "6", "20140601000000", "2015-01-01") == ("handling", False)
    assert read(plan, "6", "", "2015-01-01") == ("review", False)


def test_without_a_date_the_newest_row_holds_and_that_is_noted(plan: Plan) -> None:
    """Nothing tells the day: the newest meaning, in lineage as ours."""
    assert read(plan, "6") == ("review", True)
    assert read(plan, "7") == ("review", True)
    assert written(plan, "review") == ("7", True)
    assert read(plan, "3") == ("approval", True)


def test_a_code_outside_every_period_is_told_with_the_periods_known(plan: Plan) -> None:
    """The day, the code, and when it has a meaning; the same outward."""
    assert refused(lambda: read(plan, "7", "20130501000000")) == [
        ("mappings/county/case.step.yaml:4:3 C: the code '7' had no meaning on 2013-05-01 (table step.code); it has from"
        " 2016-01-01; check the date, or add a row for that day to the code table and replay [GT251]")]
    assert refused(lambda: written(plan, "handling", **{"step.day": "2014-07-01"})) == [
        ("mappings/county/case.step.yaml:4:3 step.code: the code 'handling' had no meaning on 2014-07-01 (table"
        " step.code); it has until 2014-06-30; check the date, or add a row for that day to the code table and replay"
        " [GT251]")]
    assert refused(lambda: read(plan, "6", "20160101000000"))[0].split("; ")[1] == (
        "it has until 2014-06-30 and from 2014-07-01 to 2015-12-31")


def test_a_date_that_cannot_be_read_is_the_only_problem_told(plan: Plan) -> None:
    """Which row was meant is not known then; a code that never had a meaning is told beside it."""
    assert [line.split("[")[-1] for line in refused(lambda: read(plan, "6", "soon"))] == ["GT244]"]
    assert [line.split("[")[-1] for line in refused(lambda: read(plan, "8", "soon"))] == ["GT244]", "GT243]"]


def test_the_row_that_translated_a_value_is_told(plan: Plan) -> None:
    """Lineage names table row, file and line, in both directions; a fallback has none."""
    seen: list[Step] = []
    plan.trace_inward({"C": "07", "SJ": "20160101000000"}, {}, seen.append)
    plan.trace_outward({"step.code": "review", "step.day": "2014-07-01"}, {}, seen.append)
    rows = [(str(step.row.place), step.row.word, step.row.value) for step in seen if step.row is not None]
    assert rows == [(f"{TABLE}:6:7", "review", "7"), (f"{TABLE}:5:7", "review", "6")]


def test_a_plan_is_another_when_a_day_of_its_tables_changes(county: County) -> None:
    """Content-addressed: dates count, reasons and places do not."""
    def plan_of(table: str) -> str:
        return county(FIELDS, files={"county/codes/step.code.yaml": HEAD + table}).plans["case.step"].id

    first = plan_of(DRIFT)
    assert plan_of("  # a remark\n" + DRIFT.replace("旧版", "老系统")) == first
    assert plan_of(DRIFT.replace("2014-06-30", "2014-06-29")) != first


def test_two_words_may_be_written_alike_and_one_of_them_read(county: County) -> None:
    """Many to one: the row that is only written says so, with its reason; other spellings of it are read."""
    table = '{handling: "6", review: {value: "6", also: ["60"], read: false, why: 旧系统不分}, approval: "3"}'
    plan = county(f"fields:\n  step.code: {{at: C, codes: {table}}}\n  step.at: SJ\n").plans["case.step"]
    assert [written(plan, word)[0] for word in ("handling", "review")] == ["6", "6"]
    assert [read(plan, code)[0] for code in ("6", "60")] == ["handling", "review"]


def test_a_table_that_is_not_dated_is_looked_up_without_a_date(county: County) -> None:
    """Undated tables cost nothing more: no day is worked out for them."""
    plan = county("fields:\n  step.code: {at: C, codes: {handling: '1'}}\n  step.at: SJ\n").plans["case.step"]
    assert plan.mapping.dated == ()
    assert "first_day" not in plan.generated_inward.source + plan.generated_outward.source


MISTAKES = [
    ('  review: [{value: "6", from: 2014-01-01}, {value: "7", from: 2013-01-01, until: 2014-01-01}]',
     ("3:44 codes.step.code.review[1]: 'review' has two rows on 2014-01-01 (the other at line 3); let one end the day before"
     " the other begins [GT226]")),
    ('  review:\n    - {value: "6"}\n    - {value: "7", until: 2014-01-01}',
     ("5:7 codes.step.code.review[1]: 'review' has two rows until 2014-01-01 (the other at line 4); let one end the day before"
     " the other begins [GT226]")),
    ('  review: {value: "6", from: 2014-01-01}\n  handling: {value: "7", also: ["6"], until: 2014-12-31}',
     ("4:33 codes.step.code.handling: '6' stands for both 'review' and 'handling' from 2014-01-01 to 2014-12-31; read it as"
     " one of them; say `read: false` in the row of the word that is only written so [GT213]")),
    ('  review: {value: "6", from: 2014-01-02, until: 2014-01-01}',
     ("3:49 codes.step.code.review.until: the row ends on 2014-01-01, before it begins on 2014-01-02; exchange the two, or"
     " mend one of them [GT228]")),
    ('  review: {value: "6", from: 2014-02-30}',
     "3:30 codes.step.code.review.from: '2014-02-30' is not a day; write it as in 2014-01-01 [GT227]"),
    ('  review: {value: "6", until: 20140101}',
     "3:31 codes.step.code.review.until: '20140101' is not a day; write it as in 2014-01-01 [GT227]"),
    ('  review: "6"\n  review: "7"',
     "4:3 review: the key 'review' stands twice (first at line 3); keep one of them [GT002]"),
    ('  reviw: {value: "6", from: 2014-01-01}',
     "3:3 codes.step.code.reviw: there is no canonical word named 'reviw'; did you mean 'review'? [GT205]"),
    ('  review: {valu: "6"}',
     ("3:12 codes.step.code.review.valu: the key 'valu' is not known here; did you mean 'value'? [GT200]\n"
     "3:11 codes.step.code.review: the key 'value' is missing; add it: the native value [GT201]")),
    ('  review: "6"\n  handling: {value: "6", read: false}',
     ("4:13 codes.step.code.handling: 'handling' is written as '6' and never read from it, which needs a reason; add"
     " `why:` to the row [GT229]")),
    ('  review: [{value: "6", until: 2014-01-01}, "7"]',
     "3:45 codes.step.code.review[1]: expected a table of keys, got the word '7'; write a table of keys here [GT202]"),
]


@pytest.mark.parametrize(("rows", "lines"), MISTAKES, ids=[f"{lines[-6:-1]}-{order}" for order, (_, lines) in enumerate(MISTAKES)])
def test_a_mistake_in_a_dated_table_is_named_at_its_row(load: Callable[..., World], rows: str, lines: str) -> None:
    """Where, what is wrong, and what to write instead; nothing else."""
    world = load({"county/case.step.yaml": f"event: case.step\nrecord: STEP\n{FIELDS}",
                  "county/codes/step.code.yaml": f"{HEAD}{rows}\n"})
    assert world.lines() == [f"{TABLE}:{line}" for line in lines.split("\n")]


def test_a_date_read_under_a_condition_cannot_choose_rows(load: Callable[..., World]) -> None:
    """It would be read after the codes it decides about."""
    fields = FIELDS.replace("step.at: {at: SJ,", "step.at: {at: SJ, when: {opinion: x},")
    world = load({"county/case.step.yaml": f"event: case.step\nrecord: STEP\n{fields}",
                  "county/codes/step.code.yaml": HEAD + DRIFT})
    assert world.lines() == [
        ("mappings/county/case.step.yaml:5:3 step.at: the event's date 'step.at' is read under a condition, so it cannot"
        " choose the rows of the table step.code; read it without `when:` [GT230]")]


def test_the_models_date_must_be_a_date_of_the_event(load: Callable[..., World]) -> None:
    """`dated:` names fields of the event that hold a day."""
    event = "event: case.odd\ntitle: {zh: 怪, en: Odd}\nsubject: case\ndated: [odd.att, odd.code]\nfields:\n"
    fields = "".join(f"  odd.{name}: {{type: {kind}, label: {{zh: 名, en: name}}}}\n" for name, kind in (("at", "datetime"), ("code", "text")))
    assert load({"canonical/events/case.odd.yaml": event + fields}).lines() == [
        ("mappings/canonical/events/case.odd.yaml:4:9 dated: there is no field named 'odd.att'; did you mean 'odd.at'?"
        " [GT205]"),
        ("mappings/canonical/events/case.odd.yaml:4:18 dated: 'dated' does not go with type text; remove it or change the"
        " type [GT208]")]


DAYS = st.dates(date(2014, 1, 1), date(2014, 1, 20)).map(str)
ROWS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("12"), st.none() | DAYS, st.none() | DAYS), max_size=5)


@given(rows=ROWS, day=st.dates(date(2013, 12, 30), date(2014, 1, 25)).map(str))
def test_the_table_of_a_day_holds_the_rows_of_that_day_and_no_others(
    rows: list[tuple[str, str, str | None, str | None]], day: str
) -> None:
    """Whatever periods are written, cutting them into eras changes no answer."""
    told = [CodeRow(word, native, since=since or "", until=until or "") for word, native, since, until in rows]
    table = code_table("t", told).on(day)
    holding = [row for row in told if row.holds_on(day)]
    assert set(table.written) == {row.word for row in holding}
    assert set(table.read) == {row.value for row in holding}
    assert all(table.written[row.word] in {one.value for one in holding if one.word == row.word} for row in holding)


def test_the_last_day_of_the_calendar_has_no_day_after() -> None:
    """A row until 9999-12-31 is in force for good."""
    table = code_table("t", [CodeRow("a", "1", until="9999-12-31"), CodeRow("b", "2", since=str(date(2014, 1, 1) + timedelta(1)))])
    assert (table.since, table.on("9999-12-31").written) == (("", "2014-01-02"), {"a": "1", "b": "2"})
