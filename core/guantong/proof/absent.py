"""What is not there any more, on the way through the journal: it may be gone only where a later line says that it was pruned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import orjson

from guantong.proof.leaf import Line

About: TypeAlias = tuple[str, int]
"""A record received ("m") or what was sent of a delivery ("d")."""
FORGETS = frozenset({"pruned", "redacted"})
"""Lines that say which bodies went: when their period was over, or because a person had it so."""
_BITS = 12
_WIDTH = 1 << _BITS


class Absent:
    """Bodies, and the events of a message under one subject, that were missed and that no line has accounted for yet. A bit for each body:
    a journal has millions that were pruned long ago."""

    def __init__(self) -> None:
        self._bodies: dict[tuple[str, int], int] = {}
        self._events: dict[tuple[int, int], int] = {}

    def missed(self, about: About) -> None:
        """That body is not there."""
        place = about[0], about[1] >> _BITS
        self._bodies[place] = self._bodies.get(place, 0) | 1 << about[1] % _WIDTH

    def missed_event(self, message: int, subject: int, entry: int) -> None:
        """The event is not there that the line *entry* tells of."""
        self._events.setdefault((message, subject), entry)

    def told(self, line: Line) -> int:
        """Take what the line accounts for; how many bodies that were. Lines come in their order."""
        if line.what == "merged":
            self._merged(line)
        if line.what not in FORGETS:
            return 0
        if self._events and detail_of(line).get("stage") == "rows":
            for one in [one for one in self._events if one[1] == line.subject]:
                del self._events[one]
        return sum(self._taken(about) for about in pruned_in(detail_of(line)))

    def bodies(self) -> Iterator[About]:
        """Those that nobody accounted for."""
        for (kind, high), bits in self._bodies.items():
            yield from ((kind, (high << _BITS) + low) for low in range(_WIDTH) if bits >> low & 1)

    def events(self) -> Iterator[tuple[int, int]]:
        """Messages of which events are missing, each with the line that tells of one."""
        yield from ((message, entry) for (message, _), entry in self._events.items())

    def _taken(self, about: About) -> bool:
        place, bit = (about[0], about[1] >> _BITS), 1 << about[1] % _WIDTH
        there = self._bodies.get(place, 0)
        if not there & bit:
            return False
        self._bodies[place] = there & ~bit
        return True

    def _merged(self, line: Line) -> None:
        younger = detail_of(line).get("younger")
        for message, subject in [one for one in self._events if one[1] == younger]:
            self._events.setdefault((message, line.subject), self._events.pop((message, subject)))


def pruned_in(detail: Mapping[str, Any]) -> Iterator[About]:
    """The bodies that a line about pruning says are gone: records and what was sent, as contents or as whole rows."""
    for said in (detail.get("emptied"), detail.get("gone")):
        if isinstance(said, dict):
            deliveries = said.get("deliveries") or []
            numbers = [one for each in deliveries.values() for one in each] if isinstance(deliveries, dict) else deliveries
            yield from (("m", one) for one in said.get("messages") or () if isinstance(one, int))
            yield from (("d", one) for one in numbers if isinstance(one, int))


def detail_of(line: Line) -> dict[str, Any]:
    """What the line says more; nothing where that is no object."""
    try:
        found = orjson.loads(line.detail)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
