"""Admission: the one transaction of ACCEPT. Correlate, dedupe, route, keep, journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from guantong.journey.codes import CONFLICT, UNROUTED
from guantong.journey.correlate import correlate
from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.journey.ready import Ready, from_row
from guantong.journey.routing import Target
from guantong.journey.states import SUPERSEDABLE, DeliveryState, MessageState, check_message
from guantong.journey.translate import Incoming, Refused
from guantong.journey.versions import Standing, standing, version_on_arrival
from guantong.problems import Problem
from guantong.record import Acceptance, Record, Verdict
from guantong.store import Entry, Known, MessageRow, NewEvent, NewMessage, Transaction

PARKED_SUBJECT = 0
"""Parked records are told apart by their bytes, under no subject."""


@dataclass(slots=True)
class Admitted:
    """What the transaction decided, and what may be sent once it is durable."""

    verdict: Verdict
    ready: list[Ready] = field(default_factory=list)
    subjects: Sequence[int] = ()


@dataclass(slots=True)
class Decided:
    """One event's standing, before the message is kept."""

    event: Incoming
    subject: int
    known: Known | None
    version: int
    standing: Standing
    targets: Sequence[Target] = ()

    @property
    def fresh(self) -> bool:
        return self.standing in (Standing.FIRST, Standing.NEWER)


def admit(engine: Engine, record: Record, kind: str, sealed: bytes, events: Sequence[Incoming],
          tx: Transaction) -> Admitted:
    """Keep a translated record with its events and deliveries."""
    at = engine.clock()
    decided, state, problem = decide(engine, record.system, events, tx, at)
    message = tx.add_message(NewMessage(
        system=record.system, at=at, kind=kind, state=state, body=sealed, charset=record.charset or "",
        ref=record.ref or "", code=problem.code.id if problem else "", reason=problem.message("zh") if problem else "",
    ))
    return Admitted(_verdict(state, message, problem), keep(engine, record.system, message, decided, tx, at),
                    [one.subject for one in decided])


def readmit(engine: Engine, row: MessageRow, events: Sequence[Incoming], tx: Transaction) -> Admitted:
    """What `admit` does, for a message that was parked and now translates."""
    at = engine.clock()
    decided, state, problem = decide(engine, row.system, events, tx, at)
    check_message(row.state, state)
    tx.set_message(row.id, state, problem.code.id if problem else "", problem.message("zh") if problem else "")
    return Admitted(_verdict(state, row.id, problem), keep(engine, row.system, row.id, decided, tx, at))


def decide(engine: Engine, source: str, events: Sequence[Incoming], tx: Transaction,
           at: int) -> tuple[list[Decided], MessageState, Problem | None]:
    """Correlate each event and judge its version; the message's state, and why if it needs a person."""
    seen: dict[tuple[int, bytes], Known] = {}
    decided = [_decide(engine, source, event, tx, at, seen) for event in events]
    return decided, *_state(engine, source, decided)


def keep(engine: Engine, source: str, message: int, decided: Sequence[Decided], tx: Transaction,
         at: int) -> list[Ready]:
    """Keep the decided events of *message* with their deliveries; what may be sent at once."""
    return [ready for one in decided for ready in _keep(engine, source, message, one, tx, at)]


def park(engine: Engine, record: Record, kind: str, sealed: bytes, digest: bytes, problems: Sequence[Problem],
         tx: Transaction) -> Admitted:
    """Keep a record that parses but cannot be told; the same bytes again are a duplicate."""
    at = engine.clock()
    key = engine.vault.digest(b"parked\x1f" + record.system.encode() + b"\x1f" + digest)
    known = tx.known(PARKED_SUBJECT, key)
    first = problems[0]
    reason = " | ".join(problem.line("zh") for problem in problems)
    state = MessageState.PARKED if known is None else MessageState.DUPLICATE
    message = tx.add_message(NewMessage(
        system=record.system, at=at, kind=kind, state=state, body=sealed,
        charset=record.charset or "", ref=record.ref or "", code=first.code.id, reason=reason,
    ))
    if known is None:
        tx.remember(PARKED_SUBJECT, key, Known(1, digest, message))
    detail = {"problems": [problem.code.id for problem in problems]}
    tx.note(Entry(at, state, message=message, system=record.system, actor=HUB_ACTOR, detail=detail))
    acceptance = Acceptance.PARKED if known is None else Acceptance.DUPLICATE
    return Admitted(Verdict(acceptance, message, first.code.id, first.line("en"), first.line("zh")))


def turn_away(engine: Engine, record: Record, refusal: Refused, tx: Transaction) -> Admitted:
    """Journal a refusal; nothing else of the record is kept."""
    tx.note(Entry(engine.clock(), "refused", system=record.system, actor=HUB_ACTOR, detail={"code": refusal.code}))
    return Admitted(Verdict(Acceptance.REFUSED, code=refusal.code, reason=refusal.reason,
                            reason_zh=refusal.reason_zh))


def dispatch(engine: Engine, event: int, decided: Decided, tx: Transaction, at: int) -> list[Ready]:
    """Send a kept event on: supersede what an older version still has waiting, add the deliveries."""
    ready = _supersede(engine, decided, tx, at) if decided.standing is not Standing.FIRST else []
    for target in decided.targets:
        busy = tx.line_is_busy(decided.subject, target.system)
        state = DeliveryState.BLOCKED if busy else DeliveryState.WAITING
        delivery = tx.add_delivery(event, decided.subject, target.system, decided.event.name, state, at,
                                   target.passes)
        if not busy:
            ready.append(Ready(delivery, event, decided.subject, target.system, decided.event.name, state, at, 0,
                               at, decided.event.values, passes=target.passes))
    return ready


def advance(subject: int, target: str, tx: Transaction, at: int) -> Ready | None:
    """Whoever is now first in the line and was blocked may go."""
    first = tx.first_in_line(subject, target)
    if first is None or first.state is not DeliveryState.BLOCKED:
        return None
    tx.move(first.id, DeliveryState.WAITING, at=at, due=at, attempts=first.attempts)
    first.state, first.due = DeliveryState.WAITING, at
    return from_row(first)


def _decide(engine: Engine, source: str, event: Incoming, tx: Transaction, at: int,
            seen: dict[tuple[int, bytes], Known]) -> Decided:
    subject = correlate(tx, event.subject_kind, event.serials, engine.lines, at)
    place = (subject, event.identity)
    known = seen.get(place) or tx.known(subject, event.identity)
    version = version_on_arrival(known, event.digest) if event.version is None else event.version
    found = standing(known, version, event.digest)
    decided = Decided(event, subject, known, version, found)
    if decided.fresh:
        seen[place] = Known(version, event.digest, 0)
        decided.targets = engine.router.targets(source, event.name, event.values)
    return decided


def _state(engine: Engine, source: str,
           decided: Sequence[Decided]) -> tuple[MessageState, Problem | None]:
    """The message's state: what most needs attention among its events."""
    for one in decided:
        if one.standing is Standing.CONFLICT:
            details = {"version": one.version, "event": one.event.name}
            return MessageState.CONFLICT, Problem(CONFLICT, details=details)
    for one in decided:
        if one.fresh and not one.targets:
            region = engine.router.region_of(source, one.event.values)
            details = {"event": one.event.name, "system": source, "region": region}
            return MessageState.UNROUTED, Problem(UNROUTED, details=details)
    if any(one.fresh for one in decided):
        return MessageState.ROUTED, None
    if any(one.standing is Standing.STALE for one in decided):
        return MessageState.STALE, None
    return MessageState.DUPLICATE, None


def _verdict(state: MessageState, message: int, problem: Problem | None) -> Verdict:
    acceptance = Acceptance(state.value)
    if problem is None:
        return Verdict(acceptance, message)
    return Verdict(acceptance, message, problem.code.id, problem.message("en"), problem.message("zh"))


def _keep(engine: Engine, source: str, message: int, one: Decided, tx: Transaction,
          at: int) -> list[Ready]:
    """Keep one event by its standing, with its deliveries, and journal it."""
    ready: list[Ready] = []
    if one.standing is not Standing.DUPLICATE:
        event = tx.add_event(NewEvent(
            message=message, subject=one.subject, name=one.event.name, version=one.version,
            key=one.event.identity, digest=one.event.digest, plan=one.event.plan, fired=one.event.fired,
            body=one.event.body, held_back=not one.fresh,
        ))
        if one.fresh:
            tx.remember(one.subject, one.event.identity, Known(one.version, one.event.digest, event))
            ready = dispatch(engine, event, one, tx, at)
    what = ("routed" if one.targets else "unrouted") if one.fresh else one.standing.value
    to = [target.system for target in one.targets]
    detail = {"event": one.event.name, "version": one.version, "to": to}
    tx.note(Entry(at, what, subject=one.subject, message=message, system=source, actor=HUB_ACTOR, detail=detail))
    return ready


def _supersede(engine: Engine, decided: Decided, tx: Transaction, at: int) -> list[Ready]:
    """Deliveries of the older version that still wait give way; those in hand are settled first."""
    if decided.known is None or not decided.known.event:
        return []
    ready: list[Ready] = []
    for row in tx.deliveries_of(decided.known.event):
        if row.state not in SUPERSEDABLE or not engine.lines.withdraw(row.target, row.id):
            continue
        tx.move(row.id, DeliveryState.SUPERSEDED, at=at, due=at, attempts=row.attempts)
        tx.note(Entry(at, "superseded", subject=row.subject, delivery=row.id, system=row.target,
                      actor=HUB_ACTOR, detail={"event": row.name, "by_version": decided.version}))
        following = advance(row.subject, row.target, tx, at)
        if following is not None:
            ready.append(following)
    return ready
