"""Figures for operators: queues and statistics. They count; they hold nothing of a case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from guantong.config.configuration import Configuration
from guantong.journey.codes import WAITS_FOR
from guantong.journey.flow import Rates
from guantong.journey.prepare import LOOK_AGAIN
from guantong.journey.states import BLOCKING, DeliveryState, MessageState
from guantong.journey.turnedaway import NONE_TURNED_AWAY
from guantong.mapping.codes import WAITS_FOR_ROW
from guantong.operations.forecast import forecast
from guantong.operations.holding import held_routes, told
from guantong.operations.idents import delivery_ident
from guantong.store import DeliveryRow, Reader

MOST_LISTED = 1000  # of a system: what waits for rows is looked through for its reasons
QUEUE_STATES = (
    DeliveryState.WAITING, DeliveryState.BLOCKED, DeliveryState.SENDING, DeliveryState.RETRYING,
    DeliveryState.UNKNOWN, DeliveryState.DEAD, DeliveryState.SENT,
)

NAMED = 20  # deliveries named for each thing that is waited for
_FROM_IT = {MessageState.PARKED: "dead_at_accept", MessageState.UNROUTED: "unrouted",
            MessageState.CONFLICT: "conflicts"}

NO_RATES: Mapping[str, Rates] = {}
LostNow = Mapping[str, list[dict[str, Any]]]
"""As `Reach.told`."""
NONE_LOST: LostNow = {}


def queue_figures(reader: Reader, configuration: Configuration, sending: Mapping[str, int],
                  now: int, rates: Mapping[str, Rates] = NO_RATES, lost: LostNow = NONE_LOST,
                  turned_away: Mapping[str, Mapping[str, int]] = NONE_TURNED_AWAY,
                  put_off: Mapping[str, Mapping[str, int]] = NONE_TURNED_AWAY) -> dict[str, Any]:
    """Per system: how many deliveries are in each open state; of its own messages those that are parked
    (`dead_at_accept`), `unrouted` and in conflict (`conflicts`); its open `findings` that are not ordinary; what waits for rows of code tables, by reason
    (`awaiting_rows`), for a number or another value of its case (`awaiting_values`), or for another event of its record (`awaiting_events`); whether it is held and, where an operator holds it,
    by whom, why and since when (`hold`); the age of the oldest unfinished delivery in seconds. Beside them the `routes` that are held. *sending* is what the lines have in hand: until an intent is committed the
    store calls those waiting or retrying. By the *rates* of the last minutes, `forecast` tells when the backlog will be gone; *lost* is as
    what it cannot be reached, since when, why, and when it is tried next. Of what it reported, *turned_away* was refused since the hub
    began: `refused` counts it, `refused_codes` by code, and `put_off_codes` how often its senders were asked to come again; of requests that reached no system's door, `refused` beside the systems does."""
    holds = {one.name: told(one) for one in reader.holds()}
    found: dict[str, dict[str, Any]] = {
        system.id: {**_zeros(), "held": system.hold or system.id in holds, "hold": holds.get(system.id)}
        for system in configuration.systems.values()
    }
    for target, state, count, oldest in reader.counts():
        figures = found.setdefault(target, {**_zeros(), "held": True})
        if state in QUEUE_STATES:
            figures[state] = count
        if state in BLOCKING:
            figures["oldest_seconds"] = max(figures["oldest_seconds"], round((now - oldest) / 1000, 1))
    for system, count in sending.items():
        moved = count - found[system][DeliveryState.SENDING]
        for state in (DeliveryState.WAITING, DeliveryState.RETRYING):
            shift = min(max(moved, 0), found[system][state])
            found[system][state] -= shift
            found[system][DeliveryState.SENDING] += shift
            moved -= shift
    for system, message_state, count in reader.message_counts():
        if message_state in _FROM_IT and system in found:
            found[system][_FROM_IT[message_state]] = count
    for _kind, system, ordinary, count in reader.finding_counts():
        if system in found and not ordinary:
            found[system]["findings"] += count
    set_aside: dict[str, int] = {}
    for system in configuration.systems:
        waiting = _waiting(reader, system, found[system], now)
        set_aside[system] = len(waiting)
        found[system]["awaiting_rows"] = _awaiting_rows(reader, system, found[system], waiting)
        found[system]["awaiting_values"] = _by_reason("out", (row.reason for row in waiting if row.code == WAITS_FOR.id))
    for row in reader.waiting_to_join(limit=MOST_LISTED):
        _await_event(found.setdefault(row.target, {**_zeros(), "held": True})["awaiting_events"], row)
    for system, figures in found.items():
        figures["forecast"] = forecast(figures, rates.get(system), set_aside.get(system, 0))
        figures["lost"] = lost.get(system, [])
        figures["refused_codes"] = dict(turned_away.get(system, {}))
        figures["refused"] = sum(figures["refused_codes"].values())
        figures["put_off_codes"] = dict(put_off.get(system, {}))
    return {"systems": found, "routes": held_routes(reader), "refused": dict(turned_away.get("", {}))}


def _await_event(told: list[dict[str, Any]], row: DeliveryRow) -> None:
    """Count a delivery that waits for another event of its record, by event and reason; the first are named."""
    same = next((one for one in told if (one["event"], one["reason"]) == (row.name, row.reason)), None)
    if same is None:
        told.append(same := {"event": row.name, "reason": row.reason, "count": 0, "deliveries": []})
    same["count"] += 1
    if len(same["deliveries"]) < NAMED:
        same["deliveries"].append(delivery_ident(row.id))


def _waiting(reader: Reader, system: str, figures: Mapping[str, Any], now: int) -> list[DeliveryRow]:
    """Of the deliveries to a system those that wait for something else than their turn; what looks for a value of its case does
    so every `LOOK_AGAIN`."""
    rows = reader.awaiting(system, now - LOOK_AGAIN, MOST_LISTED) if figures[DeliveryState.WAITING] else []
    return [row for row in rows if row.code]


def _awaiting_rows(reader: Reader, system: str, figures: Mapping[str, Any], waiting: Sequence[DeliveryRow]) -> list[dict[str, Any]]:
    """What of a system waits for rows of code tables, by reason: messages from it (`in`), deliveries to it
    (`out`)."""
    parked = reader.messages_in(MessageState.PARKED, system, MOST_LISTED, WAITS_FOR_ROW.id) if figures["dead_at_accept"] else []
    told = _by_reason("in", (row.reason for row in parked)) + _by_reason("out", (row.reason for row in waiting if row.code == WAITS_FOR_ROW.id))
    return sorted(told, key=lambda one: -int(one["count"]))


def _by_reason(way: str, reasons: Iterable[str]) -> list[dict[str, Any]]:
    return [{"way": way, "reason": reason, "count": count} for reason, count in Counter(reasons).most_common()]


def _zeros() -> dict[str, Any]:
    return {**dict.fromkeys(map(str, QUEUE_STATES), 0), **dict.fromkeys(_FROM_IT.values(), 0), "held": False, "hold": None,
            "findings": 0, "oldest_seconds": 0.0, "awaiting_rows": [], "awaiting_values": [], "awaiting_events": []}


def statistics(reader: Reader, configuration: Configuration) -> dict[str, Any]:
    """Per system, since the store was made: messages received and how they ended, deliveries and how they
    ended, attempts beyond the first, unknown ends that were settled, and how long deliveries took."""
    found: dict[str, dict[str, Any]] = {
        system.id: {
            "received": 0, "duplicates": 0, "parked": 0, "conflicts": 0, "stale": 0, "unrouted": 0,
            "delivered": 0, "returned": 0, "superseded": 0, "joined": 0, "discarded": 0, "dead": 0, "retried": 0,
            "unknown_settled": 0, "p50_ms": None, "p99_ms": None,
        }
        for system in configuration.systems.values()
    }
    words = {MessageState.DUPLICATE: "duplicates", MessageState.PARKED: "parked", MessageState.STALE: "stale",
             MessageState.CONFLICT: "conflicts", MessageState.UNROUTED: "unrouted"}
    for system, state, count in reader.message_counts():
        figures = found.get(system)
        if figures is not None:
            figures["received"] += count
            if state in words:
                figures[words[state]] += count
    ends = {DeliveryState.CONFIRMED: "delivered", DeliveryState.SENT: "delivered",
            DeliveryState.RETURNED: "returned", DeliveryState.SUPERSEDED: "superseded",
            DeliveryState.JOINED: "joined", DeliveryState.DISCARDED: "discarded", DeliveryState.DEAD: "dead"}
    for target, delivery_state, count, _ in reader.counts():
        figures = found.get(target)
        if figures is not None and delivery_state in ends:
            figures[ends[delivery_state]] += count
    for system, more in reader.statistics().items():
        figures = found.get(system)
        if figures is not None:
            figures["retried"] = more.get("retried", 0)
            figures["unknown_settled"] = more.get("settled", 0)
            figures["p50_ms"] = more.get("p50_ms")
            figures["p99_ms"] = more.get("p99_ms")
    return {"systems": found}
