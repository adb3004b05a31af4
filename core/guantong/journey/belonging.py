"""Whose a case is: which county's, of those that spoke of it. Pure.

A case is the county's that is first heard of with it: which told of it, or was sent what the hall told of it. Another
county may name its number, by mistake or on purpose; that makes the case no part of it (docs/decisions/0028).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from guantong.config.configuration import System

COUNTY = "county"


def region_prefix(region: str) -> str:
    """The digits of a GB/T 2260 region code that say something: `445200` and `445200000000` are `4452`.
    Levels are two digits each down to the county, three each below it."""
    code = region.strip()
    county, below = code[:6], code[6:]
    while len(below) >= 3 and below.endswith("000"):
        below = below[:-3]
    if below:
        return county + below
    while len(county) > 2 and county.endswith("00"):
        county = county[:-2]
    return county


def owner(parties: Iterable[str], systems: Mapping[str, System]) -> System | None:
    """The county whose case it is; *parties* in the order in which they were first heard of with it."""
    found = (systems.get(party) for party in parties)
    return next((system for system in found if system is not None and system.role == COUNTY), None)


def elsewhere(one: System | None, other: System | None) -> bool:
    """Whether these are systems of one role in regions of which neither lies in the other: two counties, two towns. A
    town under its county is none; nor is a system that is unknown."""
    if one is None or other is None or one.role != other.role or one.id == other.id:
        return False
    here, there = region_prefix(one.region), region_prefix(other.region)
    return not (here.startswith(there) or there.startswith(here))
