"""Unread fields: what a record holds that no rule reads and nothing says to leave."""

from __future__ import annotations

from typing import Any, TypeAlias

from guantong.mapping.rules import Manners, MappingPlan, NativePath, Rule
from guantong.record import Fields

Known: TypeAlias = "dict[str, Known | None]"
"""The native names a mapping knows: each with the names known inside it, or None for all of it."""


def known_names(rules: tuple[Rule, ...], ignored: tuple[NativePath, ...] = ()) -> Known:
    """The names the rules read and those ignored on purpose."""
    known: Known = {}
    for rule in rules:
        for at in rule.at:
            _add(known, at, known_names(rule.fields) if rule.type == "list" else None)
    for at in ignored:
        _add(known, at, None)
    return known


def _add(known: Known, at: NativePath, inside: Known | None) -> None:
    for part in at[:-1]:
        within = known.setdefault(part, {})
        if within is None:
            return
        known = within
    known[at[-1]] = inside


def unread_fields(
    plan: MappingPlan, rules: tuple[Rule, ...], fields: Fields, manners: Manners, skipped: list[str]
) -> list[str]:
    """The paths of unread fields that hold something, sorted, each once (a list's items count as one).
    *skipped* are those a condition or an alias left unread."""
    known = known_names(rules, plan.ignored)
    found = {_without_numbers(path) for path in skipped}
    for at, value in plan.constants.items():
        if len(at) == 1 and at[0] not in known:
            known[at[0]] = None
            raw = fields.get(at[0])
            if not _hollow(raw, manners) and raw != value:
                found.add(at[0])
    _collect(fields, known, manners, "", found)
    return sorted(found)


def _collect(fields: Any, known: Known, manners: Manners, path: str, found: set[str]) -> None:
    for name, value in fields.items():
        if name not in known:
            if not _hollow(value, manners):
                found.add(f"{path}{name}")
            continue
        inside = known[name]
        if inside is None:
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                _collect(item, inside, manners, f"{path}{name}/", found)
            elif not _hollow(item, manners):
                found.add(f"{path}{name}")


def _hollow(value: Any, manners: Manners) -> bool:
    return value is None or value == "" or value == [] or value == {} or (
        isinstance(value, str) and value in manners.nulls
    )


def _without_numbers(path: str) -> str:
    """`SBCLQD[3]/CLMC` as `SBCLQD/CLMC`."""
    return "".join(part.split("]", 1)[-1] for part in path.split("["))
