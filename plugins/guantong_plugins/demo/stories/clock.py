"""Time inside a story: it only moves forward, within office hours, to the second."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

_OPENS, _CLOSES = 9, 17
_SATURDAY = 5


class Clock:
    """The time of one case. Every reading is later than the one before, so no two of its acts coincide."""

    def __init__(self, random: Random, day: date) -> None:
        self._random = random
        self._now = datetime(day.year, day.month, day.day, _OPENS) + timedelta(
            minutes=random.randrange(180), seconds=random.randrange(60)
        )

    def read(self) -> str:
        """The time, as facts hold it: `2014-07-15T10:30:00`."""
        return self._now.isoformat()

    def minutes(self, least: int, most: int) -> str:
        """Move forward by some minutes and read."""
        return self._forward(timedelta(minutes=self._random.randrange(least, most + 1)))

    def days(self, least: int, most: int) -> str:
        """Move forward by some days and minutes and read."""
        days = self._random.randrange(least, most + 1)
        return self._forward(timedelta(days=days, minutes=self._random.randrange(1, 60)))

    def _forward(self, step: timedelta) -> str:
        self._now += step + timedelta(seconds=self._random.randrange(1, 60))
        if self._now.hour >= _CLOSES:
            self._now = (self._now + timedelta(days=1)).replace(hour=_OPENS)
        while self._now.weekday() >= _SATURDAY:
            self._now += timedelta(days=1)
        return self.read()
