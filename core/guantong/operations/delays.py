"""Where a case's time went: the office, its system, a person here, the hub, the system it was told to. Pure.

Every step has two times: when it happened, as its system says, and when we heard of it. From then on the journal tells what
each delivery waited for. What waits behind an earlier delivery of its line waits for what that one waits for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from guantong.journey.engine import HUB_ACTOR
from guantong.journey.states import FINAL, DeliveryState
from guantong.store import DeliveryRow, EntryRow
from guantong.supervision.facts import CaseFacts

HUB, PERSON, TARGET = "hub", "person", "target"
PARTS = (PERSON, HUB, TARGET)
"""Whom the time since we were told is counted to: somebody here who had to see to it, the hub, the system it is told to."""
_THEN = {
    "intended": TARGET, "retrying": TARGET, "sent": TARGET, "unknown": TARGET,
    "dead": PERSON, "waiting": PERSON, "returned": PERSON,
    "replayed": HUB, "restored": HUB, "rejoined": HUB, "settled": HUB,
}
"""What a delivery waits for once its journal says so; `waiting` is told of what waits for a row of a code table."""
_ENDS = frozenset(state.value for state in FINAL)


class Span(NamedTuple):
    """A stretch of time, in UTC milliseconds, and whom it is counted to."""

    begin: int
    end: int
    part: str


@dataclass(frozen=True, slots=True)
class Way:
    """One delivery's way: `reached` is when it arrived, None while it has not; `state` is how it stands."""

    delivery: int
    target: str
    state: DeliveryState
    spans: Sequence[Span]
    reached: int | None

    def spent(self, part: str) -> int:
        """Milliseconds that are counted to *part*."""
        return sum(span.end - span.begin for span in self.spans if span.part == part)


@dataclass(frozen=True, slots=True)
class StepDelay:
    """One step of a case: `office` is the time since the one before it happened, `source` how late we were told."""

    event: int
    name: str
    system: str
    occurred: int
    heard: int
    office: int
    ways: Sequence[Way] = field(default=())

    @property
    def source(self) -> int:
        return max(0, self.heard - self.occurred)


class Late(NamedTuple):
    """A step that had happened when a warning was raised and was not known there: the warning may be undeserved."""

    warning: str
    level: str
    raised: int
    step: StepDelay
    way: Way


@dataclass(frozen=True, slots=True)
class CaseDelays:
    """A case's steps in the order they happened, and the warnings that they came too late for."""

    subject: int
    steps: Sequence[StepDelay]
    late: Sequence[Late]

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`; times are UTC milliseconds, lengths milliseconds."""
        return {"case": f"C{self.subject}", "steps": [_step(one) for one in self.steps],
                "late_for_warnings": [{"no": one.warning, "level": one.level, "raised_at": one.raised, "event": f"E{one.step.event}",
                                       "name": one.step.name, "delivery": f"D{one.way.delivery}", "target": one.way.target}
                                      for one in self.late]}


def delays_of(subject: int, facts: CaseFacts, deliveries: Sequence[DeliveryRow], journal: Sequence[EntryRow],
              platforms: Iterable[str], now: int) -> CaseDelays:
    """Split the time of a case. *journal* is the case's, *platforms* are the systems that raise warnings; what has not
    arrived is counted up to *now*."""
    heard = {told.event: told.heard for told, _, _ in facts.told}
    entries: dict[int, list[EntryRow]] = {}
    for entry in journal:
        entries.setdefault(entry.delivery, []).append(entry)
    ways: dict[int, list[Way]] = {}
    lines: dict[str, list[Way]] = {}
    for row in sorted(deliveries, key=lambda one: one.id):
        if row.event not in heard:
            continue  # an older version of a step, or what is no step
        line = lines.setdefault(row.target, [])
        way = _way(row, heard[row.event], entries.get(row.id, ()), line, now)
        line.append(way)
        ways.setdefault(row.event, []).append(way)
    steps: list[StepDelay] = []
    for told, name, system in sorted(facts.told, key=lambda one: (one[0].at, one[0].event)):
        office = told.at - steps[-1].occurred if steps else 0
        steps.append(StepDelay(told.event, name, system, told.at, told.heard, office, tuple(ways.get(told.event, ()))))
    return CaseDelays(subject, tuple(steps), tuple(_late(facts, steps, frozenset(platforms))))


def _way(row: DeliveryRow, heard: int, entries: Sequence[EntryRow], before: Sequence[Way], now: int) -> Way:
    """The way of one delivery, the earlier ones of its line *before* it."""
    spans: list[Span] = []
    at, part, reached = heard, PERSON, None  # until it was made, its message was parked

    def then(moment: int, following: str) -> None:
        nonlocal at, part
        if moment > at:
            spans.append(Span(at, moment, part))
        at, part = max(at, moment), following

    then(row.accepted_at, HUB)
    for number, entry in enumerate(entries):
        if entry.what in _ENDS:
            then(entry.at, part)
            reached = at if entry.what == DeliveryState.CONFIRMED else None
            break
        following = _THEN.get(entry.what, part)
        if entry.what == "unknown" and any(one.actor != HUB_ACTOR for one in entries[number + 1:number + 2]):
            following = PERSON  # who settled it was a person
        then(entry.at, following)
    else:
        then(now, part)
    return Way(row.id, row.target, row.state, tuple(_behind(spans, before)), reached)


def _behind(spans: Iterable[Span], before: Sequence[Way]) -> Iterator[Span]:
    """*spans*, where what the hub did not begin because earlier ones of the line were under way is counted as theirs."""
    theirs = sorted(span for way in before for span in way.spans if span.part != HUB)
    for span in spans:
        at = span.begin
        for one in theirs if span.part == HUB else ():
            begin, end = max(one.begin, at), min(one.end, span.end)
            if begin >= end:
                continue
            if begin > at:
                yield Span(at, begin, HUB)
            yield Span(begin, end, one.part)
            at = end
        if span.end > at:
            yield span._replace(begin=at)


def _late(facts: CaseFacts, steps: Sequence[StepDelay], platforms: frozenset[str]) -> Iterator[Late]:
    """Steps that a warning did not know of, though they had happened."""
    for alert in sorted(facts.alerts.values(), key=lambda one: (one.raised.at, one.no)):
        for step in steps:
            for way in step.ways:
                if way.target in platforms and step.occurred <= alert.raised.at and (way.reached is None or way.reached > alert.raised.at):
                    yield Late(alert.no, alert.level, alert.raised.at, step, way)


def _step(one: StepDelay) -> dict[str, Any]:
    return {
        "event": f"E{one.event}", "name": one.name, "system": one.system, "occurred_at": one.occurred, "heard_at": one.heard,
        "office": one.office, "source": one.source,
        "deliveries": [{"delivery": f"D{way.delivery}", "target": way.target, "state": way.state.value, "reached_at": way.reached,
                        "counted_to": {part: way.spent(part) for part in PARTS}} for way in one.ways],
    }
