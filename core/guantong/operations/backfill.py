"""A backfill's run, reconciled: what was read, and what became of it."""

from __future__ import annotations

from typing import Any

from guantong.backfillstore import BackfillRow
from guantong.store import Reader

UNFINISHED = frozenset({"waiting", "blocked", "sending", "retrying"})
"""Deliveries that still go by themselves."""
FOR_A_PERSON = frozenset({"parked", "conflict", "unrouted", "dead", "unknown", "returned"})


def reconciled(reader: Reader, row: BackfillRow) -> dict[str, Any]:
    """What was read is either outside the span, refused, or a message; a message read again after a stop is one too
    many (`read_again`, a duplicate). Anything else is `missing`."""
    messages = {str(state): count for state, count in reader.backfill_messages(row.id)}
    deliveries: dict[str, dict[str, int]] = {}
    for target, state, count in reader.backfill_deliveries(row.id):
        deliveries.setdefault(target, {})[str(state)] = count
    progress = row.progress
    kept, taken = sum(messages.values()), progress.read - progress.skipped - progress.refused
    states = [(state, count) for found in (messages, *deliveries.values()) for state, count in found.items()]
    return {
        "run": row.id, "system": row.order.system, "state": row.state, "since": row.order.since, "until": row.order.until,
        "folder": row.order.folder or None, "cursor": progress.cursor,
        "read": progress.read, "skipped": progress.skipped, "refused": progress.refused, "messages": messages,
        "read_again": max(0, kept - taken), "missing": max(0, taken - kept), "deliveries": deliveries,
        "unfinished": sum(count for state, count in states if state in UNFINISHED),
        "for_a_person": sum(count for state, count in states if state in FOR_A_PERSON) + progress.refused,
        "started_at": row.started_at, "ended_at": row.ended_at or None,
    }
