"""How much of what systems reported was refused since this process began: records, files, requests, by system and code.

Nothing of it is kept but a line of the journal, so no state of the store counts it; whoever looks at the queues must see it all the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping


class TurnedAway:
    """Counts refusals. Systems and codes are names of our own: the number of different ones is bounded."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, system: str, code: str) -> None:
        """One was refused; *system* is "" where a request reached no system's door."""
        self._counts[system, code] += 1

    def by_system(self) -> dict[str, dict[str, int]]:
        """The counts by code, of each system that has any."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for (system, code), times in sorted(self._counts.items()):
            found[system][code] = times
        return dict(found)


NONE_TURNED_AWAY: Mapping[str, Mapping[str, int]] = {}
