"""Whether what is said to a system fits what its interface declares, and its own settings: the mappings that routes lead to it, and the rules
by which its replies are judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from guantong.config.configuration import Route, System
from guantong.config.nodes import dotted, find
from guantong.config.routes import Routes
from guantong.config.routing import targets
from guantong.config.systems import Systems
from guantong.fitting.codes import NOT_NAMED
from guantong.fitting.spoken import Spoken
from guantong.mapping.rules import MappingPlan
from guantong.problems import Place, Problem
from guantong.record import Outgoing
from guantong.yamlfile import Table, Text

MOST_KNOWN = 12
"""Fields of a mapping that are named as those there are."""


def spoken_to(system: System, routes: Sequence[Route], events: Sequence[str], written: Sequence[Outgoing] = ()) -> Spoken:
    """What is said to *system*: the mappings of those *events* that *routes* bring to it."""
    coming = [route for route in routes if targets(route, {system.id: system})]
    heard = [event for event in events if event in system.told() and any(route.takes(event) for route in coming)]
    plans = [plan for plan in system.dialect.plans.values() if set(plan.mapping.events) & {*heard} and plan.mapping.kind_out]
    codec = str(plans[0].wire.get("out", {}).get("codec", "")) if plans else ""
    return Spoken([plan.mapping for plan in plans], codec, system.judging, written)


def check_interfaces(routes: Routes, systems: Systems, events: Sequence[str], home: Path) -> Iterator[Problem]:
    """Every disagreement of a system with its interface, as far as that lies under *home*."""
    for identity, system in systems.built.items():
        if not system.is_sent:
            continue
        spoken = spoken_to(system, routes.routes(), events)
        found = [*(system.adapter.fits(system.settings, home, spoken) or ()), *_named(system, spoken.plans)]
        yield from (_placed(one, identity, systems) for one in found)


def _named(system: System, plans: Sequence[MappingPlan]) -> Iterator[Problem]:
    """Fields that the settings fill an address or a name from, and that no record of the kind ever has."""
    for plan in plans:
        written = dict.fromkeys([*(path[0] for path in plan.constants), *(rule.at[0][0] for rule in plan.outward if rule.at)])
        for name, path in system.adapter.names(system.settings, plan.kind_out):
            if name not in written:
                known = ", ".join([*written][:MOST_KNOWN]) + (" …" if len(written) > MOST_KNOWN else "")
                yield Problem(NOT_NAMED, path=path, details={"name": name, "kind": plan.kind_out, "mapping": plan.name, "known": known or "-"})


def placed(problems: Sequence[Problem], system: System, place: Place) -> list[Problem]:
    """*problems* of a system's interface: those without a place of their own at *place*."""
    return [one if one.place.file else replace(one, place=place, path=_below(system.id, one.path)) for one in problems]


def _placed(problem: Problem, identity: str, systems: Systems) -> Problem:
    if problem.place.file:
        return problem
    merged: Mapping[str, Table] = systems.merged
    loc: tuple[str | int, ...] = ("settings", *(problem.path.split(".") if problem.path else ()))
    found = find(merged[identity], loc, systems.keys[identity])
    place = found.node.place if isinstance(found.node, Text) else found.key_place
    own = place.file == systems.keys[identity].file
    return replace(problem, place=place, path=_below(identity, problem.path) if own else dotted(loc))


def _below(identity: str, path: str) -> str:
    return dotted(("systems", identity.partition(".")[2], "settings", *(path.split(".") if path else ())))
