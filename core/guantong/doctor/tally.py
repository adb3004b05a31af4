"""What a survey finds, the first of each kind told and all of them counted."""

from __future__ import annotations

from collections import Counter

from guantong.doctor.codes import MORE
from guantong.problems import Code, Problem

MOST_TOLD = 20


class Tally:
    """Problems as they are found: at most `MOST_TOLD` of one kind are kept."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._counts: Counter[Code] = Counter()

    def tell(self, code: Code, **details: object) -> None:
        """One more of this kind."""
        self._counts[code] += 1
        if self._counts[code] <= MOST_TOLD:
            self._problems.append(Problem(code, details=details))

    def problems(self) -> list[Problem]:
        """Those kept, and of what kind there were more."""
        more = [Problem(MORE, details={"count": count - MOST_TOLD, "code": code.id})
                for code, count in self._counts.items() if count > MOST_TOLD]
        return [*self._problems, *more]
