"""Mapping versions of a home: the ones in force and those kept, so that what was made once can be explained later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from guantong.mapping import Dialect
from guantong.mapping.kept import Kept
from guantong.mapping.plan import Plan


@dataclass(frozen=True, slots=True)
class Versions:
    """The dialects in force by name, and what is kept beside them."""

    in_force: Mapping[str, Dialect]
    kept: Kept

    def plan(self, dialect: str, ident: str) -> tuple[Dialect, Plan]:
        """The plan with this content hash and the version of *dialect* it is of. Raises `ProblemsError` where it
        was not kept or cannot be read any more."""
        current = self.in_force.get(dialect)
        for one in current.plans.values() if current is not None else ():
            if current is not None and one.id == ident:
                return current, one
        found = self.kept.plan(ident)
        return found.dialect, found.plan

    def of(self, dialect: str) -> Iterator[Dialect]:
        """Every version of *dialect*: the one in force, then those kept, newest first. Raises `ProblemsError`."""
        current = self.in_force.get(dialect)
        if current is not None:
            yield current
        for version in self.kept.versions_of(dialect):
            if current is None or version != current.version:
                yield self.kept.dialect(version)
