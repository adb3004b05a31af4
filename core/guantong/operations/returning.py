"""The act that sends back to its owner what only the owner can mend (退回来源): a business value is never edited here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from guantong.journey.engine import Engine
from guantong.journey.order import resume
from guantong.journey.ready import Ready
from guantong.journey.states import DeliveryState, MessageState, check, check_message
from guantong.operations.codes import (
    CANNOT_RETURN,
    GIVEN_BACK,
    IN_HAND,
    NO_HUB_TO_RETURN,
    NOT_FOUND,
    WRONG_STATE,
)
from guantong.operations.done import Done, Worked
from guantong.operations.idents import delivery_ident
from guantong.operations.words import DELIVERY_STATES, MESSAGE_STATES
from guantong.problems import Problem, ProblemsError
from guantong.store import DeliveryRow, Entry, MessageRow, Reader, Transaction

MOST_CAUSE, MOST_NUMBERS = 160, 3  # characters of what stood in the way; numbers of cases that one record tells of
_OURS = re.compile(r"\S+\.ya?ml:\d+(:\d+)? | \[GT\d{3}\]")
"""In a reason: places in our files and codes, which say nothing to the owner."""
GIVEN_UP = (MessageState.PARKED, MessageState.UNROUTED, MessageState.CONFLICT)
"""Messages that are given up here when they go back: nobody has what they say."""


async def work_for(engine: Engine, kind: str, number: int, actor: str, reason: str) -> partial[Worked] | Done | None:
    """Give a dead delivery's record, or a whole message, back to the system it came from; then the transaction that keeps
    that. A message that waits for a person is given up here; of one that was routed, every dead delivery ends returned. A
    `Done` where it cannot be given back: nothing was changed then. None for what is neither."""
    if kind not in ("delivery", "message"):
        return None
    shown = delivery_ident(number) if kind == "delivery" else f"M{number}"
    row = engine.reader.delivery(number) if kind == "delivery" else None
    event = engine.reader.event(row.event) if row is not None else None
    message = engine.reader.message(number if kind == "message" else event.message if event is not None else 0)
    problem = _unfit(shown, kind, row, message, engine.reader)
    if problem is None and message is not None:
        where = await _given_back(engine, shown, message, _said(engine.reader, shown, row, message, reason))
        if isinstance(where, str):
            keeps = partial(_keep_deliveries, engine, (number,)) if kind == "delivery" else partial(_keep_message, engine, number)
            return partial(keeps, shown, message.system, where, actor, reason)
        problem = where
    return Done(shown, problem=problem)


def _unfit(shown: str, kind: str, row: DeliveryRow | None, message: MessageRow | None, found: Reader | Transaction) -> Problem | None:
    words = {"what": kind, "what_zh": "推送" if kind == "delivery" else "报文", "id": shown}
    if message is None or (kind == "delivery" and row is None):
        return Problem(NOT_FOUND, details={**words, "verb": "dead"})
    if row is not None and row.state is not DeliveryState.DEAD:
        return Problem(WRONG_STATE, details={**words, "state": row.state, "state_zh": DELIVERY_STATES[row.state],
                                             "expected": "dead", "expected_zh": DELIVERY_STATES["dead"]})
    if row is None and message.state not in GIVEN_UP and not _dead(message.id, found):
        details = {"state": message.state, "state_zh": MESSAGE_STATES[message.state], "expected": " / ".join((*GIVEN_UP, "dead")),
                   "expected_zh": " / ".join([*(MESSAGE_STATES[one] for one in GIVEN_UP), DELIVERY_STATES["dead"]])}
        return Problem(WRONG_STATE, details={**words, **details})
    return None


def _dead(message: int, found: Reader | Transaction) -> list[int]:
    """The dead deliveries of a message's events."""
    return [delivery.id for event in found.events_of_message(message) for delivery in found.deliveries_held(event.id)
            if delivery.state == DeliveryState.DEAD]


def _said(reader: Reader, shown: str, row: DeliveryRow | None, message: MessageRow, reason: str) -> str:
    """What the owner is told: the reason that a person gives, what stood in the way, and the case's numbers as the owner knows them; our own
    last, for who asks us."""
    events = reader.events_of_message(message.id)
    subjects = [row.subject] if row is not None else dict.fromkeys(event.subject for event in events)
    numbers = [serial.number for subject in subjects for serial in reader.serials_of(subject) if serial.scope == message.system]
    failed = row if row is not None else message
    cause = f"{failed.code} {_OURS.sub('', failed.reason).partition('；')[0]}".strip()[:MOST_CAUSE]
    facts = "，".join(filter(None, (f"原因 cause {cause}" if cause else "", f"编号 no. {'、'.join(numbers[:MOST_NUMBERS])}" if numbers else "", shown)))
    return f"退回 returned：{reason}（{facts}）"


async def _given_back(engine: Engine, shown: str, message: MessageRow, said: str) -> str | Problem:
    """Where the owner was told what is *said*; or why that cannot be done."""
    if engine.givers is None:
        return Problem(NO_HUB_TO_RETURN, details={"id": shown, "system": message.system})
    giver = engine.givers.get(message.system)
    try:
        where = await giver.give_back(message.ref, said) if giver is not None and message.ref else ""
    except ProblemsError as error:
        return error.problems[0]
    return where or Problem(CANNOT_RETURN, details={"id": shown, "system": message.system})


def _keep_deliveries(engine: Engine, numbers: Sequence[int], shown: str, owner: str, where: str, actor: str, reason: str,
                     tx: Transaction) -> Worked:
    """End these deliveries as returned, those that still are dead and that nobody has in hand."""
    at, ready, problem = engine.clock(), list[Ready](), None
    why = Problem(GIVEN_BACK, details={"system": owner, "where": where, "why": reason})
    for number in numbers:
        row = tx.delivery(number)
        message = tx.message(event.message) if row and (event := tx.event(row.event)) else None
        unfit = _unfit(delivery_ident(number), "delivery", row, message, tx)
        if row is None or unfit is not None:
            problem = unfit  # somebody decided otherwise meanwhile; its owner was told all the same
            continue
        if not engine.lines.withdraw(tx, row):
            problem = Problem(IN_HAND, details={"id": delivery_ident(number)})
            continue
        check(row.state, DeliveryState.RETURNED)
        tx.move(row.id, DeliveryState.RETURNED, at=at, due=at, attempts=row.attempts, code=why.code.id, reason=why.message("zh"))
        tx.note(Entry(at, "returned", subject=row.subject, delivery=row.id, system=row.target, actor=actor,
                      detail={"event": row.name, "event_id": row.event, "was": row.code, "back_to": owner, "where": where, "why": reason}))
        following = resume(row.subject, row.target, tx, at)
        ready += [following] if following else []
    return Worked(Done(shown, problem=problem) if problem is not None else Done(shown, DeliveryState.RETURNED), ready)


def _keep_message(engine: Engine, number: int, shown: str, owner: str, where: str, actor: str, reason: str, tx: Transaction) -> Worked:
    row = tx.message(number)
    problem = _unfit(shown, "message", None, row, tx)
    if row is None or problem is not None:
        return Worked(Done(shown, problem=problem))
    if row.state not in GIVEN_UP:
        return _keep_deliveries(engine, _dead(number, tx), shown, owner, where, actor, reason, tx)
    check_message(row.state, MessageState.DISCARDED)
    why = Problem(GIVEN_BACK, details={"system": owner, "where": where, "why": reason})
    tx.set_message(number, MessageState.DISCARDED, why.code.id, why.message("zh"))
    for subject in sorted({event.subject for event in tx.events_of_message(number)} or {0}):
        tx.note(Entry(engine.clock(), "returned", subject=subject, message=number, system=owner, actor=actor,
                      detail={"was": row.code, "back_to": owner, "where": where, "why": reason}))
    return Worked(Done(shown, "returned"))
