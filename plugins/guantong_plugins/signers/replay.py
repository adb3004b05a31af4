"""Remembering nonces, so that a captured request is not accepted twice, in bounded memory.

Nonces are kept by the second their request names, as long as that second is fresh. When the memory is full,
the oldest second is forgotten and from then on refused as stale: a flood narrows the window, it never
opens it. The memory is the process's own: what a restart forgets, the duplicate check of records still holds.
"""

from __future__ import annotations


class Replays:
    """At most *limit* nonces of requests not older than *window* seconds."""

    def __init__(self, window: int, limit: int = 131_072) -> None:
        self._window = window
        self._limit = limit
        self._seen: dict[int, set[str]] = {}
        self._count = 0
        self._floor = 0

    def fresh(self, second: int, now: float) -> bool:
        """Whether a request that names *second* (Unix time) may still be new at *now*."""
        return abs(now - second) <= self._window and second > self._floor

    def first(self, nonce: str, second: int, now: float) -> bool:
        """Remember *nonce* of a proven request; False when it was seen before with this second."""
        seen = self._seen.get(second)
        if seen is None:
            self._expire(now)
            seen = self._seen[second] = set()
        if nonce in seen:
            return False
        seen.add(nonce)
        self._count += 1
        while self._count > self._limit:
            self._forget(min(self._seen))
        return True

    def _expire(self, now: float) -> None:
        for second in [second for second in self._seen if second < now - self._window]:
            self._count -= len(self._seen.pop(second))

    def _forget(self, second: int) -> None:
        self._count -= len(self._seen.pop(second))
        self._floor = max(self._floor, second)
