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
from guantong.problems import Problem, ProblemsError

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


def why(error: Exception) -> str:
    """What operators read of *error*, in Chinese and in English: the located problems where it is one of ours, the reason where
    it gives one, else only its type (a library's text may quote a value)."""
    if isinstance(error, ProblemsError):
        return " | ".join(_line(problem) for problem in error.problems)
    zh = getattr(error, "zh", None)
    return f"{zh} {error}" if isinstance(zh, str) else type(error).__name__


def _line(problem: Problem) -> str:
    where = " ".join(part for part in (str(problem.place), problem.path) if part)
    parts = [problem.message("zh"), problem.hint("zh")], [problem.message(), problem.hint()]
    said = " ".join("; ".join(filter(None, both)) for both in parts)
    return f"{where}: {said} [{problem.code.id}]" if where else f"{said} [{problem.code.id}]"


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
