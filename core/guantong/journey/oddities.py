"""What is odd about the events of one case: which are missing, and which happened in an order that cannot be.

Pure: the events in, the oddities out. What an event changed is the difference between before and after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import combinations
from typing import NamedTuple

from guantong.finding import FindingKind
from guantong.journey.findingkinds import (
    ACCEPTED_BEFORE_APPLIED,
    FINISHED_UNACCEPTED,
    IMPOSSIBLE_ORDER,
    MISSING_EVENT,
)
from guantong.store import Happening

_ORDER = (
    "case.application", "case.pre_acceptance", "case.intake", "case.acceptance", "case.step", "case.finish",
    "case.collection",
)
"""The official order of those events that a case goes through one after the other."""
FOLLOWS: Mapping[str, str] = {
    "case.resumption": "case.pause", "case.correction": "case.correction_notice", "case.collection": "case.finish",
    "case.finish": "case.acceptance",
}
"""What an event follows, and is odd without."""
_AGAIN = ("case.resumption", "case.correction")
"""Those that may come several times: each time needs its beginning."""
TELLING = frozenset({*_ORDER, *FOLLOWS, *FOLLOWS.values()})
"""Events that can make, or end, an oddity."""


class Oddity(NamedTuple):
    """One oddity of a case. `identity` tells it from others of its kind; `detail` names events and times."""

    kind: FindingKind
    identity: str
    detail: tuple[tuple[str, str], ...]


def oddities(happened: Iterable[Happening]) -> set[Oddity]:
    """All that is odd about these events of one case. Of versions of one event the newest counts."""
    newest: dict[bytes, Happening] = {}
    for one in happened:
        known = newest.get(one.key)
        if known is None or (one.version, one.event) > (known.version, known.event):
            newest[one.key] = one
    told: dict[str, list[Happening]] = {}
    for one in newest.values():
        told.setdefault(one.name, []).append(one)
    return {*_missing(told), *_reversed(told)}


def _missing(told: Mapping[str, list[Happening]]) -> Iterable[Oddity]:
    for name, before in FOLLOWS.items():
        came, begun = len(told.get(name, ())), len(told.get(before, ()))
        if came > begun if name in _AGAIN else came and not begun:
            kind = FINISHED_UNACCEPTED if name == "case.finish" else MISSING_EVENT
            yield Oddity(kind, before, (("event", name), ("missing", before)))


def _reversed(told: Mapping[str, list[Happening]]) -> Iterable[Oddity]:
    """Of each pair whose order is certain, the first time of the one against the first time of the other."""
    first = {name: found for name, happenings in told.items() if (found := _earliest(happenings))}
    for before, after in _pairs(told):
        if before in first and after in first and _is_before(first[after], first[before]):
            applied = (before, after) == ("case.application", "case.acceptance")
            kind = ACCEPTED_BEFORE_APPLIED if applied else IMPOSSIBLE_ORDER
            detail = (("event", after), ("at", first[after]), ("should_follow", before), ("which_was_at", first[before]))
            yield Oddity(kind, f"{before}<{after}", detail)


def _pairs(told: Mapping[str, list[Happening]]) -> Iterable[tuple[str, str]]:
    steps = [name for name in _ORDER if name in told]
    yield from combinations(steps, 2)
    for after in _AGAIN:
        before = FOLLOWS[after]
        if len(told.get(after, ())) <= len(told.get(before, ())):  # else it is not known which is missing
            yield before, after


def _earliest(happenings: Iterable[Happening]) -> str:
    """The earliest time told, as it was told; "" where none is."""
    times = [one.occurred for one in happenings if one.occurred]
    found = times[0] if times else ""
    for other in times[1:]:
        found = other if _is_before(other, found) else found
    return found


def _is_before(one: str, other: str) -> bool:
    """Whether *one* is surely before *other*. A time against a bare day, or against one without offset: by the day.
    A time that is none says nothing."""
    try:
        first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
    except ValueError:
        return False
    if len(one) > _DAY < len(other) and (first.tzinfo is None) is (second.tzinfo is None):
        return first < second
    return first.date() < second.date()


_DAY = len("2014-07-15")
