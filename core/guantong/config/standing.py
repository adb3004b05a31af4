"""Where a setting of a system stands, in its place file or its profile: what is said of it is said there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from guantong.config.nodes import dotted, find
from guantong.problems import Code, Place, Problem
from guantong.yamlfile import Table, Text


@dataclass(frozen=True, slots=True)
class Standing:
    """`keys` says where each system's key stands, those that are themselves wrong among them; `merged` holds what the others say, laid
    over what their profiles say."""

    keys: Mapping[str, Place]
    merged: Mapping[str, Table]

    def problem(self, code: Code, system: str, loc: tuple[str | int, ...], details: Mapping[str, object]) -> Problem:
        """The problem of the setting *loc* of *system*: at its text, else at its key, else where what it would stand in is."""
        at = self.keys[system]
        place = at
        if (table := self.merged.get(system)) is not None:
            found = find(table, loc, at)
            place = found.node.place if isinstance(found.node, Text) else found.key_place
        above = ("systems", system.partition(".")[2]) if place.file == at.file else ()
        return Problem(code, place, dotted([*above, *loc]), details)
