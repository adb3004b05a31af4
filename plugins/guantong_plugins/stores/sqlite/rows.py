"""Rows of the embedded store as the core's values."""

from __future__ import annotations

from typing import Any

import orjson

from guantong.journey.states import DeliveryState, MessageState
from guantong.store import DeliveryRow, EntryRow, EventRow, MessageRow


def delivery_row(row: tuple[Any, ...]) -> DeliveryRow:
    """A delivery, from the columns of `queries.sql` in their order."""
    (ident, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code,
     passes) = row
    return DeliveryRow(ident, event, subject, target, name, DeliveryState(state), due, attempts, accepted_at,
                       body, kind or "", reason, code, bool(passes))


def event_row(row: tuple[Any, ...]) -> EventRow:
    """A kept event."""
    ident, message, subject, name, version, key, digest, plan, fired, body, held_back = row
    return EventRow(ident, message, subject, name, version, key, digest, plan, fired, body, bool(held_back))


def message_row(row: tuple[Any, ...]) -> MessageRow:
    """A kept message."""
    ident, system, at, kind, state, body, charset, ref, code, reason = row
    return MessageRow(ident, system, at, kind, MessageState(state), body, charset, ref, code, reason)


def entry_row(row: tuple[Any, ...]) -> EntryRow:
    """A line of the journal."""
    ident, previous, at, what, subject, message, delivery, system, actor, detail = row
    return EntryRow(at=at, what=what, subject=subject, message=message, delivery=delivery, system=system,
                    actor=actor, detail=orjson.loads(detail), id=ident, previous=previous)
