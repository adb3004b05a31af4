"""Whether a system in shadow can be compared: with whom, and by what cases are the same."""

from __future__ import annotations

from collections.abc import Mapping

from guantong.config import codes
from guantong.config.configuration import System
from guantong.config.policies import ShadowPolicy
from guantong.config.validate import advice
from guantong.model import Model
from guantong.problems import Code, Place, Problem


def check_shadows(systems: Mapping[str, System], places: Mapping[str, Place], model: Model) -> list[Problem]:
    """Every mistake in `shadow:`. *places* also names systems that are themselves wrong."""
    problems: list[Problem] = []
    for system in systems.values():
        if system.shadow is None:
            continue
        at, path = places[system.id], f"systems.{system.id.partition('.')[2]}"
        problems += _against(system, systems, places, at, path)
        problems += _keys(system.shadow, model, at, f"{path}.shadow.match")
        if system.hold:
            problems.append(Problem(codes.HELD_IN_SHADOW, at, f"{path}.hold", {"system": system.id}))
    return problems


def _against(system: System, systems: Mapping[str, System], places: Mapping[str, Place], at: Place, path: str) -> list[Problem]:
    against = system.shadow.against if system.shadow and system.shadow.against else system.id
    if against not in places:
        details = {"kind": "system", "kind_zh": "系统", "name": against, **advice(against, list(places))}
        return [Problem(codes.NOT_FOUND, at, f"{path}.shadow.against", details)]
    reporter = systems.get(against)
    if reporter is None or reporter.dialect.events_in() & system.dialect.events_out():
        return []
    details = {"system": against, "dialect": reporter.dialect.name, "told": ", ".join(sorted(system.dialect.events_out()))}
    return [Problem(codes.NOTHING_TO_COMPARE, at, f"{path}.shadow.against", details)]


def _keys(shadow: ShadowPolicy, model: Model, at: Place, path: str) -> list[Problem]:
    problems = []
    for key in shadow.keys:
        declared = model.field(key.path)
        code: Code | None = None
        details: dict[str, object] = {"path": key.path}
        if declared is None:
            code = codes.NOT_FOUND
            details = {"kind": "field", "kind_zh": "字段", "name": key.path, **advice(key.path, model.paths())}
        elif (key.days is not None) is not (declared.type in ("date", "datetime")):
            code, details = codes.UNFIT_KEY, {**details, "type": declared.type}
        if code is not None:
            problems.append(Problem(code, at, path, details))
    return problems
