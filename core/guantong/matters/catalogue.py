"""The catalogue: matters by their codes on a day, and the crosswalk that leads from old codes to new ones and back."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

import orjson

from guantong.matters.matter import Matter


class Crossing(NamedTuple):
    """One row of the crosswalk: the old code stands for the new one on these days (both included, "" is open)."""

    old: str
    new: str
    since: str
    until: str


class Catalogue:
    """Versions of matters. `number` is that of the kept version; 0 where nothing was imported."""

    def __init__(self, matters: Iterable[Matter] = (), number: int = 0) -> None:
        self.matters = tuple(sorted(matters, key=lambda one: one.key))
        self.number = number
        self._by_code: dict[str, list[Matter]] = defaultdict(list)
        for one in self.matters:
            for code in {one.code, one.old_code, one.short_code} - {""}:
                self._by_code[code].append(one)

    def __bool__(self) -> bool:
        return bool(self.matters)

    @property
    def digest(self) -> str:
        """The hash of all that it says."""
        return hashlib.sha256(orjson.dumps([one.as_json() for one in self.matters])).hexdigest()

    def named(self, code: str, day: str = "") -> list[Matter]:
        """The versions that have *code* as their code, old code or short code and are in force on *day* ("": all)."""
        return [one for one in self._by_code.get(code, ()) if one.on(day)]

    def knows(self, code: str, day: str = "") -> bool:
        """Whether a matter of this code, new, old or short, is in force on *day*."""
        return any(one.on(day) for one in self._by_code.get(code, ()))

    def crossings(self) -> list[Crossing]:
        """The crosswalk, by old code and day: following versions of one pair make one row."""
        rows = sorted((one.old_code, one.since, one.code, one.until or "9999-12-31") for one in self.matters if one.old_code)
        found: list[Crossing] = []
        for old, since, new, until in rows:
            last = found[-1] if found else None
            if last is not None and (last.old, last.new) == (old, new) and (not since or _day_after(last.until) >= since):
                found[-1] = last._replace(until=max(last.until, until))
            else:
                found.append(Crossing(old, new, since, until))
        return [one._replace(until="" if one.until == "9999-12-31" else one.until) for one in found]


def clashes(matters: Iterable[Matter]) -> Iterator[tuple[Matter, Matter]]:
    """Pairs of versions of different matters that share an old code on a day: which is meant could not be told."""
    by_old: dict[str, list[Matter]] = defaultdict(list)
    for one in matters:
        if one.old_code:
            by_old[one.old_code].append(one)
    for group in by_old.values():
        for index, one in enumerate(group):
            for other in group[index + 1:]:
                if one.code != other.code and _meet(one, other):
                    yield one, other


def _meet(one: Matter, other: Matter) -> bool:
    return (not one.until or not other.since or other.since <= one.until) and (
        not other.until or not one.since or one.since <= other.until)


def _day_after(day: str) -> str:
    return day if day == "9999-12-31" else (date.fromisoformat(day) + timedelta(days=1)).isoformat()


NO_MATTERS = Catalogue()
