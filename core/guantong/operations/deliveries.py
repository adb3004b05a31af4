"""Acts on deliveries: replay or discard what is dead, settle what is unknown."""

from __future__ import annotations

from functools import partial

from guantong.journey.conclude import conclude
from guantong.journey.engine import Engine
from guantong.journey.order import resume
from guantong.journey.ready import from_row
from guantong.journey.settle import Outcome
from guantong.journey.states import DeliveryState, check
from guantong.operations.causes import cause_of
from guantong.operations.codes import (
    IN_HAND,
    NOT_FOUND,
    OUTDATED_DELIVERY,
    PRUNED,
    WAS_ATTEMPTED,
    WRONG_STATE,
)
from guantong.operations.done import Done, Worked
from guantong.operations.idents import delivery_ident
from guantong.operations.items import Item
from guantong.operations.words import DELIVERY_STATES
from guantong.problems import Problem
from guantong.store import DeliveryRow, Entry, Transaction

_DISCARDABLE = (DeliveryState.DEAD, DeliveryState.UNKNOWN, DeliveryState.WAITING, DeliveryState.BLOCKED,
                DeliveryState.RETRYING)


def work_for(engine: Engine, act: str, ident: int, actor: str, reason: str) -> partial[Worked] | None:
    """The transaction that does *act* to delivery *ident*; None when there is no such act on deliveries."""
    works = {"replay": replay, "discard": discard, "took-effect": took_effect, "did-not": did_not, "restore": restore}
    work = works.get(act)
    return None if work is None else partial(work, engine, ident, actor, reason)


def replay(engine: Engine, ident: int, actor: str, reason: str, tx: Transaction) -> Worked:
    """A dead delivery goes again, from its place in the line."""
    row = _find(engine, ident, (DeliveryState.DEAD,), tx)
    if isinstance(row, Done):
        return Worked(row)
    at = engine.clock()
    check(row.state, DeliveryState.BLOCKED)
    tx.move(row.id, DeliveryState.BLOCKED, at=at, due=at, attempts=row.attempts)
    _note(row, "replayed", actor, {"why": reason, "was": row.code, "cause": _cause(row),
                                   "after_attempt": row.attempts}, at, tx)
    # Others may have gone on before it (`after_dead: pass`): they are let finish.
    going = resume(row.subject, row.target, tx, at)
    itself = going is not None and going.delivery == row.id
    return Worked(Done(delivery_ident(ident), DeliveryState.WAITING if itself else DeliveryState.BLOCKED),
                  [going] if going else [])


def discard(engine: Engine, ident: int, actor: str, reason: str, tx: Transaction) -> Worked:
    """A delivery is given up; those behind it go on."""
    row = _find(engine, ident, _DISCARDABLE, tx)
    if isinstance(row, Done):
        return Worked(row)
    at = engine.clock()
    check(row.state, DeliveryState.DISCARDED)
    tx.move(row.id, DeliveryState.DISCARDED, at=at, due=at, attempts=row.attempts, code=row.code,
            reason=row.reason)
    _note(row, "discarded", actor, {"why": reason}, at, tx)
    following, shown = resume(row.subject, row.target, tx, at), delivery_ident(ident)
    undo = "" if row.attempts or row.body is not None else f"guantong dead restore {shown}"
    return Worked(Done(shown, DeliveryState.DISCARDED, undo=undo), [following] if following else [])


def restore(engine: Engine, ident: int, actor: str, reason: str, tx: Transaction) -> Worked:
    """A delivery that was given up before any attempt goes anew, under a number of its own, behind those of its line: a
    final state is never left. One whose event a newer version took the place of has nothing to send."""
    row = _find(engine, ident, (DeliveryState.DISCARDED,), tx)
    if isinstance(row, Done):
        return Worked(row)
    shown, event = delivery_ident(ident), tx.event(row.event)
    known = tx.known(event.subject, event.key) if event is not None else None
    alike = [one for one in tx.deliveries_of(row.event) if one.target == row.target and one.id != row.id]
    if row.attempts or row.body is not None:
        return Worked(Done(shown, problem=Problem(WAS_ATTEMPTED, details={"id": shown})))
    if event is not None and not event.body:
        return Worked(Done(shown, problem=Problem(PRUNED, details={"id": shown})))
    if known is None or known.event != row.event or any(one.state is not DeliveryState.DISCARDED for one in alike):
        return Worked(Done(shown, problem=Problem(OUTDATED_DELIVERY, details={"id": shown})))
    at = engine.clock()
    made = tx.add_delivery(row.event, row.subject, row.target, row.name, DeliveryState.BLOCKED, at, row.passes, low=row.low)
    tx.note(Entry(at, "restored", subject=row.subject, delivery=made, system=row.target, actor=actor,
                  detail={"event": row.name, "event_id": row.event, "of": shown, "why": reason}))
    going = resume(row.subject, row.target, tx, at)
    return Worked(Done(shown, "restored", as_=delivery_ident(made)), [going] if going else [])


def took_effect(engine: Engine, ident: int, actor: str, reason: str, tx: Transaction) -> Worked:
    """A person looked it up at the target: the attempt took effect."""
    return _settle(engine, ident, DeliveryState.CONFIRMED, actor, reason, tx)


def did_not(engine: Engine, ident: int, actor: str, reason: str, tx: Transaction) -> Worked:
    """A person looked it up at the target: it did not take effect, and is sent again."""
    return _settle(engine, ident, DeliveryState.WAITING, actor, reason, tx)


def _settle(engine: Engine, ident: int, state: DeliveryState, actor: str, reason: str,
            tx: Transaction) -> Worked:
    row = _find(engine, ident, (DeliveryState.UNKNOWN,), tx)
    if isinstance(row, Done):
        return Worked(row)
    at = engine.clock()
    _note(row, "decided", actor, {"as": state, "why": reason}, at, tx)
    outcome = Outcome(state, at, row.attempts, settled=True)
    return Worked(Done(delivery_ident(ident), state), conclude(engine, from_row(row), outcome, None, (), tx, actor))


def _find(engine: Engine, ident: int, states: tuple[DeliveryState, ...], tx: Transaction) -> DeliveryRow | Done:
    row = tx.delivery(ident)
    shown = delivery_ident(ident)
    words = {"what": "delivery", "what_zh": "推送", "id": shown}
    if row is None:
        return Done(shown, problem=Problem(NOT_FOUND, details={**words, "verb": "dead"}))
    if row.state not in states:
        details = {**words, "state": row.state, "state_zh": DELIVERY_STATES[row.state], "expected": " / ".join(states),
                   "expected_zh": " / ".join(DELIVERY_STATES[one] for one in states)}
        return Done(shown, problem=Problem(WRONG_STATE, details=details))
    if not engine.lines.withdraw(tx, row):
        return Done(shown, problem=Problem(IN_HAND, details={"id": shown}))
    return row


def _cause(row: DeliveryRow) -> str:
    return cause_of(Item(delivery_ident(row.id), "deliver", row.state, row.target, "", row.name, row.accepted_at, row.code, row.reason))


def _note(row: DeliveryRow, what: str, actor: str, detail: dict[str, str | int], at: int, tx: Transaction) -> None:
    tx.note(Entry(at, what, subject=row.subject, delivery=row.id, system=row.target, actor=actor,
                  detail={"event": row.name, "event_id": row.event, **detail}))
