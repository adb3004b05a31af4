"""Circles: systems that tell one another's events as their own, for ever. Seen by what is kept; what goes round too often waits.

An event *turns* where its source was sent one of the same name about the same subject since it last told one itself. Honest
systems turn now and then (each tells steps, and hears of the other's); a circle does nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from guantong.journey.codes import COMES_ROUND, TURNS_TOO_OFTEN
from guantong.journey.engine import Engine
from guantong.journey.findingkinds import IN_CIRCLES
from guantong.journey.findings import note_finding
from guantong.journey.translate import Incoming, identity_of
from guantong.problems import Problem
from guantong.store import NewFinding, Transaction
from guantong.turnstore import Told

LOOKED = 400
"""The newest tellings of a subject that are looked at."""
SHOWN = 6
"""Systems of the way round that are named."""


class Circle(NamedTuple):
    """An event that came round once too often: why, and how often it did, by which systems."""

    problem: Problem
    event: str
    times: int
    way: tuple[str, ...]


def circle_of(engine: Engine, source: str, event: Incoming, subject: int, tx: Transaction, at: int) -> Circle | None:
    """Whether *event*, which says something new, has come round too often to be sent on."""
    limits = engine.configuration.hub.loops
    told = tx.told_of(subject, event.name, LOOKED)
    if len(told) <= min(limits.hops, limits.turns):
        return None
    told = told[_begin(tx, subject, event.name, told):]
    now = Told(0, at, source, event.identity, ())
    turns = turns_of([*told, now])
    if not turns or turns[-1] is not now:
        return None
    way = tuple(one.system for one in [*told, now][-SHOWN:])
    details: dict[str, Any] = {"event": event.name, "subject": f"C{subject}", "way": " → ".join(way)}
    recent = sum(1 for turn in turns if turn.at > at - int(limits.within * 1000))
    if recent > limits.turns:
        hours = {"times": recent, "limit": limits.turns, "hours": f"{limits.within / 3600:g}"}
        return Circle(Problem(TURNS_TOO_OFTEN, details={**details, **hours}), event.name, recent, way)
    same = len(turns_of([*_same(engine, event, told), now]))
    if same > limits.hops:
        return Circle(Problem(COMES_ROUND, details={**details, "times": same, "limit": limits.hops}), event.name, same, way)
    return None


def turns_of(told: Sequence[Told]) -> list[Told]:
    """Those of these tellings, oldest first, that are turns."""
    heard: set[str] = set()
    turns = []
    for one in told:
        if one.system in heard:
            turns.append(one)
            heard.discard(one.system)
        heard.update(one.to)
    return turns


def note_circle(tx: Transaction, circle: Circle, subject: int, system: str, region: str, message: int, at: int) -> None:
    """Somebody should see to it: once for a subject and event, until that is settled."""
    detail = {"event": circle.event, "times": circle.times, "way": list(circle.way[-SHOWN:])}
    note_finding(tx, NewFinding(IN_CIRCLES, at, subject, circle.event, system, region, message, detail=detail))


def _begin(tx: Transaction, subject: int, name: str, told: Sequence[Told]) -> int:
    """From which of them on it is counted: somebody who settles the finding has broken the circle."""
    known = tx.find_finding(subject, IN_CIRCLES.name, name)
    finding = tx.finding(known) if known else None
    since = finding.settled_at if finding is not None else 0
    return sum(1 for one in told if one.at <= since)


def _same(engine: Engine, event: Incoming, told: Sequence[Told]) -> list[Told]:
    """Those that tell of the very same event, whoever told it: the fields of its identity are equal."""
    declared = engine.configuration.model.events[event.name]
    keys = {system: identity_of(engine.vault, system, declared, event.values) for system in {one.system for one in told}}
    return [one for one in told if one.key == keys[one.system]]
