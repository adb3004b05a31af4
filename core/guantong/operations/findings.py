"""Findings (疑点) for operators: the list, one with its case, and the act that settles one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from guantong.finding import FindingKind
from guantong.journey.engine import Engine
from guantong.operations.codes import NOT_FOUND, SETTLED_BEFORE
from guantong.operations.done import Done, Worked
from guantong.operations.idents import delivery_ident, finding_ident, named
from guantong.problems import Problem
from guantong.store import Entry, FindingFilter, FindingRow, Reader, Transaction

PAGE = 1000
Kinds = Mapping[str, FindingKind]


def work_for(engine: Engine, act: str, ident: int, actor: str, reason: str) -> partial[Worked] | None:
    """The transaction that does *act* to finding *ident*; None when there is no such act on findings."""
    return partial(_settle, engine, ident, actor, reason) if act == "settle" else None


def _settle(engine: Engine, ident: int, actor: str, reason: str, tx: Transaction) -> Worked:
    """A person looked at it: it is explained, or was mended elsewhere."""
    shown, row, at = finding_ident(ident), tx.finding(ident), engine.clock()
    if row is None:
        details = {"what": "finding", "what_zh": "疑点", "id": shown, "verb": "findings"}
        return Worked(Done(shown, problem=Problem(NOT_FOUND, details=details)))
    if not tx.settle_finding(ident, at, actor, reason):
        return Worked(Done(shown, problem=Problem(SETTLED_BEFORE, details={"id": shown, "by": row.settled_by})))
    tx.note(Entry(at, "finding_settled", subject=row.subject, message=row.message, delivery=row.delivery,
                  system=row.system, actor=actor, detail={"finding": row.kind, "why": reason}))
    return Worked(Done(shown, "settled"))


def finding_entries(reader: Reader, which: FindingFilter, kinds: Kinds, most: int) -> list[dict[str, Any]]:
    """At most *most* findings, oldest first, each with its kind's title, what to do, and its case's serials."""
    entries: list[dict[str, Any]] = []
    after = 0
    while len(entries) < most and (rows := reader.findings(which, min(PAGE, most - len(entries)), after)):
        entries += (_entry(reader, row, kinds) for row in rows)
        after = rows[-1].id
    return entries


def finding_entry(reader: Reader, ident: str, kinds: Kinds) -> dict[str, Any] | None:
    """One finding with the events of its case, or None."""
    found = named(ident)
    row = reader.finding(found[1]) if found is not None and found[0] == "finding" else None
    if row is None:
        return None
    kind = kinds.get(row.kind)
    events = [{"event": one.name, "version": one.version, "message": f"M{one.message}", "held_back": one.held_back}
              for one in (reader.events_of_subject(row.subject) if row.subject else ())]
    return {**_entry(reader, row, kinds), "hint": kind.hint_en if kind else "", "hint_zh": kind.hint_zh if kind else "",
            "events": events}


def finding_figures(counts: Iterable[tuple[str, str, bool, int]], kinds: Kinds) -> list[dict[str, Any]]:
    """Open findings counted by kind: `count`, and by system."""
    found: dict[str, dict[str, Any]] = {}
    for name, system, ordinary, count in counts:
        kind = kinds.get(name)
        figures = found.setdefault(name, {
            "kind": name, "title": kind.title_en if kind else name, "title_zh": kind.title_zh if kind else name,
            "ordinary": ordinary, "count": 0, "systems": {},
        })
        figures["count"] += count
        figures["systems"][system] = figures["systems"].get(system, 0) + count
    return sorted(found.values(), key=lambda one: (one["ordinary"], -one["count"], one["kind"]))


def _entry(reader: Reader, row: FindingRow, kinds: Kinds) -> dict[str, Any]:
    kind = kinds.get(row.kind)
    serials = [{"kind": one.kind, "system": one.scope, "number": one.number}
               for one in (reader.serials_of(row.subject) if row.subject else ())]
    return {
        "id": finding_ident(row.id), "kind": row.kind, "title": kind.title_en if kind else row.kind,
        "title_zh": kind.title_zh if kind else row.kind, "ordinary": row.ordinary, "at": row.at,
        "system": row.system, "region": row.region, "case": f"C{row.subject}" if row.subject else "",
        "message": f"M{row.message}" if row.message else "",
        "delivery": delivery_ident(row.delivery) if row.delivery else "", "serials": serials,
        "detail": dict(row.detail), "settled_at": row.settled_at or None, "settled_by": row.settled_by, "why": row.why,
    }
