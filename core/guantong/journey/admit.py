"""Admission: the one transaction of ACCEPT. Correlate, dedupe, route, keep, journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guantong.journey.circling import note_circle
from guantong.journey.decide import Decided, Decision, decide
from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.journey.joins import older_records
from guantong.journey.noticing import notice
from guantong.journey.noting import About
from guantong.journey.order import resume, still_waiting
from guantong.journey.ready import Ready
from guantong.journey.states import SUPERSEDABLE, DeliveryState, MessageState, check_message
from guantong.journey.translate import Incoming
from guantong.journey.versions import Standing
from guantong.mapping.outcome import foremost
from guantong.problems import Problem, summary
from guantong.record import Acceptance, Record, Verdict
from guantong.store import Entry, Known, MessageRow, NewEvent, NewMessage, Transaction

MOST_UNREAD = 20  # names of unread source fields that a journal line holds at most
PARKED_SUBJECT = 0
"""Parked records are told apart by their bytes, under no subject."""


@dataclass(slots=True)
class Admitted:
    """What the transaction decided, and what may be sent once it is durable."""

    verdict: Verdict
    ready: Sequence[Ready] = ()
    subjects: Sequence[int] = ()


def admit(engine: Engine, record: Record, kind: str, sealed: bytes, events: Sequence[Incoming],
          tx: Transaction, *, blobs: Sequence[str] = ()) -> Admitted:
    """Keep a translated record with its events and deliveries; *blobs* came beside it."""
    at = engine.clock()
    decision = decide(engine, record.system, events, tx, at, record.backfill)
    if decision.problem is not None and decision.state is MessageState.PARKED:
        needed = [*blobs, *(blob for event in events for blob in event.blobs)]
        parked = park(engine, record, kind, sealed, engine.vault.digest(record.body), (decision.problem,), tx, blobs=needed)
        _note_circles(engine, record.system, decision, parked.verdict.message, tx, at)
        return Admitted(parked.verdict, decision.freed)
    message = tx.add_message(NewMessage(
        system=record.system, at=at, kind=kind, state=decision.state, body=sealed, charset=record.charset or "",
        ref=record.ref or "", code=decision.code, reason=decision.reason, backfill=record.backfill,
    ))
    if blobs:
        tx.refer(message, blobs)
    return keep(engine, record.system, message, decision, tx, at)


def readmit(engine: Engine, row: MessageRow, events: Sequence[Incoming], tx: Transaction, *,
            sealed: bytes, blobs: Sequence[str] = (), through: bool = False) -> Admitted:
    """What `admit` does, for a message that was parked and now translates: its record is *sealed* anew, with what *blobs* were
    fetched for it, so that we are bound to its events, too. *through*: a person lets it through."""
    at = engine.clock()
    if row.body:  # else its period was over this moment, and it stays gone
        tx.keep_with(row.id, sealed)
        tx.refer(row.id, blobs)
    decision = decide(engine, row.system, events, tx, at, row.backfill, through=through)
    if decision.state is MessageState.PARKED:
        tx.set_message(row.id, decision.state, decision.code, decision.reason)
        _note_circles(engine, row.system, decision, row.id, tx, at)
        return Admitted(decision.verdict(row.id), decision.freed)
    check_message(row.state, decision.state)
    tx.set_message(row.id, decision.state, decision.code, decision.reason)
    return keep(engine, row.system, row.id, decision, tx, at)


def keep(engine: Engine, source: str, message: int, decision: Decision, tx: Transaction, at: int) -> Admitted:
    """Keep the decided events of *message* with their deliveries."""
    decided = decision.decided
    ready = [*decision.freed, *(one for event in decided for one in _keep(engine, source, message, event, tx, at))]
    if len(decided) > 1 or decision.freed:
        ready = still_waiting(ready, tx)  # what one event let go, another may have superseded
    return Admitted(decision.verdict(message), ready, [one.subject for one in decided])


def park(engine: Engine, record: Record, kind: str, sealed: bytes, digest: bytes, problems: Sequence[Problem],
         tx: Transaction, *, blobs: Sequence[str] = ()) -> Admitted:
    """Keep a record that parses but cannot be told; the same bytes again are a duplicate."""
    at = engine.clock()
    key = engine.vault.digest(b"parked\x1f" + record.system.encode() + b"\x1f" + digest)
    known = tx.known(PARKED_SUBJECT, key)
    first = foremost(problems)
    reason = summary(problems, "zh")
    state = MessageState.PARKED if known is None else MessageState.DUPLICATE
    message = tx.add_message(NewMessage(
        system=record.system, at=at, kind=kind, state=state, body=sealed,
        charset=record.charset or "", ref=record.ref or "", code=first.code.id, reason=reason,
        backfill=record.backfill,
    ))
    if blobs:
        tx.refer(message, blobs)
    if known is None:
        tx.remember(PARKED_SUBJECT, key, Known(1, digest, message))
    detail = {"problems": sorted({problem.code.id for problem in problems})}
    tx.note(Entry(at, state, message=message, system=record.system, actor=HUB_ACTOR, detail=detail))
    acceptance = Acceptance.PARKED if known is None else Acceptance.DUPLICATE
    return Admitted(Verdict(acceptance, message, first.code.id, summary(problems, placed=False),
                            summary(problems, "zh", placed=False)))


def _note_circles(engine: Engine, source: str, decision: Decision, message: int, tx: Transaction, at: int) -> None:
    for one in decision.decided:
        if one.circle is not None:
            note_circle(tx, one.circle, one.subject, source, engine.router.region_of(source, one.event.values), message, at)


def turn_away(engine: Engine, system: str, refusal: Verdict, tx: Transaction, *, size: int | None = None) -> Admitted:
    """Journal a refusal, and how many bytes the record had where they are known; nothing else of it is kept."""
    detail = {"code": refusal.code} if size is None else {"code": refusal.code, "bytes": size}
    tx.note(Entry(engine.clock(), "refused", system=system, actor=HUB_ACTOR, detail=detail))
    return Admitted(refusal)


def dispatch(engine: Engine, event: int, decided: Decided, tx: Transaction, at: int) -> list[Ready]:
    """Send a kept event on: supersede what an older version still has waiting, add the deliveries."""
    ready = _supersede(engine, event, decided, tx, at) if decided.standing is not Standing.FIRST else []
    for target in decided.targets:
        if not decided.new and engine.system(target.system).dialect.joins(decided.event.name):
            ready += _supersede_joined(engine, event, decided, target.system, tx, at)
        busy = not decided.new and tx.line_is_busy(decided.subject, target.system)
        state = DeliveryState.BLOCKED if busy else DeliveryState.WAITING
        delivery = tx.add_delivery(event, decided.subject, target.system, decided.event.name, state, at,
                                   target.passes, low=decided.backfilled)
        engine.lines.came(target.system)
        if not busy:
            ready.append(Ready(delivery, event, decided.subject, target.system, decided.event.name, state, at, 0,
                               at, decided.event.values, passes=target.passes, low=decided.backfilled))
    return ready


def _keep(engine: Engine, source: str, message: int, one: Decided, tx: Transaction,
          at: int) -> list[Ready]:
    """Keep one event by its standing, with its deliveries, and journal it."""
    event = 0
    if one.event.blobs:
        tx.refer(message, one.event.blobs)
    if one.standing is not Standing.DUPLICATE:
        event = tx.add_event(NewEvent(
            message=message, subject=one.subject, name=one.event.name, version=one.version,
            key=one.event.identity, digest=one.event.digest, plan=one.event.plan, fired=one.event.fired,
            body=one.event.body, held_back=not one.fresh, occurred=one.event.occurred,
        ))
        if one.fresh:
            tx.remember(one.subject, one.event.identity, Known(one.version, one.event.digest, event))
    what = ("routed" if one.heard else "unrouted") if one.fresh else one.standing.value
    detail: dict[str, object] = {"event": one.event.name, "event_id": event or (one.known.event if one.known else 0), "version": one.version, "plan": one.event.plan,
                                 "to": [target.system for target in one.targets]}
    if one.by_us:
        detail["catalogue"] = True
    if one.unmatched:
        detail["unmatched"] = list(one.unmatched)
    if one.event.unread:
        detail["unread"] = [name[:60] for name in one.event.unread[:MOST_UNREAD]]
    if one.event.sites:
        detail["sites"] = one.event.sites
    tx.note(Entry(at, what, subject=one.subject, message=message, system=source, actor=HUB_ACTOR, detail=detail))
    ready = dispatch(engine, event, one, tx, at) if one.fresh else []
    if one.fresh and one.event.subject_kind == "matter" and engine.configuration.matters is not None:
        tx.tell_matter(event)
    if one.fresh or one.case_of:
        region = engine.router.region_of(source, one.event.values)
        notice(engine, tx, one, About(one.subject, event, source, region, message, at))
    return ready


def _supersede(engine: Engine, event: int, decided: Decided, tx: Transaction, at: int) -> list[Ready]:
    """Deliveries of the older version that still wait give way; those in hand are settled first."""
    if decided.known is None or not decided.known.event:
        return []
    ready: list[Ready] = []
    for row in tx.deliveries_of(decided.known.event):
        if row.state is DeliveryState.JOINED and row.code:  # what it waited for goes with the newer one
            tx.move(row.id, row.state, at=at, due=row.due, attempts=row.attempts)
        if row.state not in SUPERSEDABLE or not engine.lines.withdraw(tx, row):
            continue
        tx.move(row.id, DeliveryState.SUPERSEDED, at=at, due=at, attempts=row.attempts)
        tx.note(Entry(at, "superseded", subject=row.subject, delivery=row.id, system=row.target,
                      actor=HUB_ACTOR, detail={"event": row.name, "event_id": row.event, "by_event_id": event, "by_version": decided.version}))
        following = resume(row.subject, row.target, tx, at)
        if following is not None:
            ready.append(following)
    return ready


def _supersede_joined(engine: Engine, event: int, decided: Decided, target: str, tx: Transaction,
                      at: int) -> list[Ready]:
    """The same for a record that the event makes with others: what an older one of them still has waiting."""
    rows = [row for row in older_records(engine, event, decided.event, target, tx)
            if engine.lines.withdraw(tx, row)]
    for row in rows:
        tx.move(row.id, DeliveryState.SUPERSEDED, at=at, due=at, attempts=row.attempts)
        tx.note(Entry(at, "superseded", subject=row.subject, delivery=row.id, system=row.target, actor=HUB_ACTOR,
                      detail={"event": row.name, "event_id": row.event, "by_event_id": event, "by_event": decided.event.name, "by_version": decided.version}))
    following = resume(decided.subject, target, tx, at) if rows else None
    return [following] if following is not None else []
