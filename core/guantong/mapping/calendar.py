"""Dates and times met before: their other form by their text, checked against the calendar once.

Dates repeat from record to record, so one look into a dictionary replaces parsing. The dictionaries are
bounded: a full one is emptied.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

MOST_DAYS, MOST_TIMES = 16_384, 32_768


class Seen:
    """Canonical forms by native text, made by *read* at first sight. `known` is for looking only."""

    def __init__(self, read: Callable[[str], str], most: int) -> None:
        self.known: dict[str, str] = {}
        self._read = read
        self._most = most

    def __call__(self, text: str) -> str:
        """The canonical form. Raises ValueError for what is no date or time of this form."""
        canonical = self.known.get(text)
        if canonical is None:
            canonical = self._read(text)
            if len(self.known) >= self._most:
                self.known.clear()
            self.known[text] = canonical
        return canonical


class Written:
    """Native texts of one format by canonical text: `days` of dates, or of a time's day (`2014-07-15T`), and
    `times` of the rest (`10:30:00+08:00`). For looking only; *day* writes the part of a time up to the rest."""

    def __init__(self, day: Callable[[str], str] | None) -> None:
        self.days: dict[str, str] = {}
        self.times: dict[str, str] = {}
        self._day = day

    def keep(self, canonical: str, native: str) -> None:
        """Remember how a value was written, when it is read back as the same value."""
        if len(self.days) >= MOST_DAYS:
            self.days.clear()
        if len(self.times) >= MOST_TIMES:
            self.times.clear()
        if len(canonical) == 10:
            self.days[canonical] = native
        elif self._day is not None and len(canonical) == 25 and canonical[19:] == "+08:00":
            day = self._day(canonical)
            self.days[canonical[:11]] = day
            self.times[canonical[11:]] = native[len(day):]


def _compact_day(text: str) -> str:
    if len(text) != 8 or not text.isdigit():
        raise ValueError("not yyyyMMdd")
    return date.fromisoformat(text).isoformat()


def _dashed_day(text: str) -> str:
    # `fromisoformat` also knows week dates, whose second dash stands elsewhere.
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        raise ValueError("not yyyy-MM-dd")
    return date.fromisoformat(text).isoformat()


def _compact_time(text: str) -> str:
    if len(text) != 6 or not text.isdigit():
        raise ValueError("not HHmmss")
    return f"{time.fromisoformat(text).isoformat()}+08:00"


def _colon_time(text: str) -> str:
    # `fromisoformat` also knows offsets, which have a sign in place of the second colon.
    if len(text) != 8 or text[2] != ":" or text[5] != ":":
        raise ValueError("not HH:mm:ss")
    return f"{time.fromisoformat(text).isoformat()}+08:00"


def _dashed_day_of_time(text: str) -> str:
    if text[10:] != " ":
        raise ValueError("not a day and a space")
    return f"{_dashed_day(text[:10])}T"


COMPACT_DAYS = Seen(_compact_day, MOST_DAYS)
"""`20140715` → `2014-07-15`."""
DASHED_DAYS = Seen(_dashed_day, MOST_DAYS)
"""`2014-07-15` → itself."""
COMPACT_DAYS_OF_TIMES = Seen(lambda text: f"{_compact_day(text)}T", MOST_DAYS)
"""`20140715` → `2014-07-15T`."""
DASHED_DAYS_OF_TIMES = Seen(_dashed_day_of_time, MOST_DAYS)
"""`2014-07-15 ` → `2014-07-15T`."""
COMPACT_TIMES = Seen(_compact_time, MOST_TIMES)
"""`103000` → `10:30:00+08:00`."""
COLON_TIMES = Seen(_colon_time, MOST_TIMES)
"""`10:30:00` → `10:30:00+08:00`."""
