"""Whether what `reconcile:` says can be done: who is asked, for which records, and what is compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from guantong.config import codes
from guantong.config.books import BookKeys, ReconcileKeys
from guantong.config.configuration import System
from guantong.config.nodes import dotted, find
from guantong.config.validate import advice
from guantong.model import Model
from guantong.problems import Code, Place, Problem
from guantong.yamlfile import Table, Text


def check_reconcile(systems: Mapping[str, System], tables: Mapping[str, Table], places: Mapping[str, Place], model: Model) -> list[Problem]:
    """Every mistake in `reconcile:`. *tables* are the systems as their files have them; *places* also names systems that are themselves
    wrong."""
    return [problem for system in systems.values() if system.reconcile is not None
            for problem in _Check(system, system.reconcile, systems, tables[system.id], places, model).problems()]


@dataclass(frozen=True, slots=True)
class _Check:
    """One system's `reconcile:`."""

    system: System
    keys: ReconcileKeys
    systems: Mapping[str, System]
    table: Table
    places: Mapping[str, Place]
    model: Model

    def problems(self) -> Iterator[Problem]:
        """What is wrong, each at its place."""
        system, keys = self.system, self.keys
        if keys.at and all(one.handed_in for one in keys.source) and not can_reread(system):
            yield self._problem(codes.NO_BOOKS, "at", system=system.id)
        for side, books, kinds in (("source", keys.source, system.dialect.kinds_in()), ("target", keys.target, kinds_known(system))):
            for number, book in enumerate(books):
                yield from self._book(book, kinds, side, number)
        for name in keys.compare or ():
            if self.model.field(name) is None:
                yield self._problem(codes.NOT_FOUND, "compare", kind="field", kind_zh="字段", name=name, **advice(name, self.model.paths()))
        if keys.compare and not keys.source:
            yield self._problem(codes.COMPARED_WHOLE, "compare", system=system.id)

    def _book(self, book: BookKeys, kinds: tuple[str, ...], *at: str | int) -> Iterator[Problem]:
        if book.kind and book.kind not in kinds:
            yield self._problem(codes.NOT_FOUND, *at, "kind", kind="record kind", kind_zh="报文类型", name=book.kind, **advice(book.kind, list(kinds)))
        elif not book.kind and not book.kind_at and not book.handed_in and len(kinds) != 1:
            yield self._problem(codes.WHICH_KIND, *at, "kind", system=self.system.id, kinds=", ".join(kinds))
        if book.handed_in:
            return
        if book.through and book.through not in self.places:
            known = list(self.places)
            yield self._problem(codes.NOT_FOUND, *at, "through", kind="system", kind_zh="系统", name=book.through, **advice(book.through, known))
            return
        asked = self.systems.get(book.through or self.system.id)
        if asked is not None and (asked.compartment is not None or not asked.adapter.lists(asked.settings)):
            key = "through" if book.through else "query" if book.query else "view"
            yield self._problem(codes.NOT_LISTING, *at, key, system=asked.id, adapter=asked.adapter.name)

    def _problem(self, code: Code, *at: str | int, **details: object) -> Problem:
        found = find(self.table, ("reconcile", *at), self.places[self.system.id])
        place = found.node.place if isinstance(found.node, Text) else found.key_place
        path = dotted(["systems", self.system.id.partition(".")[2], *(found.path or ("reconcile",)), *(at[-1:] if found.rest and at[-1] in found.rest else ())])
        return Problem(code, place, path, details)


def can_reread(system: System) -> bool:
    """Whether what is read of *system* can be read again, whole."""
    return system.poll is not None and system.adapter.rereads(system.settings)


def kinds_known(system: System) -> tuple[str, ...]:
    """The record kinds its dialect reads or writes."""
    written = {plan.mapping.kind_out for plan in system.dialect.plans.values() if plan.mapping.kind_out}
    return tuple(sorted({*system.dialect.kinds_in(), *written}))
