"""What systems told, to be held against their own books, of a store that is asked in SQL: `guantong.reconcilestore.ReadsBooks`. Part
of `SqlReader`."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from guantong.journey.states import DeliveryState
from guantong.reconcilestore import Pointer, Reconciliation, ToldEvent, Went
from guantong.store import Serial


class SqlBooks(ABC):
    """Named statements, each product's own, and the same rows."""

    @abstractmethod
    def _all(self, name: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        """The rows of the statement *name*."""

    @abstractmethod
    def _of_each(self, name: str, numbers: Sequence[Any], *before: Any) -> list[Any]:
        """The rows of the statement *name* for each of *numbers*, its last value."""

    def pointers(self, numbers: Sequence[str]) -> list[Pointer]:
        return [Pointer(Serial(*row[:3]), row[3]) for row in self._of_each("pointers", numbers)]

    def message_from(self, message: int) -> tuple[int, int] | None:
        rows = self._all("message_from", (message,))
        return (rows[0][0], rows[0][1]) if rows else None

    def told_between(self, system: str, after: tuple[int, int], last: int, limit: int) -> list[ToldEvent]:
        values = {"system": system, "message": after[0], "event": after[1], "last": last, "limit": limit}
        return [_told(row) for row in self._all("told_between", values)]

    def told_of_subjects(self, system: str, subjects: Sequence[int], last: int) -> list[ToldEvent]:
        return [_told(row) for row in self._of_each("told_of_subjects", subjects, system, last)]

    def contents(self, events: Sequence[int]) -> Mapping[int, bytes]:
        return {event: bytes(body) for event, body in self._of_each("contents", events)}

    def went(self, events: Sequence[int]) -> list[Went]:
        return [Went(event, number, target, DeliveryState(state)) for event, number, target, state in self._of_each("went", events)]

    def reconciliations(self, system: str, limit: int) -> list[Reconciliation]:
        rows = self._all("reconciliations", (system, limit))
        return [Reconciliation(name, day, at, actor, json.loads(counts)) for name, day, at, actor, counts in rows]


def _told(row: Sequence[Any]) -> ToldEvent:
    event, message, subject, name, version, key, digest, occurred, held_back, at, state = row
    return ToldEvent(event, message, subject, name, version, bytes(key), bytes(digest), occurred, bool(held_back), at,
                     state)
