"""The rows of a table as sites: parents found by code, by name or by region, and the whole held to be a tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from guantong.problems import Problem, nearest
from guantong.sites.cells import Cells
from guantong.sites.codes import (
    CODE_TWICE,
    CYCLE,
    MANY_PARENTS,
    NAME_TWICE,
    NO_PARENT,
    OTHER_REGION,
    WRONG_LEVEL,
)
from guantong.sites.site import Level, Site
from guantong.sites.table import Row
from guantong.sites.tree import Tree


@dataclass(slots=True)
class _Placed:
    """A site on its way into the tree, with its row; `sound` where nothing is wrong with the row itself."""

    site: Site
    row: Row
    sound: bool


def sites_of(rows: Sequence[Row], standing: Tree) -> tuple[list[Site], list[Problem]]:
    """The sites of *rows*, and every mistake of every row. Parents may also be among those that are *standing*
    already."""
    problems: list[Problem] = []
    placed = [one for row in rows if (one := _read(row, problems)) is not None]
    finder = _Finder(placed, standing)
    sound = [one for one in placed if one.sound]
    for one in sorted(sound, key=lambda one: one.site.level.rank):
        one.site = replace(one.site, parent=finder.parent(one, problems))
    _once(placed, problems)
    _no_cycles(sound, standing, problems)
    for one in sound:
        _fits(one, finder, problems)
    _names_once(placed, finder, problems)
    return [one.site for one in placed], problems


def _read(row: Row, problems: list[Problem]) -> _Placed | None:
    cells, before = Cells(row, problems), len(problems)
    code = cells.code()
    region = cells.region(code, None)
    level = cells.level(region)
    region = "" if level is Level.WINDOW and not row.word("region") else region
    site = Site(
        code=code, name=cells.text("name", needed=True), level=level or Level.CITY, region=region,
        address=cells.text("address"), phone=cells.text("phone"), opened=cells.day("opened"), closed=cells.day("closed"),
    )
    return _Placed(site, row, len(problems) == before) if code else None


class _Finder:
    """Finds the site that a row stands below."""

    def __init__(self, placed: Sequence[_Placed], standing: Tree) -> None:
        self.by_code: dict[str, Site] = {key: one for key, one in standing.sites.items() if one.level is not Level.WINDOW}
        self.by_code |= {one.site.code: one.site for one in placed if one.site.level is not Level.WINDOW}
        self._by_name: dict[str, list[Site]] = {}
        self._by_region: dict[str, Site] = {}
        for site in self.by_code.values():
            self._by_name.setdefault(site.name, []).append(site)
            if site.region:
                self._by_region.setdefault(site.region.ljust(12, "0"), site)
        self._rows = {one.site.code: one for one in placed if one.site.level is not Level.WINDOW}

    def parent(self, one: _Placed, problems: list[Problem]) -> str:
        """The code of the parent of *one*; "" for a city, a county without a city, and where it cannot be told."""
        level, row = one.site.level, one.row
        field = next((name for name in self._told_by(level) if row.text(name)), None)
        if field is None:
            return self._by_prefix(one, problems)
        word, text = row.word(field), row.text(field)
        if word in self.by_code:
            return word
        named = [site for site in self._by_name.get(text, ()) if site.level.rank < level.rank]
        if len(named) > 1:
            named = [site for site in named if self._lies_in(site, row)] or named
        if len(named) == 1:
            return named[0].code
        if named:
            codes = ", ".join(sorted(site.code for site in named)[:8])
            problems.append(row.problem(MANY_PARENTS, field, count=len(named), came=text[:60], codes=codes))
        else:
            problems.append(row.problem(NO_PARENT, field, came=text[:60], **self._advice(text, one.site)))
        return ""

    @staticmethod
    def _told_by(level: Level) -> Sequence[str]:
        """The columns that name a parent, the most telling first."""
        if level is Level.TOWN:
            return ("parent", "county")
        return ("parent", "town", "county") if level.rank > Level.TOWN.rank else ("parent",)

    def _lies_in(self, site: Site, row: Row) -> bool:
        """Whether *site* lies where the row's other columns say; true when they say nothing."""
        said = {text for field in ("county", "town") if (text := row.text(field)) and text != site.name}
        above = set()
        for one in self._above(site):
            above |= {one.name, one.code}
        return said <= above

    def _above(self, site: Site) -> Iterator[Site]:
        """The sites above, as far as rows and tree tell yet."""
        seen = {site.code}
        site = self._now(site.code) or site
        parent = self._now(site.parent) or self._prefix(site)
        while parent is not None and parent.code not in seen:
            seen.add(parent.code)
            yield parent
            parent = self._now(parent.parent) or self._prefix(parent)

    def _now(self, code: str) -> Site | None:
        placed = self._rows.get(code)
        return placed.site if placed is not None else self.by_code.get(code)

    def now(self, code: str) -> Site | None:
        """The site with this code, its parent found."""
        return self._now(code)

    def _prefix(self, site: Site) -> Site | None:
        """The site whose region is the next above that of *site*."""
        whole = site.region.ljust(12, "0") if site.region else ""
        for digits in (9, 6, 4):
            above = whole[:digits].ljust(12, "0")
            if whole and above != whole and above in self._by_region:
                found = self._by_region[above]
                if found.level.rank < site.level.rank:
                    return found
        return None

    def _by_prefix(self, one: _Placed, problems: list[Problem]) -> str:
        found = self._prefix(one.site)
        if found is not None:
            return found.code
        if one.site.level.rank > Level.COUNTY.rank:
            advice = {"advice": "name its parent by code or name", "advice_zh": "请填写上级的编码或名称"}
            problems.append(one.row.problem(NO_PARENT, "parent", came="", **advice))
        return ""

    def _advice(self, text: str, below: Site) -> dict[str, str]:
        near = nearest(text, {*self._by_name, *self.by_code} - {below.name, below.code})
        if near:
            return {"advice": f"did you mean {near!r}?", "advice_zh": f"是否应为 {near!r}？"}
        return {"advice": "add a row for it, or correct the name", "advice_zh": "请补上该站点的行，或更正名称"}


def _once(placed: Sequence[_Placed], problems: list[Problem]) -> None:
    first: dict[str, Row] = {}
    for one in placed:
        known = first.setdefault(one.site.key, one.row)
        if known is not one.row:
            field = "code" if "code" in one.row.columns.at else "region"
            problems.append(one.row.problem(CODE_TWICE, field, came=one.site.code, first=known.number))


def _no_cycles(placed: Sequence[_Placed], standing: Tree, problems: list[Problem]) -> None:
    """Each circle is told once, at its first row."""
    parents = {key: one.parent for key, one in standing.sites.items()}
    parents |= {one.site.key: one.site.parent for one in placed}
    told: set[str] = set()
    for one in placed:
        chain = [one.site.key]
        while (above := parents.get(chain[-1], "")) and above not in chain:
            chain.append(above)
        if above == one.site.key and not told & set(chain):
            told |= set(chain)
            problems.append(one.row.problem(CYCLE, "parent", chain=" → ".join([*chain, above])))


def _fits(one: _Placed, finder: _Finder, problems: list[Problem]) -> None:
    """The levels go down, and the region lies in that above."""
    site, parent = one.site, finder.now(one.site.parent)
    if parent is None:
        return
    if parent.level.rank >= site.level.rank:
        problems.append(one.row.problem(WRONG_LEVEL, "level", level=site.level.value, level_zh=site.level.zh,
                                        above=parent.level.value, above_zh=parent.level.zh, name=parent.name))
    significant = _significant(parent.region)
    if site.region and significant and not site.region.startswith(significant):
        problems.append(one.row.problem(OTHER_REGION, "region" if one.row.word("region") else "code",
                                        region=site.region, above=parent.region, name=parent.name))


def _significant(region: str) -> str:
    whole = region.ljust(12, "0") if region else ""
    for digits in (12, 9, 6, 4):
        if whole[digits - 3 if digits > 6 else digits - 2:digits].strip("0"):
            return whole[:digits]
    return ""


def _names_once(placed: Sequence[_Placed], finder: _Finder, problems: list[Problem]) -> None:
    first: dict[tuple[str, str], Row] = {}
    for one in placed:
        if one.site.level is Level.WINDOW:
            continue  # every hall has several called alike
        known = first.setdefault((one.site.parent, one.site.name), one.row)
        above = finder.now(one.site.parent)
        if known is not one.row and above is not None:
            problems.append(one.row.problem(NAME_TWICE, "name", name=one.site.name, above=above.name, first=known.number))
