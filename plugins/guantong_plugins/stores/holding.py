"""What is kept and how long, of a store that is asked in SQL: `guantong.retentionstore.ShowsHeld`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from guantong.retentionstore import DeliveryHeld, EventHeld, Frozen, MessageHeld

BESIDE = 5000
"""Lines of the journal before and behind one, among which others about the same message are looked for."""


class SqlHeld(ABC):
    """Named statements, each product's own, and the same rows."""

    @abstractmethod
    def _all(self, name: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        """The rows of the statement *name*."""

    def last_step(self, subject: int) -> int:
        rows = self._all("last_step", (subject,))
        return int(rows[0][0]) if rows else 0

    def message_held(self, message: int) -> MessageHeld | None:
        rows = self._all("message_held", (message,))
        return MessageHeld(*rows[0]) if rows else None

    def events_held(self, subject: int) -> list[EventHeld]:
        return [EventHeld(*row)._replace(held_back=bool(row[6])) for row in self._all("events_held", (subject,))]

    def events_held_of(self, message: int) -> list[EventHeld]:
        return [EventHeld(*row)._replace(held_back=bool(row[6])) for row in self._all("events_held_of", (message,))]

    def deliveries_held(self, event: int) -> list[DeliveryHeld]:
        return [DeliveryHeld(*row)._replace(waits=bool(row[5])) for row in self._all("deliveries_held", (event,))]

    def blobs_held(self, message: int) -> int:
        return int(self._all("blobs_held", (message,))[0][0])

    def odd_of(self, subject: int) -> list[tuple[int, int]]:
        return [(message, delivery) for message, delivery in self._all("odd_of", (subject,))]

    def told_beside(self, message: int, entry: int) -> list[int]:
        values = {"message": message, "first": entry - BESIDE, "last": entry + BESIDE}
        return [row[0] for row in self._all("told_beside", values)]

    def untaken(self, event: int) -> bool:
        return bool(self._all("untaken", (event,)))

    def newest_kept(self) -> tuple[int, int, int, int]:
        message, event, delivery, entry = self._all("newest_kept")[0]
        return message, event, delivery, entry

    def frozen(self, subject: int) -> Frozen | None:
        rows = self._all("frozen", (subject,))
        return Frozen(*rows[0]) if rows else None
