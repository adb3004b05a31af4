"""Calendar files: `config/calendar/<year>.yaml`, one a year, read with every mistake at its line.

The years that ship with the program lie under the home's own: a home's file of a year takes its place whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from guantong.config.files import Files
from guantong.config.nodes import dotted
from guantong.config.policies import Policy
from guantong.config.validate import shown, validate
from guantong.config.values import OneOrMany
from guantong.problems import Place, Problem
from guantong.starter import starter
from guantong.supervision.calendar import Calendar, CalendarYear, calendar_of
from guantong.supervision.codes import (
    CALENDAR_ENDS,
    FILE_OF_OTHER_YEAR,
    NO_MAKE_UP_DAY,
    NOT_A_DAY,
    OFF_AND_WORK,
    OTHER_YEAR,
)
from guantong.yamlfile import Items, Node, Table, Text

FOLDER = "calendar"
NOTICE_MONTH = 11  # by November the State Council has said how the next year's holidays lie
LONGEST_ROW = 60  # days of one range: a mistyped year must not make a holiday of a century
_DAYS = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:\s*\.\.\s*([0-9]{4}-[0-9]{2}-[0-9]{2}))?")
_WEEKDAYS = (("Monday", "周一"), ("Tuesday", "周二"), ("Wednesday", "周三"), ("Thursday", "周四"), ("Friday", "周五"),
             ("Saturday", "周六"), ("Sunday", "周日"))

Days = Annotated[OneOrMany[str], Field(json_schema_extra={"examples": ["2026-10-01..2026-10-07"]})]
"""Days off or on: `2026-10-01`, a row of days `2026-10-01..2026-10-07`, or a list of both."""


def _no_none(value: Any) -> Any:
    return {} if value == "" else value  # `work:` with nothing under it: a year without make-up days


class YearFile(Policy):
    """`calendar/<year>.yaml`: the days off of one year and its make-up working days, as the State Council's notice
    names them. `source` says where they come from. Holidays are named: each has the days it covers."""

    year: int = Field(ge=1990, le=2199)
    source: str = Field(min_length=1, max_length=300)
    off: dict[str, Days]
    work: Annotated[dict[str, Days], BeforeValidator(_no_none)] = Field(default_factory=dict)


def read_calendar(files: Files) -> tuple[Calendar, list[Problem]]:
    """The calendar of a configuration: the shipped years, overlaid by the files it has itself."""
    own, problems = _years(files)
    return calendar_of([*(() if files.folder == starter("config") else _shipped()), *own]), problems


@cache
def _shipped() -> Sequence[CalendarYear]:
    """The years that ship with the program, which do not change while it runs; a test of the house holds them sound."""
    return tuple(_years(Files(starter("config"), "starter/config"))[0])


def ending(calendar: Calendar, today: date, place: Place) -> list[Problem]:
    """A warning, from November on, that *calendar* does not know the year to come; or that it ended already."""
    last = calendar.last_year
    if last > today.year or (last == today.year and today.month < NOTICE_MONTH):
        return []
    return [Problem(CALENDAR_ENDS, place, details={"year": last or "-", "next": max(last + 1, today.year)})]


def _years(files: Files) -> tuple[list[CalendarYear], list[Problem]]:
    years: list[CalendarYear] = []
    problems: list[Problem] = []
    for path in files.yaml_in(FOLDER):
        table = files.table(path)
        if table is None:
            continue
        year, found = read_year(table, path.stem)
        problems += found
        if year is not None:
            years.append(year)
    return years, problems


def read_year(table: Table, stem: str) -> tuple[CalendarYear | None, list[Problem]]:
    """The year a file declares, or every mistake in it."""
    keys, problems = validate(table, YearFile, Place(table.place.file, 1, 1))
    if keys is None:
        return None, problems
    if stem != str(keys.year):
        place = _place(table, "year")
        problems.append(Problem(FILE_OF_OTHER_YEAR, place, "year", {"stem": stem, "year": keys.year}))
    off, found = _named_days(table, "off", keys.year)
    problems += found
    work, found = _named_days(table, "work", keys.year)
    problems += found
    for day, (_, place, path) in work.items():
        if day in off:
            problems.append(Problem(OFF_AND_WORK, place, path, {"day": day.isoformat()}))
        elif day.weekday() < 5:
            weekday, weekday_zh = _WEEKDAYS[day.weekday()]
            details = {"day": day.isoformat(), "weekday": weekday, "weekday_zh": weekday_zh}
            problems.append(Problem(NO_MAKE_UP_DAY, place, path, details))
    if problems:
        return None, problems
    names = ({day: name for day, (name, _, _) in days.items()} for days in (off, work))
    return CalendarYear(keys.year, keys.source, *names), []


def days_in(text: str) -> list[date]:
    """The days of `2026-10-01` or `2026-10-01..2026-10-07`. Raises ValueError for anything else."""
    row = _DAYS.fullmatch(text.strip())
    if row is None:
        raise ValueError("no day, and no row of days")
    first = date.fromisoformat(row[1])
    last = date.fromisoformat(row[2] or row[1])
    if not 0 <= (last - first).days < LONGEST_ROW:
        raise ValueError("a row of days that ends before it begins, or has too many")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def written(days: Iterable[date]) -> list[str]:
    """The days as a calendar file writes them: rows of days as ranges."""
    rows: list[list[date]] = []
    for day in sorted(days):
        if rows and (day - rows[-1][-1]).days == 1:
            rows[-1].append(day)
        else:
            rows.append([day])
    return [row[0].isoformat() if len(row) == 1 else f"{row[0]}..{row[-1]}" for row in rows]


def _named_days(table: Table, key: str, year: int) -> tuple[dict[date, tuple[str, Place, str]], list[Problem]]:
    """Each day under *key* with its holiday, its place and its path; what is wrong with the others."""
    found: dict[date, tuple[str, Place, str]] = {}
    problems: list[Problem] = []
    names = table.get(key)
    for name, node in names if isinstance(names, Table) else ():
        for text, path in _texts(node, (key, name)):
            try:
                days = days_in(text.value)
            except ValueError:
                problems.append(_not_a_day(text, path))
                continue
            for day in days:
                if day.year != year and (day.year, day.month) != (year - 1, 12):
                    problems.append(Problem(OTHER_YEAR, text.place, path, {"day": day.isoformat(), "year": year}))
                found[day] = (name, text.place, path)
    return found, problems


def _not_a_day(text: Text, path: str) -> Problem:
    came, came_zh = shown(text, ())
    expected = f"a day, or a row of at most {LONGEST_ROW} days"
    details = {"expected": expected, "expected_zh": f"日期，或至多连续 {LONGEST_ROW} 日的起止日期", "came": came,
               "came_zh": came_zh}
    return Problem(NOT_A_DAY, text.place, path, details)


def _texts(node: Node, path: tuple[str | int, ...]) -> Iterator[tuple[Text, str]]:
    if isinstance(node, Text):
        yield node, dotted(path)
    elif isinstance(node, Items):
        for index, item in enumerate(node.items):
            yield from _texts(item, (*path, index))


def _place(table: Table, key: str) -> Place:
    node = table.get(key)
    return node.place if node is not None else table.place
