"""Whether a system tells the facts that its dialect reads to write what routes bring it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from guantong.config import codes
from guantong.config.routes import Routes
from guantong.config.routing import targets
from guantong.config.systems import Systems
from guantong.problems import Problem, nearest

if TYPE_CHECKING:
    from guantong.mapping import Dialect


def check_facts(routes: Routes, systems: Systems, events: Sequence[str]) -> Iterator[Problem]:
    """A warning for each fact (`$system.…`) that some of the *events* needs which routes bring to a system, and that the system
    does not tell: its field stays empty, or its record cannot be made."""
    for identity, system in systems.built.items():
        coming = [route for route in routes.routes() if targets(route, {identity: system})]
        wanted: dict[str, list[str]] = {}
        for event in events:
            if event in system.told() and any(route.takes(event) for route in coming):
                told = {name for name, value in system.facts.items() if value or not _required(system.dialect, name)}
                for name in system.dialect.facts_read(event) - told:
                    wanted.setdefault(name, []).append(event)
        for name, needing in sorted(wanted.items()):
            fact = system.dialect.facts.get(name)
            near = nearest(name, [one for one in system.facts if one not in system.dialect.facts])
            details = {
                "name": name, "events": ", ".join(needing), "dialect": system.dialect.name,
                "what": f" ({fact.en})" if fact else "", "what_zh": f"（{fact.zh}）" if fact else "",
                "example": fact.example if fact else "", **_may_be_empty(system.dialect, name),
                "advice": f"is {near!r} meant for it? write" if near else "write",
                "advice_zh": f"{near!r} 是否应为此项？请写" if near else "请写",
            }
            yield Problem(codes.FACT_MISSING, systems.keys[identity], f"systems.{identity.partition('.')[2]}.facts.{name}", details)


def _required(dialect: Dialect, name: str) -> bool:
    fact = dialect.facts.get(name)
    return fact is not None and fact.required


def _may_be_empty(dialect: Dialect, name: str) -> dict[str, str]:
    """How it is said that a fact may be empty, where it may."""
    if _required(dialect, name):
        return {"empty": "", "empty_zh": ""}
    return {"empty": '; `""` leaves its field empty', "empty_zh": '；写 `""` 表示该字段留空'}
