"""Whether the routes fit the systems: what they name exists, and what they send can be said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from guantong.config import codes
from guantong.config.configuration import Route, System, matches
from guantong.config.routes import PlacedRoute, Routes
from guantong.config.systems import Systems
from guantong.config.validate import advice
from guantong.matters.authority import publishes
from guantong.problems import Problem, nearest
from guantong.yamlfile import Items

_CITY = 4
"""Digits that name a city (地市); a county has six (GB/T 2260)."""

if TYPE_CHECKING:
    from guantong.config.hub import MatterKeys
    from guantong.mapping import Dialect
    from guantong.model import Model


def check_routes(routes: Routes, systems: Systems, model: Model, matters: MatterKeys | None) -> list[Problem]:
    """Every mistake in how routes, systems, dialects and the model fit together; what *matters* takes needs no route."""
    problems: list[Problem] = []
    if not model.events:
        return problems  # the model did not load, and that is said
    sound = routes.complete and not systems.unread
    for item in routes.placed:
        unknown = [*_unknown_events(item, list(model.events))]
        ends = [*_unknown_ends(item, systems)]
        if not unknown and not ends:
            problems += _check_one(item, systems, list(model.events))
        problems += unknown if systems.unread else [*unknown, *ends]
        sound = sound and not unknown and not ends
    if sound:
        problems += _repeated(routes, list(model.events))
        problems += _torn(routes, systems, list(model.events))
        problems += _left_out(routes, systems, list(model.events), matters)
    return problems


def sources(route: Route, systems: Mapping[str, System]) -> list[System]:
    """The systems whose events the route takes."""
    return [
        system for system in systems.values() if route.from_system == system.id or route.from_role == system.role
    ]


def targets(route: Route, systems: Mapping[str, System]) -> list[System]:
    """The systems the route may send to."""
    return [
        system for system in systems.values() if route.to_system == system.id or route.to_role == system.role
    ]


def _unknown_events(item: PlacedRoute, events: Sequence[str]) -> Iterator[Problem]:
    for key, patterns in (("events", item.route.events), ("except", item.route.except_)):
        node = item.table.get(key)
        for index, pattern in enumerate(patterns):
            if any(matches(pattern, event) for event in events):
                continue
            listed = isinstance(node, Items)
            place = node.items[index].place if isinstance(node, Items) else item.place(key)
            details = {"kind": "event", "kind_zh": "过程信息", "name": pattern, **advice(pattern, events)}
            yield Problem(codes.NOT_FOUND, place, item.path(key, *([index] if listed else [])), details)


def _unknown_ends(item: PlacedRoute, systems: Systems) -> Iterator[Problem]:
    route = item.route
    for end, role, system in (
        ("from", route.from_role, route.from_system), ("to", route.to_role, route.to_system)
    ):
        if role is not None and role not in systems.roles:
            details = {"role": role, **advice(role, list(systems.roles))}
            yield Problem(codes.EMPTY_ROLE, item.place(end, "role"), item.path(end, "role"), details)
        if system is not None and system not in systems.keys:
            details = {"kind": "system", "kind_zh": "系统", "name": system, **advice(system, list(systems.keys))}
            yield Problem(codes.NOT_FOUND, item.place(end, "system"), item.path(end, "system"), details)


def _check_one(item: PlacedRoute, systems: Systems, events: Sequence[str]) -> Iterator[Problem]:
    route = item.route
    if route.from_system is not None and route.from_system == route.to_system:
        details = {"system": route.to_system}
        yield Problem(codes.TO_ITSELF, item.place("to", "system"), item.path("to", "system"), details)
        return
    if route.to_role is not None:
        yield from _choice(item, systems)
    spoken = targets(route, systems.built)
    yield from _unspoken(item, [system for system in spoken if system.is_sent])
    for system in spoken:
        if not system.is_sent:
            details = {"system": system.id, "route": route.name}
            yield Problem(codes.SENT_NOTHING, systems.keys[system.id], f"systems.{system.id.partition('.')[2]}", details)
        elif system.id not in systems.replies:
            yield Problem(
                codes.NO_REPLY_RULES, systems.keys[system.id], f"systems.{system.id.partition('.')[2]}",
                {"route": route.name},
            )
    heard = sources(route, systems.built)
    if not systems.unread and len(heard) + len(spoken) == _declared_ends(route, systems):
        yield from _unreachable(item, heard, spoken, events)


def _choice(item: PlacedRoute, systems: Systems) -> Iterator[Problem]:
    role = item.route.to_role or ""
    ids = systems.roles[role]
    if item.route.by == "fixed":
        if len(ids) != 1:
            place = item.place("to", "by")
            yield Problem(codes.NOT_ONE_TARGET, place, item.path("to", "by"), {"role": role, "count": len(ids)})
        return
    if item.route.by == "case":
        return  # whose the case is decides; regions only where nobody has spoken of it
    first: dict[str, str] = {}
    for system in targets(item.route, systems.built):
        if system.region.isdecimal() and not system.region[_CITY:].strip("0"):
            details = {"region": system.region, "route": item.route.name, "role": role, "example": f"{system.region[:_CITY]:0<4}02"}
            yield Problem(codes.WIDE_REGION, systems.keys[system.id], f"systems.{system.id.partition('.')[2]}.region", details)
        region = system.region.removesuffix("000000") if len(system.region) == 12 else system.region
        other = first.setdefault(region, system.id)
        if other != system.id:
            details = {"first": other, "second": system.id, "role": role, "region": system.region}
            yield Problem(codes.SAME_REGION, item.place("to", "role"), item.path("to", "role"), details)


def _unspoken(item: PlacedRoute, spoken: Sequence[System]) -> Iterator[Problem]:
    node = item.table.get("events")
    for index, event in enumerate(item.route.events):
        if "*" in event or not item.route.takes(event):
            continue
        for system in spoken:
            if event in system.told():
                continue
            listed = isinstance(node, Items)
            place = node.items[index].place if isinstance(node, Items) else item.place("events")
            path = item.path("events", *([index] if listed else []))
            details = {"system": system.id, "event": event, "dialect": system.dialect.name}
            yield Problem(codes.NOT_SPOKEN, place, path, details)


def _declared_ends(route: Route, systems: Systems) -> int:
    count = 0
    for role, system in ((route.from_role, route.from_system), (route.to_role, route.to_system)):
        count += len(systems.roles.get(role, [])) if role is not None else int(system in systems.keys)
    return count


def _unreachable(
    item: PlacedRoute, heard: Sequence[System], spoken: Sequence[System], events: Sequence[str]
) -> Iterator[Problem]:
    taken = {event for event in events if item.route.takes(event)}
    comes = {event for system in heard for event in system.dialect.events_in()}
    goes = {event for system in spoken for event in system.told()}
    if not taken:
        what, what_zh = "`except:` takes out every event", "`except:` 排除了所有过程信息"
    elif not taken & comes:
        what, what_zh = "no source has a mapping that gives these events", "来源系统均没有产生这些过程信息的映射"
    elif not taken & comes & goes:
        what, what_zh = "no target has a mapping for these events", "目标系统均没有这些过程信息的映射"
    else:
        return
    details = {"route": item.route.name, "what": what, "what_zh": what_zh}
    yield Problem(codes.UNREACHABLE, item.place("events"), item.path("events"), details)


def _repeated(routes: Routes, events: Sequence[str]) -> Iterator[Problem]:
    """Routes that say again what an earlier one says: same events, same ends."""
    earlier: dict[tuple[str | None, ...], list[Route]] = {}
    for item in routes.placed:
        route = item.route
        ends = (route.from_role, route.from_system, route.to_role, route.to_system)
        for other in earlier.setdefault(ends, []):
            both = [event for event in events if route.takes(event) and other.takes(event)]
            if both:
                details = {"first": other.name, "events": ", ".join(sorted(both))}
                yield Problem(codes.REPEATED_ROUTE, item.place("events"), item.path("events"), details)
        earlier[ends].append(route)


def _torn(routes: Routes, systems: Systems, events: Sequence[str]) -> Iterator[Problem]:
    """Systems whose dialect joins events of which routes bring it only some: the others may come last."""
    for identity, system in systems.built.items():
        coming = [item for item in routes.placed if targets(item.route, {identity: system})]
        joins = {join for event in system.dialect.joined for join in system.dialect.joins(event)}
        for join in sorted(joins, key=lambda one: one.events):
            brought = {event for event in events for item in coming if item.route.takes(event)}
            left = [event for event in join.events if event not in brought]
            item = next((one for one in coming if any(one.route.takes(event) for event in join.events)), None)
            if left and item is not None:
                details = {"system": identity, "events": ", ".join(join.events), "left": ", ".join(left)}
                yield Problem(codes.TORN, item.place("events"), item.path("events"), details)


def _left_out(routes: Routes, systems: Systems, events: Sequence[str], matters: MatterKeys | None) -> Iterator[Problem]:
    """Systems in no route, and events of sending roles that no route takes. Of the events, only those the
    dialect itself has files for: one that extends a whole family hears much that never comes."""
    unrouted: dict[str, set[str]] = {}
    asked = _asked(systems.built.values()) | set(matters.source if matters is not None else ())
    for identity, system in systems.built.items():
        leaving = [route for route in routes.routes() if system in sources(route, {identity: system})]
        if leaving:
            coming = _own_events_in(system.dialect) & set(events)
            missed = {event for event in coming if not any(route.takes(event) for route in leaving) and not publishes(matters, identity, event)}
            unrouted.setdefault(system.role, set()).update(missed)
        elif identity not in asked and not any(targets(route, {identity: system}) for route in routes.routes()):
            path = f"systems.{identity.partition('.')[2]}"
            routed = {role for route in routes.routes() for role in (route.from_role, route.to_role) if role}
            near = nearest(system.role, routed)
            details = {"system": identity, "role": system.role,
                       "near": f", or write the role {near!r}" if near else "",
                       "near_zh": f"，或将角色改为 {near!r}" if near else ""}
            yield Problem(codes.NO_ROUTE, systems.keys[identity], path, details)
    for role, missed in unrouted.items():
        if missed:
            place = routes.placed[0].place("name")
            details = {"role": role, "events": ", ".join(sorted(missed))}
            yield Problem(codes.EVENTS_WITHOUT_ROUTE, type(place)(place.file), "routes", details)


def _asked(systems: Iterable[System]) -> set[str | None]:
    """The systems that others need without a route: where their attachments lie, and who sends their receipts."""
    return {policy.source for system in systems for policy in (system.fetch, system.receipt.message) if policy is not None}


def _own_events_in(dialect: Dialect) -> set[str]:
    return {
        event for event in dialect.events_in()
        if (dialect.folder / f"{event}.yaml").is_file() or any(dialect.folder.glob(f"{event}.*.yaml"))
    }
