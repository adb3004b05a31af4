"""The states of messages and deliveries, and every allowed transition, in one table.

All that decides what may follow what lives here (DESIGN promise 4: each message and each delivery is in
exactly one state; a final state is never downgraded). The reference page and its diagram are drawn from
these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class MessageState(StrEnum):
    """What became of an accepted record."""

    PARKED = "parked"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    STALE = "stale"
    UNROUTED = "unrouted"
    ROUTED = "routed"
    RECEIPT = "receipt"
    DISCARDED = "discarded"


class DeliveryState(StrEnum):
    """Where a delivery to one system stands."""

    WAITING = "waiting"
    BLOCKED = "blocked"
    SENDING = "sending"
    RETRYING = "retrying"
    UNKNOWN = "unknown"
    DEAD = "dead"
    SENT = "sent"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    SUPERSEDED = "superseded"
    DISCARDED = "discarded"
    SHADOWED = "shadowed"
    JOINED = "joined"


_M, _D = MessageState, DeliveryState

MESSAGE_TRANSITIONS: Mapping[MessageState, frozenset[MessageState]] = {
    # A replay runs ACCEPT again; a person may give a parked message up.
    _M.PARKED: frozenset({_M.ROUTED, _M.UNROUTED, _M.DUPLICATE, _M.STALE, _M.CONFLICT, _M.DISCARDED}),
    # A person chooses: the new content goes out, or the old stays and this one is dropped.
    _M.CONFLICT: frozenset({_M.ROUTED, _M.UNROUTED, _M.DISCARDED}),
    _M.UNROUTED: frozenset({_M.ROUTED, _M.DISCARDED}),
    _M.DUPLICATE: frozenset(),
    _M.STALE: frozenset(),
    _M.ROUTED: frozenset(),
    _M.RECEIPT: frozenset(),
    _M.DISCARDED: frozenset(),
}

DELIVERY_TRANSITIONS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    _D.WAITING: frozenset({
        _D.SENDING, _D.RETRYING, _D.UNKNOWN, _D.DEAD, _D.SENT, _D.CONFIRMED,
        _D.BLOCKED, _D.SUPERSEDED, _D.DISCARDED, _D.SHADOWED,
        _D.RETURNED,  # of an attempt under way: the receipt was faster than the reply
        _D.JOINED,  # what it says goes with the record of another event
    }),
    _D.BLOCKED: frozenset({_D.WAITING, _D.SUPERSEDED, _D.DISCARDED}),
    _D.SENDING: frozenset({_D.WAITING, _D.RETRYING, _D.UNKNOWN, _D.DEAD, _D.SENT, _D.CONFIRMED, _D.RETURNED}),
    _D.RETRYING: frozenset({
        _D.WAITING, _D.SENDING, _D.UNKNOWN, _D.DEAD, _D.SENT, _D.CONFIRMED, _D.RETURNED,
        _D.BLOCKED, _D.SUPERSEDED, _D.DISCARDED, _D.SHADOWED,
    }),
    # A receipt may tell what became of an attempt whose reply was lost, or that looked like a failure.
    _D.UNKNOWN: frozenset({_D.WAITING, _D.SENT, _D.CONFIRMED, _D.RETURNED, _D.DEAD, _D.DISCARDED}),
    _D.DEAD: frozenset({_D.WAITING, _D.BLOCKED, _D.SUPERSEDED, _D.DISCARDED, _D.CONFIRMED, _D.RETURNED}),
    _D.SENT: frozenset({_D.CONFIRMED, _D.RETURNED}),
    _D.CONFIRMED: frozenset(),
    _D.RETURNED: frozenset(),
    _D.SUPERSEDED: frozenset(),
    _D.DISCARDED: frozenset(),
    _D.SHADOWED: frozenset(),
    _D.JOINED: frozenset(),
}

BLOCKING = frozenset({_D.WAITING, _D.BLOCKED, _D.SENDING, _D.RETRYING, _D.UNKNOWN, _D.DEAD})
"""States that keep what follows for the same subject and target `blocked` (DESIGN promise 3)."""

SUPERSEDABLE = frozenset({_D.WAITING, _D.BLOCKED, _D.RETRYING, _D.DEAD})
"""States a higher version replaces; `sending` and `unknown` are settled first (DESIGN promise 5)."""

FINAL = frozenset(state for state, following in DELIVERY_TRANSITIONS.items() if not following)


class IllegalTransition(Exception):
    """A transition that the table does not hold: a mistake in our code, never in data."""


def check(before: DeliveryState, after: DeliveryState) -> None:
    """Raise `IllegalTransition` unless a delivery may go from *before* to *after* (or stays)."""
    if after is not before and after not in DELIVERY_TRANSITIONS[before]:
        raise IllegalTransition(f"a delivery cannot go from {before} to {after}")


def check_message(before: MessageState, after: MessageState) -> None:
    """Raise `IllegalTransition` unless a message may go from *before* to *after*."""
    if after not in MESSAGE_TRANSITIONS[before]:
        raise IllegalTransition(f"a message cannot go from {before} to {after}")
