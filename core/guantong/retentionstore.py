"""What a store does for retention (保留期限): a part of `Transaction` and of `Reader` in `guantong.store`.

A body that was pruned is empty; no body of ours ever is. The journal is only ever added to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

AGELESS = ("pruned", "redacted", "frozen", "thawed", "unmasked", "exported", "searched")
"""Lines of the journal that say nothing of what a subject went through: its age is counted without them."""


class Step(NamedTuple):
    """A line of the journal on the way through it: `kind` is what its subject is ("": it has none), `message` the message
    that it, or its delivery, is of (0: none)."""

    entry: int
    at: int
    subject: int
    kind: str
    message: int


class MessageHeld(NamedTuple):
    """A message without its body, of which `size` bytes are kept."""

    id: int
    system: str
    at: int
    state: str
    backfill: int
    size: int


class EventHeld(NamedTuple):
    """An event without its body."""

    id: int
    message: int
    subject: int
    kind: str
    name: str
    key: bytes
    held_back: bool
    size: int


class DeliveryHeld(NamedTuple):
    """A delivery; `size` bytes of what was sent are kept. `waits`: another event is still to come for its record."""

    id: int
    event: int
    target: str
    state: str
    moved_at: int
    waits: bool
    size: int


class Frozen(NamedTuple):
    """A case that is kept as it is (证据保全): since when, by whom, and why."""

    subject: int
    at: int
    actor: str
    why: str


class ShowsHeld(Protocol):
    """What both can tell of what is kept."""

    def last_step(self, subject: int) -> int:
        """The subject's newest line of the journal but for those that are `AGELESS`; 0 where there is none."""
        ...

    def message_held(self, message: int) -> MessageHeld | None: ...

    def events_held(self, subject: int) -> list[EventHeld]:
        """The subject's events, oldest first."""
        ...

    def events_held_of(self, message: int) -> list[EventHeld]:
        """The message's events, oldest first."""
        ...

    def deliveries_held(self, event: int) -> list[DeliveryHeld]: ...

    def blobs_held(self, message: int) -> int:
        """How many contents the message needs."""
        ...

    def odd_of(self, subject: int) -> list[tuple[int, int]]:
        """(message, delivery) of every finding of the subject that somebody should look at."""
        ...

    def told_beside(self, message: int, entry: int) -> list[int]:
        """The subjects that lines about *message* near the line *entry* tell of."""
        ...

    def untaken(self, event: int) -> bool:
        """Whether the event is still to be taken into the catalogue of matters."""
        ...

    def newest_kept(self) -> tuple[int, int, int, int]:
        """The highest numbers of a message, an event and a delivery, which stay, so that no number is given twice; and of a
        line of the journal."""
        ...

    def frozen(self, subject: int) -> Frozen | None: ...


class KeepsHeld(ShowsHeld, Protocol):
    """The part of a transaction that prunes and freezes."""

    def drop_contents(self, messages: Sequence[int], events: Sequence[int], deliveries: Sequence[int]) -> None:
        """Forget the bodies of these, what was sent, and which blobs these messages need."""
        ...

    def drop_rows(self, messages: Sequence[int], events: Sequence[int], deliveries: Sequence[int]) -> None:
        """Forget these, and by what the events were told from others."""
        ...

    def drop_parked(self, message: int) -> None:
        """Forget by what a parked record was told from others."""
        ...

    def drop_case(self, subject: int) -> None:
        """Forget of a case what is kept beside its events: identities, where it was handled, how it stood, the
        findings that nobody has to look at. Its numbers stay, as its journal does."""
        ...

    def freeze(self, frozen: Frozen) -> bool:
        """Keep a case as it is; False where it is frozen already."""
        ...

    def thaw(self, subject: int) -> bool:
        """No longer; False where it was not frozen."""
        ...

    def give_back_space(self, pages: int) -> bool:
        """Give up to *pages* of what was freed back to the disk; whether there is more. A store that does this by itself has
        nothing to do."""
        ...


class ReadsHeld(ShowsHeld, Protocol):
    """The part of a reader that walks through what is kept."""

    def steps(self, after: int, limit: int) -> list[Step]:
        """The lines of the journal behind line *after*, in order."""
        ...

    def frozen_cases(self) -> list[Frozen]:
        """Every case that is frozen, by number."""
        ...
