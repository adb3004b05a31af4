"""What a store tells a survey of everything in it: a part of `Reader` in `guantong.store`.

States are texts here: a survey must be able to see one that is none. Pages go by number; inside `snapshot` all of them show
one and the same moment, whatever is written meanwhile.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol


class MessageFacts(NamedTuple):
    """A message, and how many events are kept of it."""

    id: int
    system: str
    state: str
    events: int


class DeliveryFacts(NamedTuple):
    """A delivery, with the message and subject of its event (None where the event is not there)."""

    id: int
    event: int
    subject: int
    target: str
    state: str
    passes: bool
    message: int | None
    event_subject: int | None


class EntryFacts(NamedTuple):
    """A line of the journal: `what` it says happened, `to` how many systems an event was routed to by it, and of a line that
    tells what was pruned, its whole `detail`, as JSON."""

    id: int
    at: int
    what: str
    message: int
    delivery: int
    to: int
    detail: str = ""


class ReadsSurvey(Protocol):
    """The part of a reader that shows everything."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Inside, every read shows the store as it is at the first."""
        ...

    def integrity(self) -> list[str]:
        """What the store finds wrong with its own data, in its own words; empty where it is sound."""
        ...

    def survey_messages(self, after: int, limit: int) -> list[MessageFacts]: ...

    def survey_deliveries(self, after: int, limit: int) -> list[DeliveryFacts]: ...

    def survey_journal(self, after: int, limit: int) -> list[EntryFacts]: ...

    def survey_blobs(self, after: str, limit: int) -> list[str]:
        """The names of blobs that messages need, each once, those after *after* in order."""
        ...
