"""Correlation: which subject an event is about, and what follows when two turn out to be one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from guantong.config.configuration import System
from guantong.journey.belonging import COUNTY, elsewhere, owner
from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.journey.findingkinds import TWO_COUNTIES
from guantong.journey.findings import note_finding
from guantong.journey.joins import joining, rejoin
from guantong.journey.noting import note_merged
from guantong.journey.order import resume
from guantong.journey.ready import Ready
from guantong.journey.states import DeliveryState
from guantong.store import Entry, NewFinding, Serial, Transaction


class Correlated(NamedTuple):
    """The subject that holds now, what may be sent because a merge rearranged lines, and whether the subject
    was made just now: then nothing of it is known and no line of it is busy. `case_of`: the county of another region whose
    case the source spoke of, "" where it is none, or where that was looked at before."""

    subject: int
    freed: list[Ready]
    new: bool = False
    case_of: str = ""


def correlate(tx: Transaction, kind: str, serials: Sequence[Serial], engine: Engine, at: int, source: str) -> Correlated:
    """The subject that *serials*, told by *source*, point to: found, made, or merged under the oldest; all of them
    linked."""
    found = tx.find_subjects(serials)
    freed: list[Ready] = []
    if len(found) < 2:
        subject = found[0] if found else tx.add_subject(kind)
    else:
        subject, freed = _united(tx, found, engine, at, engine.configuration.systems.get(source))
    linked = False
    for serial in serials:
        if tx.link(serial, subject):
            linked = True
            detail = {"kind": serial.kind, "scope": serial.scope, "number": serial.number, "by": source}
            if len(serials) > 1 or found:
                tx.note(Entry(at, "linked", subject=subject, actor=HUB_ACTOR, detail=detail))
    if not found or kind != "case" or not (linked or all(serial.scope != source for serial in serials)):
        return Correlated(subject, freed, not found)  # nothing was there, or its own number is known to point here
    return Correlated(subject, freed, case_of=_case_of(tx, subject, engine, source))


def _case_of(tx: Transaction, subject: int, engine: Engine, source: str) -> str:
    systems = engine.configuration.systems
    teller = systems.get(source)
    if teller is None or teller.role != COUNTY:
        return ""
    theirs = owner(tx.parties(subject), systems)
    return theirs.id if theirs is not None and elsewhere(teller, theirs) else ""


def _united(tx: Transaction, found: Sequence[int], engine: Engine, at: int, source: System | None) -> tuple[int, list[Ready]]:
    """*found* merged under the oldest; where a county says so, but for cases of counties elsewhere: it would have the
    other's case by naming both numbers. What it tells goes to its own."""
    systems = engine.configuration.systems
    if source is None or source.role != COUNTY:
        return found[0], [ready for younger in found[1:] for ready in merge(tx, found[0], younger, engine, at)]
    whose = {subject: owner(tx.parties(subject), systems) for subject in found}
    chosen = next((one for one in found if not elsewhere(whose[one], source)), found[0])
    subject, *rest = (one for one in found if not elsewhere(whose[one], whose[chosen]))
    freed = [ready for younger in rest for ready in merge(tx, subject, younger, engine, at)]
    county = whose[chosen]
    for one in found:
        other = whose[one]
        if county is not None and other is not None and elsewhere(other, county):
            note_finding(tx, NewFinding(
                TWO_COUNTIES, at, subject=one, identity=f"C{subject}", system=source.id,
                region=other.region, detail={"case_of": other.id, "named_with_case_of": county.id}))
    return subject, freed


def link_more(tx: Transaction, subject: int, serials: Sequence[Serial], engine: Engine, at: int, teller: str, delivery: int) -> Correlated:
    """Link serials learnt later (from the reply of *teller* to *delivery*) to *subject*; the subject that holds after merging."""
    found = sorted({subject, *tx.find_subjects(serials)})
    oldest, freed = (subject, []) if len(found) == 1 else _united(
        tx, found, engine, at, engine.configuration.systems.get(teller))
    for serial in serials:
        if tx.link(serial, oldest):
            detail = {"kind": serial.kind, "scope": serial.scope, "number": serial.number, "by": f"D{delivery}"}
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
    if (frozen := tx.frozen(younger)) is not None:  # whatever its name is now, it is kept as it is
        tx.thaw(younger)
        tx.freeze(frozen._replace(subject=older))
    rows = tx.lines_of(older)
    target = ""
    for row in rows:
        first, target = row.target != target, row.target
        if first or row.state not in (DeliveryState.WAITING, DeliveryState.RETRYING):
            continue
        if engine.lines.withdraw(tx, row):
            tx.move(row.id, DeliveryState.BLOCKED, at=at, due=row.due, attempts=row.attempts)
    if moved:
        rejoin(engine, tx, older, moved, at)
        rows = tx.lines_of(older)
    resumed = (resume(older, target, tx, at) for target in sorted({row.target for row in rows}))
    return [ready for ready in resumed if ready is not None]
