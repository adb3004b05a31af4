"""What the nightly reconciliation leaves: its result, a line of the journal, and a finding for each kind of difference."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from guantong.config.configuration import System
from guantong.finding import FindingKind
from guantong.journey.engine import HUB_ACTOR
from guantong.journey.findings import no_longer, note_finding
from guantong.reconcile.findingkinds import (
    BOOKS_DIFFER,
    BOOKS_EXTRA,
    BOOKS_MISSING,
    BOOKS_UNDELIVERED,
    BOOKS_UNREAD,
)
from guantong.reconcile.outcome import FINE, Found
from guantong.reconcilestore import Reconciliation
from guantong.store import Entry, NewFinding, Transaction


def note_found(system: System, found: Found, done: Reconciliation, tx: Transaction) -> None:
    """Keep what came of a day, and have the findings say it: those of before are settled, or say the new count."""
    tx.keep_reconciliation(done)
    tx.note(Entry(done.at, "reconciled", system=system.id, actor=done.actor, detail={"day": done.day, "agree": found.agree, **done.counts}))
    words = found.words
    odd = {
        BOOKS_MISSING: {"missing": words["missing"], "parked": words["parked"], "unreadable": found.unreadable},
        BOOKS_DIFFER: {"different": words["different"], "conflict": words["conflict"]},
        BOOKS_EXTRA: {"extra": words["extra"]},
        BOOKS_UNDELIVERED: {"unrouted": words["unrouted"], **{f"{name}:{word}": count for name, states in sorted(found.targets.items())
                                                             for word, count in states.items() if word not in FINE}},
        BOOKS_UNREAD: {},
    }
    for kind, counts in odd.items():
        _say(system, kind, done.day, done.at, {name: count for name, count in counts.items() if count}, tx)


def note_unread(system: System, day: date, at: int, code: str, tx: Transaction) -> None:
    """Note that the books of *day* could not be read, once."""
    _note(system, BOOKS_UNREAD, day.isoformat(), at, {"code": code}, tx)


def _say(system: System, kind: FindingKind, day: str, at: int, counts: Mapping[str, int], tx: Transaction) -> None:
    number = tx.find_finding(0, kind.name, _identity(system, day))
    row = tx.finding(number) if number else None
    said = {name: value for name, value in row.detail.items() if name != "day"} if row is not None and not row.settled_at else None
    if said == counts:
        return
    if said is not None:
        no_longer(tx, kind, 0, _identity(system, day), at, "counted anew" if counts else "the books agree now", HUB_ACTOR)
    if counts:
        _note(system, kind, day, at, counts, tx)


def _note(system: System, kind: FindingKind, day: str, at: int, detail: Mapping[str, object], tx: Transaction) -> None:
    note_finding(tx, NewFinding(kind, at, identity=_identity(system, day), system=system.id, region=system.region, detail={"day": day, **detail}))


def _identity(system: System, day: str) -> str:
    return f"{system.id} {day}"
