"""Receipts (回执): a target's later judgement of what it took."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple

import structlog

from guantong.adapter import Awaited, Connection, Receipt, Receipts
from guantong.codec import Undecodable
from guantong.config.configuration import System
from guantong.config.reply import Meaning
from guantong.journey.codes import RECEIPT_OVERDUE as OVERDUE
from guantong.journey.codes import RETURNED
from guantong.journey.engine import Engine
from guantong.journey.findingkinds import RECEIPT_OVERDUE, SENT_BACK
from guantong.journey.findings import no_longer, note_finding
from guantong.journey.judge import MOST_REASON
from guantong.journey.keys import key_of
from guantong.journey.prepare import fields_sent
from guantong.journey.reach import As, why
from guantong.journey.speaking import ask
from guantong.journey.states import DeliveryState, check
from guantong.problems import Problem, told
from guantong.record import Fields, Outgoing
from guantong.store import DeliveryRow, Entry, NewFinding, Transaction

BATCH = 500
LATE = "回执已到（逾期）"
"""Why the hub settles a finding: the receipt came after all."""
log = structlog.get_logger("guantong.receipts")


Look = Callable[[list[DeliveryRow]], Awaitable[Sequence[Receipt]]]
"""Looks for receipts of deliveries; leaves out those that have none yet."""


async def receive_forever(engine: Engine, system: System, connection: Connection) -> None:
    """Look for receipts until cancelled, every `receipt.every` seconds."""
    while True:
        try:
            await receive_once(engine, system, connection)
        except Exception as error:  # noqa: BLE001 -- a target of any kind may fail in any way; it is asked again
            at = engine.clock()
            if engine.reach.lost(system.id, As.RECEIPTS, why(error), at, at + int(system.receipt.every * 1000)):
                log.warning("receipts.lost", system=system.id, error=told(error))
        else:
            if engine.reach.back(system.id, As.RECEIPTS):
                log.info("receipts.back", system=system.id)
        await asyncio.sleep(system.receipt.every)


async def receive_once(engine: Engine, system: System, connection: Connection) -> int:
    """One look at everything that awaits a receipt, in batches; returns how many were judged. A receipt
    that is overdue, counted from when the delivery was taken, becomes a finding, once."""
    judged = after = 0
    look = _look_by(engine, engine.system(system.id), connection)
    while rows := engine.reader.in_state(DeliveryState.SENT, system.id, BATCH, after):
        after = rows[-1].id
        by_id = {row.id: row for row in rows}
        known = [receipt for receipt in await look(rows) if receipt.delivery in by_id]
        if known:
            engine.crash_at("receipt:before-commit")
            await engine.store.write(partial(_judge, engine, system, known, by_id))
            engine.crash_at("receipt:after-commit")
            judged += len(known)
        answered = {receipt.delivery for receipt in known}
        within = int(system.receipt.within * 1000)
        overdue = [row for row in rows
                   if row.id not in answered and row.code != OVERDUE.id and engine.clock.age(row.due) > within]
        if overdue:
            await engine.store.write(partial(_overdue, engine, overdue))
    return judged


def _look_by(engine: Engine, system: System, connection: Connection) -> Look:
    """How receipts of *system* are looked for: by the adapter, or by asking. Those that come as messages come by
    themselves: then only what is overdue is looked for."""

    async def found(rows: list[DeliveryRow]) -> Sequence[Receipt]:
        assert isinstance(connection, Receipts)  # noqa: S101 -- `check` refuses receipts the adapter does not have
        return await connection.receipts([Awaited(row.id, row.kind, key_of(row.id), sent.fields) for row, sent in _readable(engine, system, rows)])

    async def asked(rows: list[DeliveryRow]) -> Sequence[Receipt]:
        return await _ask_all(engine, system, connection, rows)

    async def nothing(_rows: list[DeliveryRow]) -> Sequence[Receipt]:
        return ()

    return {"query": asked, "message": nothing}.get(system.receipt.by, found)


async def _ask_all(engine: Engine, system: System, connection: Connection, rows: list[DeliveryRow]) -> list[Receipt]:
    """Ask about each, a few at a time; a target that cannot be reached is left alone until the next look."""
    assert system.receipt.reply is not None  # noqa: S101 -- the policy refuses `by: query` without it
    rules, at_once = system.receipt.reply.as_reply, system.delivery.concurrency
    receipts: list[Receipt] = []
    readable = _readable(engine, system, rows)
    for start in range(0, len(readable), at_once):
        some = readable[start:start + at_once]
        answers = await asyncio.gather(*(ask(system, connection, _outgoing(system, row, sent), rules) for row, sent in some))
        receipts += [Receipt(row.id, answer.meaning is not Meaning.PERMANENT, answer.reason)
                     for (row, _), answer in zip(some, answers, strict=True)
                     if answer.meaning in (Meaning.SUCCESS, Meaning.DUPLICATE, Meaning.PERMANENT)]
        if not any(answer.reply is not None for answer in answers):
            break
    return receipts


class _Sent(NamedTuple):
    """What was sent: the bytes, and the fields in them."""

    body: bytes
    fields: Fields


def _readable(engine: Engine, system: System, rows: Sequence[DeliveryRow]) -> list[tuple[DeliveryRow, _Sent]]:
    """The *rows* with what was sent of each. One that the dialect's codec of today cannot read is left out: it costs no other its
    receipt, and its own becomes overdue, which is a finding."""
    found: list[tuple[DeliveryRow, _Sent]] = []
    for row in rows:
        body = engine.vault.open_folded(row.body).body if row.body else b""
        try:
            found.append((row, _Sent(body, fields_sent(system, row.kind, body) if body else {})))
        except Undecodable as error:
            log.warning("receipts.unreadable", system=system.id, delivery=row.id, code=error.code)
    return found


def _outgoing(system: System, row: DeliveryRow, sent: _Sent) -> Outgoing:
    return Outgoing(row.id, row.attempts, row.name, row.kind, sent.body, sent.fields, key_of(row.id), system.delivery.timeout)


def _judge(engine: Engine, system: System, receipts: list[Receipt], rows: dict[int, DeliveryRow],
           tx: Transaction) -> None:
    at = engine.clock()
    for receipt in receipts:
        now = tx.standing(receipt.delivery)
        if now is not None and now[0] is DeliveryState.SENT:
            judge_sent(system, rows[receipt.delivery], now[1], receipt, tx, at)


def judge_sent(system: System, row: DeliveryRow, subject: int, receipt: Receipt, tx: Transaction, at: int) -> None:
    """What was taken is confirmed, or sent back."""
    state = DeliveryState.CONFIRMED if receipt.confirmed else DeliveryState.RETURNED
    check(DeliveryState.SENT, state)
    problem = returned(system, receipt)
    tx.move(row.id, state, at=at, due=at, attempts=row.attempts, code=problem.code.id if problem else "",
            reason=f"{problem.message('zh')}；{problem.hint('zh')}" if problem else "")
    tx.note(Entry(at, state, subject=subject, delivery=row.id, system=system.id, actor=system.id,
                  detail={"event": row.name, "event_id": row.event, "code": problem.code.id if problem else "", "receipt": True}))
    if row.code == OVERDUE.id:
        no_longer(tx, RECEIPT_OVERDUE, subject, f"D{row.id}", at, LATE)
    if problem is not None:
        note_sent_back(system, row, tx, at)


def note_sent_back(system: System, row: DeliveryRow, tx: Transaction, at: int) -> None:
    """Somebody has to tell the source: the delivery is final, and stands in no list."""
    note_finding(tx, NewFinding(SENT_BACK, at, subject=row.subject, identity=f"D{row.id}", system=system.id, region=system.region,
                                delivery=row.id, detail={"event": row.name}))


def returned(system: System, receipt: Receipt) -> Problem | None:
    """Why the target sent it back; None where it confirmed."""
    if receipt.confirmed:
        return None
    return Problem(RETURNED, details={
        "target": system.id, "answer": receipt.reason[:MOST_REASON], "answer_zh": receipt.reason[:MOST_REASON]})


def _overdue(engine: Engine, rows: list[DeliveryRow], tx: Transaction) -> None:
    at = engine.clock()
    for row in rows:
        now = tx.standing(row.id)
        if now is None or now[0] is not DeliveryState.SENT:
            continue
        problem = Problem(OVERDUE, details={"target": row.target})
        tx.move(row.id, DeliveryState.SENT, at=row.due, due=row.due, attempts=row.attempts, code=problem.code.id,
                reason=f"{problem.message('zh')}；{problem.hint('zh')}")
        system = engine.configuration.systems.get(row.target)
        note_finding(tx, NewFinding(
            RECEIPT_OVERDUE, at, subject=now[1], identity=f"D{row.id}", system=row.target,
            region=system.region if system else "", delivery=row.id, detail={"event": row.name}))
