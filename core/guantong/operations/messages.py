"""Acts on messages: replay or discard what was parked, route what found no route, decide conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import orjson

from guantong.blobstore import BlobsFailed
from guantong.journey.admit import dispatch, readmit
from guantong.journey.decide import Decided, unrouted
from guantong.journey.engine import Engine
from guantong.journey.fetching import ComeLater
from guantong.journey.noting import About, note_oddities
from guantong.journey.order import still_waiting
from guantong.journey.ready import Ready
from guantong.journey.receiptmessages import Told, hear_all, told_by
from guantong.journey.routing import Target
from guantong.journey.states import MessageState, check_message
from guantong.journey.translate import Incoming, Refused, case_serials
from guantong.journey.versions import Standing
from guantong.mapping import Untranslatable
from guantong.operations.causes import cause_of
from guantong.operations.codes import (
    NOT_FOUND,
    NOT_KEPT,
    OUTDATED,
    STILL_UNMAPPABLE,
    SYSTEM_GONE,
    WRONG_STATE,
)
from guantong.operations.done import Done, Worked
from guantong.operations.items import Item
from guantong.operations.words import MESSAGE_STATES
from guantong.problems import Problem, summary
from guantong.store import Entry, EventRow, Known, MessageRow, StoreFailed, Transaction

_OPEN = (MessageState.PARKED, MessageState.CONFLICT, MessageState.UNROUTED)
_REPLAYABLE = (MessageState.PARKED, MessageState.UNROUTED)


async def work_for(engine: Engine, act: str, ident: int, actor: str, reason: str) -> partial[Worked] | Done | None:
    """The transaction that does *act* to message *ident*, its translation done before; a `Done` when that
    already failed; None when there is no such act on messages."""
    row = engine.reader.message(ident)
    if act in ("replay", "keep-new") and row is not None and row.system not in engine.configuration.systems:
        return Done(f"M{ident}", problem=Problem(SYSTEM_GONE, details={"id": f"M{ident}", "system": row.system}))
    if act in ("discard", "keep-old"):
        states = (MessageState.CONFLICT,) if act == "keep-old" else _OPEN
        return partial(discard, engine, ident, states, actor, reason)
    if act == "keep-new":
        return partial(keep_new, engine, ident, actor, reason)
    if act != "replay":
        return None
    if row is not None and row.state not in _REPLAYABLE:
        return _wrong_state(row, _REPLAYABLE)
    if row is None or row.state is not MessageState.PARKED:
        return partial(route_again, engine, ident, actor, reason)
    try:
        told = await told_by(engine, engine.system(row.system), row)
    except (BlobsFailed, StoreFailed) as error:
        return Done(f"M{ident}", problem=Problem(NOT_KEPT, details={"id": f"M{ident}", "what": str(error)}))
    except ComeLater as error:
        return Done(f"M{ident}", problem=error.problem)
    except (Refused, Untranslatable) as error:
        what, what_zh = _why(error)
        details = {"id": f"M{ident}", "what": what, "what_zh": what_zh}
        return Done(f"M{ident}", problem=Problem(STILL_UNMAPPABLE, details=details))
    return partial(replay, engine, ident, told, actor, reason)


def replay(engine: Engine, ident: int, told: Told, actor: str, reason: str, tx: Transaction) -> Worked:
    """A parked message runs ACCEPT again, with the mappings and routes in force."""
    row = _find(ident, (MessageState.PARKED,), tx)
    if isinstance(row, Done):
        return Worked(row)
    _note(engine, row, "replayed", actor, reason, tx)
    admitted = readmit(engine, row, told.events, tx, sealed=told.sealed, blobs=told.blobs, through=True)
    heard = hear_all(engine, row.system, told.receipts, ident, tx, engine.clock())
    return Worked(Done(f"M{ident}", admitted.verdict.acceptance), [*admitted.ready, *heard])


def route_again(engine: Engine, ident: int, actor: str, reason: str, tx: Transaction) -> Worked:
    """An unrouted message is routed by the routes in force."""
    row = _find(ident, (MessageState.UNROUTED,), tx)
    if isinstance(row, Done):
        return Worked(row)
    at = engine.clock()
    left = [(event, _unserved(engine, row.system, event, tx)) for event in _current(ident, tx)]
    if not left:
        return Worked(_outdated(ident, "dead discard"))
    ready = [one for event, unserved in left
             for one in _dispatch(engine, row.system, event, None, unserved.targets, tx, at)]
    _note(engine, row, "replayed", actor, reason, tx)
    return Worked(Done(f"M{ident}", _routed(engine, row, tx)), still_waiting(ready, tx))


def keep_new(engine: Engine, ident: int, actor: str, reason: str, tx: Transaction) -> Worked:
    """In a conflict the new content holds: it goes out in place of what still waits of the old."""
    row = _find(ident, (MessageState.CONFLICT,), tx)
    if isinstance(row, Done):
        return Worked(row)
    at = engine.clock()
    chosen = [(event, known) for event in tx.events_of_message(ident) if event.held_back
              and (known := tx.known(event.subject, event.key)) is not None
              and known.version == event.version and known.digest != event.digest]
    if not chosen:
        return Worked(_outdated(ident, "conflicts choose --keep old"))
    ready: list[Ready] = []
    for event, known in chosen:
        tx.release_event(event.id)
        tx.remember(event.subject, event.key, Known(event.version, event.digest, event.id))
        ready += _dispatch(engine, row.system, event, known, None, tx, at)
        if engine.configuration.matters is not None and engine.configuration.model.events[event.name].subject == "matter":
            tx.tell_matter(event.id)
        region = engine.system(row.system).region
        note_oddities(tx, About(event.subject, event.id, row.system, region, row.id, at))
        if engine.configuration.supervision is not None:
            tx.look_again(event.subject)
    _note(engine, row, "chosen", actor, reason, tx)
    return Worked(Done(f"M{ident}", _routed(engine, row, tx)), still_waiting(ready, tx))


def discard(engine: Engine, ident: int, states: tuple[MessageState, ...], actor: str, reason: str,
            tx: Transaction) -> Worked:
    """A message that needs a person is given up; in a conflict, the old content stays."""
    row = _find(ident, states, tx)
    if isinstance(row, Done):
        return Worked(row)
    check_message(row.state, MessageState.DISCARDED)
    tx.set_message(ident, MessageState.DISCARDED, row.code, row.reason)
    _note(engine, row, "discarded", actor, reason, tx)
    return Worked(Done(f"M{ident}", MessageState.DISCARDED))


def _current(ident: int, tx: Transaction) -> list[EventRow]:
    """The message's events that no newer version replaced and no person held back."""
    return [event for event in tx.events_of_message(ident) if not event.held_back
            and ((known := tx.known(event.subject, event.key)) is None or known.event == event.id)]


@dataclass(frozen=True, slots=True)
class _Unserved:
    """Who should hear of an event and has no delivery of it, and why anybody is left out."""

    targets: Sequence[Target]
    problem: Problem | None


def _unserved(engine: Engine, source: str, event: EventRow, tx: Transaction) -> _Unserved:
    values = orjson.loads(engine.vault.open(event.body))
    served = {row.target for row in tx.deliveries_of(event.id)}
    parties = partial(tx.parties, event.subject)
    targets = engine.router.targets(source, event.name, values, parties)
    unmatched = engine.router.unmatched(source, event.name, values, parties)
    nobody = bool(unmatched) or not targets
    problem = unrouted(engine, source, event.name, values, unmatched) if nobody else None
    return _Unserved([one for one in targets if one.system not in served], problem)


def _routed(engine: Engine, row: MessageRow, tx: Transaction) -> MessageState:
    """Put the message where its events are now: routed once everyone who should hear of them does."""
    problems = [_unserved(engine, row.system, event, tx).problem for event in _current(row.id, tx)]
    problem = next((one for one in problems if one is not None), None)
    state = MessageState.ROUTED if problem is None else MessageState.UNROUTED
    if state is row.state:
        return state
    check_message(row.state, state)
    tx.set_message(row.id, state, problem.code.id if problem else "", problem.message("zh") if problem else "")
    return state


def _outdated(ident: int, verb: str) -> Done:
    return Done(f"M{ident}", problem=Problem(OUTDATED, details={"id": f"M{ident}", "verb": verb}))


def _why(error: Refused | Untranslatable) -> tuple[str, str]:
    """Why a message cannot be told, in English and Chinese."""
    if isinstance(error, Refused):
        return error.reason, error.reason_zh
    return summary(error.problems, "en"), summary(error.problems, "zh")


def _dispatch(engine: Engine, source: str, event: EventRow, known: Known | None,
              targets: Sequence[Target] | None, tx: Transaction, at: int) -> list[Ready]:
    """Send a kept event on, to *targets* or to all who should hear of it."""
    model = engine.configuration.model
    values = orjson.loads(engine.vault.open(event.body))
    incoming = Incoming(event.name, model.events[event.name].subject, values, case_serials(source, values, model),
                        event.key, event.digest, event.version, event.plan, event.fired, event.body)
    standing = Standing.NEWER if known else Standing.FIRST
    if targets is None:
        targets = engine.router.targets(source, event.name, values, partial(tx.parties, event.subject))
    return dispatch(engine, event.id, Decided(incoming, event.subject, known, event.version, standing, targets),
                    tx, at)


def _find(ident: int, states: tuple[MessageState, ...], tx: Transaction) -> MessageRow | Done:
    row = tx.message(ident)
    if row is None:
        details = {"what": "message", "what_zh": "报文", "id": f"M{ident}", "verb": "dead"}
        return Done(f"M{ident}", problem=Problem(NOT_FOUND, details=details))
    if row.state not in states:
        return _wrong_state(row, states)
    return row


def _wrong_state(row: MessageRow, states: Sequence[MessageState]) -> Done:
    details = {"what": "message", "what_zh": "报文", "id": f"M{row.id}",
               "state": row.state, "state_zh": MESSAGE_STATES[row.state], "expected": " / ".join(states),
               "expected_zh": " / ".join(MESSAGE_STATES[one] for one in states)}
    return Done(f"M{row.id}", problem=Problem(WRONG_STATE, details=details))


def _note(engine: Engine, row: MessageRow, what: str, actor: str, reason: str, tx: Transaction) -> None:
    for subject in sorted({event.subject for event in tx.events_of_message(row.id)} or {0}):
        tx.note(Entry(engine.clock(), what, subject=subject, message=row.id, system=row.system, actor=actor,
                      detail={"why": reason, **({"was": row.code, "cause": _cause(row)} if what == "replayed" else {})}))


def _cause(row: MessageRow) -> str:
    stage = "accept" if row.state is MessageState.PARKED else "route"
    return cause_of(Item(f"M{row.id}", stage, row.state, row.system, row.system, row.kind, row.at, row.code, row.reason))
