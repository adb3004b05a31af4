"""Order: who in the line of one subject and target may go (DESIGN promise 3).

Whoever is oldest goes; all behind are `blocked`. A line is told to `advance` by whoever leaves it after its turn, and
to `resume` where it was rearranged: subjects merged, a dead delivery replayed, one taken out that had no turn. For of a line whose first
was dead and passed, and is replayed, another is under way already.
"""

from __future__ import annotations

from collections.abc import Iterable

from guantong.journey.ready import Ready, from_row
from guantong.journey.states import DeliveryState
from guantong.store import Transaction

UNDER_WAY = frozenset({
    DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.RETRYING, DeliveryState.UNKNOWN,
})
"""States in which a delivery has its turn, or soon will without anybody's help but its target's."""


def advance(subject: int, target: str, tx: Transaction, at: int) -> Ready | None:
    """Whoever is now first in the line and was blocked may go."""
    first = tx.first_in_line(subject, target)
    if first is None or first.state is not DeliveryState.BLOCKED:
        return None
    tx.move(first.id, DeliveryState.WAITING, at=at, due=at, attempts=first.attempts)
    first.state, first.due = DeliveryState.WAITING, at
    return from_row(first)


def resume(subject: int, target: str, tx: Transaction, at: int) -> Ready | None:
    """Where nobody in the line is under way, whoever is first may go."""
    if any(row.state in UNDER_WAY for row in tx.lines_of(subject) if row.target == target):
        return None
    return advance(subject, target, tx, at)


def is_first(delivery: int, subject: int, target: str, tx: Transaction) -> bool:
    """Whether nobody unfinished stands before *delivery* in its line."""
    first = tx.first_in_line(subject, target)
    return first is None or first.id == delivery


def still_waiting(ready: Iterable[Ready], tx: Transaction) -> list[Ready]:
    """Those of *ready* that no later step of the same transaction superseded."""
    return [one for one in ready if (tx.standing(one.delivery) or (None,))[0] is DeliveryState.WAITING]
