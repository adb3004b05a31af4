"""Lists for operators: what is dead, unknown or in conflict, with its reason."""

from __future__ import annotations

from typing import Any

from guantong.journey.codes import WAITS_FOR
from guantong.journey.states import DeliveryState, MessageState
from guantong.operations.idents import delivery_ident, named
from guantong.store import DeliveryRow, EntryRow, MessageRow, Reader

MOST = 10_000
_STAGES = {MessageState.PARKED: "accept", MessageState.UNROUTED: "route", MessageState.CONFLICT: "accept"}


def dead_entries(reader: Reader, system: str | None = None) -> list[dict[str, Any]]:
    """Everything that waits for a person: messages that could not be translated (stage `accept`) or that no
    route takes (stage `route`), deliveries that could not be made (stage `deliver`)."""
    messages = [row for state in (MessageState.PARKED, MessageState.UNROUTED)
                for row in reader.messages_in(state, system, MOST)]
    deliveries = reader.in_state(DeliveryState.DEAD, system, MOST)
    return [*(_message(row) for row in messages), *(_delivery(row) for row in deliveries)]


def dead_entry(reader: Reader, ident: str) -> dict[str, Any] | None:
    """One dead message or delivery with its case's serials and its journal, or None."""
    found = named(ident)
    if found is None or found[0] == "finding":
        return None
    kind, number = found
    if kind == "message":
        message = reader.message(number)
        if message is None or message.state not in (MessageState.PARKED, MessageState.UNROUTED):
            return None
        subjects = sorted({event.subject for event in reader.events_of_message(number)})
        return {**_message(message), "serials": _serials(reader, subjects),
                "journal": [_line(one) for one in reader.journal_of_message(number)]}
    row = reader.delivery(number)
    if row is None or row.state is not DeliveryState.DEAD:
        return None
    history = [_line(one) for one in reader.journal_of(row.subject) if one.delivery == row.id]
    return {**_delivery(row), "attempts": row.attempts, "serials": _serials(reader, [row.subject]),
            "journal": history}


def unknown_entries(reader: Reader, system: str | None = None) -> list[dict[str, Any]]:
    """Deliveries whose attempt has no known end, with the serials to look them up by at the target, and the deliveries of the case that wait
    for a value which the lost reply may have told (`waiting_for_values`)."""
    return [{**_delivery(row), "attempts": row.attempts, "serials": _serials(reader, [row.subject]),
             "waiting_for_values": [delivery_ident(one.id) for one in reader.deliveries_of_subject(row.subject) if one.code == WAITS_FOR.id]}
            for row in reader.in_state(DeliveryState.UNKNOWN, system, MOST)]


def conflict_entries(reader: Reader, system: str | None = None) -> list[dict[str, Any]]:
    """Messages whose version is known with other content."""
    return [_message(row) for row in reader.messages_in(MessageState.CONFLICT, system, MOST)]


def _serials(reader: Reader, subjects: list[int]) -> list[dict[str, str]]:
    return [{"kind": one.kind, "system": one.scope, "number": one.number}
            for subject in subjects for one in reader.serials_of(subject)]


def _message(row: MessageRow) -> dict[str, Any]:
    return {"id": f"M{row.id}", "stage": _STAGES[row.state], "system": row.system, "event": row.kind, "at": row.at,
            "code": row.code, "reason": row.reason}


def _delivery(row: DeliveryRow) -> dict[str, Any]:
    return {"id": delivery_ident(row.id), "stage": "deliver", "system": row.target, "event": row.name,
            "at": row.accepted_at, "code": row.code, "reason": row.reason}


def _line(entry: EntryRow) -> dict[str, Any]:
    return {"at": entry.at, "what": entry.what, "system": entry.system, "actor": entry.actor,
            "detail": dict(entry.detail)}
