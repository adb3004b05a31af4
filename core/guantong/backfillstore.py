"""What a store does for backfills (存量办件): a part of `Transaction` and of `Reader` in `guantong.store`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from guantong.journey.states import DeliveryState, MessageState

BackfillState = Literal["running", "done"]


@dataclass(frozen=True, slots=True)
class BackfillOrder:
    """What one run is to read: of which system, of which span (UTC milliseconds; `until` 0: to the end), how many
    records a second at most, and who wants it; `folder` holds files that the system's records were exported to, "" where the
    system itself is read."""

    system: str
    since: int
    until: int
    rate: float
    actor: str
    folder: str = ""
    why: str = ""
    """Told to the journal alone."""


class Progress(NamedTuple):
    """How far a run is: the source's cursor, and how many records were read, of those how many lay outside the span and
    how many were refused."""

    cursor: str = ""
    read: int = 0
    skipped: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class BackfillRow:
    """One run as kept. `ended_at` is 0 while it is running."""

    id: int
    order: BackfillOrder
    state: BackfillState
    progress: Progress
    started_at: int
    ended_at: int


class KeepsBackfills(Protocol):
    """The part of a transaction that keeps how far backfills are."""

    def add_backfill(self, order: BackfillOrder, at: int) -> int:
        """Begin a run and return its number; 0 where one of the same system is running."""
        ...

    def move_backfill(self, run: int, progress: Progress) -> None:
        """Keep how far a run is."""
        ...

    def end_backfill(self, run: int, at: int) -> None:
        """A run has read all there is."""
        ...


class ReadsBackfills(Protocol):
    """The part of a reader that tells of backfills."""

    def backfill(self, run: int) -> BackfillRow | None: ...

    def backfills_running(self) -> list[BackfillRow]: ...

    def backfills_of(self, system: str, limit: int) -> list[BackfillRow]:
        """At most *limit* runs of a system, the latest first."""
        ...

    def backfill_messages(self, run: int) -> list[tuple[MessageState, int]]:
        """The run's messages, counted by state."""
        ...

    def backfill_deliveries(self, run: int) -> list[tuple[str, DeliveryState, int]]:
        """Deliveries of the run's events, counted by target and state."""
        ...
