"""Receipts that come as records (`receipt: {by: message}`): through any door, queue or poll, like everything else.

A receipt may be faster than the reply of the sending it judges, come twice, come for what a newer version replaced, or
for something that was never sent. It settles what is open and never touches what is final.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from guantong.adapter import Receipt
from guantong.config.configuration import System
from guantong.config.policies import EventField, ReceiptMessage
from guantong.config.reply import Meaning
from guantong.journey.admit import Admitted, keep
from guantong.journey.attaching import events_of
from guantong.journey.conclude import conclude
from guantong.journey.decide import decide
from guantong.journey.engine import Engine
from guantong.journey.findingkinds import RECEIPT_CONTRADICTS, RECEIPT_UNKNOWN
from guantong.journey.findings import note_finding
from guantong.journey.judge import judge_fields
from guantong.journey.keys import delivery_of
from guantong.journey.ready import Ready, from_row
from guantong.journey.receipts import judge_sent, note_sent_back, returned
from guantong.journey.settle import Outcome
from guantong.journey.states import FINAL, DeliveryState, MessageState
from guantong.journey.translate import Incoming, decode
from guantong.record import Acceptance, Native, Record, Verdict
from guantong.replytree import text_at
from guantong.store import DeliveryRow, Entry, MessageRow, NewFinding, NewMessage, Serial, Transaction

_JUDGED = {True: DeliveryState.CONFIRMED, False: DeliveryState.RETURNED}


def split(source: System, natives: Sequence[Native]) -> tuple[list[Native], list[Native]]:
    """What tells of events, and what is a receipt."""
    receipts = [native for native in natives if native.kind in source.receipts_heard]
    return [native for native in natives if native.kind not in source.receipts_heard], receipts


def admit_receipts(engine: Engine, record: Record, sealed: bytes, receipts: Sequence[Native], events: Sequence[Incoming],
                   tx: Transaction, *, blobs: Sequence[str] = ()) -> Admitted:
    """Keep a record that holds *receipts*, beside the *events* it tells, if any; *blobs* came beside it."""
    at = engine.clock()
    decision = decide(engine, record.system, events, tx, at, record.backfill) if events else None
    message = tx.add_message(NewMessage(
        system=record.system, at=at, kind=receipts[0].kind, state=decision.state if decision else MessageState.RECEIPT,
        body=sealed, charset=record.charset or "", ref=record.ref or "", code=decision.code if decision else "",
        reason=decision.reason if decision else "", backfill=record.backfill,
    ))
    if blobs:
        tx.refer(message, blobs)
    admitted = keep(engine, record.system, message, decision, tx, at) if decision else Admitted(
        Verdict(Acceptance.ROUTED, message))
    heard = hear_all(engine, record.system, receipts, message, tx, at)
    return Admitted(admitted.verdict, [*admitted.ready, *heard], admitted.subjects)


class Told(NamedTuple):
    """What a kept message says by the mappings in force."""

    events: Sequence[Incoming]
    receipts: Sequence[Native]
    sealed: bytes
    """The record as it is to be kept from now on, with what was fetched for it only now, whose blobs are `blobs`."""
    blobs: Sequence[str] = ()


async def told_by(engine: Engine, source: System, row: MessageRow) -> Told:
    """What a kept message of *source* says now, its contents kept. Raises `Refused`, `Untranslatable`,
    `ComeLater`, `BlobsFailed`."""
    reread = await events_of(engine, source, row)
    if not source.receipts_heard:
        return Told(reread.events, (), reread.sealed, reread.blobs)
    record = Record(row.system, engine.vault.open(row.body), row.kind or None, row.charset or None)
    return Told(reread.events, split(source, decode(source, record))[1], reread.sealed, reread.blobs)


def hear_all(engine: Engine, source: str, receipts: Sequence[Native], message: int, tx: Transaction, at: int) -> list[Ready]:
    """Do what each receipt says; return what may be sent now."""
    return [ready for native in receipts for ready in _hear(engine, source, native, message, tx, at)]


def _hear(engine: Engine, source: str, native: Native, message: int, tx: Transaction, at: int) -> list[Ready]:
    """Do what one receipt says; return what may be sent now."""
    target = engine.system(engine.system(source).receipts_heard[native.kind])
    declared, rules = target.receipt.message, target.receipt.reply
    assert declared is not None  # noqa: S101 -- what is heard is declared
    assert rules is not None  # noqa: S101 -- the policy refuses one without the other
    judgement = judge_fields(native.fields, rules.as_reply)
    row = _delivery(target, declared, native, tx)
    if row is None or not _was_sent(engine, row, tx):
        _unknown(engine, source, target, native, declared, row, message, tx, at)
        return []
    if judgement.meaning not in (Meaning.SUCCESS, Meaning.PERMANENT):
        return []  # not decided yet, it says
    receipt = Receipt(row.id, judgement.meaning is Meaning.SUCCESS, judgement.reason)
    tx.note(Entry(at, "receipt", subject=row.subject, message=message, delivery=row.id, system=source, actor=source,
                  detail={"event": row.name, "event_id": row.event, "as": _JUDGED[receipt.confirmed]}))
    if row.state is DeliveryState.SENT:
        judge_sent(target, row, row.subject, receipt, tx, at)
    elif row.state in FINAL:
        _contradicted(target, row, receipt, message, tx, at)
    else:
        return _settled(engine, target, row, receipt, tx, at)
    return []


def _delivery(target: System, declared: ReceiptMessage, native: Native, tx: Transaction) -> DeliveryRow | None:
    """The delivery that a receipt names: by our key, else by numbers of the case, the event and the version; of several
    the one sent last."""
    if declared.key is not None:
        row = tx.delivery(delivery_of(text_at(native.fields, declared.key)))
        if row is not None and row.target == target.id:
            return row
    event = _event(declared, native)
    version = text_at(native.fields, declared.version).strip() if declared.version else ""
    found = [row for subject in tx.find_subjects(_serials(target, declared, native))
             for row in tx.deliveries_of_subject(subject) if row.target == target.id and row.name == event]
    if version:
        found = [row for row in found if (told := tx.event(row.event)) is not None and str(told.version) == version]
    attempted = [row for row in found if row.state is DeliveryState.SENT] or [row for row in found if row.attempts] or found
    return attempted[-1] if attempted else None


def _event(declared: ReceiptMessage, native: Native) -> str:
    if isinstance(declared.event, EventField):
        return declared.event.of.get(text_at(native.fields, declared.event.at).strip(), "")
    return declared.event or ""


def _serials(target: System, declared: ReceiptMessage, native: Native) -> list[Serial]:
    """The numbers in a receipt, as they may be known: everywhere, or as the target's own."""
    numbers = [(kind, text_at(native.fields, path).strip()) for kind, path in declared.serial.items()]
    return [Serial(scope, kind, number) for kind, number in numbers if number for scope in ("", target.id)]


def _was_sent(engine: Engine, row: DeliveryRow, tx: Transaction) -> bool:
    """Whether an attempt may have reached the target: one that ended, or one that is on its way now."""
    return bool(row.attempts) or row.state is DeliveryState.SENDING or engine.lines.in_hand(tx, row)


def _settled(engine: Engine, target: System, row: DeliveryRow, receipt: Receipt, tx: Transaction, at: int) -> list[Ready]:
    """The receipt was faster than the reply, or the reply was lost or looked like a failure: it holds."""
    if not engine.lines.in_hand(tx, row):
        engine.lines.withdraw(tx, row)
    if row.state is DeliveryState.BLOCKED:
        tx.move(row.id, DeliveryState.WAITING, at=at, due=at, attempts=row.attempts)
        row.state = DeliveryState.WAITING
    if not receipt.confirmed:
        note_sent_back(target, row, tx, at)
    outcome = Outcome(_JUDGED[receipt.confirmed], at, max(row.attempts, 1), returned(target, receipt),
                      settled=row.state is DeliveryState.UNKNOWN)
    return conclude(engine, from_row(row), outcome, None, (), tx, target.id)


def _contradicted(target: System, row: DeliveryRow, receipt: Receipt, message: int, tx: Transaction, at: int) -> None:
    """What is final stays; a receipt that says otherwise is odd. The same again is not, nor one of what was replaced."""
    if row.state not in _JUDGED.values() or row.state is _JUDGED[receipt.confirmed]:
        return
    note_finding(tx, NewFinding(
        RECEIPT_CONTRADICTS, at, subject=row.subject, identity=f"D{row.id}", system=target.id, region=target.region,
        message=message, delivery=row.id, detail={"event": row.name, "as": _JUDGED[receipt.confirmed]}))


def _unknown(engine: Engine, source: str, target: System, native: Native, declared: ReceiptMessage,
             row: DeliveryRow | None, message: int, tx: Transaction, at: int) -> None:
    named = [text_at(native.fields, path).strip() for path in (declared.key, *declared.serial.values()) if path]
    identity = engine.vault.digest("\x1f".join([source, native.kind, *named, _event(declared, native)]).encode()).hex()
    note_finding(tx, NewFinding(
        RECEIPT_UNKNOWN, at, subject=row.subject if row else 0, identity=identity, system=source, region=target.region,
        message=message, delivery=row.id if row else 0, detail={"record": native.kind[:60], "of": target.id}))
