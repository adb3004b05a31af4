"""Fetching: whether what is to be fetched can be fetched where it is said to be."""

from __future__ import annotations

from collections.abc import Mapping

from guantong.config import codes
from guantong.config.configuration import System
from guantong.config.validate import advice
from guantong.problems import Place, Problem


def check_fetching(systems: Mapping[str, System], places: Mapping[str, Place]) -> list[Problem]:
    """A problem for each `fetch.from` that names no system, or one that gives nothing, and for each `settings.fetch` that
    nobody fetches by. *places* also names systems that are themselves wrong."""
    problems: list[Problem] = []
    used = {system.fetch.source or system.id for system in systems.values() if system.fetch is not None}
    for system in systems.values():
        path = f"systems.{system.id.partition('.')[2]}"
        source = system.fetch.source if system.fetch is not None else None
        if source is not None and source not in places:
            details = {"kind": "system", "kind_zh": "系统", "name": source, **advice(source, list(places))}
            problems.append(Problem(codes.NOT_FOUND, places[system.id], f"{path}.fetch.from", details))
        elif source is not None and source in systems and not _gives(systems[source]):
            what = {"path": "fetch.from", "what": f"{source} has no `settings.fetch:`", "what_zh": f"{source} 没有 `settings.fetch:`"}
            problems.append(Problem(codes.NOT_FETCHING, places[system.id], f"{path}.fetch.from", what))
        if _gives(system) and system.id not in used and len(systems) == len(places):  # else who names it may be a wrong one
            what = {"path": "settings.fetch", "what": "`fetch:` is not declared, and no other system's `fetch.from` names this one",
                    "what_zh": "未声明 `fetch:`，也没有其他系统的 `fetch.from` 指向它"}
            problems.append(Problem(codes.NOT_FETCHING, places[system.id], f"{path}.settings.fetch", what))
    return problems


def _gives(system: System) -> bool:
    return system.adapter.fetches(system.settings)
