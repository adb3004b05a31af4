"""Dates and times seen before: their canonical form by their text, checked against the calendar once.

Dates repeat from record to record, so one look into a dictionary replaces parsing. The dictionaries are
bounded: a full one is emptied.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time


class Seen(dict[str, str]):
    """Canonical forms by native text, made by `read` at first sight (which raises ValueError for what is
    no date or time of that form)."""

    def __init__(self, read: Callable[[str], str], most: int) -> None:
        super().__init__()
        self._read = read
        self._most = most

    def __missing__(self, text: str) -> str:
        canonical = self._read(text)
        if len(self) >= self._most:
            self.clear()
        self[text] = canonical
        return canonical


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


COMPACT_DAYS = Seen(_compact_day, 16_384)
"""`20140715` → `2014-07-15`."""
DASHED_DAYS = Seen(_dashed_day, 16_384)
"""`2014-07-15` → itself."""
COMPACT_DAYS_OF_TIMES = Seen(lambda text: f"{_compact_day(text)}T", 16_384)
"""`20140715` → `2014-07-15T`."""
DASHED_DAYS_OF_TIMES = Seen(_dashed_day_of_time, 16_384)
"""`2014-07-15 ` → `2014-07-15T`."""
COMPACT_TIMES = Seen(_compact_time, 32_768)
"""`103000` → `10:30:00+08:00`."""
COLON_TIMES = Seen(_colon_time, 32_768)
"""`10:30:00` → `10:30:00+08:00`."""
