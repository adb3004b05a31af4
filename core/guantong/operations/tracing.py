"""The trace of a case or message: every hop, from the journal and the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from guantong.operations.idents import number_in
from guantong.operations.parents import parents_of
from guantong.proof.absent import FORGETS
from guantong.store import EntryRow, Reader


def find_subjects(reader: Reader, key: str) -> list[int]:
    """Subjects by any serial, by message (M12), by delivery (D34), or by the case's own id in logs (C5)."""
    found = reader.subjects_by_number(key)
    number = number_in(key[1:])
    if not found and number is not None:
        if key[:1] in ("D", "d"):
            row = reader.delivery(number)
            found = [row.subject] if row else []
        elif key[:1] in ("C", "c"):
            found = [number] if reader.events_of_subject(number) or _pruned(reader.journal_of(number)) else []
        elif key[:1] in ("M", "m"):
            found = sorted({event.subject for event in reader.events_of_message(number)})
    return found


def trace_of(reader: Reader, key: str, *, causes: bool = False) -> list[dict[str, Any]]:
    """The trace of every subject *key* names: its serials, events, deliveries and journal, no business value
    but the serials; its messages also from before they found it. A message that found no subject is traced by its own journal lines. With
    *causes* each line tells its `parents`: the lines that it follows from."""
    subjects = find_subjects(reader, key)
    if subjects:
        return [_subject(reader, subject, causes) for subject in subjects]
    number = number_in(key[1:])
    if key[:1] in ("M", "m") and number is not None:
        entries = reader.journal_of_message(number)
        if entries:
            return [{"subject": 0, "serials": [], "events": [], "deliveries": [], "frozen": None, "pruned": _pruned(entries),
                     "journal": _lines(entries, causes)}]
    return []


def before_case(reader: Reader, messages: Iterable[int]) -> list[EntryRow]:
    """The lines about *messages* from before each found its case: parked, put off, replayed; 0 stands for none."""
    return [line for message in sorted(set(messages) - {0}) for line in reader.journal_of_message(message)]


def _subject(reader: Reader, subject: int, causes: bool) -> dict[str, Any]:
    serials = [{"kind": one.kind, "system": one.scope, "number": one.number} for one in reader.serials_of(subject)]
    events = [
        {"id": row.id, "event": row.name, "version": row.version, "message": f"M{row.message}", "plan": row.plan,
         "held_back": row.held_back}
        for row in reader.events_of_subject(subject)
    ]
    deliveries = [
        {"id": row.id, "event": row.event, "name": row.name, "target": row.target, "state": row.state,
         "attempts": row.attempts, "accepted_at": row.accepted_at, "code": row.code, "reason": row.reason}
        for row in reader.deliveries_of_subject(subject)
    ]
    entries, frozen = reader.journal_of(subject), reader.frozen(subject)
    entries = sorted([*entries, *before_case(reader, (one.message for one in entries))], key=lambda one: one.id)
    return {"subject": subject, "serials": serials, "events": events, "deliveries": deliveries, "pruned": _pruned(entries),
            "frozen": {"since": frozen.at, "by": frozen.actor, "why": frozen.why} if frozen is not None else None,
            "journal": _lines(entries, causes)}


def _pruned(entries: Sequence[EntryRow]) -> list[dict[str, Any]]:
    """What was pruned or redacted, when, by which rule or by whom and why, and how much."""
    return [{"at": entry.at, **({"by": entry.actor} if entry.what == "redacted" else {}), **{key: value for key, value in entry.detail.items() if key not in ("gone", "emptied")}}
            for entry in entries if entry.what in FORGETS]


def _lines(entries: Sequence[EntryRow], causes: bool) -> list[dict[str, Any]]:
    if not causes:
        return [_line(one) for one in entries]
    parents = parents_of(entries)
    return [{**_line(one), "parents": parents[one.id]} for one in entries]


def _line(entry: EntryRow) -> dict[str, Any]:
    return {"id": entry.id, "at": entry.at, "what": entry.what, "system": entry.system, "actor": entry.actor,
            "message": f"M{entry.message}" if entry.message else "", "delivery": entry.delivery or None,
            "detail": dict(entry.detail)}
