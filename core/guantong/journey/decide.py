"""Deciding what is to be done with a message: correlate its events, judge their versions, route them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from guantong.journey.circling import Circle, circle_of
from guantong.journey.codes import CONFLICT, NO_SYSTEM, UNROUTED
from guantong.journey.correlate import Correlated, correlate
from guantong.journey.engine import Engine
from guantong.journey.ready import Ready
from guantong.journey.routing import Target
from guantong.journey.states import MessageState
from guantong.journey.translate import Incoming
from guantong.journey.versions import Standing, standing, version_on_arrival
from guantong.matters.authority import publishes
from guantong.problems import Problem
from guantong.record import Acceptance, Verdict
from guantong.store import Known, Transaction


@dataclass(slots=True)
class Decided:
    """One event's standing, before the message is kept."""

    event: Incoming
    subject: int
    known: Known | None
    version: int
    standing: Standing
    targets: Sequence[Target] = ()
    unmatched: Sequence[str] = ()
    """Routes that take the event and find no system for its region."""
    new: bool = False
    """Whether the subject was made for this event, so that no line of it can be busy."""
    backfilled: bool = False
    """Whether it was read by a backfill: others go before it, and nothing about it is noted as odd."""
    case_of: str = ""
    """The county of another region whose case it speaks of."""
    circle: Circle | None = None
    """Why it is not sent on: it came round too often."""
    by_us: bool = False
    """Whether the catalogue takes it."""
    fresh: bool = field(init=False)
    """Whether it says what nobody said before; looked at often, so worked out once."""

    def __post_init__(self) -> None:
        self.fresh = self.standing in (Standing.FIRST, Standing.NEWER)

    @property
    def heard(self) -> bool:
        """Whether anybody hears of it."""
        return bool(self.targets) or self.by_us


@dataclass(slots=True)
class Decision:
    """What is to be done with a message: its state, why if it needs a person, and each of its events; and
    what merging subjects let go."""

    state: MessageState
    problem: Problem | None
    decided: Sequence[Decided]
    freed: Sequence[Ready] = ()

    @property
    def code(self) -> str:
        return self.problem.code.id if self.problem else ""

    @property
    def reason(self) -> str:
        return self.problem.message("zh") if self.problem else ""

    def verdict(self, message: int) -> Verdict:
        """What the sender hears."""
        acceptance = Acceptance(self.state.value)
        if self.problem is None:
            return Verdict(acceptance, message)
        return Verdict(acceptance, message, self.code, self.problem.message("en"), self.reason)


def decide(engine: Engine, source: str, events: Sequence[Incoming], tx: Transaction, at: int,
           backfill: int = 0, *, through: bool = False) -> Decision:
    """Correlate each event and judge its version; the message's state, and why if it needs a person. *through*: a person lets
    it through, however often it came round."""
    found = [correlate(tx, event.subject_kind, event.serials, engine, at, source) for event in events]
    freed = [ready for one in found for ready in one.freed]
    if len(events) > 1:
        # An event may have told that the subjects of two before it are one.
        again = [correlate(tx, event.subject_kind, event.serials, engine, at, source) for event in events]
        found = [now._replace(case_of=now.case_of or before.case_of) for now, before in zip(again, found, strict=True)]
    seen: dict[tuple[int, bytes], Known] = {}
    decided = [_decide(engine, source, event, one, tx, seen)
               for event, one in zip(events, found, strict=True)]
    if not through:
        for one in decided:
            if one.fresh and not one.new and engine.router.may_circle(source, one.event.name):
                one.circle = circle_of(engine, source, one.event, one.subject, tx, at)
    if backfill:
        for one in decided:
            one.backfilled = True
    return Decision(*_state(engine, source, decided), decided, freed)


def unrouted(engine: Engine, source: str, event: str, values: Mapping[str, Any],
             unmatched: Sequence[str]) -> Problem:
    """Why an event has not reached all who should hear of it."""
    region = engine.router.region_of(source, values)
    details = {"event": event, "system": source, "region": region, "routes": ", ".join(unmatched)}
    return Problem(NO_SYSTEM if unmatched else UNROUTED, details=details)


def _decide(engine: Engine, source: str, event: Incoming, about: Correlated, tx: Transaction,
            seen: dict[tuple[int, bytes], Known]) -> Decided:
    place = (about.subject, event.identity)
    known = seen.get(place) or (None if about.new else tx.known(*place))
    version = version_on_arrival(known, event.digest) if event.version is None else event.version
    found = standing(known, version, event.digest)
    decided = Decided(event, about.subject, known, version, found, new=about.new, case_of=about.case_of)
    if decided.fresh:
        seen[place] = Known(version, event.digest, 0)
        parties = partial(tx.parties, about.subject)
        decided.targets = engine.router.targets(source, event.name, event.values, parties)
        decided.by_us = publishes(engine.configuration.matters, source, event.name)
        decided.unmatched = engine.router.unmatched(source, event.name, event.values, parties)
    return decided


def _state(engine: Engine, source: str,
           decided: Sequence[Decided]) -> tuple[MessageState, Problem | None]:
    """The message's state: what most needs attention among its events."""
    for one in decided:
        if one.circle is not None:
            return MessageState.PARKED, one.circle.problem
    for one in decided:
        if one.standing is Standing.CONFLICT:
            details = {"version": one.version, "event": one.event.name}
            return MessageState.CONFLICT, Problem(CONFLICT, details=details)
    for one in decided:
        if one.fresh and (one.unmatched or not one.heard):
            return MessageState.UNROUTED, unrouted(engine, source, one.event.name, one.event.values, one.unmatched)
    if any(one.fresh for one in decided):
        return MessageState.ROUTED, None
    if any(one.standing is Standing.STALE for one in decided):
        return MessageState.STALE, None
    return MessageState.DUPLICATE, None
