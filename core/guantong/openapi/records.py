"""Native records as JSON Schemas, from the rules that read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guantong.config.configuration import System
from guantong.mapping.plan import Plan
from guantong.mapping.rules import Rule
from guantong.model import Model

MOST_WORDS = 200
"""Codes listed as an enumeration; longer tables are in the paperwork."""


def schemas_of(model: Model, system: System) -> dict[str, dict[str, Any]]:
    """The schema of each kind of record that *system* sends, by kind. Of a kind that several mappings read, every field
    any of them reads, and only what all of them require."""
    found: dict[str, dict[str, Any]] = {}
    for plan in system.dialect.plans.values():
        for kind in plan.mapping.kinds_in:
            made = _record(model, plan)
            found[kind] = _either(found[kind], made) if kind in found else made
    return dict(sorted(found.items()))


def _record(model: Model, plan: Plan) -> dict[str, Any]:
    event = model.events[plan.event]
    made = _object(model, plan, plan.mapping.inward, "")
    return {"title": event.title_zh, "description": f"{event.title_en} ({plan.event})", **made}


def _object(model: Model, plan: Plan, rules: Sequence[Rule], above: str) -> dict[str, Any]:
    """An object of the fields these rules read. Fields beyond them are taken, and counted as unread."""
    made: dict[str, Any] = {"type": "object", "properties": {}}
    for rule in rules:
        for number, at in enumerate(rule.at):
            inner = made
            for name in at[:-1]:
                inner = inner["properties"].setdefault(name, {"type": "object", "properties": {}})
                inner.setdefault("properties", {})
            inner["properties"].setdefault(at[-1], _field(model, plan, rule, above))
            if rule.required and number == 0 and len(rule.at) == 1:
                _require(made, at)
    return made


def _require(made: dict[str, Any], at: Sequence[str]) -> None:
    for name in at:
        required = made.setdefault("required", [])
        if name not in required:
            required.append(name)
        made = made["properties"][name]


def _field(model: Model, plan: Plan, rule: Rule, above: str) -> dict[str, Any]:
    path = ".".join(filter(None, (above, rule.path)))
    declared = model.events[plan.event].fields.get(path) or model.field(path)
    made: dict[str, Any] = {}
    if declared is not None:
        made = {"title": declared.label_zh, "description": declared.label_en}
    if rule.fields:
        return {**made, "type": "array", "items": _object(model, plan, rule.fields, path)}
    made["type"] = ["string", "integer"] if rule.type in ("integer", "money") else "string"
    if rule.table is not None and len(rule.table.read) + len(rule.table.also) <= MOST_WORDS and rule.otherwise is None:
        # No value is one too: whether it must be there is said by `required`.
        made["enum"] = [*dict.fromkeys((*rule.table.read, *rule.table.also)), ""]
    if rule.formats:
        made["description"] = f"{made.get('description', '')} ({' / '.join(one.pattern for one in rule.formats)})".strip()
    return made


def _either(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The fields of both; required is what both require."""
    titles = dict.fromkeys((one["title"], other["title"]))
    said = dict.fromkeys((one["description"], other["description"]))
    merged = _merged(one, other)
    return {**merged, "title": "、".join(titles), "description": "; ".join(said)}


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    properties = dict(one.get("properties", {}))
    for name, schema in other.get("properties", {}).items():
        known = properties.get(name)
        if known is None:
            properties[name] = schema
        elif "properties" in known and "properties" in schema:
            properties[name] = _merged(known, schema)
        elif known.get("enum") != schema.get("enum"):
            properties[name] = {key: value for key, value in known.items() if key != "enum"}
    made = {**one, "properties": properties}
    required = [name for name in one.get("required", ()) if name in other.get("required", ())]
    made.pop("required", None)
    return {**made, "required": required} if required else made
