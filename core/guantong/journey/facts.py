"""What the rules of a mapping may read besides the record or the event itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guantong.config.configuration import System

NOTHING: Mapping[str, Any] = {}


def facts_of(system: System, case: Mapping[str, Any] = NOTHING, site: Mapping[str, str] | None = None) -> dict[str, Mapping[str, Any]]:
    """`$system.…`, `$case.…` and `$site.…`: the facts of *system* with its id and region, what earlier events of the
    case say, and the facts of the event's *site*; on the way in, where no event is known yet (None), those of the
    site where *system* itself stands."""
    told = {name: value for name, value in system.facts.items() if value}  # what it leaves empty is no value
    return {"system": {**told, "id": system.id, "region": system.region},
            "site": system.site_facts if site is None else site, "case": case}
