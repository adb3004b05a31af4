"""The working calendar (工作日历): which days count as working days. Pure.

Days are proleptic ordinals (`datetime.date.toordinal`), instants UTC milliseconds; the day of an instant is
the day in Asia/Shanghai. 行政许可法 article 82: limits in days are working days, without public holidays.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

DAY = 86_400_000
_SHANGHAI = 8 * 3_600_000
_EPOCH = date(1970, 1, 1).toordinal()
_SATURDAY = 5


def day_of(at: int) -> int:
    """The day in Asia/Shanghai that holds the instant *at*."""
    return (at + _SHANGHAI) // DAY + _EPOCH


def begin_of(day: int) -> int:
    """The first millisecond of *day*."""
    return (day - _EPOCH) * DAY - _SHANGHAI


def end_of(day: int) -> int:
    """The last millisecond of *day*: what is due on a day is in time until then."""
    return begin_of(day + 1) - 1


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """What one year's notice says: days off (weekends among them or not) and weekend days on which people work,
    each with the name of the holiday."""

    year: int
    source: str
    off: Mapping[date, str]
    work: Mapping[date, str]


class Day(NamedTuple):
    """One day as the calendar sees it; `known`: a notice covers its year."""

    day: date
    works: bool
    name: str
    known: bool


@dataclass(frozen=True)
class Calendar:
    """The years known. A day of any other year counts by its weekday alone: who computes with it says so
    (`unknown_years`)."""

    years: Mapping[int, CalendarYear]

    @cached_property
    def _off(self) -> Mapping[int, str]:
        return {day.toordinal(): name for year in self.years.values() for day, name in year.off.items()}

    @cached_property
    def _work(self) -> Mapping[int, str]:
        return {day.toordinal(): name for year in self.years.values() for day, name in year.work.items()}

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits: the hash of every day off and every make-up day."""
        said = repr((sorted(self.years), sorted(self._off), sorted(self._work)))
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    @cached_property
    def _weekdays_off(self) -> list[int]:
        return sorted(day for day in self._off if _is_weekday(day) and day not in self._work)

    @cached_property
    def _weekends_on(self) -> list[int]:
        return sorted(day for day in self._work if not _is_weekday(day))

    def working_days(self, first: int, last: int) -> int:
        """How many working days there are from day *first* to day *last*, both within."""
        if last < first:
            return 0
        off, on = self._weekdays_off, self._weekends_on
        return (_weekdays_to(last) - _weekdays_to(first - 1)
                - (bisect_right(off, last) - bisect_left(off, first)) + bisect_right(on, last) - bisect_left(on, first))

    @property
    def last_year(self) -> int:
        """The last year known, 0 where none is."""
        return max(self.years, default=0)

    def works(self, day: int) -> bool:
        """Whether *day* is a working day."""
        if day in self._work:
            return True
        return _is_weekday(day) and day not in self._off

    def day(self, day: date) -> Day:
        """What is known of *day*."""
        ordinal = day.toordinal()
        name = self._work.get(ordinal) or self._off.get(ordinal, "")
        return Day(day, self.works(ordinal), name, day.year in self.years)

    def unknown_years(self, first: int, last: int) -> tuple[int, ...]:
        """The years from day *first* to day *last* of which no notice is known."""
        years = range(date.fromordinal(first).year, date.fromordinal(last).year + 1)
        return tuple(year for year in years if year not in self.years)

    def days_of(self, year: int) -> Iterator[Day]:
        """Every day of *year*."""
        first = date(year, 1, 1).toordinal()
        for ordinal in range(first, date(year, 12, 31).toordinal() + 1):
            yield self.day(date.fromordinal(ordinal))


def _is_weekday(day: int) -> bool:
    return (day - 1) % 7 < _SATURDAY  # day 1 of the calendar was a Monday


def _weekdays_to(day: int) -> int:
    """Mondays to Fridays from day 1 to *day*."""
    return day // 7 * _SATURDAY + min(day % 7, _SATURDAY)


def calendar_of(years: Iterable[CalendarYear]) -> Calendar:
    """The calendar of *years*; of two of the same year the later holds."""
    return Calendar({year.year: year for year in years})
