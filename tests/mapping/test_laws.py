"""The two laws: out(in(x)) = x on exact fields, and in(out(e)) = e on all a dialect can carry, type by type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guantong.mapping import Dialect, Untranslatable
from guantong.record import Native

RULES = """
fields:
  step.code: {at: CODE, codes: {handling: ["1", "01"], review: "2", approval: "3"}}
  step.at:   {at: AT, format: [FIRST, "yyyy-M-d H:m:s", iso]}
  step.day:  {at: DAY, format: [yyyyMMdd, yyyy-M-d]}
  opinion:   TEXT
  version:   VERSION
  fee:       FEE
  urgent:    {at: URGENT, codes: {"true": [Y, y], "false": N}}
  id_no:     ID
  materials: {each: LIST/ITEM, fields: {name: NAME, count: COUNT}}
"""
FORMATS = ["yyyyMMddHHmmss", "yyyy-MM-dd HH:mm:ss", "yyyy-M-d H:m:s", "yyyy/MM/dd HH:mm:ss.SSS", "iso", "epoch", "epoch_ms",
           "yyyyMMddTHHmmss", "dd.MM.yyyy HH时mm分ss秒"]
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SHANGHAI = timezone(timedelta(hours=8))

texts = st.text(min_size=1, max_size=40).filter(lambda text: text != "null")
moments = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)).map(lambda one: one.replace(microsecond=0))
digits = st.integers(0, 10**15).map(str)
natives = st.fixed_dictionaries({"CODE": st.sampled_from(["1", "01", "2", "3"])}, optional={
    "DAY": st.one_of(st.dates().map(lambda day: day.strftime("%Y%m%d").zfill(8)), st.just("2014-7-5")),
    "TEXT": texts, "VERSION": st.one_of(digits, st.sampled_from(["007", "-3"])),
    "FEE": st.one_of(st.decimals(0, 10**6, places=2, allow_nan=False).map(str), st.sampled_from(["3", "1.5", "0.100"])),
    "URGENT": st.sampled_from(["Y", "y", "N"]), "ID": st.one_of(texts, st.sampled_from(["11010519491231002x"])),
    "LIST": st.fixed_dictionaries({"ITEM": st.lists(st.fixed_dictionaries({"NAME": texts, "COUNT": digits}), min_size=1, max_size=3)}),
})
values = st.fixed_dictionaries({"step.code": st.sampled_from(["handling", "review", "approval"])}, optional={
    "step.at": moments.map(lambda one: one.replace(tzinfo=SHANGHAI).isoformat()),
    "step.day": st.dates().map(str), "opinion": texts, "version": st.integers(-(10**15), 10**15),
    "fee": st.decimals(0, 10**6, places=2, allow_nan=False).map(str), "urgent": st.booleans(),
    "id_no": texts.filter(lambda text: text[-1] != "x"),
    "materials": st.lists(st.fixed_dictionaries({"name": texts, "count": st.integers(0, 10**6)}), min_size=1, max_size=3),
})


@pytest.fixture(params=FORMATS)
def dialect(request: pytest.FixtureRequest, county: Callable[..., Dialect]) -> Dialect:
    return county(RULES.replace("FIRST", f'"{request.param}"'))


@QUIET
@given(fields=natives, moment=moments)
def test_what_is_read_without_a_fired_rule_is_written_again_alike(
    dialect: Dialect, fields: dict[str, Any], moment: datetime
) -> None:
    """out(in(x)) = x wherever no rule fired: `fired` is the honest list of what did not survive."""
    first = dialect.plans["case.step"].mapping.inward[1].formats[0]
    record = {**fields, "AT": first.write(moment.replace(tzinfo=SHANGHAI).isoformat())}
    [event] = dialect.inward(Native("STEP", record), {})
    back = dialect.outward("case.step", event.values, {}).native.fields
    assert event.unread == ()
    fired = {rule.native for rule in dialect.plans["case.step"].explain(event.fired, inward=True)}
    assert {name: back[name] for name in record if name not in fired} == {
        name: value for name, value in record.items() if name not in fired
    }
    assert "AT" not in fired


@QUIET
@given(event=values)
def test_what_is_written_is_read_again_alike(dialect: Dialect, event: dict[str, Any]) -> None:
    """in(out(e)) = e on every field the dialect carries, and nothing fires."""
    made = dialect.outward("case.step", event, {})
    [back] = dialect.inward(made.native, {})
    assert back.values == event
    assert (made.fired, back.fired, back.unread) == (0, 0, ())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(texts, st.from_regex(r"\d{1,4}[-/]?\d{1,2}[-/]?\d{1,2}[ T]?\d{1,2}:?\d{1,2}:?\d{1,2}", fullmatch=True)))
def test_a_time_that_is_read_is_a_real_one(county: Callable[..., Dialect], text: str) -> None:
    """Whatever is read as a time is a moment of the calendar, said canonically; all else is refused."""
    dialect = county(RULES.replace("FIRST", "yyyyMMddHHmmss"))
    try:
        [event] = dialect.inward(Native("STEP", {"CODE": "1", "AT": text}), {})
    except Untranslatable as error:
        codes = [problem.code.id for problem in error.problems]
    else:
        value = event.values["step.at"]
        codes = [] if datetime.fromisoformat(value).isoformat() == value and value[-6:-5] in "+-" else [value]
    assert codes in ([], ["GT244"])


@pytest.mark.parametrize("pattern", ["epoch", "epoch_ms"])
@pytest.mark.parametrize("moment", ["1970-01-01T00:00:00+08:00", "1969-12-31T23:59:59.500+08:00"])
def test_seconds_before_1970_come_back_too(county: Callable[..., Dialect], pattern: str, moment: str) -> None:
    """What is written as a negative number is read again."""
    dialect = county(f"fields:\n  step.code: CODE\n  step.at: {{at: AT, format: {pattern}}}\n")
    out = dialect.outward("case.step", {"step.code": "review", "step.at": moment}, {})
    [back] = dialect.inward(out.native, {})
    assert (back.values["step.at"] == moment) != bool(out.fired)


@pytest.mark.parametrize("pattern", ["epoch", "epoch_ms"])
@pytest.mark.parametrize("moment", ["0001-01-02T00:00:00+08:00", "2300-01-01T00:00:00+08:00"])
def test_a_time_whose_number_would_not_be_read_is_refused(county: Callable[..., Dialect], pattern: str, moment: str) -> None:
    """A number of more digits than are read is not written either."""
    dialect = county(f"fields:\n  step.code: CODE\n  step.at: {{at: AT, format: {pattern}}}\n")
    with pytest.raises(Untranslatable, match="GT244"):
        dialect.outward("case.step", {"step.code": "review", "step.at": moment}, {})
