"""Rows of a store that is asked in SQL, as the core's values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from guantong.backfillstore import BackfillOrder, BackfillRow, Progress
from guantong.journey.states import DeliveryState, MessageState
from guantong.sharedstore import Enlisted, Worker
from guantong.store import DeliveryRow, EntryRow, EventRow, FindingRow, MessageRow
from guantong.supervision.kept import WarningRow, WatchRow
from guantong.turnstore import Told

_LARGEST = (1 << 63) - 1


def delivery_row(row: tuple[Any, ...]) -> DeliveryRow:
    """A delivery, from the columns of `queries.sql` in their order; what may follow them is left out."""
    (ident, event, subject, target, name, state, due, attempts, accepted_at, body, kind, reason, code,
     passes, low) = row[:15]
    return DeliveryRow(ident, event, subject, target, name, DeliveryState(state), due, attempts, accepted_at,
                       body, kind or "", reason, code, bool(passes), bool(low))


def event_row(row: tuple[Any, ...]) -> EventRow:
    """A kept event."""
    ident, message, subject, name, version, key, digest, plan, fired, body, held_back = row
    bits = int.from_bytes(fired, "big") if isinstance(fired, bytes) else fired
    return EventRow(ident, message, subject, name, version, key, digest, plan, bits, body, bool(held_back))


def fired_bits(fired: int) -> int | bytes:
    """The bits of rules that fired, as a column can hold them: a mapping may have more rules than an integer bits."""
    return fired if fired <= _LARGEST else fired.to_bytes((fired.bit_length() + 7) // 8, "big")


def told_rows(rows: Iterable[tuple[Any, ...]]) -> list[Told]:
    """Who told what and to whom it was sent, oldest first, from rows that are newest first."""
    found: dict[int, Told] = {}
    for event, at, system, key, target in rows:
        known = found.get(event)
        to = (target,) if target else ()
        found[event] = Told(event, at, system, bytes(key), to) if known is None else known._replace(to=(*to, *known.to))
    return list(reversed(found.values()))


def message_row(row: tuple[Any, ...]) -> MessageRow:
    """A kept message."""
    ident, system, at, kind, state, body, charset, ref, code, reason, backfill = row
    return MessageRow(ident, system, at, kind, MessageState(state), body, charset, ref, code, reason, backfill)


def entry_row(row: tuple[Any, ...]) -> EntryRow:
    """A line of the journal."""
    ident, previous, at, what, subject, message, delivery, system, actor, detail = row
    return EntryRow(at=at, what=what, subject=subject, message=message, delivery=delivery, system=system,
                    actor=actor, detail=_object(detail), id=ident, previous=previous)


def finding_row(row: tuple[Any, ...]) -> FindingRow:
    """A kept finding."""
    (ident, kind, ordinary, at, subject, identity, system, region, message, delivery, detail, settled_at, settled_by,
     why) = row
    return FindingRow(ident, kind, bool(ordinary), at, subject, identity, system, region, message, delivery,
                      _object(detail), settled_at, settled_by, why)


def watch_row(row: tuple[Any, ...]) -> WatchRow:
    """How a case stands."""
    *columns, noted = row
    return WatchRow(*columns, tuple((kind, identity) for kind, identity in orjson.loads(noted)))  # type: ignore[call-arg]  # a star takes them all


def warning_row(row: tuple[Any, ...]) -> WarningRow:
    """One warning of a case."""
    subject, identity, level, verdict, is_open, *rest = row
    return WarningRow(subject, identity, level, verdict, bool(is_open), *rest)


def backfill_row(row: tuple[Any, ...]) -> BackfillRow:
    """A run of a backfill."""
    ident, system, since, until, rate, actor, folder, state, cursor, read, skipped, refused, started_at, ended_at = row
    return BackfillRow(ident, BackfillOrder(system, since, until, rate, actor, folder), state,
                       Progress(cursor, read, skipped, refused), started_at, ended_at)


def worker_row(row: tuple[Any, ...]) -> Worker:
    """A process that shares the store."""
    ident, name, role, host, pid, lines, keys, started_at, silent, live = row
    return Worker(ident, Enlisted(name, role, host, pid, bool(lines), keys), started_at, silent, live)


def _object(detail: str) -> dict[str, Any]:
    """What a line says more. Somebody may have written to it beside the hub: what is no object is kept as it stands."""
    try:
        found = orjson.loads(detail)
    except orjson.JSONDecodeError:
        return {"unreadable": detail[:200]}
    return found if isinstance(found, dict) else {"unreadable": detail[:200]}
