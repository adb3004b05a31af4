"""What we keep of a system's days: found among its messages, in the order of keys; and looked at anew where it matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from guantong.config.configuration import Configuration, System
from guantong.journey.backfill import Span
from guantong.journey.facts import facts_of
from guantong.journey.states import MessageState
from guantong.journey.translate import Refused, case_serials, decode, identity_of, to_events
from guantong.mapping import Untranslatable
from guantong.reconcile.told import WHOLE, Marks
from guantong.reconcilestore import ToldEvent
from guantong.record import Record
from guantong.store import Reader, Serial
from guantong.vault import Pruned, Vault

PAGE = 1000
EARLY = 86_400_000
"""Milliseconds before the days from which messages are looked at: clocks differ."""
_END = (1 << 62) - 1


class Kept:
    """What *system* told us; looked through up to the message *last*."""

    def __init__(self, reader: Reader, vault: Vault, configuration: Configuration, system: System, marks: Marks, last: int) -> None:
        self._reader = reader
        self._vault = vault
        self._configuration = configuration
        self._system = system
        self._marks = marks
        self._last = last

    @property
    def compared(self) -> Sequence[str]:
        """The fields that marks stand for."""
        return self._marks.compared

    def within(self, span: Span, counted: Callable[[int], None]) -> Iterator[ToldEvent]:
        """The events that happened in *span*; those that tell no time, by when they came."""
        after = (first_since(self._reader, span.since - EARLY), 0)
        while page := self._reader.told_between(self._system.id, after, self._last, PAGE):
            for event in page:
                if holds(span, event):
                    yield event
            counted(len(page))
            after = (page[-1].message, page[-1].id)

    def of(self, subjects: Sequence[int]) -> list[ToldEvent]:
        """Everything told about *subjects*, whenever, also meanwhile."""
        return self._reader.told_of_subjects(self._system.id, subjects, _END)

    def contents(self, events: Sequence[int]) -> Mapping[int, bytes]:
        """What `says` needs of *events*, read together."""
        return {} if self._marks.compared in ((), (WHOLE,)) else self._reader.contents(events)

    def says(self, event: ToldEvent, contents: Mapping[int, bytes]) -> list[str] | None:
        """Marks of what *event* says, whose values are among *contents*; None where they are gone."""
        if self._marks.compared == (WHOLE,):
            return [event.digest.hex()]
        body = contents.get(event.id)
        return None if body is None else self._marks.of(orjson.loads(self._vault.open(body)))

    def says_anew(self, event: ToldEvent) -> list[str] | None:
        """The same of its record as the mappings read it now: what they changed is no difference. None where it is gone, or is
        read no more."""
        row = self._reader.message(event.message)
        if row is None:
            return None
        record = Record(row.system, b"", row.kind or None, row.charset or None, row.ref or None)
        try:
            natives = decode(self._system, record._replace(body=self._vault.open(row.body)))
            if self._marks.compared == (WHOLE,):
                found = [one for one in to_events(self._system, natives, self._configuration.model, self._vault) if one.identity == event.key]
                return Marks.whole(found[0]) if found else None
            for native in natives:
                for one in self._system.dialect.inward(native, facts_of(self._system)):
                    if self._is(event, one.event, one.values):
                        return self._marks.of(one.values)
        except (Pruned, Refused, Untranslatable):
            return None
        return None

    def parked(self) -> dict[tuple[Serial, str], int]:
        """The messages that wait because they could not be mapped, by the numbers and the event that can be told of them."""
        found: dict[tuple[Serial, str], int] = {}
        after = 0
        while page := self._reader.messages_in(MessageState.PARKED, self._system.id, PAGE, None, after):
            for row in page:
                try:
                    record = Record(row.system, self._vault.open(row.body), row.kind or None, row.charset or None)
                    natives = decode(self._system, record)
                except (Pruned, Refused):
                    continue
                for native in natives:
                    for plan in self._system.dialect.plans_in(native.kind):
                        values, _ = plan.examine_inward(native.fields, facts_of(self._system), None)
                        for serial in _serials(self._system.id, values, self._configuration):
                            found[serial, plan.event] = row.id
            after = page[-1].id
        return found

    def _is(self, event: ToldEvent, name: str, values: Mapping[str, Any]) -> bool:
        return name == event.name and identity_of(self._vault, self._system.id, self._configuration.model.events[name], values) == event.key


def holds(span: Span, event: ToldEvent) -> bool:
    """Whether *event* happened in *span*."""
    return span.holds(event.occurred) if event.occurred else span.since <= event.at < (span.until or _END)


def first_since(reader: Reader, at: int) -> int:
    """A message from which on everything that came at *at* or later is found: messages come in the order of their numbers, but
    for a clock that was set back."""
    low, high = 0, reader.newest_kept()[0] + 1
    while low < high:
        middle = (low + high) // 2
        found = reader.message_from(middle)
        if found is None or found[1] >= at:
            high = middle
        else:
            low = found[0] + 1
    return low


def _serials(system: str, values: Mapping[str, Any], configuration: Configuration) -> list[Serial]:
    try:
        return case_serials(system, dict(values), configuration.model)
    except Untranslatable:
        return []
