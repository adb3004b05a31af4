"""Fetching: whether what is to be fetched can be fetched where it is said to be."""

from __future__ import annotations

from collections.abc import Mapping

from guantong.config import codes
from guantong.config.configuration import System
from guantong.config.standing import Standing
from guantong.config.validate import advice
from guantong.problems import Problem


def check_fetching(systems: Mapping[str, System], standing: Standing) -> list[Problem]:
    """A problem for each `fetch.from` that names no system, or one that gives nothing, and for each `settings.fetch` that
    nobody fetches by."""
    problems: list[Problem] = []
    used = {system.fetch.source or system.id for system in systems.values() if system.fetch is not None}
    for system in systems.values():
        source = system.fetch.source if system.fetch is not None else None
        if source is not None and source not in standing.keys:
            details = {"kind": "system", "kind_zh": "系统", "name": source, **advice(source, list(standing.keys))}
            problems.append(standing.problem(codes.NOT_FOUND, system.id, ("fetch", "from"), details))
        elif source is not None and source in systems and not _gives(systems[source]):
            what = {"path": "fetch.from", "what": f"{source} has no `settings.fetch:`", "what_zh": f"{source} 没有 `settings.fetch:`"}
            problems.append(standing.problem(codes.NOT_FETCHING, system.id, ("fetch", "from"), what))
        if _gives(system) and system.id not in used and len(systems) == len(standing.keys):  # else who names it may be a wrong one
            what = {"path": "settings.fetch", "what": "`fetch:` is not declared, and no other system's `fetch.from` names this one",
                    "what_zh": "未声明 `fetch:`，也没有其他系统的 `fetch.from` 指向它"}
            problems.append(standing.problem(codes.NOT_FETCHING, system.id, ("settings", "fetch"), what))
    return problems


def _gives(system: System) -> bool:
    return system.adapter.fetches(system.settings)
