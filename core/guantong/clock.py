"""The clock: UTC milliseconds since 1970. Order and proofs never depend on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

NEVER = 9_000_000_000_000_000
"""A due time that does not come: the delivery waits for a person."""

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
SET_BY = 1000  # milliseconds beyond which the clock was set, or drifted as far; what it is off by less is not told
MOST_SPANS = 256


def now_ms() -> int:
    """The wall clock."""
    return time.time_ns() // 1_000_000


def steady_ms() -> int:
    """A clock that only goes forward, from some moment on."""
    return time.monotonic_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class _Span:
    """From the steady moment `since` on, the wall clock was `ahead` of the steady one."""

    since: int
    ahead: int


class WallClock:
    """The wall clock, called for UTC milliseconds. Somebody may set it while we run: how long ago something was is told by the clock that
    only goes forward, for as far as this process saw both."""

    def __init__(self, wall: Callable[[], int] = now_ms, steady: Callable[[], int] = steady_ms) -> None:
        self._wall = wall
        self._steady = steady
        since = steady()
        self._spans: tuple[_Span, ...] = (_Span(since, wall() - since),)  # replaced as a whole: threads ask, too

    def __call__(self) -> int:
        now, steady = self._wall(), self._steady()
        if abs(now - steady - self._spans[-1].ahead) > SET_BY:
            self._spans = (*self._spans[-MOST_SPANS:], _Span(steady, now - steady))
        return now

    def age(self, at: int) -> int:
        """Milliseconds since this clock told *at*; the fewest, where it told it more than once; 0 for what is still to come."""
        self()
        steady = until = self._steady()
        least, spans = 0, self._spans
        for span in reversed(spans):
            told = at - span.ahead
            if told <= until + SET_BY and (told >= span.since - SET_BY or span is spans[0]):  # it may have drifted since
                return steady - min(told, until)
            if told < span.since:
                least = steady - span.since  # where the clock was set past it, when that was
            until = span.since
        return least

    def ago(self, milliseconds: int) -> int:
        """The earliest that this clock told in so many milliseconds: what was kept before that surely is so old."""
        self()
        since, spans = self._steady() - milliseconds, self._spans
        told = [since + spans[0].ahead]
        for span in reversed(spans):
            if span.since < since:
                return min([since + span.ahead, *told[1:]])
            told.append(span.since + span.ahead)
        return min(told)


def shown(milliseconds: int) -> str:
    """A stored time as people here read it: `2014-07-15 10:30:00`, in Asia/Shanghai."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone(SHANGHAI)
    return moment.strftime("%Y-%m-%d %H:%M:%S")
