"""Receipts (回执): a target's later judgement of what it took."""

from __future__ import annotations

import asyncio
from functools import partial

import structlog

from guantong.adapter import Awaited, Receipt, Receipts
from guantong.config.configuration import System
from guantong.journey.codes import RECEIPT_OVERDUE as OVERDUE
from guantong.journey.codes import RETURNED
from guantong.journey.engine import Engine
from guantong.journey.findingkinds import RECEIPT_OVERDUE
from guantong.journey.findings import no_longer, note_finding
from guantong.journey.judge import MOST_REASON
from guantong.journey.prepare import fields_sent
from guantong.journey.states import FINAL, DeliveryState, check
from guantong.problems import Problem, told
from guantong.store import DeliveryRow, Entry, NewFinding, Transaction

BATCH = 500
LATE = "回执已到（逾期）"
"""Why the hub settles a finding: the receipt came after all."""
log = structlog.get_logger("guantong.receipts")


async def receive_forever(engine: Engine, system: System, connection: Receipts) -> None:
    """Look for receipts until cancelled, every `receipt.every` seconds."""
    lost = False
    while True:
        try:
            await receive_once(engine, system, connection)
        except Exception as error:  # noqa: BLE001 -- a target of any kind may fail in any way; it is asked again
            if not lost:
                log.warning("receipts.lost", system=system.id, error=told(error))
            lost = True
        else:
            if lost:
                log.info("receipts.back", system=system.id)
            lost = False
        await asyncio.sleep(system.receipt.every)


async def receive_once(engine: Engine, system: System, connection: Receipts) -> int:
    """One look at everything that awaits a receipt, in batches; returns how many were judged. A receipt
    that is overdue, counted from when the delivery was taken, becomes a finding, once."""
    judged = after = 0
    while rows := engine.reader.in_state(DeliveryState.SENT, system.id, BATCH, after):
        after = rows[-1].id
        found = await connection.receipts([_awaited(engine, engine.system(system.id), row) for row in rows])
        by_id = {row.id: row for row in rows}
        known = [receipt for receipt in found if receipt.delivery in by_id]
        if known:
            await engine.store.write(partial(_judge, engine, system, known, by_id))
            judged += len(known)
        answered = {receipt.delivery for receipt in known}
        limit = engine.clock() - int(system.receipt.within * 1000)
        overdue = [row for row in rows
                   if row.id not in answered and row.code != OVERDUE.id and row.due < limit]
        if overdue:
            await engine.store.write(partial(_overdue, engine, overdue))
    return judged


def _awaited(engine: Engine, system: System, row: DeliveryRow) -> Awaited:
    fields = fields_sent(system, row.kind, engine.vault.open_folded(row.body).body) if row.body else {}
    return Awaited(row.id, row.kind, f"GT{row.id:014d}", fields)


def _judge(engine: Engine, system: System, receipts: list[Receipt], rows: dict[int, DeliveryRow],
           tx: Transaction) -> None:
    at = engine.clock()
    for receipt in receipts:
        now = tx.standing(receipt.delivery)
        if now is None or now[0] in FINAL:
            continue
        state = DeliveryState.CONFIRMED if receipt.confirmed else DeliveryState.RETURNED
        check(now[0], state)
        code = reason = ""
        if not receipt.confirmed:
            problem = Problem(RETURNED, details={"target": system.id, "answer": receipt.reason[:MOST_REASON]})
            code, reason = problem.code.id, f"{problem.message('zh')}；{problem.hint('zh')}"
        row = rows[receipt.delivery]
        tx.move(row.id, state, at=at, due=at, attempts=row.attempts, code=code, reason=reason)
        tx.note(Entry(at, state, subject=now[1], delivery=row.id, system=system.id, actor=system.id,
                      detail={"event": row.name, "code": code, "receipt": True}))
        if row.code == OVERDUE.id:
            no_longer(tx, RECEIPT_OVERDUE, now[1], f"D{row.id}", at, LATE)


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
