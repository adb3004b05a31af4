"""Whether a system in shadow can be compared: with whom, and by what cases are the same."""

from __future__ import annotations

from collections.abc import Mapping

from guantong.config import codes
from guantong.config.configuration import System
from guantong.config.policies import ShadowPolicy
from guantong.config.standing import Standing
from guantong.config.validate import advice
from guantong.model import Model
from guantong.problems import Code, Problem


def check_shadows(systems: Mapping[str, System], standing: Standing, model: Model) -> list[Problem]:
    """Every mistake in `shadow:`."""
    problems: list[Problem] = []
    for system in systems.values():
        if system.shadow is None:
            continue
        problems += _against(system, systems, standing)
        problems += _keys(system.id, system.shadow, model, standing)
        if system.hold:
            problems.append(standing.problem(codes.HELD_IN_SHADOW, system.id, ("hold",), {"system": system.id}))
    return problems


def _against(system: System, systems: Mapping[str, System], standing: Standing) -> list[Problem]:
    against = system.shadow.against if system.shadow and system.shadow.against else system.id
    if against not in standing.keys:
        missing = {"kind": "system", "kind_zh": "系统", "name": against, **advice(against, list(standing.keys))}
        return [standing.problem(codes.NOT_FOUND, system.id, ("shadow", "against"), missing)]
    reporter = systems.get(against)
    if reporter is None or reporter.dialect.events_in() & system.dialect.events_out():
        return []
    details = {"system": against, "dialect": reporter.dialect.name, "told": ", ".join(sorted(system.dialect.events_out()))}
    return [standing.problem(codes.NOTHING_TO_COMPARE, system.id, ("shadow", "against"), details)]


def _keys(system: str, shadow: ShadowPolicy, model: Model, standing: Standing) -> list[Problem]:
    problems = []
    for number, key in enumerate(shadow.keys):
        declared = model.field(key.path)
        code: Code | None = None
        details: dict[str, object] = {"path": key.path}
        if declared is None:
            code = codes.NOT_FOUND
            details = {"kind": "field", "kind_zh": "字段", "name": key.path, **advice(key.path, model.paths())}
        elif (key.days is not None) is not (declared.type in ("date", "datetime")):
            code, details = codes.UNFIT_KEY, {**details, "type": declared.type}
        if code is not None:
            problems.append(standing.problem(code, system, ("shadow", "match", number), details))
    return problems
