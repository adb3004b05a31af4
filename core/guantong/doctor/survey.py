"""The survey: every message, delivery and journal line, once, against the promises (DESIGN §4).

All that is remembered of what is finished is some bytes for each message and delivery, by its number; only what is not
finished is kept whole. So a store of any age is surveyed in bounded memory.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from guantong.doctor import codes
from guantong.doctor.tally import Tally
from guantong.doctor.told import QUIET, REACHES, STEPS, agrees
from guantong.journey.states import BLOCKING, DeliveryState, MessageState
from guantong.operations.idents import delivery_ident
from guantong.store import Reader
from guantong.surveystore import DeliveryFacts, EntryFacts

PAGE = 5000
MOST_NAMED = 10
_STATES = tuple(DeliveryState)
_MESSAGE_STATES = frozenset(map(str, MessageState))
_NUMBER = {str(state): number + 1 for number, state in enumerate(_STATES)}
_D = DeliveryState
GOING = frozenset({_D.WAITING, _D.SENDING, _D.RETRYING})
_AGAIN = frozenset({"rejoined", "restored"})
"""Lines that tell of another delivery of an event to the same system, and right so."""
_WITH_EVENTS = frozenset({MessageState.ROUTED, MessageState.STALE, MessageState.CONFLICT, MessageState.UNROUTED})


@dataclass
class Counts:
    """The sums: messages by state, deliveries by state, lines of the journal."""

    messages: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    deliveries: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    entries: int = 0
    newest_at: int = 0
    sending: list[int] = field(default_factory=list)
    """The first deliveries whose attempt is under way."""


def survey(reader: Reader, tally: Tally) -> Counts:
    """Hold everything in the store to the promises; what does not hold goes to *tally*. Inside `reader.snapshot()`."""
    return _Survey(reader, tally).run()


class _Survey:
    def __init__(self, reader: Reader, tally: Tally) -> None:
        self._reader = reader
        self._tally = tally
        self._counts = Counts()
        self._told_state = bytearray(1)      # by delivery: the state its newest journal line tells
        self._told_message = bytearray(1)    # by message: whether the journal tells of it
        self._again: set[int] = set()        # deliveries that were made in place of others
        self._expected = array("I", [0])     # by message: to how many systems its events were routed
        self._found = array("I", [0])        # by message: deliveries of its events
        self._lines: dict[tuple[int, str], list[DeliveryFacts]] = defaultdict(list)
        self._seen = bytearray(1)            # by delivery: whether it is there, or was pruned
        self._pruned = bytearray(1)          # by message: whether it was pruned

    def run(self) -> Counts:
        after = 0
        while entries := self._reader.survey_journal(after, PAGE):
            after = entries[-1].id
            for entry in entries:
                self._entry(entry)
        self._deliveries()
        self._messages()
        self._in_order()
        return self._counts

    def _entry(self, entry: EntryFacts) -> None:
        self._counts.entries += 1
        self._counts.newest_at = max(self._counts.newest_at, entry.at)
        if entry.message:
            _grow(self._told_message, entry.message)
            self._told_message[entry.message] = 1
            if entry.to:
                _grow_numbers(self._expected, entry.message)
                self._expected[entry.message] += entry.to
        if entry.detail:
            self._went(orjson.loads(entry.detail).get("gone", {}))
        after = STEPS.get(entry.what)
        if not entry.delivery:
            return
        _grow(self._told_state, entry.delivery)
        if entry.what in _AGAIN:
            self._again.add(entry.delivery)
        number = self._told_state[entry.delivery]
        if after is None:
            self._told_state[entry.delivery] = number or 255
            return
        if 0 < number < 255:
            before = _STATES[number - 1]
            if after is not before and after not in REACHES[before]:
                self._tally.tell(codes.ILLEGAL_STEP, id=delivery_ident(entry.delivery), before=before, after=after, entry=entry.id)
        self._told_state[entry.delivery] = _NUMBER[after]

    def _went(self, gone: Mapping[str, Any]) -> None:
        """The journal itself says that these were pruned."""
        for message in gone.get("messages", ()):
            _grow(self._pruned, message)
            self._pruned[message] = 1
        for message, deliveries in gone.get("deliveries", {}).items():
            _grow_numbers(self._found, int(message))
            self._found[int(message)] += len(deliveries)
            for delivery in deliveries:
                _grow(self._seen, delivery)
                self._seen[delivery] = 1

    def _deliveries(self) -> None:
        after, event = 0, 0
        routes: dict[str, list[int]] = defaultdict(list)
        while rows := self._reader.survey_deliveries(after, PAGE):
            after = rows[-1].id
            for row in rows:
                self._delivery(row)
                if row.event != event:  # an event's deliveries are made together
                    self._once_each(event, routes)
                    event = row.event
                    routes.clear()
                if row.state != DeliveryState.DISCARDED and row.id not in self._again:
                    routes[row.target].append(row.id)
        self._once_each(event, routes)
        for number, told in enumerate(self._told_state):
            if told and not (number < len(self._seen) and self._seen[number]):
                self._tally.tell(codes.GONE, id=delivery_ident(number))

    def _once_each(self, event: int, routes: Mapping[str, list[int]]) -> None:
        for target, same in routes.items():
            if len(same) > 1:
                self._tally.tell(codes.TWICE, event=event, target=target, count=len(same), ids=named(same))

    def _delivery(self, row: DeliveryFacts) -> None:
        self._counts.deliveries[row.state] += 1
        _grow(self._seen, row.id)
        self._seen[row.id] = 1
        shown = delivery_ident(row.id)
        if row.state == DeliveryState.SENDING and len(self._counts.sending) <= MOST_NAMED:
            self._counts.sending.append(row.id)
        if row.message is not None:
            _grow_numbers(self._found, row.message)
            self._found[row.message] += 1
        if row.state not in _NUMBER:
            self._tally.tell(codes.NO_SUCH_STATE, id=shown, state=row.state)
            return
        state = DeliveryState(row.state)
        number = self._told_state[row.id] if row.id < len(self._told_state) else 0
        told = _STATES[number - 1] if 0 < number < 255 else None
        if told is None and state not in QUIET:
            self._tally.tell(codes.UNTOLD, id=shown)
        elif told is not None and not agrees(told, state):
            self._tally.tell(codes.NOT_AS_JOURNALED, id=shown, state=state, after=told)
        if row.message is None:
            self._tally.tell(codes.EVENT_GONE, id=shown, event=row.event)
            return
        if row.subject != row.event_subject:
            self._tally.tell(codes.OTHER_CASE, id=shown, subject=row.subject, event_subject=row.event_subject)
        if state in BLOCKING and not (state is _D.DEAD and row.passes):
            self._lines[row.subject, row.target].append(row)

    def _messages(self) -> None:
        after = 0
        while rows := self._reader.survey_messages(after, PAGE):
            after = rows[-1].id
            for row in rows:
                self._counts.messages[row.state] += 1
                shown = f"M{row.id}"
                if row.state not in _MESSAGE_STATES:
                    self._tally.tell(codes.NO_SUCH_STATE, id=shown, state=row.state)
                elif not row.events and MessageState(row.state) in _WITH_EVENTS:
                    self._tally.tell(codes.NO_EVENT, id=shown, state=row.state)
                if row.id >= len(self._told_message) or not self._told_message[row.id]:
                    self._tally.tell(codes.UNTOLD, id=shown)
                else:
                    self._told_message[row.id] = 0
                expected = self._expected[row.id] if row.id < len(self._expected) else 0
                found = self._found[row.id] if row.id < len(self._found) else 0
                if found < expected:
                    self._tally.tell(codes.NO_DELIVERIES, id=shown, expected=expected, found=found)
        for number, told in enumerate(self._told_message):
            if told and not (number < len(self._pruned) and self._pruned[number]):  # of those that are there it was taken back
                self._tally.tell(codes.GONE, id=f"M{number}")

    def _in_order(self) -> None:
        for (_subject, target), rows in self._lines.items():
            states = [DeliveryState(row.state) for row in rows]
            going = [row.id for row, state in zip(rows, states, strict=True) if state in GOING]
            if len(going) > 1:
                self._tally.tell(codes.TWO_GO, count=len(going), target=target, ids=named(going))
            if states[0] is _D.BLOCKED and not going and _D.UNKNOWN not in states:
                self._tally.tell(codes.NOBODY_IN_FRONT, id=delivery_ident(rows[0].id), target=target)


def named(numbers: Sequence[int]) -> str:
    """The first of some deliveries, by name."""
    listed = ", ".join(delivery_ident(number) for number in numbers[:MOST_NAMED])
    return listed + (" …" if len(numbers) > MOST_NAMED else "")


def _grow(some: bytearray, number: int) -> None:
    if number >= len(some):
        some.extend(bytes(max(number + 1 - len(some), len(some))))


def _grow_numbers(some: array[int], number: int) -> None:
    if number >= len(some):
        some.extend([0] * max(number + 1 - len(some), len(some)))
