"""Time limits and their units (时限与单位). Pure."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple


class Unit(StrEnum):
    """A unit of time limits, by its canonical word (code table `limit.unit`)."""

    WORKDAY = "workday"
    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"
    MONTH = "month"
    YEAR = "year"

    @property
    def zh(self) -> str:
        return _ZH[self]

    @property
    def in_days(self) -> bool:
        """Whether limits of this unit count whole days."""
        return self not in (Unit.HOUR, Unit.MINUTE)


_ZH = {Unit.WORKDAY: "个工作日", Unit.DAY: "个自然日", Unit.HOUR: "小时", Unit.MINUTE: "分钟", Unit.MONTH: "个月", Unit.YEAR: "年"}
_WORDS = {
    "workday": Unit.WORKDAY, "workdays": Unit.WORKDAY, "工作日": Unit.WORKDAY,
    "day": Unit.DAY, "days": Unit.DAY, "自然日": Unit.DAY, "日历日": Unit.DAY, "天": Unit.DAY, "日": Unit.DAY,
    "hour": Unit.HOUR, "hours": Unit.HOUR, "小时": Unit.HOUR,
    "minute": Unit.MINUTE, "minutes": Unit.MINUTE, "分钟": Unit.MINUTE,
    "month": Unit.MONTH, "months": Unit.MONTH, "月": Unit.MONTH,
    "year": Unit.YEAR, "years": Unit.YEAR, "年": Unit.YEAR,
}
_LIMIT = re.compile(r"\s*(0|[1-9][0-9]{0,4})\s*个?\s*([a-z]+|[一-鿿]+)\s*")
MOST = 36_500
"""The largest number a limit may have: a hundred years of days."""


class Limit(NamedTuple):
    """A number of units: 5 working days."""

    number: int
    unit: Unit

    @property
    def zh(self) -> str:
        return f"{self.number}{self.unit.zh}"

    @property
    def en(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"


def parse_limit(text: str) -> Limit | None:
    """The limit in `5 个工作日`, `5工作日`, `30 自然日`, `2 hours`; None for anything else."""
    found = _LIMIT.fullmatch(text)
    unit = _WORDS.get(found[2]) if found else None
    return Limit(int(found[1]), unit) if found and unit and int(found[1]) <= MOST else None
