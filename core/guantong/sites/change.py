"""What an import changes: sites added, changed, moved, closed, opened again. Nothing is taken out of the tree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from guantong.sites.site import FIELDS, Level, Site
from guantong.sites.tree import Tree

Kind = Literal["added", "changed", "moved", "closed", "reopened"]


@dataclass(frozen=True, slots=True)
class Change:
    """One site that differs, as it was (None: it was not there) and as it is to be."""

    kind: Kind
    before: Site | None
    after: Site

    @property
    def fields(self) -> dict[str, tuple[str, str]]:
        """What of it differs: before and after, by field."""
        if self.before is None:
            return {}
        pairs = ((name, str(getattr(self.before, name)), str(getattr(self.after, name))) for name in FIELDS)
        return {name: (old, new) for name, old, new in pairs if old != new}

    def as_json(self) -> dict[str, object]:
        fields = {name: {"before": old, "after": new} for name, (old, new) in self.fields.items()}
        return {"kind": self.kind, "key": self.after.key, "name": self.after.name, "level": self.after.level.value,
                "fields": fields}


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import comes to: the sites as they are to be, what changes, and counties the table does not speak of."""

    sites: Sequence[Site]
    changes: Sequence[Change]
    left_alone: Sequence[Site]

    def counts(self) -> dict[str, int]:
        """How many sites change, by kind; 0 included."""
        kinds: tuple[Kind, ...] = ("added", "changed", "moved", "closed", "reopened")
        return {kind: sum(one.kind == kind for one in self.changes) for kind in kinds}


def plan(standing: Tree, told: Sequence[Site], today: str, *, close: bool = True) -> Plan:
    """The tree after a table that tells of *told* is taken up. A site the table leaves out is closed by *today*
    when the table tells of others of its level in its county (not with *close* off), and with it all below it;
    of counties and levels it does not speak of, it changes nothing."""
    sites = dict(standing.sites)
    changes: list[Change] = []
    for site in told:
        _put(sites, site, changes)
    tree = Tree(sites.values())
    spoken = _spoken(tree, told)
    if close:
        keys = {site.key for site in told}
        for site in standing.sites.values():
            if site.key not in keys and not site.closed and (_county(standing, site), site.level) in spoken:
                _close(tree, site, keys, today, sites, changes)
    counties = {county for county, _ in spoken}
    left = [site for site in tree.sites.values() if site.level is Level.COUNTY and site.key not in counties]
    order = {key: number for number, key in enumerate(sites)}
    changes.sort(key=lambda one: order[one.after.key])
    return Plan(list(sites.values()), changes, left)


def _put(sites: dict[str, Site], site: Site, changes: list[Change]) -> None:
    before = sites.get(site.key)
    sites[site.key] = site
    if before is None:
        changes.append(Change("added", None, site))
    elif before != site:
        changes.append(Change(_kind(before, site), before, site))


def _kind(before: Site, after: Site) -> Kind:
    if before.parent != after.parent:
        return "moved"
    if bool(before.closed) != bool(after.closed):
        return "closed" if after.closed else "reopened"
    return "changed"


def _spoken(tree: Tree, told: Iterable[Site]) -> set[tuple[str, Level]]:
    """The levels of which the table tells, by county."""
    return {(_county(tree, site), site.level) for site in told}


def _county(tree: Tree, site: Site) -> str:
    found = tree.at(site, Level.COUNTY)
    return found.key if found is not None else ""


def _close(tree: Tree, site: Site, told: set[str], today: str, sites: dict[str, Site], changes: list[Change]) -> None:
    for one in (site, *tree.under(site.key)):
        if not sites[one.key].closed and one.key not in told:
            closed = replace(sites[one.key], closed=today)
            changes.append(Change("closed", sites[one.key], closed))
            sites[one.key] = closed
