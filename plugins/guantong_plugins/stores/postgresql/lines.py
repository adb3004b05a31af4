"""The unfinished deliveries of those subjects that the writer has looked at, as the group of work has them.

Whoever writes alone changes them: what was read once stays true until it changes it itself, or another has written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from guantong.journey.states import BLOCKING

STATE, DUE, ATTEMPTS, BODY, KIND, REASON, CODE, CLAIM = 5, 6, 7, 9, 10, 11, 12, 15
TARGET = 3
SUBJECT, _PASSES = 2, 13
_DEAD = "dead"
_BLOCKING = frozenset(str(state) for state in BLOCKING)


class KnownLines:
    """Deliveries by subject and number, in the columns that `rows.delivery_row` takes, and whose they are. A subject that is
    here is here whole."""

    def __init__(self) -> None:
        self._of: dict[int, dict[int, list[Any]]] = {}
        self._subject: dict[int, int] = {}
        self._over: dict[int, tuple[str, int]] = {}

    def clear(self) -> None:
        """Nothing is known."""
        self._of.clear()
        self._subject.clear()
        self._over.clear()

    def __len__(self) -> int:
        return len(self._of)

    def knows(self, subject: int) -> bool:
        return subject in self._of

    def take(self, subject: int, rows: Iterable[Sequence[Any]]) -> None:
        """All unfinished deliveries of *subject*, as they were read; others among *rows* are finished."""
        line = self._of[subject] = {}
        for row in rows:
            if row[STATE] in _BLOCKING:
                line[row[0]] = list(row)
                self._subject[row[0]] = subject
            else:
                self.over(row)

    def over(self, row: Sequence[Any]) -> None:
        """A finished delivery, as it was read."""
        self._over[row[0]] = (row[STATE], row[SUBJECT])

    def add(self, row: list[Any]) -> None:
        """A new delivery of a subject that is known."""
        subject = row[SUBJECT]
        if row[STATE] in _BLOCKING:
            self._of[subject][row[0]] = row
            self._subject[row[0]] = subject
        else:
            self.over(row)

    def row(self, delivery: int) -> list[Any] | None:
        """An unfinished delivery; None where it is none, or of a subject that is not known."""
        subject = self._subject.get(delivery)
        return None if subject is None else self._of[subject][delivery]

    def standing(self, delivery: int) -> tuple[str, int] | None:
        """Its state and subject, where they are known."""
        row = self.row(delivery)
        return (row[STATE], row[SUBJECT]) if row is not None else self._over.get(delivery)

    def moved(self, delivery: int, state: str) -> bool:
        """It is in *state* now; False where a finished one begins again, of which more must be known than its state."""
        row = self.row(delivery)
        if row is None:
            over = self._over.get(delivery)
            if over is None or state in _BLOCKING:
                return False
            self._over[delivery] = (state, over[1])
            return True
        row[STATE] = state
        if state not in _BLOCKING:
            subject = self._subject.pop(delivery)
            del self._of[subject][delivery]
            self._over[delivery] = (state, subject)
        return True

    def unfinished(self, subject: int) -> list[list[Any]]:
        """All of a subject, oldest first."""
        return list(self._of[subject].values())  # read in that order, and numbers only grow

    def blocking(self, subject: int, target: str | None = None) -> list[list[Any]]:
        """Those that hold a line, of one target or all, oldest first."""
        return [row for row in self.unfinished(subject) if (target is None or row[TARGET] == target)
                and not (row[STATE] == _DEAD and row[_PASSES])]

    def by_target(self, subject: int) -> list[list[Any]]:
        """Those that hold a line, by target, each line oldest first."""
        return sorted(self.blocking(subject), key=lambda row: (row[TARGET], row[0]))
