"""Which files are whole: told by their names, by a marker beside them, or by two looks that see the same.

What a look saw is kept in the cursor, which the core keeps for us: no clock and no memory of our own decides,
and a restart changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import orjson

from guantong_adapters.files.filenames import beside
from guantong_adapters.files.place import Entry
from guantong_adapters.files.settings import ALWAYS_IGNORED, PolledFolder
from guantong_adapters.files.splitting.progress import Progress, told_by

MOST_LOOKS = 2_000
"""Files whose first look is remembered; the others' comes when some of these are gone."""
_LARGE = ""
"""Stands where a path would: no file has an empty one."""
_Look = tuple[int, float, float]


class Looks:
    """What earlier looks saw, by path: size, time of change, and when it was first seen so; and how far a large file was read,
    which is under way."""

    def __init__(self, cursor: str) -> None:
        self._before, self.large = _read(cursor)
        self._now: dict[str, _Look] = {}

    def unchanged(self, path: str, entry: Entry, least: float, now: float) -> bool:
        """Whether the file was seen the same *least* seconds ago or earlier; remembers this look."""
        before = self._before.get(path)
        seen = now
        if before is not None and before[:2] == (entry.size, entry.modified) and before[2] <= now:
            seen = before[2]
        if len(self._now) < MOST_LOOKS:
            self._now[path] = (entry.size, entry.modified, seen)
        return before is not None and now - seen >= least

    def cursor(self, large: Progress | None = None) -> str:
        """What to be given next time, while *large* is under way."""
        return _written(self._now, large)

    def unlooked(self, large: Progress | None = None) -> str:
        """The same after no look: what was seen before stays."""
        return _written(self._before, large)


def is_whole(
    polled: PolledFolder, entry: Entry, listed: Mapping[str, Entry], unchanged: Callable[[Entry, float], bool]
) -> bool:
    """Whether the file is known to be whole."""
    complete = polled.complete
    if complete.marker:
        marker = listed.get(beside(complete.marker, entry.name))
        if marker is None or marker.modified < entry.modified:  # an old marker of an earlier file says nothing
            return False
    return not complete.unchanged_for or unchanged(entry, complete.unchanged_for)


def is_meant(polled: PolledFolder, entry: Entry, markers: frozenset[str]) -> bool:
    """Whether the name is one of those to read; upper and lower case count as one."""
    if not entry.regular or entry.name in markers:
        return False
    name = entry.name.lower()
    ignored = (*ALWAYS_IGNORED, *polled.ignore)
    return _fits(name, polled.match) and not _fits(name, ignored)


def markers_of(polled: PolledFolder, listed: Mapping[str, Entry]) -> frozenset[str]:
    """The names among those listed that are another one's marker."""
    marker = polled.complete.marker
    return frozenset(beside(marker, name) for name in listed) if marker else frozenset()


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern.lower()) for pattern in patterns)


def _written(looks: Mapping[str, _Look], large: Progress | None) -> str:
    kept: dict[str, Any] = {**looks, **({_LARGE: large.as_told()} if large else {})}
    return orjson.dumps(kept).decode() if kept else ""


def _read(cursor: str) -> tuple[dict[str, _Look], Progress | None]:
    """What is in *cursor*; nothing in one that an older setting or another adapter left."""
    try:
        kept = orjson.loads(cursor or "{}")
        large = told_by(kept.pop(_LARGE)) if _LARGE in kept else None
        looks = {path: (int(size), float(modified), float(seen)) for path, (size, modified, seen) in kept.items()}
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError):
        return {}, None
    return looks, large
