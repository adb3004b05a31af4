"""Rows added: what waits for a row of a code table (`otherwise: wait`) goes on by itself once the table has it.

`look_again` runs when the hub starts and after mappings were reloaded. Whatever was translated by the tables of
before, and is only kept now, is looked at by whoever keeps it (`overtaken`): so nothing is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from guantong.clock import NEVER
from guantong.config.configuration import System
from guantong.journey.admit import readmit
from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.journey.fetching import ComeLater
from guantong.journey.order import still_waiting
from guantong.journey.prepare import prepare
from guantong.journey.ready import Ready, from_row
from guantong.journey.receiptmessages import Told, hear_all, told_by
from guantong.journey.settle import Outcome
from guantong.journey.states import DeliveryState, MessageState
from guantong.journey.translate import Refused
from guantong.log import where
from guantong.mapping import Untranslatable
from guantong.mapping.codes import WAITS_FOR_ROW
from guantong.store import DeliveryRow, Entry, MessageRow, StoreFailed, Transaction

BATCH = 100
WHY = "代码表已补充对应的行 the code table has the row"
log = structlog.get_logger("guantong.rowsadded")


@dataclass(slots=True)
class _Gone:
    """What a transaction let go: how many, and what may be sent once it is durable."""

    count: int
    ready: list[Ready]


async def look_again(engine: Engine) -> int:
    """Let go on whatever waits for a row that the tables in force now have; how many did. A store that cannot
    write leaves the rest waiting until the next look, and is logged."""
    gone = 0
    try:
        after = 0
        while messages := engine.reader.messages_in(MessageState.PARKED, None, BATCH, WAITS_FOR_ROW.id, after):
            after = messages[-1].id
            gone += await look_at_messages(engine, messages)
        for system in engine.configuration.systems:
            after = 0
            while rows := engine.reader.awaiting(system, NEVER, BATCH, after):
                after = rows[-1].id
                gone += await look_at_deliveries(engine, [row for row in rows if row.code == WAITS_FOR_ROW.id])
    except StoreFailed as error:
        log.error("rows.not_kept", error=str(error))
    if gone:
        log.info("rows.added", went_on=gone)
    return gone


async def look_at_messages(engine: Engine, rows: Iterable[MessageRow]) -> int:
    """Accept those of these parked messages that can be translated now, in their order and in one transaction;
    how many were. Raises `StoreFailed`."""
    told = [(row.id, events) for row in rows if (events := await _told(engine, row)) is not None]
    return await _commit(engine, partial(_admit, engine, told)) if told else 0


async def look_at_deliveries(engine: Engine, rows: Iterable[DeliveryRow], *, own_turn: bool = False) -> int:
    """Let those of these waiting deliveries have their turn that no longer wait for a row; how many do. One that is
    in hand is left to *own_turn*. Raises `StoreFailed`."""
    able = [row.id for row in rows if not _still_waits(engine, row)]
    return await _commit(engine, partial(_free, engine, able, own_turn)) if able else 0


async def _commit(engine: Engine, work: Callable[[Transaction], _Gone]) -> int:
    engine.crash_at("rows:before-commit")
    gone = await engine.store.write(work)
    engine.crash_at("rows:after-commit")
    engine.lines.announce(gone.ready)
    return gone.count


def overtaken(engine: Engine, system: System) -> bool:
    """Whether other mappings came in force for *system* since it was handed out."""
    now = engine.configuration.systems.get(system.id)
    return now is not None and now.dialect is not system.dialect


async def _told(engine: Engine, row: MessageRow) -> Told | None:
    """What a parked message says by the mappings in force, None where it waits on."""
    source = engine.configuration.systems.get(row.system)
    if source is None:
        return None
    try:
        return await told_by(engine, source, row)
    except (Refused, Untranslatable, ComeLater):
        return None
    except Exception as error:  # noqa: BLE001 -- one that breaks the translation must not hold up the others
        log.error("rows.failed", message=f"M{row.id}", error=type(error).__name__, where=where(error))
        return None


def _admit(engine: Engine, told: Sequence[tuple[int, Told]], tx: Transaction) -> _Gone:
    gone = _Gone(0, [])
    for message, (events, receipts, sealed, blobs) in told:
        row = tx.message(message)
        if row is None or row.state is not MessageState.PARKED:
            continue  # a person was quicker
        tx.note(Entry(engine.clock(), "replayed", message=row.id, system=row.system, actor=HUB_ACTOR,
                      detail={"why": WHY}))
        gone.ready += readmit(engine, row, events, tx, sealed=sealed, blobs=blobs).ready
        gone.ready += hear_all(engine, row.system, receipts, row.id, tx, engine.clock())
        gone.count += 1
    gone.ready = still_waiting(gone.ready, tx)  # what one message let go, another may have superseded
    return gone


def _still_waits(engine: Engine, row: DeliveryRow) -> bool:
    system = engine.configuration.systems[row.target]
    try:
        found = prepare(engine, system, from_row(row))
    except Exception as error:  # noqa: BLE001 -- its own turn tells of it
        log.error("rows.failed", delivery=row.id, error=type(error).__name__, where=where(error))
        return False
    return isinstance(found, Outcome) and found.waits_for_row


def _free(engine: Engine, deliveries: Sequence[int], own_turn: bool, tx: Transaction) -> _Gone:
    gone = _Gone(0, [])
    at = engine.clock()
    for delivery in deliveries:
        row = tx.delivery(delivery)
        if row is None or row.state is not DeliveryState.WAITING or row.due < NEVER:
            continue  # it has its turn already, or no longer needs one
        if not own_turn and not engine.lines.withdraw(tx, row):
            continue  # in hand: its own turn sees that it was overtaken
        tx.move(row.id, row.state, at=at, due=at, attempts=row.attempts)
        tx.note(Entry(at, "replayed", subject=row.subject, delivery=row.id, system=row.target, actor=HUB_ACTOR,
                      detail={"event": row.name, "event_id": row.event, "why": WHY}))
        row.due = at
        gone.ready.append(from_row(row))
        gone.count += 1
    return gone
