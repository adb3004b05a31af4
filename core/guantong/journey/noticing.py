"""What is looked for in an event that came in: findings (疑点), which refuse and delay nothing."""

from __future__ import annotations

from guantong.journey.decide import Decided
from guantong.journey.engine import Engine
from guantong.journey.findingkinds import ATTACHMENT_TYPE, OTHER_COUNTY, UNKNOWN_MATTER
from guantong.journey.findings import note_finding
from guantong.journey.lookups import note_lookups
from guantong.journey.noting import About, note_oddities
from guantong.journey.oddities import FOLLOWS, TELLING
from guantong.journey.siting import note_site
from guantong.store import Transaction

LONGEST_CODE = 100
"""Characters of a matter's code that no catalogue has, as it is remembered."""


def notice(engine: Engine, tx: Transaction, one: Decided, about: About) -> None:
    """Note what is odd about an event, and about its case since it is there; remember where it happened and what it is found by."""
    event = one.event
    if one.case_of:
        note_finding(tx, about.finding(OTHER_COUNTY, about.system, {"event": event.name, "case_of": one.case_of}))
    if not one.fresh:
        return
    for path, content in event.odd:
        detail = {"event": event.name, "declared_in": path, "content": content}
        note_finding(tx, about.finding(ATTACHMENT_TYPE, event.identity.hex(), detail))
    if engine.matters and event.subject_kind == "case":
        _note_unknown_matter(engine, tx, one, about)
    if not one.backfilled and event.name in (FOLLOWS if one.new else TELLING):
        note_oddities(tx, about)
    note_lookups(engine, tx, about, event)
    if engine.configuration.sites:
        note_site(engine, tx, about, event, backfilled=one.backfilled)


def _note_unknown_matter(engine: Engine, tx: Transaction, one: Decided, about: About) -> None:
    """A matter that the catalogue does not know on the event's own day, once a case."""
    code = one.event.values.get("item.code")
    if code is None or engine.matters.knows(str(code), one.event.occurred[:10]):
        return
    matter = str(code)[:LONGEST_CODE]
    detail = {"event": one.event.name, "matter": matter, "catalogue": engine.matters.number}
    note_finding(tx, about.finding(UNKNOWN_MATTER, matter, detail))
