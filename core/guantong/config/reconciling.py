"""Whether what `reconcile:` says can be done: who is asked, for which records, and what is compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guantong.config import codes
from guantong.config.books import BookKeys, ReconcileKeys
from guantong.config.configuration import System
from guantong.config.validate import advice
from guantong.model import Model
from guantong.problems import Place, Problem


def check_reconcile(systems: Mapping[str, System], places: Mapping[str, Place], model: Model) -> list[Problem]:
    """Every mistake in `reconcile:`. *places* also names systems that are themselves wrong."""
    return [problem for system in systems.values() if system.reconcile is not None
            for problem in _mistakes(system, system.reconcile, systems, places, model)]


def _mistakes(system: System, keys: ReconcileKeys, systems: Mapping[str, System], places: Mapping[str, Place], model: Model) -> Iterator[Problem]:
    at, path = places[system.id], f"systems.{system.id.partition('.')[2]}.reconcile"
    asked = [one for one in keys.source if not one.handed_in]
    if keys.at and not asked and not can_reread(system):
        yield Problem(codes.NO_BOOKS, at, f"{path}.at", {"system": system.id})
    for side, books, kinds in (("source", keys.source, system.dialect.kinds_in()), ("target", keys.target, kinds_known(system))):
        for number, book in enumerate(books):
            yield from _book(system, book, kinds, systems, places, at, f"{path}.{side}" + (f".{number}" if len(books) > 1 else ""))
    for name in keys.compare or ():
        if model.field(name) is None:
            yield Problem(codes.NOT_FOUND, at, f"{path}.compare", {"kind": "field", "kind_zh": "字段", "name": name, **advice(name, model.paths())})
    if keys.compare and not keys.source:
        yield Problem(codes.COMPARED_WHOLE, at, f"{path}.compare", {"system": system.id})


def _book(system: System, book: BookKeys, kinds: tuple[str, ...], systems: Mapping[str, System], places: Mapping[str, Place], at: Place,
          path: str) -> Iterator[Problem]:
    if book.kind and book.kind not in kinds:
        yield Problem(codes.NOT_FOUND, at, f"{path}.kind", {"kind": "record kind", "kind_zh": "报文类型", "name": book.kind, **advice(book.kind, list(kinds))})
    elif not book.kind and not book.kind_at and not book.handed_in and len(kinds) != 1:
        yield Problem(codes.WHICH_KIND, at, f"{path}.kind", {"system": system.id, "kinds": ", ".join(kinds)})
    if book.handed_in:
        return
    if book.through and book.through not in places:
        yield Problem(codes.NOT_FOUND, at, f"{path}.through", {"kind": "system", "kind_zh": "系统", "name": book.through, **advice(book.through, list(places))})
        return
    asked = systems.get(book.through or system.id)
    if asked is not None and (asked.compartment is not None or not asked.adapter.lists(asked.settings)):
        yield Problem(codes.NOT_ASKED, at, f"{path}.{'query' if book.query else 'view'}", {"system": asked.id, "adapter": asked.adapter.name})


def can_reread(system: System) -> bool:
    """Whether what is read of *system* can be read again, whole."""
    return system.poll is not None and system.adapter.rereads(system.settings)


def kinds_known(system: System) -> tuple[str, ...]:
    """The record kinds its dialect reads or writes."""
    written = {plan.mapping.kind_out for plan in system.dialect.plans.values() if plan.mapping.kind_out}
    return tuple(sorted({*system.dialect.kinds_in(), *written}))
