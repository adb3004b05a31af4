"""Routes: read from `routes.yaml`, each on its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from guantong.config import codes
from guantong.config.configuration import Route
from guantong.config.declared import RouteKeys, RoutesFile
from guantong.config.nodes import dotted
from guantong.config.validate import under, validate
from guantong.problems import Place, Problem
from guantong.yamlfile import Items, Table


@dataclass(frozen=True, slots=True)
class PlacedRoute:
    """A route and where it stands: `table` is its node, `index` its number in the list."""

    route: Route
    table: Table
    index: int

    def place(self, *names: str) -> Place:
        """Where the value at these keys stands; the route itself where they lead nowhere."""
        return self.table.place_of(names, self.table.place)

    def path(self, *names: str | int) -> str:
        return dotted(("routes", self.index, *names))


@dataclass
class Routes:
    """The routes that are well-formed; how many the file declares in all."""

    placed: list[PlacedRoute] = field(default_factory=list)
    declared: int = 0

    @property
    def complete(self) -> bool:
        """Whether none was left out."""
        return 0 < len(self.placed) == self.declared

    def routes(self) -> tuple[Route, ...]:
        return tuple(item.route for item in self.placed)


def read_routes(table: Table) -> tuple[Routes, list[Problem]]:
    """Every well-formed route of the file, and what is wrong with the others."""
    routes = Routes()
    _, problems = validate(table, RoutesFile, Place(table.place.file, 1, 1))
    items = table.get("routes")
    if not isinstance(items, Items):
        return routes, problems
    routes.declared = len(items.items)
    first: dict[str, Place] = {}
    for index, node in enumerate(items.items):
        keys, found = validate(node, RouteKeys, node.place, under("routes", index))
        problems += found
        if keys is None or not isinstance(node, Table):
            continue
        item = PlacedRoute(_route(keys), node, index)
        if keys.name in first:
            details = {
                "kind": "route", "kind_zh": "转发规则", "name": keys.name, "first": str(first[keys.name])
            }
            problems.append(Problem(codes.DUPLICATE, item.place("name"), item.path("name"), details))
        first.setdefault(keys.name, item.place("name"))
        if keys.target.system is not None and keys.target.by in ("region", "case"):
            problems.append(Problem(codes.BY_WITH_SYSTEM, item.place("to", "by"), item.path("to", "by")))
        routes.placed.append(item)
    return routes, problems


def _route(keys: RouteKeys) -> Route:
    return Route(
        name=keys.name, events=keys.events,
        from_role=keys.source.role, from_system=keys.source.system,
        to_role=keys.target.role, to_system=keys.target.system,
        by=keys.target.by or "fixed",
        after_dead=keys.after_dead, except_=keys.except_ or (),
    )
