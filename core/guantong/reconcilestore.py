"""What a store does for reconciliation (对账): a part of `Reader` in `guantong.store`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from guantong.journey.states import DeliveryState

if TYPE_CHECKING:
    from guantong.store import Serial


class Pointer(NamedTuple):
    """A number and the subject it points to."""

    serial: Serial
    subject: int


class ToldEvent(NamedTuple):
    """An event without its body, the message that told it, and when that came (UTC milliseconds); `state` is the message's."""

    id: int
    message: int
    subject: int
    name: str
    version: int
    key: bytes
    digest: bytes
    occurred: str
    held_back: bool
    at: int
    state: str


class Went(NamedTuple):
    """A delivery of an event, as it stands."""

    event: int
    id: int
    target: str
    state: DeliveryState


class Reconciliation(NamedTuple):
    """What came of holding a system's books of one day (`2026-11-26`) against ours: when and by whom that was last done, and
    `counts`, by what was found."""

    system: str
    day: str
    at: int
    actor: str
    counts: Mapping[str, int]


class KeepsReconciliations(Protocol):
    """The part of a transaction that keeps what came of reconciling."""

    def keep_reconciliation(self, done: Reconciliation) -> None:
        """Keep it, in place of an earlier one of the same system and day."""
        ...


class ReadsBooks(Protocol):
    """The part of a reader that shows what a system told, to be held against its own books."""

    def pointers(self, numbers: Sequence[str]) -> list[Pointer]:
        """What any of *numbers* points to."""
        ...

    def message_from(self, message: int) -> tuple[int, int] | None:
        """The first message numbered *message* or above, and when it came; None behind the last."""
        ...

    def told_between(self, system: str, after: tuple[int, int], last: int, limit: int) -> list[ToldEvent]:
        """Events that *system* told, in the order of (message, event): those behind *after*, in messages up to *last*."""
        ...

    def told_of_subjects(self, system: str, subjects: Sequence[int], last: int) -> list[ToldEvent]:
        """Events that *system* told about *subjects* in messages up to *last*, by number."""
        ...

    def contents(self, events: Sequence[int]) -> Mapping[int, bytes]:
        """The sealed values of *events* that are not pruned."""
        ...

    def went(self, events: Sequence[int]) -> list[Went]:
        """Every delivery of *events*, by number."""
        ...

    def reconciliations(self, system: str, limit: int) -> list[Reconciliation]:
        """The kept results of *system*, those of the latest days first."""
        ...
