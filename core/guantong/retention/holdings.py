"""What a case, or a message of no case, holds, and why it may have to stay (DESIGN promises 2, 3 and 6).

The same look is taken twice: where candidates are sought, and in the transaction that prunes one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from guantong.config.retention import CASE
from guantong.journey.states import FINAL, DeliveryState, MessageState
from guantong.retentionstore import DeliveryHeld, EventHeld, MessageHeld, ShowsHeld

FOR_A_PERSON = frozenset({MessageState.PARKED, MessageState.CONFLICT, MessageState.UNROUTED})


class Stage(StrEnum):
    """What is pruned: bodies and attachments, or whole rows."""

    CONTENTS = "contents"
    ROWS = "rows"


class Why(StrEnum):
    """Why something stays although its period is over."""

    OPEN = "open"
    FROZEN = "frozen"
    FINDING = "finding"
    IN_FLIGHT = "in_flight"
    FOR_A_PERSON = "for_a_person"
    BACKFILL = "backfill"
    MATTER = "matter"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Held:
    """What goes: messages, events and deliveries by number, how many bytes and attachments are kept of them, and
    when the last of it came or moved (UTC milliseconds)."""

    messages: Sequence[int]
    events: Sequence[EventHeld]
    deliveries: Sequence[DeliveryHeld]
    size: int
    blobs: int
    newest_at: int

    @property
    def sent(self) -> list[int]:
        """Deliveries of which is kept what was sent."""
        return [one.id for one in self.deliveries if one.size]


def held_of_case(shows: ShowsHeld, subject: int, told: Iterable[tuple[int, int]], stage: Stage,
                 running: Collection[int]) -> Held | Why:
    """What case *subject* holds, or why it stays. *told* are the messages that its journal names, each with a line that does;
    *running* are runs of backfills under way. Whether the case is closed is not looked at."""
    if shows.frozen(subject) is not None:
        return Why.FROZEN
    events = shows.events_held(subject)
    messages = [event.message for event in events]
    messages += [message for message, entry in told if _is_of(shows, subject, message, entry, stage)]
    if shows.odd_of(subject):
        return Why.FINDING
    return _held(shows, dict.fromkeys(messages), events, {subject}, stage, running)


def held_of_message(shows: ShowsHeld, message: int, entry: int, stage: Stage, running: Collection[int]) -> Held | Why | None:
    """The same of a message of no case; None where it is of one, or gone. *entry* is a line of the journal about it."""
    events = shows.events_held_of(message)
    subjects = {event.subject for event in events} or set(shows.told_beside(message, entry))
    if any(event.kind == CASE for event in events) or any(_is_case(shows, subject) for subject in subjects if not events):
        return None
    if any(shows.frozen(subject) is not None for subject in subjects):
        return Why.FROZEN
    held = _held(shows, [message], events, subjects, stage, running)
    if isinstance(held, Why) or not held.messages:
        return held if isinstance(held, Why) else None
    deliveries = {one.id for one in held.deliveries}
    odd = any(of == message or delivery in deliveries for subject in subjects for of, delivery in shows.odd_of(subject))
    return Why.FINDING if odd else held


def _is_case(shows: ShowsHeld, subject: int) -> bool:
    return any(event.kind == CASE for event in shows.events_held(subject))


def _is_of(shows: ShowsHeld, subject: int, message: int, entry: int, stage: Stage) -> bool:
    """Whether a message without events (a duplicate, a receipt) goes with this case: with the last of those it told of."""
    if shows.events_held_of(message):
        return False
    others = [other for other in shows.told_beside(message, entry) if other != subject]
    return not any(event.size if stage is Stage.CONTENTS else True for other in others for event in shows.events_held(other))


def _held(shows: ShowsHeld, messages: Iterable[int], events: Sequence[EventHeld], subjects: Collection[int], stage: Stage,
          running: Collection[int]) -> Held | Why:
    deliveries = [delivery for event in events for delivery in shows.deliveries_held(event.id)]
    if any(DeliveryState(one.state) not in FINAL or one.waits for one in deliveries):
        return Why.IN_FLIGHT
    if any(shows.untaken(event.id) for event in events):
        return Why.MATTER
    rows = [row for message in messages if (row := shows.message_held(message)) is not None]
    if any(MessageState(row.state) in FOR_A_PERSON for row in rows):
        return Why.FOR_A_PERSON
    if any(row.backfill in running for row in rows if row.backfill):
        return Why.BACKFILL
    going = [row for row in rows if not _shared(shows, row, subjects, stage)]
    if stage is Stage.ROWS and _has_the_newest(shows, going, events, deliveries):
        return Why.NEWEST
    size = sum(row.size for row in going) + sum(event.size for event in events) + sum(one.size for one in deliveries)
    newest = max((*(row.at for row in rows), *(one.moved_at for one in deliveries)), default=0)
    return Held([row.id for row in going], events, deliveries, size, sum(shows.blobs_held(row.id) for row in going), newest)


def _shared(shows: ShowsHeld, row: MessageHeld, subjects: Collection[int], stage: Stage) -> bool:
    """Whether another subject still needs the message: of a package, the record goes with the last of its cases."""
    others = [event for event in shows.events_held_of(row.id) if event.subject not in subjects]
    return any(event.size for event in others) if stage is Stage.CONTENTS else bool(others)


def _has_the_newest(shows: ShowsHeld, messages: Sequence[MessageHeld], events: Sequence[EventHeld],
                    deliveries: Sequence[DeliveryHeld]) -> bool:
    newest = shows.newest_kept()
    numbers = ([row.id for row in messages], [event.id for event in events], [one.id for one in deliveries])
    return any(last in some for last, some in zip(newest, numbers, strict=False))
