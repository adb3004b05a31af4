"""Every type of the language: what it reads, what it writes, what it refuses; both ways through a mapping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guantong.mapping import Dialect, Untranslatable
from guantong.mapping.scalars import HOLDS
from guantong.record import Native

RULES = """fields:
  step.code: {at: C, codes: {handling: "1", review: ["2", "02"]}}
  opinion:   {at: T}
  version:   {at: N}
  fee:       {at: M}
  urgent:    {at: B, codes: {"true": [是, Y], "false": 否}}
  step.day:  {at: D, format: [yyyyMMdd, yyyy-M-d]}
  step.at:   {at: Z, format: [yyyyMMddHHmmss, "yyyy-M-d H:m:s", yyyyMMddTHHmmss, iso, epoch, epoch_ms]}
  region:    {at: R, strict: true}
  org.code:  {at: O, strict: true}
  id_no:     {at: I, strict: true}
"""
AT = "2014-09-19T14:10:10+08:00"


@pytest.mark.parametrize(("name", "native", "path", "value", "again"), [
    ("T", " a null 无 - 䶮\t", "opinion", " a null 无 - 䶮\t", None),
    ("N", "7", "version", 7, None), ("N", "007", "version", 7, "7"), ("N", "-3", "version", -3, None),
    ("M", "120.50", "fee", "120.50", None), ("M", "120.5", "fee", "120.50", "120.50"), ("M", "0", "fee", "0.00", "0.00"),
    ("M", "999999999999999999.99", "fee", "999999999999999999.99", None),
    ("B", "是", "urgent", True, None), ("B", "Y", "urgent", True, "是"), ("B", "否", "urgent", False, None),
    ("C", "02", "step.code", "review", "2"),
    ("D", "20140919", "step.day", "2014-09-19", None), ("D", "2014-9-19", "step.day", "2014-09-19", "20140919"),
    ("Z", "20140919141010", "step.at", AT, None), ("Z", "2014-9-19 14:10:10", "step.at", AT, "20140919141010"),
    ("Z", "20140919T141010", "step.at", AT, "20140919141010"), ("Z", "2014-09-19T06:10:10Z", "step.at", "2014-09-19T06:10:10+00:00", "20140919141010"),
    ("Z", "1411107010", "step.at", AT, "20140919141010"), ("Z", "1411107010000", "step.at", AT, "20140919141010"),
    ("R", "445202", "region", "445202", None), ("R", "445202001", "region", "445202001", None),
    ("R", "445202001012", "region", "445202001012", None), ("R", "449999", "region", "449999", None),
    ("O", "007000126", "org.code", "007000126", None), ("O", "11445200007000120J", "org.code", "11445200007000120J", None),
    ("I", "445202800101003", "id_no", "445202800101003", None), ("I", "44520219800101003x", "id_no", "44520219800101003X", "44520219800101003X"),
])
def test_a_value_of_each_type_goes_both_ways(
    county: Callable[[str], Dialect], name: str, native: str, path: str, value: Any, again: str | None
) -> None:
    """It is written as it came, or in the one form that is written."""
    dialect = county(RULES)
    code = {"C": "1"} | {name: native}
    values = dialect.inward(Native("STEP", code), {})[0].values
    assert values[path] == value
    written = dialect.outward("case.step", values, {}).native.fields
    assert written[name] == (again or native)


@pytest.mark.parametrize(("name", "native", "code"), [
    ("N", "1.0", "GT244"), ("N", "１", "GT244"), ("N", "1" * 19, "GT244"), ("M", "12,50", "GT244"), ("M", "1e3", "GT244"),
    ("M", ".5", "GT244"), ("B", "1", "GT243"), ("C", "3", "GT243"), ("D", "20140931", "GT244"), ("D", "2014/9/19", "GT244"),
    ("Z", "20140919246000", "GT244"), ("R", "44520", "GT248"), ("R", "４４５２０２", "GT248"), ("O", "007000123", "GT248"), ("Z", "14111070100000", "GT244"),
    ("O", "11445200007000120C", "GT248"), ("I", "445202198001010034", "GT248"), ("I", "44520219801301003X", "GT248"),
])
def test_what_is_no_value_of_its_type_is_refused(county: Callable[[str], Dialect], name: str, native: str, code: str) -> None:
    """By the code that says what was expected, never by a guess."""
    with pytest.raises(Untranslatable) as refused:
        county(RULES).inward(Native("STEP", {"C": "1", name: native}), {})
    assert [problem.code.id for problem in refused.value.problems] == [code]


@pytest.mark.parametrize(("text", "holds"), [
    ("11445200007000120J", True), ("11445200007000120C", False), ("11445200007000120j", False), ("1144520000700012", False), (" 11445200007000120J", False), ("", False),
])
def test_a_credit_code_is_held_to_its_check_character(text: str, holds: bool) -> None:
    """GB 32100, for all of 18 characters."""
    assert HOLDS["credit"](text) is holds
