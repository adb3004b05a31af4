"""The tree: every site by its key, and what lies above and below it. Immutable; made anew by each import."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

import orjson

from guantong.sites.site import FIELDS, Level, Site

NONE: Mapping[str, str] = {}


class Tree:
    """Sites by key. Windows are also found by their code alone, where one window only has it."""

    def __init__(self, sites: Iterable[Site] = (), number: int = 0) -> None:
        """*number* is that of the version they are; 0 where nothing was imported."""
        self.number = number
        self.sites: Mapping[str, Site] = {site.key: site for site in sites}
        self._below: dict[str, list[Site]] = {}
        self._windows: dict[str, list[Site]] = {}
        for site in self.sites.values():
            self._below.setdefault(site.parent, []).append(site)
            if site.level is Level.WINDOW:
                self._windows.setdefault(site.code, []).append(site)
        self._facts: dict[str, Mapping[str, str]] = {}

    def __bool__(self) -> bool:
        return bool(self.sites)

    def __len__(self) -> int:
        return len(self.sites)

    @property
    def digest(self) -> str:
        """16 hexadecimal digits: the hash of all sites, whatever order they stand in."""
        rows = sorted([getattr(site, name) for name in FIELDS] for site in self.sites.values())
        return hashlib.sha256(orjson.dumps(rows)).hexdigest()[:16]

    def below(self, key: str) -> list[Site]:
        """The sites right below *key* ("": those below none), by level and code."""
        return sorted(self._below.get(key, ()), key=lambda site: (site.level.rank, site.code))

    def above(self, site: Site) -> Iterator[Site]:
        """The sites above, the nearest first."""
        parent = self.sites.get(site.parent)
        while parent is not None:
            yield parent
            parent = self.sites.get(parent.parent)

    def under(self, key: str) -> Iterator[Site]:
        """All below *key*, each before those below it."""
        for site in self.below(key):
            yield site
            yield from self.under(site.key)

    def at(self, site: Site, level: Level) -> Site | None:
        """The site itself or the one above it of *level*."""
        return next((one for one in (site, *self.above(site)) if one.level is level), None)

    def windows(self, code: str) -> list[Site]:
        """Every window with this code."""
        return self._windows.get(code, [])

    def path(self, site: Site) -> str:
        """The names from the top down: `揭阳市/榕城区/仙桥街道`."""
        return "/".join(one.name for one in reversed((site, *self.above(site))))

    def facts(self, key: str) -> Mapping[str, str]:
        """What mappings read of a site (`$site.…`): of a window, its hall's facts and its own code and name. Nothing
        for a key that the tree has not."""
        found = self._facts.get(key)
        if found is None:
            site = self.sites.get(key)
            found = self._facts[key] = NONE if site is None else self._made(site)
        return found

    def _made(self, site: Site) -> Mapping[str, str]:
        if site.level is Level.WINDOW:
            return {**self.facts(site.parent), "window": site.code, "window_name": site.name}
        parent, county, town = self.sites.get(site.parent), self.at(site, Level.COUNTY), self.at(site, Level.TOWN)
        said = {
            "code": site.code, "name": site.name, "level": site.level.value, "region": site.region,
            "address": site.address, "phone": site.phone, "path": self.path(site),
        }
        for name, one in (("parent", parent), ("county", county), ("town", town)):
            if one is not None:
                said |= {name: one.code, f"{name}_name": one.name}
        return {name: value for name, value in said.items() if value}


NO_SITES = Tree()
"""The tree of a home where none was imported."""
