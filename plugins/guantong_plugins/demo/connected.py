"""What `guantong sites connected --json` says after a demo, and where it differs from the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from guantong_plugins.demo.books.onsite import Worked
from guantong_plugins.demo.difference import Difference

_FIGURES = ("total", "connected", "share")
LEVELS = ("towns", "villages")


@dataclass(frozen=True, slots=True)
class Told:
    """The whole city: connected sites and all of them, by level, and the cases handled there, by way ("": not told)."""

    sites: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    ways: Mapping[str, int] = field(default_factory=dict)


def told(answer: Mapping[str, Any]) -> Told:
    """What the command's *answer* says of the whole city."""
    ways: Counter[str] = Counter()
    for county in answer["counties"]:
        ways.update(county["cases"])
    return Told({level: (answer[level]["connected"], answer[level]["total"]) for level in LEVELS}, dict(ways.most_common()))


def compare_connected(worked: Mapping[str, Worked], answer: Mapping[str, Any]) -> Iterator[Difference]:
    """Where the command's *answer* gives other counts, shares or ways for a county than the books have."""
    there = {county["name"]: county for county in answer["counties"]}
    for name in sorted(worked.keys() | there.keys()):
        wanted = worked[name].as_told() if name in worked else {}
        county = there.get(name, {})
        came = {**{level: {key: county[level][key] for key in _FIGURES} for level in LEVELS if level in county},
                "cases": county.get("cases", {})}
        for what in (*LEVELS, "cases"):
            if wanted.get(what, {}) != came.get(what, {}):
                yield Difference(name, "", "sites connected", f"{what}: expected {wanted.get(what)}, the hub tells {came.get(what)}")
    if answer["unknown_codes"]:
        yield Difference("", "", "sites connected", f"codes of no site: {answer['unknown_codes']}")
