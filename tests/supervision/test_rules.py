"""`supervision.yaml`: every mistake at its line, and what the rules mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from guantong.config.files import Files
from guantong.config.supervision import SupervisionFile, read_supervision
from guantong.starter import starter
from guantong.supervision.limit import Limit, Unit, parse_limit

F = "config/supervision.yaml"


def problems_of(folder: Path, text: str) -> list[str]:
    (folder / "supervision.yaml").write_text(text, encoding="utf-8")
    files = Files(folder, "config")
    _, problems = read_supervision(files)
    return [problem.line() for problem in [*files.problems, *problems]]


@pytest.mark.parametrize(("text", "line"), [
    ("warns: {}\n", f"{F}:1:1 warns: the key 'warns' is not known here; did you mean 'warn'? [GT102]"),
    ("immediate: 5 Werktage\n", (f'{F}:1:12 immediate: expected a number and a unit, such as 5 工作日, 30 自然日, 2 小时 or 5 workdays, '
                                 'came "5 Werktage" [GT104]')),
    ("warn: {pre_alert: {share: 120%}}\n", f'{F}:1:27 warn.pre_alert.share: expected a percentage from 0% to 99%, came "120%" [GT104]'),
    ("warn: {yellow: {overdue: 0}}\n", f'{F}:1:26 warn.yellow.overdue: expected a value of at least 1, came "0" [GT104]'),
    ("office_hours: [12:00-09:00]\n", f'{F}:1:16 office_hours[0]: expected office hours such as 09:00-12:00, came "12:00-09:00" [GT104]'),
    ("stops: {statutory: {stops: [promise]}}\n", (f"{F}:1:29 stops.statutory.stops[0]: expected one of promised, legal, came \"promise\"; "
                                                  "did you mean 'promised'? [GT103]")),
    ("items:\n  - {item: 4452*, promised: 5 工作日, waned: no}\n",
     f"{F}:2:36 items[0].waned: the key 'waned' is not known here; did you mean 'watched'? [GT102]"),
    ("legal: {month: thirty}\n", f'{F}:1:16 legal.month: expected a whole number, came "thirty" [GT104]'),
])
def test_a_mistake_is_told_where_it_is(tmp_path: Path, text: str, line: str) -> None:
    assert problems_of(tmp_path, text) == [line]


def test_what_the_starter_writes_out_are_the_defaults() -> None:
    """Its comments say so; who deletes a line changes nothing."""
    shipped, problems = read_supervision(Files(starter("config"), "config"))
    assert problems == []
    assert shipped is not None
    written, defaults = shipped.model_dump(), SupervisionFile().model_dump()
    assert written["stops"]["extension"].pop("at_most") == Limit(15, Unit.WORKDAY)   # the one rule of ours
    assert defaults["stops"]["extension"].pop("at_most") is None
    assert written == defaults


def test_the_first_rule_that_matches_holds_and_lacks_nothing() -> None:
    rules = SupervisionFile.model_validate({
        "steps": {"review": "2 工作日"}, "warn": {"red": "none"},
        "items": [{"item": "A*", "kind": "immediate", "watched": False}, {"item": "A*", "promised": "3 工作日", "steps": {}}]})
    first, second, other = rules.item("A1", "immediate"), rules.item("A1", "promised"), rules.item("B1", "")
    assert (first.watched, second.watched, second.promised) == (False, True, Limit(3, Unit.WORKDAY))
    assert (second.steps, other.steps) == ({}, {"review": Limit(2, Unit.WORKDAY)})
    assert other.warn is not None
    assert (other.warn.red, other.warn.yellow is None) == (None, False)


@pytest.mark.parametrize(("text", "limit"), [
    ("5 个工作日", Limit(5, Unit.WORKDAY)), ("5工作日", Limit(5, Unit.WORKDAY)), ("30 天", Limit(30, Unit.DAY)), ("1 hour", Limit(1, Unit.HOUR)),
    ("3个月", Limit(3, Unit.MONTH)), ("05 工作日", None), ("5", None), ("", None), ("99999 工作日", None), ("-1 工作日", None), ("5 工作日日", None),
])
def test_limits_are_read_as_people_write_them(text: str, limit: Limit | None) -> None:
    assert parse_limit(text) == limit
