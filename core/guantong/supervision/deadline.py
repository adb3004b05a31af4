"""The deadline clock (时限计算): from a start, a limit and the stops between to the instant it is due. Pure.

Limits of days count whole days, in Asia/Shanghai, and end with the last one. As 民法典 article 201 has it, the day
of the start is not counted; so neither is the day on which a stopped clock starts again, while the day on which it
stops is. A stop that begins and ends on one day therefore costs nothing. Stops may overlap, nest or repeat:
a day stopped twice is stopped once. A stop that begins after the limit has passed stops nothing.
Limits of hours and minutes run from the very instant, through nights and weekends unless office hours are given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from guantong.supervision.calendar import DAY, Calendar, begin_of, day_of, end_of
from guantong.supervision.limit import Limit, Unit

NEVER_DAY = date.max.toordinal() - 400
_MINUTE = 60_000
_LONGEST = 10 * 366 * DAY
"""Limits of hours and minutes that are not reached in ten years are never."""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How units are counted. `month` and `year`: days, or None for the same day of a later month. `office`: spans
    of milliseconds after midnight on working days in which hours and minutes run; none: always."""

    month: int | None = None
    year: int | None = None
    office: tuple[tuple[int, int], ...] = ()


class Stop(NamedTuple):
    """A time in which the clock stands. `end` None: it still does; `at_most`: it runs again by then at the latest."""

    start: int
    end: int | None
    why: str
    at_most: Limit | None = None


class Stretch(NamedTuple):
    """A part of a clock's time. `counted`: units counted in it; `end` None: it has not ended. `why`: the stop's."""

    start: int
    end: int | None
    runs: bool
    counted: int
    why: str = ""


class State(StrEnum):
    """What a clock does at the instant looked at."""

    RUNNING = "running"
    STOPPED = "stopped"
    OVERDUE = "overdue"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Clock:
    """One limit of one case at one instant. `limit` as declared; `unit` in which `total`, `spent`, `left` and `over`
    count (months and years count as days). `due`: the last instant in time, None while the clock stands without end.
    `unknown_years`: years counted of which the calendar knows no notice."""

    limit: Limit
    start: int
    due: int | None
    state: State
    unit: Unit
    total: int
    spent: int
    over: int
    stretches: tuple[Stretch, ...] = field(default=())
    unknown_years: tuple[int, ...] = ()

    @property
    def left(self) -> int:
        """Units still to come; 0 on the last day."""
        return max(0, self.total - self.spent)


@dataclass(frozen=True, slots=True)
class Counting:
    """What a clock counts by, and since when: one object answers every question about one limit of one case."""

    limit: Limit
    start: int
    calendar: Calendar
    reckoning: Reckoning = Reckoning()
    stops: tuple[Stop, ...] = ()

    @property
    def unit(self) -> Unit:
        """The unit counted: days for months and years."""
        return Unit.DAY if self.limit.unit in (Unit.MONTH, Unit.YEAR) else self.limit.unit

    @property
    def total(self) -> int:
        """How many units the limit has."""
        count, unit = self.limit
        fixed = {Unit.MONTH: self.reckoning.month, Unit.YEAR: self.reckoning.year}.get(unit)
        if unit not in (Unit.MONTH, Unit.YEAR):
            return count
        if fixed is not None:
            return count * fixed
        first = day_of(self.start)
        return _later(first, count * (12 if unit is Unit.YEAR else 1)) - first

    def due(self) -> int | None:
        """The last instant in time; None while a stop without end keeps it from coming."""
        return self.reaches(self.total)

    def reaches(self, count: int) -> int | None:
        """The instant by which *count* units have been counted: the end of that day, or the very instant."""
        if self.unit.in_days:
            day = self._day_reached(count)
            return None if day is None else end_of(day)
        return self._instant_reached(count * self._size)

    def begins(self, count: int) -> int | None:
        """The instant at which the day begins that is the *count*th; for hours and minutes the instant itself."""
        reached = self.reaches(count)
        return begin_of(day_of(reached)) if reached is not None and self.unit.in_days else reached

    def spent(self, at: int) -> int:
        """Units counted from the start to the instant *at*: whole days with the day of *at*, or full minutes or hours."""
        if not self.unit.in_days:
            return sum(end - begin for begin, end in self._running(at)) // self._size
        first, last = day_of(self.start) + 1, day_of(at)
        return sum(self._days(max(first, begin), min(last, end)) for begin, end in self._gaps())

    def over(self, at: int, due: int) -> int:
        """Units from the instant *due* to the instant *at*, whatever stopped meanwhile."""
        if at <= due:
            return 0
        return self._days(day_of(due) + 1, day_of(at)) if self.unit.in_days else (at - due) // self._size

    def overdue_since(self, due: int, units: int) -> int:
        """The instant at which the limit that was *due* is over by *units* days of its own kind; for hours and
        minutes, one unit is any time at all, and more are working days."""
        if not self.unit.in_days and units <= 1:
            return due + 1
        by_work = self.unit is Unit.WORKDAY or not self.unit.in_days
        return begin_of(_nth(self.calendar, by_work, day_of(due) + 1, units))

    @property
    def _size(self) -> int:
        return _MINUTE if self.unit is Unit.MINUTE else 60 * _MINUTE

    def _days(self, first: int, last: int) -> int:
        """How many days that count lie from *first* to *last*, both within."""
        return self.calendar.working_days(first, last) if self.unit is Unit.WORKDAY else max(0, last - first + 1)

    def _gaps(self) -> Iterator[tuple[int, int]]:
        """Rows of days in which the clock is not stopped, as first and last, in order."""
        first = day_of(self.start) + 1
        for begin, end in _apart((day_of(stop.start) + 1, NEVER_DAY if end is None else day_of(end))
                                 for stop, end in self.ends()):
            yield first, begin - 1
            first = max(first, end + 1)
        yield first, NEVER_DAY

    def ends(self) -> Iterator[tuple[Stop, int | None]]:
        """Each stop with its end: the one told, or the one its own limit sets, whichever is earlier. Stops of no
        length, and what of them lies before the start, stop nothing."""
        for stop in self.stops:
            end = stop.end
            if stop.at_most is not None and stop.at_most.number > 0:
                latest = Counting(stop.at_most, stop.start, self.calendar, self.reckoning).due()
                end = latest if end is None else end if latest is None else min(end, latest)
            if end is None or end > max(stop.start, self.start):
                yield stop, end

    def _day_reached(self, count: int) -> int | None:
        by_work = self.unit is Unit.WORKDAY
        if count == 0:  # within the day itself; where nobody works on it, within the next working day
            return _nth(self.calendar, by_work, day_of(self.start), 1)
        for first, last in self._gaps():
            here = self._days(first, last)
            if count <= here and first < NEVER_DAY:
                return _nth(self.calendar, by_work, first, count)
            count -= here
        return None

    def _instant_reached(self, wanted: int) -> int | None:
        for begin, end in self._running(None):
            if wanted <= end - begin:
                return begin + wanted
            wanted -= end - begin
        return None

    def _running(self, until: int | None) -> Iterator[tuple[int, int]]:
        """The spans in which hours and minutes run, from the start on."""
        ends = list(self.ends())
        latest = self.start + _LONGEST if until is None else until
        horizon = max(self.start, min([latest, *(stop.start for stop, end in ends if end is None)]))
        stopped = _apart(((stop.start, end - 1) for stop, end in ends if end is not None), gap=0)
        for begin, end in self._open(horizon):
            for first, last in stopped:
                if last < begin or first >= end:
                    continue
                if first > begin:
                    yield begin, first
                begin = last + 1
            if begin < end:
                yield begin, end

    def _open(self, horizon: int) -> Iterator[tuple[int, int]]:
        if not self.reckoning.office:
            yield self.start, horizon
            return
        for day in range(day_of(self.start), day_of(horizon) + 1):
            for opens, closes in self.reckoning.office if self.calendar.works(day) else ():
                begin, end = max(self.start, begin_of(day) + opens), min(horizon, begin_of(day) + closes)
                if begin < end:
                    yield begin, end


def read_clock(counting: Counting, at: int, ended: int | None = None) -> Clock:
    """The clock at the instant *at*, or where it *ended* before."""
    now = at if ended is None else min(ended, at)
    due = counting.due()
    over = 0 if due is None else counting.over(now, due)
    late = due is not None and now > due
    if ended is not None and ended <= at:
        state = State.MISSED if late else State.MET
    elif late:
        state = State.OVERDUE
    else:
        state = State.STOPPED if _stands(counting, now) else State.RUNNING
    by_work = counting.unit is Unit.WORKDAY or (not counting.unit.in_days and bool(counting.reckoning.office))
    last = min(day_of(max(now, counting.start, due or 0)), NEVER_DAY)
    unknown = counting.calendar.unknown_years(day_of(counting.start), last) if by_work else ()
    spent = counting.spent(now if due is None else min(now, due))
    return Clock(counting.limit, counting.start, due, state, counting.unit, counting.total, spent, over,
                 tuple(_stretches(counting, now if due is None else min(now, due))), unknown)


def _stands(counting: Counting, at: int) -> bool:
    return any(stop.start <= at and (end is None or at < end) for stop, end in counting.ends())


def _stretches(counting: Counting, until: int) -> Iterator[Stretch]:
    """The clock's time up to *until*, told part by part: what counted, and what stopped it when. What comes after the
    limit has passed is over, and no part of it."""
    marks = sorted({max(counting.start, min(edge, until)) for stop, end in counting.ends()
                    for edge in (stop.start, until if end is None else end)} | {counting.start, until})
    before = 0
    for begin, end in pairwise(marks):
        holding = [stop.why for stop, last in counting.ends()
                   if stop.start <= begin and (last is None or end <= last)]
        spent = counting.spent(end)
        yield Stretch(begin, None if end == until else end, not holding, spent - before, ", ".join(dict.fromkeys(holding)))
        before = spent


def _apart(spans: Iterator[tuple[int, int]] | Sequence[tuple[int, int]], gap: int = 1) -> list[tuple[int, int]]:
    """Spans (first and last, both within) in order, those that overlap or touch made one; empty ones gone."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(span for span in spans if span[0] <= span[1]):
        if joined and first <= joined[-1][1] + gap:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def _nth(calendar: Calendar, by_work: bool, first: int, count: int) -> int:
    """The *count*th day from *first* on: the *count*th working day, or simply so many days."""
    if not by_work:
        return first + count - 1
    day = first
    while True:
        count -= calendar.works(day)
        if count == 0:
            return day
        day += 1


def _later(day: int, months: int) -> int:
    """The same day *months* later; the last day of a month that has no such day (民法典 article 202)."""
    first = date.fromordinal(day)
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    for number in (first.day, 30, 29, 28):
        try:
            return date(year, month + 1, number).toordinal()
        except ValueError:
            continue
    raise ValueError("no such month")  # every month has a 28th
