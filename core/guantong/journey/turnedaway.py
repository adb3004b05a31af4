"""How much of what systems reported was refused since this process began, or put off for later: records, files, requests, by system and code.

Nothing of it is kept but, of what was refused, a line of the journal, so no state of the store counts it; whoever looks at the queues must see
it all the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping


class TurnedAway:
    """Counts refusals. Systems and codes are names of our own: the number of different ones is bounded."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._later: Counter[tuple[str, str]] = Counter()

    def add(self, system: str, code: str) -> None:
        """One was refused; *system* is "" where a request reached no system's door."""
        self._counts[system, code] += 1

    def put_off(self, system: str, code: str) -> None:
        """Its sender was asked to come again: the doors took nothing, or nothing of this system, just then."""
        self._later[system, code] += 1

    def by_system(self) -> dict[str, dict[str, int]]:
        """The counts of what was refused by code, of each system that has any."""
        return _by_system(self._counts)

    def put_off_by_system(self) -> dict[str, dict[str, int]]:
        """The same of what was put off. Who comes again and again counts each time."""
        return _by_system(self._later)


def _by_system(counts: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for (system, code), times in sorted(counts.items()):
        found[system][code] = times
    return dict(found)


NONE_TURNED_AWAY: Mapping[str, Mapping[str, int]] = {}
