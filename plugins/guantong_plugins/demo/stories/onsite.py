"""How towns and villages handled the cases they took on: at a window, by an agent, at the citizen's home, by appointment,
at the site's terminal with a clerk's help or alone.

Chosen and written without chance, from the stories as they stand, in turn: who adds a way changes no story.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from guantong_adapters.simulation.story import Act, Story
from guantong_plugins.demo.stories.counties import COUNTIES
from guantong_plugins.demo.stories.people import person
from guantong_plugins.demo.stories.sites import Place, rooms, windows

_WAYS = (
    ("agent", rooms), ("on_site", windows), ("assisted", windows), ("home", rooms), ("on_site", rooms),
    ("appointment", windows), ("agent", rooms), ("on_site", windows), ("self", windows), ("on_site", windows),
)
"""The ways in their turn, each where it is offered. A county begins two further on than the one before it."""
_CHANNELS = {"home": "other", "assisted": "online", "self": "online"}
"""How the application is submitted, where not at a window."""
_AT_A_WINDOW = frozenset({"on_site", "appointment"})


class _Turns:
    """Whose turn it is, in each county: the way, and of the places that offer it the next one."""

    def __init__(self) -> None:
        self._ways = Counter({county.id: 2 * number for number, county in enumerate(COUNTIES)})
        self._places: Counter[tuple[str, str]] = Counter()

    def way(self, county: str) -> tuple[str, Place]:
        """The next way, and where."""
        way, offers = _WAYS[self._ways[county] % len(_WAYS)]
        self._ways[county] += 1
        return way, self._place(county, offers.__name__, offers(_COUNTIES[county]))

    def window(self, county: str) -> Place:
        """The next window."""
        return self._place(county, windows.__name__, windows(_COUNTIES[county]))

    def _place(self, county: str, kind: str, places: Sequence[Place]) -> Place:
        number = self._places[county, kind]
        self._places[county, kind] += 1
        return places[number % len(places)]


_COUNTIES = {county.id: county for county in COUNTIES}


def with_sites(stories: Sequence[Story]) -> list[Story]:
    """*stories*, those that began on site handled in one of the ways, and those done at once finished at a window."""
    turns = _Turns()
    return [replace(story, acts=tuple(_sited(story, turns))) if story.channel != "online" else story for story in stories]


def _sited(story: Story, turns: _Turns) -> list[Act]:
    way, place = turns.way(story.county) if story.channel == "onsite" else ("on_site", turns.window(story.county))
    common: dict[str, Any] = {"site.code": place.code, "service.way": way} | (_agent(place) if way == "agent" else {})
    return [replace(act, facts=_told(act, story.number, way, place, common)) for act in story.acts]


def _told(act: Act, number: int, way: str, place: Place, common: Mapping[str, Any]) -> dict[str, Any]:
    match act.event:
        case "case.application":
            return {**_appointment(act, number, way, place), **act.facts, **common, **_submitted(way, place)}
        case "case.acceptance":
            if window := _window(way, place):
                return {**act.facts, **common, "window.code": window}
            return {**{path: fact for path, fact in act.facts.items() if path != "queue_no"}, **common}
        case "case.finish":
            return {**act.facts, **common}
        case _:
            return act.facts


def _window(way: str, place: Place) -> str:
    return place.window if way in _AT_A_WINDOW else ""


def _submitted(way: str, place: Place) -> dict[str, Any]:
    """How and where the application was handed in."""
    window = _window(way, place)
    where = f"{place.name}{window}号窗口" if window else place.name
    facts = {"channel": _CHANNELS.get(way, "counter"), "applied_place": where}
    if way in ("assisted", "self"):
        facts |= {"online_channel": "terminal", "terminal.code": f"ZD{place.code}{place.window}"}
    return facts


def _appointment(act: Act, number: int, way: str, place: Place) -> dict[str, Any]:
    """What was appointed before the citizen came, or was visited."""
    if way not in ("appointment", "home"):
        return {}
    at = datetime.fromisoformat(act.facts["applied_at"]).replace(second=0) - timedelta(minutes=10)
    facts = {"appointment.no": f"YY{number:06d}", "appointment.at": at.isoformat()}
    return facts | ({"appointment.address": f"{place.path.rsplit('/', 1)[-1].removesuffix('便民服务室')}{number % 90 + 1}号"}
                    if way == "home" else {})


def _agent(place: Place) -> dict[str, str]:
    """The agent of a village: always the same one."""
    name = person(Random(place.code))  # noqa: S311 -- an invented name that must repeat; nothing here is a secret
    return {"agent.no": f"DB{place.code}", "agent.name": name}
