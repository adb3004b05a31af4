"""Who is connected: of each county's towns and villages, those where cases are handled. Pure: counts in, shares out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from guantong.sites.site import Level, Site
from guantong.sites.tree import Tree

COUNTED = (Level.TOWN, Level.VILLAGE)


class Seen(NamedTuple):
    """A site as cases name it, and when they first and last did (UTC milliseconds)."""

    site: str
    first_at: int
    last_at: int


class Work(NamedTuple):
    """How many cases were handled at a site, as cases name it, in one way ("": none was told)."""

    site: str
    way: str
    cases: int


class Target(NamedTuple):
    """The share, from 0 to 1, that is to be connected by a day."""

    by: date
    share: float


@dataclass(slots=True)
class Reached:
    """Of one level: how many sites there are, which are connected, which not yet."""

    connected: list[Site] = field(default_factory=list)
    missing: list[Site] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.connected) + len(self.missing)

    @property
    def share(self) -> float:
        """From 0 to 1; 1 where there is nothing to connect."""
        return len(self.connected) / self.total if self.total else 1.0

    def lacking(self, target: Target) -> int:
        """How many more must be connected to reach *target*."""
        return max(0, math.ceil(round(target.share * self.total, 6)) - len(self.connected))

    def as_json(self, targets: Sequence[Target]) -> dict[str, Any]:
        return {"total": self.total, "connected": len(self.connected), "share": round(self.share, 4),
                "lacking": [self.lacking(one) for one in targets],
                "not_connected": [{"code": one.code, "name": one.name} for one in self.missing]}


@dataclass(slots=True)
class CountyReached:
    """One county: its towns and villages, the cases handled there by way, and the first and last of them (0: none)."""

    county: Site
    towns: Reached = field(default_factory=Reached)
    villages: Reached = field(default_factory=Reached)
    cases: Counter[str] = field(default_factory=Counter)
    first_at: int = 0
    last_at: int = 0

    def of(self, level: Level) -> Reached:
        """Its towns or its villages."""
        return self.towns if level is Level.TOWN else self.villages


@dataclass(slots=True)
class Connected:
    """Every county of the tree; and how many cases named codes that the tree has not."""

    counties: list[CountyReached]
    unknown: Counter[str]

    def of_all(self, level: Level) -> Reached:
        """The towns or villages of all counties."""
        parts = [one.of(level) for one in self.counties]
        return Reached([site for one in parts for site in one.connected], [site for one in parts for site in one.missing])


def connected(tree: Tree, seen: Iterable[Seen], work: Iterable[Work], since: int) -> Connected:
    """Which towns and villages of *tree* that are not closed were *seen* at *since* or later, by county; *work* is
    counted where it was done, its county's hall included."""
    counties = {site.key: CountyReached(site) for site in tree.sites.values() if site.level is Level.COUNTY}
    last: dict[str, int] = {}
    for one in seen:
        site = resolved(tree, one.site)
        county = counties.get(_county(tree, site)) if site is not None else None
        if site is None or county is None:
            continue
        last[site.key] = max(last.get(site.key, 0), one.last_at)
        county.first_at = min(county.first_at or one.first_at, one.first_at)
        county.last_at = max(county.last_at, one.last_at)
    for site in tree.sites.values():
        county = counties.get(_county(tree, site))
        if county is not None and site.level in COUNTED and not site.closed:
            reached = county.of(site.level)
            (reached.connected if last.get(site.key, -1) >= since else reached.missing).append(site)
    unknown: Counter[str] = Counter()
    for done in work:
        site = resolved(tree, done.site)
        county = counties.get(_county(tree, site)) if site is not None else None
        if county is not None:
            county.cases[done.way] += done.cases
        elif site is None:
            unknown[done.site] += done.cases
    return Connected(list(counties.values()), unknown)


def resolved(tree: Tree, code: str) -> Site | None:
    """The site that *code* names; of a window that has it alone, its hall. None where the tree has none."""
    site = tree.sites.get(code)
    alike = tree.windows(code) if site is None else []
    return tree.sites.get(alike[0].parent) if len(alike) == 1 else site


def _county(tree: Tree, site: Site) -> str:
    found = tree.at(site, Level.COUNTY)
    return found.key if found is not None else ""
