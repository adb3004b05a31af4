"""Lists for operators: what is dead, unknown or in conflict, with its reason."""

from __future__ import annotations

from typing import Any

from guantong.journey.states import DeliveryState, MessageState
from guantong.operations.idents import number_in
from guantong.store import DeliveryRow, EntryRow, MessageRow, Reader

MOST = 10_000


def dead_entries(reader: Reader, system: str | None = None) -> list[dict[str, Any]]:
    """Everything dead: messages that could not be translated (stage `accept`), deliveries that could not be
    made (stage `deliver`)."""
    messages = reader.messages_in(MessageState.PARKED, system, MOST)
    deliveries = reader.in_state(DeliveryState.DEAD, system, MOST)
    return [*(_message(row) for row in messages), *(_delivery(row) for row in deliveries)]


def dead_entry(reader: Reader, ident: str) -> dict[str, Any] | None:
    """One dead message or delivery with its journal, or None."""
    of_message = ident[:1] in ("M", "m")
    number = number_in(ident[1:] if of_message else ident)
    if number is None:
        return None
    if of_message:
        message = reader.message(number)
        if message is None or message.state is not MessageState.PARKED:
            return None
        return {**_message(message), "journal": [_line(one) for one in reader.journal_of_message(message.id)]}
    row = reader.delivery(number)
    if row is None or row.state is not DeliveryState.DEAD:
        return None
    history = [_line(one) for one in reader.journal_of(row.subject) if one.delivery == row.id]
    return {**_delivery(row), "attempts": row.attempts, "journal": history}


def unknown_entries(reader: Reader, system: str | None = None) -> list[dict[str, Any]]:
    """Deliveries whose attempt has no known end."""
    return [{**_delivery(row), "attempts": row.attempts}
            for row in reader.in_state(DeliveryState.UNKNOWN, system, MOST)]


def conflict_entries(reader: Reader, system: str | None = None) -> list[dict[str, Any]]:
    """Messages whose version is known with other content."""
    return [_message(row) for row in reader.messages_in(MessageState.CONFLICT, system, MOST)]


def _message(row: MessageRow) -> dict[str, Any]:
    return {"id": f"M{row.id}", "stage": "accept", "system": row.system, "event": row.kind, "at": row.at,
            "code": row.code, "reason": row.reason}


def _delivery(row: DeliveryRow) -> dict[str, Any]:
    return {"id": str(row.id), "stage": "deliver", "system": row.target, "event": row.name,
            "at": row.accepted_at, "code": row.code, "reason": row.reason}


def _line(entry: EntryRow) -> dict[str, Any]:
    return {"at": entry.at, "what": entry.what, "system": entry.system, "actor": entry.actor,
            "detail": dict(entry.detail)}
