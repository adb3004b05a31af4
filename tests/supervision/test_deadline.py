"""The deadline clock: counted by hand on known days, and held to its laws."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guantong.config.calendar import read_calendar
from guantong.config.files import Files
from guantong.starter import starter
from guantong.supervision.calendar import DAY, begin_of, day_of, end_of
from guantong.supervision.deadline import Counting, Reckoning, State, Stop, read_clock
from guantong.supervision.limit import Limit, Unit, parse_limit

SHANGHAI = timezone(timedelta(hours=8))
CALENDAR, _ = read_calendar(Files(starter("config"), "config"))
W, D, H = Unit.WORKDAY, Unit.DAY, Unit.HOUR
PLAIN = Reckoning()
LEGAL = Reckoning(month=30, year=365)


def at(text: str) -> int:
    """The instant of a time in Shanghai, `2014-09-26 16:40`."""
    return round(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1000)


def said(instant: int | None) -> str:
    """An instant as `2014-09-26 16:40:00`; `never` for none."""
    if instant is None:
        return "never"
    return datetime.fromtimestamp(instant / 1000, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def counting(limit: str, start: str, *stops: Stop, reckoning: Reckoning = PLAIN) -> Counting:
    parsed = parse_limit(limit)
    assert parsed is not None
    return Counting(parsed, at(start), CALENDAR, reckoning, stops)


def pause(start: str, end: str | None, most: Limit | None = None) -> Stop:
    return Stop(at(start), at(end) if end else None, "pause 1", most)


@pytest.mark.parametrize(("limit", "start", "due"), [
    ("1个工作日", "2014-09-26 16:40", "2014-09-28"),   # a Friday; the Sunday after it is a make-up day
    ("2个工作日", "2014-09-26 16:40", "2014-09-29"),
    ("5个工作日", "2014-09-26 08:00", "2014-10-09"),   # the National Day week and the make-up Saturday between
    ("3工作日", "2014-10-11 09:00", "2014-10-15"),     # begins on a make-up Saturday
    ("5个工作日", "2014-07-19 09:00", "2014-07-25"),   # begins on a Saturday: Monday is the first day
    ("0个工作日", "2014-07-18 09:00", "2014-07-18"),   # within the day
    ("0个工作日", "2014-07-19 09:00", "2014-07-21"),   # nobody works on it: within the next working day
    ("30 自然日", "2014-01-15 23:59", "2014-02-14"),
    ("1个月", "2014-01-31 10:00", "2014-02-28"),       # a month without a 31st ends with its last day
    ("3个月", "2014-11-30 10:00", "2015-02-28"),
    ("1年", "2016-02-29 10:00", "2017-02-28"),
])
def test_limits_of_days_end_with_their_last_day(limit: str, start: str, due: str) -> None:
    assert said(counting(limit, start).due()) == f"{due} 23:59:59"


def test_legal_months_and_years_are_days_where_the_reckoning_says_so() -> None:
    assert said(counting("1个月", "2014-01-31 10:00", reckoning=LEGAL).due()) == "2014-03-02 23:59:59"
    assert said(counting("1年", "2016-01-01 10:00", reckoning=LEGAL).due()) == "2016-12-31 23:59:59"


def test_hours_run_through_the_night_or_in_office_hours_only() -> None:
    office = Reckoning(office=((9 * 3_600_000, 12 * 3_600_000), (14 * 3_600_000, 17 * 3_600_000)))
    assert said(counting("2小时", "2014-07-18 16:30").due()) == "2014-07-18 18:30:00"
    assert said(counting("2小时", "2014-07-18 16:30", reckoning=office).due()) == "2014-07-21 10:30:00"  # over a weekend
    assert said(counting("90分钟", "2014-07-18 11:00", reckoning=office).due()) == "2014-07-18 14:30:00"  # over noon
    stopped = counting("2小时", "2014-07-18 16:30", pause("2014-07-18 17:00", "2014-07-18 17:45"))
    assert said(stopped.due()) == "2014-07-18 19:15:00"


@pytest.mark.parametrize(("stops", "due"), [
    ([pause("2014-07-16 10:00", "2014-07-18 15:00")], "2014-07-24"),                   # the 17th and 18th are not counted
    ([pause("2014-07-16 10:00", "2014-07-16 15:00")], "2014-07-22"),                   # of one day: costs nothing
    ([pause("2014-07-16 10:00", "2014-07-16 10:00")], "2014-07-22"),                   # of no length
    ([pause("2014-07-16 10:00", "2014-07-18 15:00"), pause("2014-07-17 10:00", "2014-07-21 15:00")], "2014-07-25"),
    ([pause("2014-07-16 10:00", "2014-07-18 15:00"), pause("2014-07-17 08:00", "2014-07-17 18:00")], "2014-07-24"),
    ([pause("2014-07-10 10:00", "2014-07-14 15:00")], "2014-07-22"),                   # over before the case began
    ([pause("2014-07-10 10:00", "2014-07-16 15:00")], "2014-07-23"),                   # begun before it
    ([pause("2014-07-23 10:00", "2014-08-18 15:00")], "2014-07-22"),                   # begun when it was over
    ([pause("2014-07-19 10:00", "2014-07-20 15:00")], "2014-07-22"),                   # a weekend: nothing to stop
    ([pause("2014-07-16 10:00", None, Limit(2, W))], "2014-07-24"),                    # its own limit ends it
    ([pause("2014-07-16 10:00", "2014-08-30 10:00", Limit(2, W))], "2014-07-24"),      # and it may not last longer
    ([pause("2014-07-16 10:00", "2014-07-17 10:00", Limit(9, W))], "2014-07-23"),      # but shorter
])
def test_stops_are_not_counted(stops: list[Stop], due: str) -> None:
    assert said(counting("5个工作日", "2014-07-15 09:00", *stops).due()) == f"{due} 23:59:59"


def test_a_stop_without_end_or_limit_keeps_the_limit_from_ending() -> None:
    open_stop = counting("5个工作日", "2014-07-15 09:00", pause("2014-07-16 10:00", None, Limit(0, W)))
    clock = read_clock(open_stop, at("2014-07-30 10:00"))
    assert (clock.due, clock.state, clock.spent, clock.left) == (None, State.STOPPED, 1, 4)


def test_a_clock_tells_what_counted_and_what_did_not() -> None:
    """An auditor adds the counted days up and has the days spent."""
    clock = read_clock(counting("5个工作日", "2014-07-15 09:00", pause("2014-07-16 10:00", "2014-07-18 15:00")),
                       at("2014-07-25 09:00"))
    told = [(said(one.start), said(one.end), one.runs, one.counted, one.why) for one in clock.stretches]
    assert told == [
        ("2014-07-15 09:00:00", "2014-07-16 10:00:00", True, 1, ""),
        ("2014-07-16 10:00:00", "2014-07-18 15:00:00", False, 0, "pause 1"),
        ("2014-07-18 15:00:00", "never", True, 4, ""),
    ]
    assert (clock.state, clock.over, clock.spent, clock.left) == (State.OVERDUE, 1, 5, 0)


@pytest.mark.parametrize(("finished", "state", "over"), [
    ("2014-07-22 23:59", State.MET, 0), ("2014-07-23 00:00", State.MISSED, 1), ("2014-07-28 09:00", State.MISSED, 4),
])
def test_a_case_finished_on_its_last_day_is_in_time(finished: str, state: State, over: int) -> None:
    clock = read_clock(counting("5个工作日", "2014-07-15 09:00"), at("2020-01-01"), at(finished))
    assert (clock.state, clock.over) == (state, over)


def test_days_of_years_without_a_notice_are_told() -> None:
    assert read_clock(counting("5个工作日", "2026-12-28 09:00"), at("2026-12-28 09:00")).unknown_years == (2027,)
    assert read_clock(counting("5自然日", "2026-12-28 09:00"), at("2026-12-28 09:00")).unknown_years == ()


def test_what_is_over_counts_in_its_own_unit() -> None:
    days = counting("5个工作日", "2014-07-15 09:00")
    due = days.due() or 0
    assert said(days.overdue_since(due, 1)) == "2014-07-23 00:00:00"
    assert said(days.overdue_since(due, 4)) == "2014-07-28 00:00:00"   # over a weekend
    natural = counting("5自然日", "2014-07-15 09:00")
    assert said(natural.overdue_since(natural.due() or 0, 4)) == "2014-07-24 00:00:00"
    hours = counting("2小时", "2014-07-18 16:30")
    assert hours.overdue_since(hours.due() or 0, 1) == at("2014-07-18 18:30") + 1
    assert said(hours.overdue_since(hours.due() or 0, 2)) == "2014-07-22 00:00:00"  # two working days later


FIRST, LAST = at("2005-01-01"), at("2026-06-01")
instants = st.integers(FIRST, LAST)
limits = st.builds(Limit, st.integers(1, 60), st.sampled_from([W, D, H, Unit.MINUTE, Unit.MONTH]))


@st.composite
def a_stop(draw: st.DrawFn) -> Stop:
    start = draw(instants)
    end = draw(st.none() | st.integers(0, 90 * DAY).map(lambda length: start + length))
    most = draw(st.none() | st.builds(Limit, st.integers(0, 30), st.sampled_from([W, D])))
    return Stop(start, end, "a stop", most)


@st.composite
def cases(draw: st.DrawFn) -> Counting:
    start = draw(instants)
    near = st.builds(lambda stop, away: stop._replace(start=start + away, end=None if stop.end is None else start + away + stop.end - stop.start),
                     a_stop(), st.integers(-30 * DAY, 90 * DAY))
    return Counting(draw(limits), start, CALENDAR, LEGAL, tuple(draw(st.lists(near, max_size=4))))


def _known(due: int | None) -> int:
    return LAST * 10 if due is None else due


@given(cases(), a_stop())
def test_one_more_stop_never_brings_the_due_time_nearer(case: Counting, stop: Stop) -> None:
    more = Counting(case.limit, case.start, CALENDAR, LEGAL, (*case.stops, stop))
    assert _known(more.due()) >= _known(case.due())


@given(cases(), st.integers(0, 60 * DAY))
def test_the_same_stop_told_twice_or_in_pieces_stops_once(case: Counting, length: int) -> None:
    whole = Stop(case.start + DAY, case.start + DAY + length, "whole")
    middle = whole.start + length // 2
    pieces = (whole._replace(end=middle), whole._replace(start=middle), whole)
    one, three = (Counting(case.limit, case.start, CALENDAR, LEGAL, (*case.stops, *stops)) for stops in ((whole,), pieces))
    assert one.due() == three.due()


@given(cases())
def test_a_stop_of_no_length_stops_nothing(case: Counting) -> None:
    nothing = Stop(case.start + 3 * DAY, case.start + 3 * DAY, "nothing")
    assert Counting(case.limit, case.start, CALENDAR, LEGAL, (*case.stops, nothing)).due() == case.due()


@given(st.integers(1, 60), instants)
def test_the_hour_of_the_start_does_not_matter_for_days(count: int, start: int) -> None:
    dues = {Counting(Limit(count, W), moment, CALENDAR).due() for moment in (begin_of(day_of(start)), start, end_of(day_of(start)))}
    assert len(dues) == 1


@given(cases())
def test_working_days_agree_with_counting_them_one_by_one(case: Counting) -> None:
    """The arithmetic against the definition: day after day, those that count and are not stopped."""
    by_days = Counting(Limit(case.limit.number, W), case.start, CALENDAR, LEGAL, case.stops)
    stopped = [(day_of(stop.start), day_of(end) if end is not None else None) for stop, end in by_days.ends()]
    day, left = day_of(case.start), case.limit.number
    horizon = day + 4000
    while left and day < horizon:
        day += 1
        held = any(begin < day and (end is None or day <= end) for begin, end in stopped)
        left -= CALENDAR.works(day) and not held
    assert by_days.due() == (end_of(day) if not left else None)


@given(cases(), st.integers(0, 200 * DAY))
def test_the_stretches_add_up_to_what_was_spent(case: Counting, later: int) -> None:
    now = case.start + later
    clock = read_clock(case, now)
    assert sum(one.counted for one in clock.stretches) == clock.spent
    edges = [(one.end, after.start) for one, after in pairwise(clock.stretches)]
    assert all(end == start for end, start in edges)


@given(cases(), st.integers(0, 400 * DAY))
def test_a_clock_is_overdue_exactly_after_its_due_time(case: Counting, later: int) -> None:
    clock = read_clock(case, case.start + later)
    late = clock.due is not None and case.start + later > clock.due
    assert (clock.state is State.OVERDUE) == late
    assert late or clock.over == 0
