"""On-site work as the books know it: what each county's interface can tell of it, and who must be connected in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from guantong_adapters.simulation.story import Act, Story
from guantong_plugins.demo.books.guangdong import UNTOLD
from guantong_plugins.demo.stories.counties import COUNTIES

_PARKED = frozenset({"bad_code", "bad_digest"})
_TELL_ALL = frozenset({"rongcheng"})
_BY_AGREEMENT = frozenset({"jiexi", "puning"})
_NO_COLUMN_BUT_SPARE = frozenset({"service.way", "agent.no", "agent.name"})
_TOWNS, _VILLAGES = 4, 8
"""Of each county, in the table that is imported."""


def as_told(county: str, act: Act) -> Act:
    """*act* as far as the interface of *county* can tell it: Rongcheng's has a field for everything; Jiexi and Puning use
    the exchange tables' spare columns for the way, the agent and the site; Jiedong and Huilai keep to the tables, where the
    acceptance alone has a hall and a window."""
    if county in _TELL_ALL:
        return act
    untold = UNTOLD if county in _BY_AGREEMENT else UNTOLD | _NO_COLUMN_BUT_SPARE
    if county not in _BY_AGREEMENT and act.event != "case.acceptance":
        untold |= {"site.code"}
    return replace(act, facts={path: fact for path, fact in act.facts.items() if path not in untold})


@dataclass(slots=True)
class Worked:
    """One county: the codes of its towns and villages where a case was handled, and the cases by the way that was told."""

    towns: set[str] = field(default_factory=set)
    villages: set[str] = field(default_factory=set)
    cases: Counter[str] = field(default_factory=Counter)

    def as_told(self) -> dict[str, Any]:
        """The figures that `guantong sites connected --json` must have of this county."""
        return {"towns": _figures(len(self.towns), _TOWNS), "villages": _figures(len(self.villages), _VILLAGES),
                "cases": dict(self.cases)}


def who_worked(stories: Iterable[Story]) -> Mapping[str, Worked]:
    """Every county, by name, from what reached the hub of *stories*: a case counts once, in the way first told."""
    counties = {county.id: (county.name, Worked()) for county in COUNTIES}
    for story in stories:
        worked = counties[story.county][1]
        site = way = ""
        for act in (as_told(story.county, act) for act in story.acts if act.quirks.get("dead") not in _PARKED):
            if act.facts.get("site.code"):
                site = site or act.facts["site.code"]
                way = way or _way(act.facts)
        if site:
            (worked.towns if site.endswith("000") else worked.villages).add(site)
            worked.cases[way] += 1
    return dict(counties.values())


def _way(facts: Mapping[str, Any]) -> str:
    at_a_window = "window.code" in facts or facts.get("channel") == "counter"
    return str(facts.get("service.way") or ("on_site" if at_a_window else ""))


def _figures(connected: int, total: int) -> dict[str, Any]:
    return {"total": total, "connected": connected, "share": round(connected / total, 4)}
