"""What systems told, to be held against their own books, on the store in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guantong.reconcilestore import Pointer, Reconciliation, ToldEvent, Went
from guantong.store import EventRow
from guantong.testing.memory.asking import Asks


class Books(Asks):
    """`guantong.reconcilestore.ReadsBooks`."""

    def pointers(self, numbers: Sequence[str]) -> list[Pointer]:
        asked = set(numbers)
        found = [Pointer(serial, subject) for serial, subject in self._tables.serials.items() if serial.number in asked]
        return sorted(found, key=lambda one: (one.serial.number, one.serial.scope, one.serial.kind))

    def message_from(self, message: int) -> tuple[int, int] | None:
        first = min((number for number in self._tables.messages if number >= message), default=None)
        return None if first is None else (first, self._tables.messages[first].at)

    def told_between(self, system: str, after: tuple[int, int], last: int, limit: int) -> list[ToldEvent]:
        rows = [row for row in self._tables.events.values() if after < (row.message, row.id) and row.message <= last]
        return [self._told(row) for row in sorted(rows, key=lambda row: (row.message, row.id)) if self._is_of(row, system)][:limit]

    def told_of_subjects(self, system: str, subjects: Sequence[int], last: int) -> list[ToldEvent]:
        rows = [row for row in self._tables.events.values() if row.subject in subjects and row.message <= last]
        return [self._told(row) for row in rows if self._is_of(row, system)]

    def contents(self, events: Sequence[int]) -> Mapping[int, bytes]:
        rows = self._tables.events
        return {event: rows[event].body for event in events if event in rows and rows[event].body}

    def went(self, events: Sequence[int]) -> list[Went]:
        return [Went(row.event, row.id, row.target, row.state) for row in self._tables.deliveries.values() if row.event in events]

    def reconciliations(self, system: str, limit: int) -> list[Reconciliation]:
        rows = [one for one in self._tables.reconciliations.values() if one.system == system]
        return sorted(rows, key=lambda one: one.day, reverse=True)[:limit]

    def _is_of(self, row: EventRow, system: str) -> bool:
        return row.message in self._tables.messages and self._tables.messages[row.message].system == system

    def _told(self, row: EventRow) -> ToldEvent:
        message = self._tables.messages[row.message]
        return ToldEvent(row.id, row.message, row.subject, row.name, row.version, row.key, row.digest, self._tables.occurred[row.id],
                         row.held_back, message.at, message.state)
