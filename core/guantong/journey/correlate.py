"""Correlation: which subject an event is about, and what follows when two turn out to be one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.journey.joins import joining, rejoin
from guantong.journey.noting import note_merged
from guantong.journey.order import resume
from guantong.journey.ready import Ready
from guantong.journey.states import DeliveryState
from guantong.store import Entry, Serial, Transaction


class Correlated(NamedTuple):
    """The subject that holds now, what may be sent because a merge rearranged lines, and whether the subject
    was made just now: then nothing of it is known and no line of it is busy."""

    subject: int
    freed: list[Ready]
    new: bool = False


def correlate(tx: Transaction, kind: str, serials: Sequence[Serial], engine: Engine, at: int) -> Correlated:
    """The subject that *serials* point to: found, made, or merged under the oldest; all of them linked."""
    found = tx.find_subjects(serials)
    subject = found[0] if found else tx.add_subject(kind)
    freed = [ready for younger in found[1:] for ready in merge(tx, subject, younger, engine, at)]
    for serial in serials:
        if tx.link(serial, subject):
            detail = {"kind": serial.kind, "scope": serial.scope, "number": serial.number}
            if len(serials) > 1 or found:
                tx.note(Entry(at, "linked", subject=subject, actor=HUB_ACTOR, detail=detail))
    return Correlated(subject, freed, not found)


def link_more(tx: Transaction, subject: int, serials: Sequence[Serial], engine: Engine, at: int) -> Correlated:
    """Link serials learnt later (from a reply) to *subject*; the subject that holds after merging."""
    others = [other for other in tx.find_subjects(serials) if other != subject]
    oldest, *rest = sorted([subject, *others])
    freed = [ready for younger in rest for ready in merge(tx, oldest, younger, engine, at)]
    for serial in serials:
        if tx.link(serial, oldest):
            detail = {"kind": serial.kind, "scope": serial.scope, "number": serial.number}
            tx.note(Entry(at, "linked", subject=oldest, actor=HUB_ACTOR, detail=detail))
    return Correlated(oldest, freed)


def merge(tx: Transaction, older: int, younger: int, engine: Engine, at: int) -> list[Ready]:
    """Put everything of *younger* under *older* and journal it; each line keeps one first, the rest behind.
    What is in hand stays so, and finds its place in the line when it ended."""
    moved = [row.event for row in tx.deliveries_of_subject(younger)] if joining(engine) else []
    parts = [tx.happened(older), tx.happened(younger)]
    joined = tx.merge(older, younger)
    detail = {"younger": younger, "joined": [joined] if joined else []}
    tx.note(Entry(at, "merged", subject=older, actor=HUB_ACTOR, detail=detail))
    note_merged(tx, engine, older, parts, at)
    if engine.configuration.supervision is not None:
        tx.merge_watch(older, younger)
    rows = tx.lines_of(older)
    target = ""
    for row in rows:
        first, target = row.target != target, row.target
        if first or row.state not in (DeliveryState.WAITING, DeliveryState.RETRYING):
            continue
        if engine.lines.withdraw(row.target, row.id):
            tx.move(row.id, DeliveryState.BLOCKED, at=at, due=row.due, attempts=row.attempts)
    if moved:
        rejoin(engine, tx, older, moved, at)
        rows = tx.lines_of(older)
    resumed = (resume(older, target, tx, at) for target in sorted({row.target for row in rows}))
    return [ready for ready in resumed if ready is not None]
