"""What the rules of a mapping may read besides the record or the event itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guantong.config.configuration import System

NOTHING: Mapping[str, Any] = {}


def facts_of(system: System, case: Mapping[str, Any] = NOTHING) -> dict[str, Mapping[str, Any]]:
    """`$system.…` and `$case.…`: the facts of *system* with its id and region, and what earlier events of the case
    say. `$site.…` is reserved: no sites are loaded, so every one of its values is missing."""
    return {"system": {**system.facts, "id": system.id, "region": system.region}, "site": {}, "case": case}
