"""Unread fields: what a record holds that no rule reads and nothing says to leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from guantong.mapping.rules import Manners, MappingPlan, NativePath, Rule
from guantong.record import Fields


@dataclass(slots=True)
class Level:
    """The native names known at one level, each with the level inside it, or None for all of it. `many`
    says that the level is an item of a list."""

    names: dict[str, Level | None] = field(default_factory=dict)
    many: bool = False

    def at(self, path: NativePath) -> Level | None:
        """The level at a native path, or None where nothing inside is told apart."""
        level: Level | None = self
        for part in path:
            level = level.names.get(part) if level is not None else None
        return level

    def add(self, path: NativePath, inside: Level | None) -> None:
        """Make a path known."""
        level = self
        for part in path[:-1]:
            within = level.names.setdefault(part, Level())
            if within is None:
                return
            level = within
        level.names[path[-1]] = inside


def known_names(rules: tuple[Rule, ...], others: Sequence[NativePath] = ()) -> Level:
    """The names the rules read, and *others*: those ignored on purpose or of fixed value."""
    level = Level()
    for path in others:
        level.add(path, None)
    for rule in rules:
        for path in rule.at:
            inside = None
            if rule.type == "list":
                inside = known_names(rule.fields)
                inside.many = True
            level.add(path, inside)
    return level


class UnreadFields:
    """What a mapping's rules leave unread. `known` is all it knows; `loose` are fields of fixed value that
    no rule reads: another value in them is unread."""

    def __init__(self, plan: MappingPlan, rules: tuple[Rule, ...], manners: Manners) -> None:
        read = known_names(rules)
        self.loose = {path[0]: value for path, value in plan.constants.items()
                      if len(path) == 1 and path[0] not in read.names}
        self.known = known_names(rules, (*plan.ignored, *plan.constants))
        self._hollow = manners.nulls | {None}

    def of(self, fields: Fields, skipped: Sequence[str] | None) -> tuple[str, ...]:
        """The paths of unread fields that hold something, sorted, each once (a list's items count as
        one). *skipped* are those a condition or an alias left unread."""
        found = set(skipped or ())
        for name, value in self.loose.items():
            raw = fields.get(name)
            if raw != value and not self._is_hollow(raw):
                found.add(name)
        self._collect(fields, self.known, "", found)
        return tuple(sorted(found))

    def _collect(self, fields: Fields, level: Level, path: str, found: set[str]) -> None:
        for name, value in fields.items():
            inside = level.names.get(name)
            if inside is None:
                if name not in level.names and not self._is_hollow(value):
                    found.add(f"{path}{name}")
                continue
            for item in value if inside.many and isinstance(value, list) else [value]:
                if isinstance(item, dict):
                    self._collect(item, inside, f"{path}{name}/", found)
                elif not self._is_hollow(item):
                    found.add(f"{path}{name}")

    def _is_hollow(self, value: Any) -> bool:
        if isinstance(value, (dict, list)):
            return not value
        return value in self._hollow
