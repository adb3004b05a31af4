"""What a transaction and a reader of the store in memory are both asked."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy

from guantong.journey.states import BLOCKING, DeliveryState
from guantong.retentionstore import AGELESS, DeliveryHeld, EventHeld, Frozen, MessageHeld
from guantong.store import DeliveryRow, EventRow, FindingRow, MessageRow
from guantong.testing.memory.tables import Tables, newest

BESIDE = 5000
"""Lines of the journal before and behind one, among which others about the same message are looked for."""


class Asks:
    """Over `_tables`, which a reader sees as they are at each question. Rows are handed out as copies: whoever gets one may alter
    it."""

    _tables: Tables

    def delivery(self, delivery: int) -> DeliveryRow | None:
        return copy(self._tables.deliveries.get(delivery))

    def event(self, event: int) -> EventRow | None:
        return copy(self._tables.events.get(event))

    def message(self, message: int) -> MessageRow | None:
        return copy(self._tables.messages.get(message))

    def finding(self, finding: int) -> FindingRow | None:
        return copy(self._tables.findings.get(finding))

    def events_of_message(self, message: int) -> list[EventRow]:
        return [copy(row) for row in self._tables.events.values() if row.message == message]

    def deliveries_of_subject(self, subject: int) -> list[DeliveryRow]:
        events = {row.id for row in self._tables.events.values() if row.subject == subject}
        return [copy(row) for row in self._tables.deliveries.values() if row.event in events]

    def parties(self, subject: int) -> list[str]:
        first: dict[str, tuple[bool, int]] = {}

        def heard(system: str, late: bool, at: int) -> None:
            before = first.get(system, (late, at))
            first[system] = min(before[0], late), min(before[1], at)

        for event in self._tables.events.values():
            if event.subject == subject:
                if event.message in self._tables.messages:
                    heard(self._tables.messages[event.message].system, False, 2 * event.id)
                for delivery in self._sent_of(event.id):
                    heard(delivery.target, event.name.startswith("alert."), 2 * event.id + 1)
        return sorted(first, key=lambda system: first[system])

    def last_step(self, subject: int) -> int:
        lines = (line.id for line in self._tables.journal.values() if line.subject == subject > 0 and line.what not in AGELESS)
        return max(lines, default=0)

    def message_held(self, message: int) -> MessageHeld | None:
        row = self._tables.messages.get(message)
        return None if row is None else MessageHeld(row.id, row.system, row.at, row.state, row.backfill, len(row.body))

    def events_held(self, subject: int) -> list[EventHeld]:
        return self._held(row for row in self._tables.events.values() if row.subject == subject)

    def events_held_of(self, message: int) -> list[EventHeld]:
        return self._held(row for row in self._tables.events.values() if row.message == message)

    def deliveries_held(self, event: int) -> list[DeliveryHeld]:
        return [DeliveryHeld(row.id, row.event, row.target, row.state, self._tables.moved[row.id],
                             row.state is DeliveryState.JOINED and row.code != "", len(row.body or b""))
                for row in self._sent_of(event)]

    def blobs_held(self, message: int) -> int:
        return sum(needs == message for _, needs in self._tables.blobs)

    def odd_of(self, subject: int) -> list[tuple[int, int]]:
        return [(row.message, row.delivery) for row in self._tables.findings.values()
                if row.subject == subject and not row.settled_at and not row.ordinary]

    def told_beside(self, message: int, entry: int) -> list[int]:
        return sorted({line.subject for line in self._tables.journal.values()
                       if abs(line.id - entry) <= BESIDE and line.message == message and line.subject > 0})

    def untaken(self, event: int) -> bool:
        return event in self._tables.matters

    def newest_kept(self) -> tuple[int, int, int, int]:
        tables = self._tables
        return newest(tables.messages), newest(tables.events), newest(tables.deliveries), newest(tables.journal)

    def frozen(self, subject: int) -> Frozen | None:
        return self._tables.frozen.get(subject)

    def sealed_body(self, kind: str, of: int) -> bytes | None:
        """The body of a message, or of what was sent of a delivery; None where it is gone."""
        table = self._tables.messages if kind == "m" else self._tables.deliveries
        row = table.get(of)
        return (row.body or None) if row is not None else None

    def _sent_of(self, event: int) -> list[DeliveryRow]:
        return [row for row in self._tables.deliveries.values() if row.event == event]

    def _held(self, rows: Iterable[EventRow]) -> list[EventHeld]:
        return [EventHeld(row.id, row.message, row.subject, self._tables.subjects.get(row.subject, ""), row.name, row.key, row.held_back,
                          len(row.body)) for row in rows]


def blocks(row: DeliveryRow) -> bool:
    """Whether what is behind *row* in its line waits for it."""
    return row.state in BLOCKING and not (row.state is DeliveryState.DEAD and row.passes)
