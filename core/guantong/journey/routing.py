"""Routing: which systems hear of an event. Pure; compiled once from the routes and systems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from guantong.config.configuration import Route, System
from guantong.journey.belonging import elsewhere, region_prefix


class Target(NamedTuple):
    """A system that hears of the event; `passes`: a dead delivery blocks no one behind it."""

    system: str
    passes: bool


Parties = Callable[[], Sequence[str]]
"""Gives the systems that told of a case, or were told of it, in the order in which they were first heard of with it."""


def nobody() -> Sequence[str]:
    """No case, or none that anybody spoke of yet."""
    return ()


class Router:
    """Answers `targets` for every (source, event) from a table built at start."""

    def __init__(self, routes: Iterable[Route], systems: Mapping[str, System]) -> None:
        self._routes = tuple(routes)
        self._systems = systems
        self._sent = frozenset(name for name, system in systems.items() if system.is_sent)
        self._taken: dict[tuple[str, str], tuple[Route, ...]] = {}
        self._circles: dict[tuple[str, str], bool] = {}
        self._by_role: dict[str, list[tuple[str, System]]] = {}
        for system in systems.values():
            self._by_role.setdefault(system.role, []).append((region_prefix(system.region), system))
        for found in self._by_role.values():
            found.sort(key=lambda pair: -len(pair[0]))

    def targets(self, source: str, event: str, values: Mapping[str, Any], parties: Parties = nobody) -> list[Target]:
        """The systems that hear of *event* from *source*, each once, never the source itself. *parties* are asked for
        only where a route goes by them."""
        found: dict[str, Target] = {}
        for route in self._taking(source, event):
            for system in self._chosen(route, source, values, parties):
                if system != source and system in self._sent and self._systems[system].dialect.speaks(event):
                    found.setdefault(system, Target(system, route.after_dead == "pass"))
        return list(found.values())

    def route_of(self, source: str, event: str, target: str, values: Mapping[str, Any], parties: Parties = nobody) -> str | None:
        """The name of the route by which *target* hears of *event* from *source*: the first that leads there."""
        return next((route.name for route in self._taking(source, event)
                     if target in self._chosen(route, source, values, parties)), None)

    def unmatched(self, source: str, event: str, values: Mapping[str, Any], parties: Parties = nobody) -> list[str]:
        """The routes that take the event and find no system for its region or case: somebody should hear of it who
        is not connected yet."""
        return [route.name for route in self._taking(source, event)
                if route.by != "fixed" and not self._chosen(route, source, values, parties)]

    def may_circle(self, source: str, event: str) -> bool:
        """Whether any route may lead events of this name to *source*, which tells them, too."""
        key = (source, event)
        found = self._circles.get(key)
        if found is None:
            system = self._systems[source]
            found = self._circles[key] = source in self._sent and system.dialect.speaks(event) and any(
                route.takes(event) and (route.to_system == source or route.to_role == system.role) for route in self._routes)
        return found

    def region_of(self, source: str, values: Mapping[str, Any]) -> str:
        """The region an event belongs to: its own, else its source's."""
        return str(values.get("region") or self._systems[source].region)

    def _taking(self, source: str, event: str) -> tuple[Route, ...]:
        key = (source, event)
        routes = self._taken.get(key)
        if routes is None:
            role = self._systems[source].role
            routes = self._taken[key] = tuple(
                route for route in self._routes
                if (route.from_system == source or route.from_role == role) and route.takes(event)
            )
        return routes

    def _chosen(self, route: Route, source: str, values: Mapping[str, Any], parties: Parties) -> Sequence[str]:
        if route.to_system is not None:
            return (route.to_system,)
        candidates = self._by_role.get(route.to_role or "", ())
        if route.by == "fixed":
            return [system.id for _, system in candidates]
        if route.by == "case":
            own = {system.id: system for _, system in candidates}
            heard = [own[system] for system in parties() if system in own]
            theirs = next((system for system in heard if system.id != source and not elsewhere(system, heard[0])), None)
            if theirs is not None:
                return (theirs.id,)
        region = self.region_of(source, values)
        for prefix, system in candidates:  # longest prefix first
            if region.startswith(prefix):
                return (system.id,)
        return ()
