"""Reach: which far ends are lost, told by what speaks to them, for operators to read.

A line, a poll, a line of a listener, a look for receipts tell each failure and each success here. It is said once in
the log when an end is lost and once when it is back: who tells is told which of them it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from guantong.journey.codes import LOST_UNTOLD

_CODE = re.compile(r"\b(GT[0-9]{3})\b")
Next = Callable[[], int | None]


class As(StrEnum):
    """As what a system is lost: as one that is read, as one that is sent to, or as one that is asked for receipts."""

    SOURCE = "source"
    TARGET = "target"
    RECEIPTS = "receipts"


class Lost(NamedTuple):
    """Since when (UTC milliseconds), why as the log has it, and what tells when it is tried next."""

    since: int
    reason: str
    next: Next

    def as_json(self, way: As) -> dict[str, Any]:
        """What operators read; `next` is None where nothing is to be tried, in UTC milliseconds else."""
        found = _CODE.search(self.reason)
        return {"since": self.since, "as": way, "code": found[1] if found else LOST_UNTOLD.id, "reason": self.reason,
                "next": self.next()}


class Reach:
    """The ends that are lost, or were since the hub began. On the event loop."""

    def __init__(self) -> None:
        self._ends: dict[tuple[str, As], Lost | None] = {}

    def lost(self, system: str, way: As, reason: str, at: int, tried: Next | int) -> bool:
        """*system* failed at *at* (UTC milliseconds); it is *tried* again then. True when it was not lost before."""
        known = self._ends.get((system, way))
        until: Next = tried if callable(tried) else lambda: tried
        self._ends[system, way] = Lost(at if known is None else known.since, reason, until)
        return known is None

    def back(self, system: str, way: As) -> bool:
        """*system* did well. True when it was lost before."""
        if self._ends.get((system, way)) is None:
            return False
        self._ends[system, way] = None
        return True

    def seen(self) -> Mapping[tuple[str, As], bool]:
        """Whether each end that was ever lost is lost now."""
        return {end: lost is not None for end, lost in self._ends.items()}

    def told(self) -> dict[str, list[dict[str, Any]]]:
        """Of each system that is lost, as what, since when, why, and when it is tried next."""
        found: dict[str, list[dict[str, Any]]] = {}
        for (system, way), lost in self._ends.items():
            if lost is not None:
                found.setdefault(system, []).append(lost.as_json(way))
        return found
