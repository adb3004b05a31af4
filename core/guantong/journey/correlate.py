"""Correlation: which subject an event is about, and what follows when two turn out to be one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from guantong.journey.engine import HUB_ACTOR
from guantong.journey.states import DeliveryState
from guantong.store import Entry, Serial, Transaction

if TYPE_CHECKING:
    from guantong.journey.lines import Lines


def correlate(tx: Transaction, kind: str, serials: Sequence[Serial], lines: Lines, at: int) -> int:
    """The subject that *serials* point to: found, made, or merged under the oldest; all of them linked."""
    found = tx.find_subjects(serials)
    subject = found[0] if found else tx.add_subject(kind)
    for younger in found[1:]:
        merge(tx, subject, younger, lines, at)
    for serial in serials:
        if tx.link(serial, subject):
            detail = {"kind": serial.kind, "scope": serial.scope, "number": serial.number}
            if len(serials) > 1 or found:
                tx.note(Entry(at, "linked", subject=subject, actor=HUB_ACTOR, detail=detail))
    return subject


def link_more(tx: Transaction, subject: int, serials: Sequence[Serial], lines: Lines, at: int) -> int:
    """Link serials learnt later (from a reply) to *subject*; the subject that holds after merging."""
    others = [other for other in tx.find_subjects(serials) if other != subject]
    oldest = min([subject, *others])
    for younger in sorted({subject, *others} - {oldest}):
        merge(tx, oldest, younger, lines, at)
    for serial in serials:
        if tx.link(serial, oldest):
            detail = {"kind": serial.kind, "scope": serial.scope, "number": serial.number}
            tx.note(Entry(at, "linked", subject=oldest, actor=HUB_ACTOR, detail=detail))
    return oldest


def merge(tx: Transaction, older: int, younger: int, lines: Lines, at: int) -> None:
    """Put everything of *younger* under *older* and journal it; each line keeps one first, the rest behind."""
    joined = tx.merge(older, younger)
    detail = {"younger": younger, "joined": [joined] if joined else []}
    tx.note(Entry(at, "merged", subject=older, actor=HUB_ACTOR, detail=detail))
    target = ""
    for row in tx.lines_of(older):
        first, target = row.target != target, row.target
        if first or row.state not in (DeliveryState.WAITING, DeliveryState.RETRYING):
            continue
        if lines.withdraw(row.target, row.id):
            tx.move(row.id, DeliveryState.BLOCKED, at=at, due=row.due, attempts=row.attempts)
