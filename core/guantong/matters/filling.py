"""Filling the catalogue: matters that its authority publishes or withdraws make new versions of it, off the messages' way.

Each accepted event of a matter stands in the store's list of matters to take until a version of the catalogue holds it;
so none is lost by a stop, and one taken twice changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import orjson
import structlog

from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.journey.findingkinds import MATTER_NOT_TAKEN
from guantong.journey.findings import note_finding
from guantong.matters.authority import WITHDRAWN, authority_of
from guantong.matters.catalogue import Catalogue, clashes
from guantong.matters.change import Change, plan
from guantong.matters.kept import keep, read
from guantong.matters.matter import Matter
from guantong.problems import ProblemsError, summary
from guantong.store import Entry, EventRow, NewFinding, StoreFailed, Transaction

AT_ONCE = 1000  # events that one version takes at most
log = structlog.get_logger("guantong.matters")


@dataclass(slots=True)
class _Taking:
    """The catalogue as it grows by events, what changed, and what was not taken."""

    matters: Catalogue
    changes: list[Change] = field(default_factory=list)
    findings: list[NewFinding] = field(default_factory=list)


async def fill_forever(engine: Engine, every: float) -> None:
    """Fill until cancelled, at the start and every *every* seconds. What hinders it is logged once, and tried again."""
    hindered = ""
    while True:
        try:
            while await fill(engine):
                pass
            hindered = ""
        except (ProblemsError, StoreFailed) as error:
            said = summary(error.problems) if isinstance(error, ProblemsError) else str(error)
            if said != hindered:
                log.error("matters.not_filled", error=said)
            hindered = said
        await asyncio.sleep(every)


async def fill(engine: Engine) -> int:
    """Take the oldest events that are still to be taken into a new version, journaled; how many there were. Raises
    `ProblemsError` where the catalogue is damaged or cannot be kept, `StoreFailed`."""
    rows = engine.reader.matters_told(AT_ONCE)
    if not rows:
        return 0
    home = engine.configuration.home
    standing = await asyncio.to_thread(read, home)
    taking = _Taking(standing)
    for row in rows:
        _take(engine, row, taking)
    number = standing.number
    if taking.changes:
        number += 1
        await asyncio.to_thread(partial(
            keep, home, number, taking.matters.matters, at=engine.clock(), actor=HUB_ACTOR,
            why="依事项发布、取消更新 by what was published and withdrawn", source=f"E{rows[0].id}-E{rows[-1].id}"))
    engine.crash_at("matters:kept")
    taken = Catalogue(taking.matters.matters, number)
    await engine.store.write(partial(_note, engine, rows, taking, taken))
    engine.matters = taken
    if taking.changes:
        log.info("matters.taken", version=number, matters=len(taken.matters), changes=len(taking.changes))
    return len(rows)


def _take(engine: Engine, row: EventRow, taking: _Taking) -> None:
    values = orjson.loads(engine.vault.open(row.body))
    message = engine.reader.message(row.message)
    source = message.system if message is not None else ""
    try:
        told = _told(row.name, values, taking.matters)
        _check_authority(engine, source, told, taking.matters)
        matters, changes = plan(taking.matters, [told])
        _check_clash(matters, told)
    except _NotTaken as why:
        region = engine.router.region_of(source, values) if source in engine.configuration.systems else ""
        taking.findings.append(NewFinding(
            MATTER_NOT_TAKEN, engine.clock(), row.subject, f"E{row.id}", source, region, row.message,
            detail={"event": row.name, "matter": str(values.get("item.code", ""))[:100], "why": str(why)}))
        return
    taking.matters = Catalogue(matters)
    taking.changes += changes


class _NotTaken(Exception):
    """Why an event does not go into the catalogue."""


def _told(event: str, values: Mapping[str, Any], standing: Catalogue) -> Matter:
    """The version of a matter that an event tells of. What it says nothing of stays as the version stands; codes of
    other lists as the newest version of the matter has them."""
    if "item.code" not in values or "item.version" not in values:
        raise _NotTaken("it names no code, or no version")
    code, version = str(values["item.code"]), int(values["item.version"])
    versions = sorted((one for one in standing.named(code) if one.code == code), key=lambda one: one.version)
    same = next((one for one in versions if one.version == version), None)
    if event == WITHDRAWN:
        if same is None:
            raise _NotTaken("withdrawn, and not in the catalogue")
        until = _day(values, "valid_until", "withdrawn_at")
        if not until:
            raise _NotTaken("withdrawn without a day")
        if same.since and until < same.since:
            raise _NotTaken("withdrawn before it came in force")
        return replace(same, until=until)
    newest = versions[-1] if versions else Matter(code, version, "")
    blank = same or replace(Matter(code, version, ""), **{name: getattr(newest, name) for name in _OF_THE_MATTER})
    fields: dict[str, Any] = {name: str(values[path]) for name, path in _PATHS.items() if path in values}
    return replace(blank, **fields, since=_day(values, "valid_from", "") or blank.since)


_PATHS: Mapping[str, str] = {
    "name": "item.name", "old_code": "item.old_code", "short_code": "item.short_code", "basic_code": "item.basic_code",
    "region": "region", "org_code": "org.code", "org_name": "org.name", "type": "item.type", "level": "item.level",
    "kind": "item.kind", "legal_limit": "legal_limit", "legal_limit_unit": "legal_limit_unit",
    "promised_limit": "promised_limit", "promised_limit_unit": "promised_limit_unit",
}
_OF_THE_MATTER = ("old_code", "short_code", "basic_code", "situation", "region")


def _day(values: Mapping[str, Any], first: str, then: str) -> str:
    return str(values.get(first) or values.get(then) or "")[:10]


def _check_authority(engine: Engine, source: str, told: Matter, standing: Catalogue) -> None:
    """A matter that stands in the catalogue is changed by its own authority alone."""
    keys = engine.configuration.matters
    regions = {one.region for one in standing.named(told.code) if one.code == told.code and one.region} | {told.region}
    if keys is None or any(authority_of(keys, region) != source for region in regions - {""}):
        raise _NotTaken("its source is not the authority for it")


def _check_clash(matters: Sequence[Matter], told: Matter) -> None:
    near = [one for one in matters if one.old_code and one.old_code == told.old_code]
    for one, other in clashes(near):
        raise _NotTaken(f"the old code stands for {one.code} and {other.code} on the same days")


def _note(engine: Engine, rows: Sequence[EventRow], taking: _Taking, taken: Catalogue, tx: Transaction) -> None:
    tx.matters_taken([row.id for row in rows])
    for finding in taking.findings:
        note_finding(tx, finding)
    if taking.changes:
        tx.note(Entry(engine.clock(), "matters_taken", actor=HUB_ACTOR, detail={
            "before": engine.matters.number, "after": taken.number, "digest": taken.digest, "events": len(rows),
            "why": f"E{rows[0].id}-E{rows[-1].id}"}))
