"""One difference between two versions, counted over records, and how differences are grouped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS: Mapping[str, tuple[str, str]] = {
    "refused": ("refused by the new version", "新版拒绝"),
    "accepted": ("refused by the old version only", "仅旧版拒绝"),
    "event": ("another event", "过程信息不同"),
    "changed": ("value differs", "取值不同"),
    "added": ("value only in the new version", "仅新版有值"),
    "removed": ("value only in the old version", "仅旧版有值"),
    "items": ("number of items differs", "列表项数不同"),
    "unread": ("no longer read", "不再读取"),
    "read": ("now read", "现已读取"),
    "bytes": ("same fields, other bytes", "字段相同，编码不同"),
}
"""Every kind of difference, in English and Chinese, in the order they are told."""

MOST_PAIRS = 20
"""Pairs of values told one by one for one field; further ones are counted together."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One sighting: both values as they may be shown, and the sample."""

    sample: str
    old: str
    new: str


@dataclass(slots=True)
class Difference:
    """`way` is `in` (record → event) or `out` (event → record); `path` canonical inward and native outward.
    `old` and `new` are the two values where every one of `count` was the same pair, else empty."""

    kind: str
    way: str
    event: str
    path: str
    old: str
    new: str
    example: Seen
    count: int = 0

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`."""
        shown = self.example
        return {
            "kind": self.kind, "way": self.way, "event": self.event, "path": self.path, "old": self.old,
            "new": self.new, "count": self.count,
            "example": {"sample": shown.sample, "old": shown.old, "new": shown.new},
        }


@dataclass(slots=True)
class Groups:
    """Differences, grouped as they come."""

    _found: dict[tuple[str, ...], Difference] = field(default_factory=dict)
    _pairs: dict[tuple[str, ...], int] = field(default_factory=dict)

    def add(self, kind: str, way: str, event: str, path: str, seen: Seen, *, pairs: bool) -> None:
        """Count one. *pairs*: the values are of few words (codes), so each pair is a group of its own."""
        where = (way, event, path, kind)
        key = (*where, seen.old, seen.new)
        if pairs and key not in self._found:
            pairs = self._pairs.get(where, 0) < MOST_PAIRS
            self._pairs[where] = self._pairs.get(where, 0) + 1
        old, new = (seen.old, seen.new) if pairs else ("", "")
        one = self._found.setdefault((*where, old, new), Difference(kind, way, event, path, old, new, seen))
        one.count += 1

    def all(self) -> list[Difference]:
        """By direction, event and kind; the most frequent first."""
        order = {name: number for number, name in enumerate(KINDS)}
        return sorted(self._found.values(), key=lambda one: (
            one.way, one.event, order[one.kind], -one.count, one.path, one.old, one.new))
