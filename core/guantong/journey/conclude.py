"""Conclusion: the one transaction after a delivery's turn. Outcome, links, next in line, journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from guantong.clock import NEVER
from guantong.journey.correlate import link_more
from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.journey.joins import newer_part, take_along
from guantong.journey.order import advance, is_first, resume
from guantong.journey.ready import Ready, from_row
from guantong.journey.settle import Outcome
from guantong.journey.states import BLOCKING, DELIVERY_TRANSITIONS, FINAL, SUPERSEDABLE, DeliveryState, check
from guantong.store import Entry, Serial, Transaction

TOOK_EFFECT = frozenset({DeliveryState.CONFIRMED, DeliveryState.SENT})
SILENT = frozenset({DeliveryState.WAITING})
"""Waiting for a value of the case is no news: it is not journaled at every look. Waiting for a row is."""


class TakenAway(Exception):
    """The delivery is another process's by now: this one was silent for too long, and others took over what it had in hand."""


class Kept(NamedTuple):
    """What of an attempt is kept: the native kind and the sealed bytes; `plan` names the mapping version that made
    them, for the journal ("": they were made for an earlier attempt), `sites` the version of the tree of sites that its rules
    read from (0: none)."""

    kind: str
    body: bytes
    plan: str = ""
    sites: int = 0


def intend(engine: Engine, ready: Ready, kept: Kept, tx: Transaction) -> None:
    """Commit that an attempt is about to be made (DESIGN promise 2), so that a crash leaves it unknown. Raises `TakenAway`."""
    if not tx.is_mine(ready.delivery):
        raise TakenAway
    at = engine.clock()
    standing = tx.standing(ready.delivery)
    subject = standing[1] if standing else ready.subject  # subjects may have been merged meanwhile
    check(ready.state, DeliveryState.SENDING)
    tx.move(ready.delivery, DeliveryState.SENDING, at=at, due=at, attempts=ready.attempts, kind=kept.kind,
            body=kept.body)
    tx.note(Entry(at, "intended", subject=subject, delivery=ready.delivery, system=ready.target, actor=HUB_ACTOR,
                  detail={"event": ready.name, "event_id": ready.event, "attempt": ready.attempts + 1, **_made_by(kept), **_of(ready)}))


def conclude(engine: Engine, ready: Ready, outcome: Outcome, kept: Kept | None, serials: Sequence[Serial],
             tx: Transaction, actor: str = HUB_ACTOR, *, own_turn: bool = False) -> list[Ready]:
    """Put the delivery where *outcome* says; return what may be sent now. In its *own turn* it may have been taken away
    meanwhile: then only that it took effect counts, which is as true as ever."""
    at = engine.clock()
    now = tx.standing(ready.delivery)
    away = own_turn and now is not None and now[0] not in FINAL and not tx.is_mine(ready.delivery)
    if away and now is not None and outcome.state in TOOK_EFFECT and outcome.state in DELIVERY_TRANSITIONS[now[0]]:
        outcome, away = outcome._replace(settled=now[0] is DeliveryState.UNKNOWN), False
    if now is None or now[0] in FINAL or away:
        # A person or a receipt settled it, or a newer version took its place, while it was on the wire.
        tx.note(Entry(at, "too_late", subject=now[1] if now else ready.subject, delivery=ready.delivery,
                      system=ready.target, actor=actor, detail={"event": ready.name, "event_id": ready.event, "as": outcome.state, **_made_by(kept)}))
        return _learn_late(engine, ready, None if away else kept, serials, tx, at)
    if ready.subject != now[1]:
        ready = replace(ready, subject=now[1])  # subjects were merged meanwhile
    if outcome.state is DeliveryState.JOINED and _newer_version(ready, tx) is not None:
        outcome = outcome._replace(problem=None)  # what it waits for goes with the newer one
    _put(ready, now[0], outcome, kept, tx, actor, at)
    freed: list[Ready] = []
    if serials:
        subject, freed = link_more(tx, ready.subject, serials, engine, at, ready.target, ready.delivery)[:2]
        if ready.subject != subject:
            ready = replace(ready, subject=subject)
        freed += hasten(subject, tx, at)
    if ready.events and outcome.state is not DeliveryState.JOINED:
        take_along(ready, tx, at)
    state = _fall_in(ready, outcome, tx, at)
    if state not in BLOCKING or state is DeliveryState.DEAD:
        engine.lines.went(ready.target)
    if state not in BLOCKING or (state is DeliveryState.DEAD and ready.passes):
        following = advance(ready.subject, ready.target, tx, at)
    elif state in (DeliveryState.BLOCKED, DeliveryState.DEAD):
        following = resume(ready.subject, ready.target, tx, at)
    else:
        body, kind = (kept.body, kept.kind) if kept else (ready.body, ready.kind)
        following = None if outcome.due >= NEVER else replace(
            ready, state=state, due=outcome.due, attempts=outcome.attempts, body=body, kind=kind)
    return [*freed, following] if following else freed


def _learn_late(engine: Engine, ready: Ready, kept: Kept | None, serials: Sequence[Serial], tx: Transaction,
                at: int) -> list[Ready]:
    """Of an attempt that was settled while it was on the wire: what was sent is kept, and the numbers in its reply are
    as true as ever."""
    row = tx.delivery(ready.delivery)
    if row is None:
        return []
    if kept is not None:
        tx.move(row.id, row.state, at=row.due, due=row.due, attempts=max(row.attempts, ready.attempts + 1), code=row.code,
                reason=row.reason, body=kept.body, kind=kept.kind)
    if not serials:
        return []
    subject, freed = link_more(tx, row.subject, serials, engine, at, row.target, row.id)[:2]
    return [*freed, *hasten(subject, tx, at)]


def _put(ready: Ready, before: DeliveryState, outcome: Outcome, kept: Kept | None, tx: Transaction, actor: str,
         at: int) -> None:
    """Keep the outcome and journal it."""
    check(before, outcome.state)
    tx.move(ready.delivery, outcome.state, at=at, due=outcome.due, attempts=outcome.attempts, code=outcome.code,
            reason=outcome.reason, body=kept.body if kept else None, kind=kept.kind if kept else "", turn_over=True)
    detail = {"event": ready.name, "event_id": ready.event, "attempt": outcome.attempts, "code": outcome.code, **_made_by(kept), **_of(ready),
              **outcome.joined}
    if outcome.settled:
        tx.note(Entry(at, "settled", subject=ready.subject, delivery=ready.delivery, system=ready.target,
                      actor=actor, detail={**detail, "as": outcome.state}))
    if outcome.state not in SILENT or outcome.waits_for_row:
        tx.note(Entry(at, outcome.state, subject=ready.subject, delivery=ready.delivery, system=ready.target,
                      actor=actor, detail=detail))


def _made_by(kept: Kept | None) -> dict[str, str | int]:
    """Which mapping version made the bytes, where they were just made, and by which tree of sites: so that what was sent
    can be explained after they changed."""
    if kept is None or not kept.plan:
        return {}
    return {"plan": kept.plan, "sites": kept.sites} if kept.sites else {"plan": kept.plan}


def _of(ready: Ready) -> dict[str, list[int]]:
    """All the events its record is made of, where several are."""
    return {"events": list(ready.events)} if ready.events else {}


def _fall_in(ready: Ready, outcome: Outcome, tx: Transaction, at: int) -> DeliveryState:
    """What did not go through gives way to a newer version that came while it was in hand, and falls in
    behind those that a merge put before it. Returns the state it is in now."""
    if outcome.state not in SUPERSEDABLE:
        return outcome.state
    newer = _newer_version(ready, tx) or newer_part(ready, tx)
    if newer is not None:
        tx.move(ready.delivery, DeliveryState.SUPERSEDED, at=at, due=at, attempts=outcome.attempts)
        tx.note(Entry(at, "superseded", subject=ready.subject, delivery=ready.delivery, system=ready.target,
                      actor=HUB_ACTOR, detail={"event": ready.name, "event_id": ready.event, "by_version": newer}))
        return DeliveryState.SUPERSEDED
    if outcome.state is DeliveryState.DEAD or is_first(ready.delivery, ready.subject, ready.target, tx):
        return outcome.state
    tx.move(ready.delivery, DeliveryState.BLOCKED, at=at, due=at, attempts=outcome.attempts, code=outcome.code,
            reason=outcome.reason)
    return DeliveryState.BLOCKED


def _newer_version(ready: Ready, tx: Transaction) -> int | None:
    """The version that holds of this event's identity, where it is newer than this event."""
    event = tx.event(ready.event)
    known = tx.known(event.subject, event.key) if event else None
    if event is None or known is None or (known.version, known.event) <= (event.version, event.id):
        return None
    return known.version


def hasten(subject: int, tx: Transaction, at: int) -> list[Ready]:
    """Deliveries of the subject that wait for a later time look again now: something was learnt."""
    ready = []
    for delivery in tx.open_of_subject(subject, at):
        row = tx.delivery(delivery)
        if row is None or row.state is not DeliveryState.WAITING:
            continue
        tx.move(row.id, row.state, at=at, due=at, attempts=row.attempts, code=row.code, reason=row.reason)
        row.due = at
        ready.append(from_row(row))
    return ready
