"""Where an event happened: the facts of its site for the rules, and what the store remembers of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from guantong.clock import SHANGHAI
from guantong.config.configuration import Configuration
from guantong.journey.engine import Engine
from guantong.journey.findingkinds import CLOSED_SITE, UNKNOWN_SITE
from guantong.journey.findings import note_finding
from guantong.journey.noting import About
from guantong.journey.translate import Incoming
from guantong.sites import Level
from guantong.sites.naming import SITE_FIELDS, WINDOW_FIELD, named
from guantong.sites.tree import Tree
from guantong.store import Reader, Transaction

NOWHERE: Mapping[str, str] = {}
LONGEST_CODE = 60
"""Characters of a code that is not in the tree, as it is remembered."""


def site_of(configuration: Configuration, reader: Reader, event: int, values: Mapping[str, Any],
            case: Mapping[str, Any]) -> Mapping[str, str]:
    """The facts of the site that *event*, of these *values*, happened at: as it names it, else where the system that
    told it stands, else as another event of its *case* tells."""
    if not configuration.sites:
        return NOWHERE
    stands = "" if _tells(values) else _stands(configuration, reader, event)
    found = named(configuration.sites, values if stands or _tells(values) else case, stands)
    return configuration.sites.facts(found.key) if found is not None else NOWHERE


def note_site(engine: Engine, tx: Transaction, about: About, event: Incoming, *, backfilled: bool = False) -> None:
    """Remember where a case's *event* happened, if it or its source tells; of one that a backfill brought, when it happened: an old case
    connects nobody today. A site that the tree has not, or that was
    closed by then, is a finding. Costs nothing where no sites were imported."""
    sites, source = engine.configuration.sites, engine.system(about.system)
    found = named(sites, event.values, source.site) if event.subject_kind == "case" else None
    if found is None:
        return
    site = sites.sites.get(found.key)
    if site is not None and site.level is Level.WINDOW:
        site = sites.sites[site.parent]
    code = site.code if site is not None else found.unknown[:LONGEST_CODE]
    tx.handled_at(code, about.subject, way_of(event.values), _handled(event.occurred, about.at) if backfilled else about.at)
    detail = {"event": event.name, "site": code}
    if found.unknown:
        unknown = found.unknown[:LONGEST_CODE]
        note_finding(tx, about.finding(UNKNOWN_SITE, unknown, {**detail, "code": unknown}))
    if site is not None and site.closed and (day := event.occurred[:10]) > site.closed:
        note_finding(tx, about.finding(CLOSED_SITE, code, {**detail, "closed": site.closed, "day": day}))


def _handled(occurred: str, accepted: int) -> int:
    """When something happened that is told as *occurred* (a time or a day), at the latest when it was accepted; UTC milliseconds."""
    try:
        moment = datetime.fromisoformat(occurred)
    except ValueError:
        return accepted
    return min(accepted, int((moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).timestamp() * 1000))


def names_in_vain(tree: Tree, body: bytes, stands: str) -> str:
    """The code that an event of this opened *body*, from a system that stands at *stands*, names and the tree has not; ""
    where it names none."""
    found = named(tree, orjson.loads(body), stands)
    return found.unknown[:LONGEST_CODE] if found is not None else ""


def way_of(values: Mapping[str, Any]) -> str:
    """How the case is handled: as it is told; else at a window, where one is named or it was handed in at one."""
    at_window = values.get(WINDOW_FIELD) or values.get("channel") == "counter"
    return str(values.get("service.way") or ("on_site" if at_window else ""))


def _tells(values: Mapping[str, Any]) -> bool:
    return any(values.get(field) for field in (*SITE_FIELDS, WINDOW_FIELD))


def _stands(configuration: Configuration, reader: Reader, event: int) -> str:
    row = reader.event(event)
    message = reader.message(row.message) if row is not None else None
    source = configuration.systems.get(message.system) if message is not None else None
    return source.site if source is not None else ""
