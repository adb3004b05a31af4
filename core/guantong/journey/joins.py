"""Joins on their way out: which kept events make one record, and which delivery takes it (DESIGN §6).

Of the deliveries of a record's events, the last in the line takes it; the others end `joined`. A delivery finds the
other events in the store when its turn comes, so they may come in any order: whichever completes the record has its
turn after the others were accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from guantong.config.configuration import System
from guantong.journey.codes import NOT_TO_JOIN, WAITS_TO_JOIN
from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.journey.ready import Ready
from guantong.journey.settle import Outcome
from guantong.journey.states import BLOCKING, SUPERSEDABLE, DeliveryState
from guantong.journey.translate import Incoming, identity_of
from guantong.mapping import Dialect, Incomplete, Join, Plan
from guantong.model import Model
from guantong.problems import Problem
from guantong.store import DeliveryRow, Entry, EventRow, Reader, Transaction
from guantong.vault import Vault

GAVE_WAY = frozenset({DeliveryState.JOINED, DeliveryState.SUPERSEDED})
DONE = frozenset({DeliveryState.JOINED, DeliveryState.SENT, DeliveryState.CONFIRMED, DeliveryState.RETURNED})


class Gathered(NamedTuple):
    """The newest versions of the events that may make one record, by name: their values and their ids."""

    told: dict[str, Mapping[str, Any]]
    events: dict[str, int]


class Part(NamedTuple):
    """What takes a joined record: the plan that writes it, and the values it reads."""

    plan: Plan
    values: Mapping[str, Any]


def take_part(engine: Engine, system: System, ready: Ready, context: Mapping[str, Any]) -> Part | Outcome:
    """The record that *ready* takes, or that it goes with another. Raises `Untranslatable`."""
    row = engine.reader.event(ready.event)
    values = ready.values or {}
    joins = system.dialect.joins(ready.name)
    if row is None:
        found = Gathered({ready.name: values}, {ready.name: ready.event})
    else:
        found = gather(engine.reader, engine.vault, engine.configuration.model, joins, row, values)
    now = engine.clock()
    try:
        plan, read = system.dialect.plan_joined(ready.name, found.told, context)
    except Incomplete as incomplete:
        there = sorted(found.events.values())
        details = {"missing": ", ".join(incomplete.missing)}
        if not incomplete.missing:
            return Outcome(DeliveryState.JOINED, now, ready.attempts, joined={"events": there, "code": NOT_TO_JOIN.id})
        told = {"events": there, "waits_for": list(incomplete.missing)}
        return Outcome(DeliveryState.JOINED, now, ready.attempts, Problem(WAITS_TO_JOIN, details=details), joined=told)
    join = plan.mapping.join
    if join is None:
        return Part(plan, read)
    ready.events = [found.events[name] for name in join.events if name in found.events]
    taken = _taken_by(engine.reader, ready, row.subject if row is not None else ready.subject)
    if taken is not None:
        return Outcome(DeliveryState.JOINED, now, ready.attempts, joined={"with": taken})
    return Part(plan, read)


def gather(reader: Reader, vault: Vault, model: Model, joins: Sequence[Join], row: EventRow,
           values: Mapping[str, Any]) -> Gathered:
    """What is there of the events that event *row* is joined with. A number that tells events apart is its source's
    own, so only events of one source are joined on it; where an event is told once a case, its own source's is
    preferred, then the one accepted last."""
    message = reader.message(row.message)
    source = message.system if message is not None else ""
    names = {name for join in joins for name in join.others(row.name)}
    keys = {identity_of(vault, source, model.events[name], values): name for name in names}
    own: dict[str, EventRow] = {}
    others: dict[str, EventRow] = {}
    for one in reader.events_of_subject(row.subject):
        if one.held_back or not one.body or one.name not in names:
            continue
        if one.key in keys:
            own[one.name] = max(one, own.get(one.name, one), key=lambda each: (each.version, each.id))
        elif not joins[0].on:
            known = others.get(one.name)
            newer = known is None or known.key != one.key or one.version >= known.version
            others[one.name] = one if newer or known is None else known
    told: dict[str, Mapping[str, Any]] = {row.name: values}
    events = {row.name: row.id}
    for name, one in {**others, **own}.items():
        told[name], events[name] = orjson.loads(vault.open(one.body)), one.id
    return Gathered(told, events)


def told_with(reader: Reader, vault: Vault, model: Model, dialect: Dialect, row: DeliveryRow, event: EventRow) -> Gathered:
    """What delivery *row* of *event* was, or would be, made of: the events its journal names or, of one that was never
    attempted, those that are there now."""
    values = orjson.loads(vault.open(event.body))
    alone = Gathered({event.name: values}, {event.name: event.id})
    joins = dialect.joins(event.name)
    if row.body is None:
        return gather(reader, vault, model, joins, event, values) if joins else alone
    for line in reversed(reader.journal_of(row.subject) if joins else []):
        if line.delivery == row.id and line.detail.get("plan") and "events" in line.detail:
            kept = [one for ident in line.detail["events"] if (one := reader.event(ident)) is not None]
            return Gathered({one.name: orjson.loads(vault.open(one.body)) for one in kept}, {one.name: one.id for one in kept})
    return alone


def _taken_by(reader: Reader, ready: Ready, subject: int) -> int | None:
    """The delivery of another event of the same record that takes, or took, the record with all that *ready* says:
    one behind it in the line that has yet to be mapped, or one whose record the journal says its event went into."""
    others = [row for row in reader.deliveries_of_subject(subject)
              if row.event in ready.events and row.event != ready.event and row.target == ready.target
              and row.state not in GAVE_WAY]
    told: dict[int, Any] = {}
    for line in reader.journal_of(subject) if others else ():
        if line.what not in ("joined", "rejoined") and "events" in line.detail:
            told[line.delivery] = line.detail["events"]
    for row in reversed(others):
        unmapped = row.body is None and (row.state in BLOCKING or row.state is DeliveryState.DISCARDED)
        if (row.id > ready.delivery) if unmapped else ready.event in told.get(row.id, ()):
            return row.id
    return None


def take_along(ready: Ready, tx: Transaction, at: int) -> None:
    """The record has what it waited for: deliveries that ended waiting for the rest of it went with this one."""
    for event in ready.events:
        for row in tx.deliveries_of(event):
            if row.id != ready.delivery and row.target == ready.target and row.state is DeliveryState.JOINED and row.code == WAITS_TO_JOIN.id:
                tx.move(row.id, row.state, at=at, due=row.due, attempts=row.attempts)


def newer_part(ready: Ready, tx: Transaction) -> int | None:
    """The version of an event in the record of *ready* that came while it was in hand, and waits behind it."""
    if not ready.events:
        return None
    keys = {event.key: event for one in ready.events if (event := tx.event(one)) is not None}
    for row in tx.lines_of(ready.subject):
        event = tx.event(row.event) if row.target == ready.target and row.id > ready.delivery else None
        old = keys.get(event.key) if event is not None else None
        if event is not None and old is not None and (event.version, event.id) > (old.version, old.id):
            return event.version
    return None


def older_records(engine: Engine, event: int, told: Incoming, target: str, tx: Transaction) -> Iterator[DeliveryRow]:
    """Deliveries to *target* of the record that *event* makes with others, as it was before: what had its turn and is
    not done."""
    joins = engine.system(target).dialect.joins(told.name)
    kept = tx.event(event)
    message = tx.message(kept.message) if kept is not None else None
    if kept is None or message is None:
        return
    names = {name for join in joins for name in join.others(told.name)}
    model = engine.configuration.model
    known = {tx.known(kept.subject, identity_of(engine.vault, message.system, model.events[name], told.values))
             for name in names}
    same = {one.event for one in known if one is not None}
    for row in tx.lines_of(kept.subject):
        if row.target != target or row.name not in names or row.state not in SUPERSEDABLE:
            continue
        stuck = row.body is not None or row.state is DeliveryState.DEAD or row.code  # it had its turn
        if stuck and (row.event in same or not joins[0].on):
            yield row


def joining(engine: Engine) -> bool:
    """Whether any system's dialect joins events."""
    return any(system.dialect.joined for system in engine.configuration.systems.values())


def rejoin(engine: Engine, tx: Transaction, subject: int, moved: Collection[int], at: int) -> None:
    """Two subjects were one: records whose events stood under both are made again, by the event accepted last;
    its new delivery stands at the end of its line. *moved* are the events of the younger."""
    groups: dict[tuple[Any, ...], dict[int, list[DeliveryRow]]] = {}
    for row in tx.deliveries_of_subject(subject):
        system = engine.configuration.systems.get(row.target)
        event = tx.event(row.event) if system is not None and row.name in system.dialect.joined else None
        known = tx.known(subject, event.key) if event is not None else None
        if system is None or event is None or not event.body or known is None or known.event != event.id:
            continue
        for join in system.dialect.joins(row.name):
            group = (row.target, join, *_group(engine, join, event, tx))
            groups.setdefault(group, {}).setdefault(row.event, []).append(row)
    for found in groups.values():
        names = {row.name for rows in found.values() for row in rows}
        if len(names) < 2 or not (set(found) & set(moved) and set(found) - set(moved)):
            continue
        last = found[max(found)]
        if any(row.state in BLOCKING for row in last) or last[-1].state not in DONE:
            continue  # it finds them all when it has its turn; or a person gave the record up
        one = last[-1]
        delivery = tx.add_delivery(one.event, subject, one.target, one.name, DeliveryState.BLOCKED, at, one.passes)
        tx.note(Entry(at, "rejoined", subject=subject, delivery=delivery, system=one.target, actor=HUB_ACTOR,
                      detail={"event": one.name, "event_id": one.event, "events": sorted(found)}))


def _group(engine: Engine, join: Join, event: EventRow, tx: Transaction) -> tuple[Any, ...]:
    """What is the same of all the events of one record."""
    if not join.on:
        return ()
    values = orjson.loads(engine.vault.open(event.body))
    message = tx.message(event.message)
    return (message.system if message is not None else "", *(values.get(path) for path in join.on))
