"""The shipped working calendar: whole, sound, and the same as two tables kept by others."""

from __future__ import annotations

from datetime import date

import chinese_calendar  # type: ignore[import-untyped]  # it has neither types nor stubs
import holidays
import pytest

from guantong.config.calendar import read_calendar
from guantong.config.files import Files
from guantong.starter import starter
from guantong.supervision.calendar import Calendar

YEARS = range(2004, 2027)
ONLY_HOLIDAYS_KNOWS = {date(2005, 12, 31)}
"""The make-up Saturday of New Year 2006, which `chinesecalendar` lacks."""


@pytest.fixture(scope="module")
def shipped() -> Calendar:
    calendar, problems = read_calendar(Files(starter("config"), "config"))
    assert problems == []
    return calendar


def test_every_year_since_2004_is_there_with_its_source(shipped: Calendar) -> None:
    assert list(shipped.years) == list(YEARS)
    assert all(f"{year}年部分节假日安排的通知" in shipped.years[year].source for year in YEARS)


def test_every_day_agrees_with_chinesecalendar(shipped: Calendar) -> None:
    differ = {day.day for year in YEARS for day in shipped.days_of(year) if day.works != chinese_calendar.is_workday(day.day)}
    assert differ == ONLY_HOLIDAYS_KNOWS


def test_every_day_agrees_with_holidays(shipped: Calendar) -> None:
    china = holidays.country_holidays("CN", years=YEARS)
    assert [day.day for year in YEARS for day in shipped.days_of(year) if day.works != china.is_working_day(day.day)] == []


def test_counting_working_days_agrees_with_looking_at_each(shipped: Calendar) -> None:
    first, last = date(2013, 12, 20).toordinal(), date(2015, 1, 20).toordinal()
    ends = range(first, last, 13)
    assert [shipped.working_days(first, end) for end in ends] == [
        sum(shipped.works(day) for day in range(first, end + 1)) for end in ends]
    assert shipped.working_days(last, first) == 0
