"""Noting findings (疑点): how any part of the hub records something odd.

A finding is kept in the transaction of what it is about, once for each (kind, subject, identity), and has its line
in the journal. It refuses and delays nothing.
"""

from __future__ import annotations

from guantong.finding import FindingKind
from guantong.journey.engine import HUB_ACTOR
from guantong.store import Entry, NewFinding, Transaction


def note_finding(tx: Transaction, finding: NewFinding, actor: str = HUB_ACTOR) -> int:
    """Keep *finding* and journal it. Returns its number; 0 where it is known (one that the hub itself had settled is
    open again)."""
    number = tx.add_finding(finding, reopen=HUB_ACTOR)
    if number:
        detail = {"finding": finding.kind.name, **finding.detail}
        tx.note(Entry(finding.at, "finding", subject=finding.subject, message=finding.message,
                      delivery=finding.delivery, system=finding.system, actor=actor, detail=detail))
    return number


def no_longer(tx: Transaction, kind: FindingKind, subject: int, identity: str, at: int, why: str,
              actor: str = HUB_ACTOR) -> bool:
    """Settle a finding whose cause is gone, in the hub's name; False where none of it is open. *actor* is who did what
    the cause went by, as the journal tells it."""
    number = tx.find_finding(subject, kind.name, identity)
    if not number or not tx.settle_finding(number, at, HUB_ACTOR, why):
        return False
    tx.note(Entry(at, "finding_settled", subject=subject, actor=actor,
                  detail={"finding": kind.name, "why": why}))
    return True
