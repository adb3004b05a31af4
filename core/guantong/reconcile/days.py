"""The days that are looked at: whole ones, in Asia/Shanghai."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from guantong.clock import SHANGHAI
from guantong.journey.backfill import Span


@dataclass(frozen=True, slots=True)
class Days:
    """From the day `first` to the day `last`, both included."""

    first: date
    last: date

    @property
    def span(self) -> Span:
        """The same in UTC milliseconds."""
        return Span(_ms(self.first), _ms(self.last + timedelta(days=1)))

    def written(self, form: str) -> tuple[str, str]:
        """Their beginning and their end as *form* (`strftime`'s) writes them."""
        return tuple(datetime.combine(day, time()).strftime(form) for day in (self.first, self.last + timedelta(days=1)))  # type: ignore[return-value]  # two days give two texts

    def __str__(self) -> str:
        return self.first.isoformat() if self.first == self.last else f"{self.first.isoformat()}～{self.last.isoformat()}"


def day_of(at: int) -> date:
    """The day in Asia/Shanghai that *at* (UTC milliseconds) falls on."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(SHANGHAI).date()


def _ms(day: date) -> int:
    return int(datetime.combine(day, time(), SHANGHAI).timestamp() * 1000)
