"""Noting what an event, or a merge of two subjects, made odd about a case, and settling what it mended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from guantong.finding import FindingKind
from guantong.journey.engine import Engine
from guantong.journey.findingkinds import TOO_MANY_EVENTS
from guantong.journey.findings import no_longer, note_finding
from guantong.journey.oddities import Oddity, oddities
from guantong.store import Happening, NewFinding, Transaction

CAME = "补到或已更正"
"""Why the hub settles a finding: what was missing came, or what was wrong was corrected."""


MOST_EVENTS = 500
"""Of a case, for its oddities to be looked for at each of them: a county that tells ever more of one case must not hold
up the one transaction that all wait for."""


class About(NamedTuple):
    """What is looked at: an event of a subject, of a region, that *system* told in *message*."""

    subject: int
    event: int
    system: str
    region: str
    message: int
    at: int

    def finding(self, kind: FindingKind, identity: str, detail: Mapping[str, Any]) -> NewFinding:
        """Something odd about it; *identity* tells it from others of its kind and subject."""
        return NewFinding(kind, self.at, self.subject, identity, self.system, self.region, self.message, detail=detail)


def note_oddities(tx: Transaction, about: About) -> None:
    """Note what is odd about the case since this event is there, and settle what no longer is. A case of more events
    than `MOST_EVENTS` is itself odd, and looked at no further."""
    happened = tx.happened(about.subject, MOST_EVENTS + 1)
    if len(happened) > MOST_EVENTS:
        note_finding(tx, about.finding(TOO_MANY_EVENTS, "", {"most": str(MOST_EVENTS)}))
        return
    before = oddities(one for one in happened if one.event != about.event)
    _note(tx, about, before, oddities(happened))


def note_merged(tx: Transaction, engine: Engine, subject: int, parts: Iterable[Iterable[Happening]], at: int) -> None:
    """The same after subjects with these *parts* of a history turned out to be the one *subject*. What is noted is
    said of the event accepted last."""
    happened = tx.happened(subject)
    before, after = {oddity for part in parts for oddity in oddities(part)}, oddities(happened)
    if before == after:
        return
    event = tx.event(happened[-1].event) if happened else None
    message = tx.message(event.message) if event is not None else None
    if event is None or message is None:
        return
    system = engine.configuration.systems.get(message.system)
    region = system.region if system is not None else ""
    _note(tx, About(subject, event.id, message.system, region, message.id, at), before, after)


def _note(tx: Transaction, about: About, before: set[Oddity], after: set[Oddity]) -> None:
    if before == after:
        return
    known, left = ({(one.kind, one.identity) for one in part} for part in (before, after))
    for oddity in sorted(after, key=_order):
        if (oddity.kind, oddity.identity) not in known:
            note_finding(tx, about.finding(oddity.kind, oddity.identity, dict(oddity.detail)))
    for oddity in sorted(before, key=_order):
        if (oddity.kind, oddity.identity) not in left:
            no_longer(tx, oddity.kind, about.subject, oddity.identity, about.at, CAME)


def _order(oddity: Oddity) -> tuple[str, str]:
    return oddity.kind.name, oddity.identity
