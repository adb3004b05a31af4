"""Routes for a role that none mentions yet: those of the starter's counties, with the role in their place."""

from __future__ import annotations

from pathlib import Path

from guantong.config.configuration import matches
from guantong.config.nodes import text_of
from guantong.mapping.excel.values import show_flow
from guantong.model.declaration import words
from guantong.starter import starter
from guantong.yamlfile import Items, Node, Table, Text, parse_yaml, read_yaml

_ROLE = "county"


def routed_roles(routes: Path) -> set[str]:
    """The roles that the routes of a file mention at either end."""
    return {role for route in _routes(routes) for end in ("from", "to") if (role := _role(route, end))}


def with_routes(routes: Path, role: str) -> bytes | None:
    """The file with routes for *role* at its end; None where that does not give a list that reads well."""
    text = routes.read_text(encoding="utf-8")
    mine = [route for route in _routes(starter("config") / "routes.yaml") if _ROLE in (_role(route, "from"), _role(route, "to"))]
    lines = [f"\n  # 角色 {role}：由 guantong county add 添加 · added for this role"]
    for route in mine:
        entries = {key: value for key, value in route if key != "name"}
        name = text_of(route.get("name"))
        name = name.replace(_ROLE, role) if _ROLE in name else f"{role}-{name}"
        lines.append(f"  - name: {name}")
        lines += [f"    {key}: {show_flow(_renamed(value, role))}" for key, value in entries.items()]
    made = text.rstrip("\n") + "\n" + "\n".join(lines).lstrip("\n") + "\n"
    node, problems = parse_yaml(made, routes.name)
    items = node.get("routes") if isinstance(node, Table) else None
    whole = not problems and isinstance(items, Items) and len(items.items) == len(_routes(routes)) + len(mine)
    return made.encode() if whole else None


def _routes(file: Path) -> list[Table]:
    node, _ = read_yaml(file)
    items = node.get("routes") if isinstance(node, Table) else None
    return [item for item in items.items if isinstance(item, Table)] if isinstance(items, Items) else []


def _role(route: Table, end: str) -> str:
    node = route.get(end)
    return text_of(node.get("role")) if isinstance(node, Table) else ""


def _renamed(node: Node, role: str) -> Node:
    if isinstance(node, Table):
        found = node.get("role")
        if isinstance(found, Text) and found.value == _ROLE:
            return Table({**node.entries, "role": Text(role, found.place)}, node.keys, node.place)
    return node


def is_sent_to(routes: Path, role: str, event: str) -> bool:
    """Whether a route of the file brings *event* to *role*; those of the starter's counties count for a role without any."""
    known = _routes(routes)
    if role not in routed_roles(routes):
        known, role = _routes(starter("config") / "routes.yaml"), _ROLE
    return any(_role(one, "to") == role and _takes(one, event) for one in known)


def _takes(route: Table, event: str) -> bool:
    taken, left = ([one.value for one in words(route.get(key))] for key in ("events", "except"))
    return any(matches(one, event) for one in taken) and not any(matches(one, event) for one in left)
