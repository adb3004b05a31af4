"""Mapping versions of a home: the ones in force and those kept, so that what was made once can be explained later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from guantong.mapping import Dialect
from guantong.mapping.plan import Plan


class Versions(Protocol):
    """Where versions of dialects are found."""

    def of(self, dialect: str) -> Iterable[Dialect]:
        """Every version of *dialect* there is, the one in force first."""
        ...


class InForce:
    """The versions of a home that keeps no others."""

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self._dialects = {one.name: one for one in dialects}

    def of(self, dialect: str) -> Iterator[Dialect]:
        if dialect in self._dialects:
            yield self._dialects[dialect]


def holding(versions: Versions, dialect: str, plan: str) -> Iterator[tuple[Dialect, Plan]]:
    """The versions of *dialect* with the mapping of this content hash. There may be several: the hash covers the
    mapping, not the codec around it."""
    for one in versions.of(dialect):
        for each in one.plans.values():
            if each.id == plan:
                yield one, each
