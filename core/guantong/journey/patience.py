"""Patience: since when contents cannot be fetched, and what is done when that was too long.

A record whose attachment's service stays away comes again and again and holds back what its system sends after it. After
`fetch.for` it is parked: from then on it waits by itself, and a replay fetches anew.
"""

from __future__ import annotations

from collections import OrderedDict

_MOST_REMEMBERED = 10_000
"""Records that are waited for at once; beyond them the oldest wait anew."""


class Patience:
    """Since when (UTC milliseconds) nothing could be fetched from a system, and what a record refers to could not be. Kept in
    memory: after a restart the waiting begins anew."""

    def __init__(self) -> None:
        self._systems: dict[str, int] = {}
        self._records: OrderedDict[bytes, int] = OrderedDict()
        self._withheld: set[str] = set()

    def failed(self, system: str, record: bytes, at: int) -> int:
        """The record that is known as *record* could not get what it refers to from *system*, again or for the first
        time; since when one or the other is so."""
        since = min(self._systems.setdefault(system, at), self._records.setdefault(record, at))
        if len(self._records) > _MOST_REMEMBERED:
            self._records.popitem(last=False)
        return since

    def answered(self, system: str, record: bytes) -> bool:
        """The system gave what the record refers to, or said that it has not got it; whether it was given up before."""
        self._systems.pop(system, None)
        self._records.pop(record, None)
        was, self._withheld = system in self._withheld, self._withheld - {system}
        return was

    def give_up(self, system: str, record: bytes) -> None:
        """The record waits no longer."""
        self._records.pop(record, None)
        self._withheld.add(system)
