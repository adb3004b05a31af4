"""What waits in memory for its turn on a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from guantong.journey.states import DeliveryState
from guantong.store import DeliveryRow

turns = count()
"""Numbers what transactions decide about deliveries, in the order they decide it: what is announced after the commit
may have been decided otherwise by a later transaction of the same group."""


@dataclass(slots=True)
class Ready:
    """One delivery that may be sent once due. `values` are the event's, when they are at hand; `body` is
    what an earlier attempt sent (sealed), to be sent again byte for byte; `events` are those that make its record
    with it (itself among them), where several do; others go before one that is `low`; `turn` is when that was decided."""

    delivery: int
    event: int
    subject: int
    target: str
    name: str
    state: DeliveryState
    due: int
    attempts: int
    accepted_at: int
    values: dict[str, Any] | None = None
    body: bytes | None = None
    kind: str = ""
    passes: bool = False
    events: Sequence[int] = ()
    low: bool = False
    turn: int = field(init=False, default_factory=turns.__next__)


def from_row(row: DeliveryRow) -> Ready:
    """A stored delivery as it waits in memory."""
    return Ready(row.id, row.event, row.subject, row.target, row.name, row.state, row.due, row.attempts,
                 row.accepted_at, None, row.body, row.kind, row.passes, low=row.low)
