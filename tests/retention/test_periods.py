"""How long what is kept, as the configuration says it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.journey.world import plugged
from tests.retention.keeping import SHORT, write

from guantong.config import load
from guantong.config.retention import KeptKeys, Periods, RetentionKeys


def _keys(**kinds: dict[str, str]) -> dict[str, KeptKeys]:
    return {name: KeptKeys.model_validate(one) for name, one in kinds.items()}


def test_unless_told_cases_are_kept_for_years_and_the_rest_for_190_days() -> None:
    """The law's least for logs; a year counts 366 days, so that none is short."""
    periods = Periods(RetentionKeys())
    assert periods.of("puning", "case")[:2] == (3660, 10_980)
    assert periods.of("puning", "matter")[:2] == periods.of("", "")[:2] == (190, 1098)


def test_a_county_s_own_word_holds_before_that_for_all_and_each_period_by_itself() -> None:
    """What is said only of contents leaves the rows as they were, but for that they stay as long."""
    periods = Periods(RetentionKeys(
        kinds=_keys(case={"contents": "5y", "rows": "10y"}, matter={"contents": "1y"}),
        counties={"puning": _keys(case={"contents": "15y"}, other={"rows": "4y"})}))
    assert periods.of("jiexi", "case") == (5 * 366, 10 * 366, "case")
    assert periods.of("puning", "case") == (15 * 366, 15 * 366, "puning.case")
    assert periods.of("puning", "matter") == (366, 4 * 366, "puning.other")
    assert periods.of("jiexi", "device") == (190, 3 * 366, "other")
    assert periods.all() == {("contents", 5 * 366), ("rows", 10 * 366), ("contents", 15 * 366), ("rows", 15 * 366),
                             ("contents", 366), ("rows", 4 * 366), ("contents", 190), ("rows", 3 * 366)}


@pytest.mark.parametrize(("said", "path", "zh", "en"), [
    ("{kinds: {other: {contents: ^189d}}}", "kinds.other.contents", "不得短于 190 天，实际为 189 天：网络日志依法至少留存六个月 [GT105]",
     "expected 190d or longer, came 189d: the law has the logs of a network kept for six months at least [GT105]"),
    ("{kinds: {case: {rows: ^6m}}}", "kinds.case.rows", "应为天数或年数，如 190d、10y [GT105]",
     "expected days or years, such as 190d or 10y [GT105]"),
    ("{kinds: {^case: {contents: 2y, rows: 1y}}}", "kinds.case", "rows 不得短于 contents [GT105]",
     "expected rows to be kept at least as long as contents [GT105]"),
    ("{kinds: {^cases: {rows: 1y}}}", "kinds.cases", "不存在对象类别 'cases'; 是否应为 'case'？ [GT109]",
     "there is no kind of subject 'cases'; did you mean 'case'? [GT109]"),
    ("{counties: {^eats: {case: {rows: 40y}}}}", "counties.eats", "不存在县区 'eats'; 是否应为 'east'？ [GT109]",
     "there is no county 'eats'; did you mean 'east'? [GT109]"),
    ("{counties: {east: {^cas: {rows: 40y}}}}", "counties.east.cas", "不存在对象类别 'cas'; 是否应为 'case'？ [GT109]",
     "there is no kind of subject 'cas'; did you mean 'case'? [GT109]"),
])
def test_what_cannot_be_is_told_at_its_place(tmp_path: Path, said: str, path: str, zh: str, en: str) -> None:
    """Below the law's least, without a unit, rows shorter than contents, kinds and counties that are not there (^ is the place)."""
    line = f"retention: {said}\n"
    write(tmp_path, line.replace("^", ""))
    found = [one for one in load(tmp_path, plugged({}), {}).problems if one.path.startswith("retention")]
    place = f"config/guantong.yaml:2:{line.index('^') + 1} retention.{path}: "
    assert [(one.line("zh"), one.line("en")) for one in found] == [(place + zh, place + en)]


def test_periods_are_taken_as_they_are_written(tmp_path: Path) -> None:
    """The home's own words are the configuration's."""
    write(tmp_path, SHORT)
    loaded = load(tmp_path, plugged({}), {})
    assert loaded.configuration is not None
    assert Periods(loaded.configuration.retention).of("east", "case") == (200, 400, "case")
