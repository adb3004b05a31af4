"""What a store tells of everything that is not finished, with what it is about: a part of `Reader` in `guantong.store`."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from guantong.journey.states import DeliveryState


class OpenRow(NamedTuple):
    """An unfinished delivery, the system its event came from, and the event's values (sealed)."""

    id: int
    event: int
    target: str
    name: str
    state: DeliveryState
    attempts: int
    accepted_at: int
    code: str
    reason: str
    source: str
    body: bytes


class ReadsOpen(Protocol):
    """The part of a reader that lists what is not finished."""

    def open_deliveries(self, state: DeliveryState, target: str | None = None, limit: int = 1000,
                        after: int = 0) -> list[OpenRow]:
        """Deliveries in one state that is not final, to *target* or to all, with an id above *after*, by id."""
        ...
