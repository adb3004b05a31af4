"""What an import changes: versions added, corrected, ended by the one that follows. None is taken out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from guantong.matters.catalogue import Catalogue
from guantong.matters.matter import Matter

Kind = Literal["added", "changed", "ended"]


@dataclass(frozen=True, slots=True)
class Change:
    """One version that differs, as it was (None: it was not there) and as it is to be."""

    kind: Kind
    before: Matter | None
    after: Matter

    @property
    def fields(self) -> dict[str, tuple[str, str]]:
        """What of it differs: before and after, by field."""
        if self.before is None:
            return {}
        old, new = self.before.as_json(), self.after.as_json()
        return {name: (str(old[name]), str(new[name])) for name in old if old[name] != new[name]}

    def as_json(self) -> dict[str, object]:
        fields = {name: {"before": old, "after": new} for name, (old, new) in self.fields.items()}
        return {"kind": self.kind, "code": self.after.code, "version": self.after.version, "name": self.after.name,
                "fields": fields}


def plan(standing: Catalogue, told: Sequence[Matter], *, today: str = "") -> tuple[list[Matter], list[Change]]:
    """The matters after a table that tells of *told* is taken up, and what changes. Where a version comes in force on a
    day and the one before it has no last day, that is the day before. With *today*, matters the table leaves out end
    that day: the table is the whole catalogue."""
    matters = {one.key: one for one in standing.matters}
    changes: dict[tuple[str, int], Change] = {}

    def put(matter: Matter, kind: Kind) -> None:
        before = matters.get(matter.key)
        if before != matter:
            first = changes.get(matter.key)
            matters[matter.key] = matter
            changes[matter.key] = Change(first.kind if first else kind, first.before if first else before, matter)

    for matter in told:
        put(matter, "changed" if matter.key in matters else "added")
    for before, after in _followed(matters.values(), {one.code for one in told}):
        last = (date.fromisoformat(after.since) - timedelta(days=1)).isoformat()
        if not before.since or before.since <= last:
            put(replace(before, until=last), "ended")
    if today:
        spoken = {one.code for one in told}
        for matter in list(matters.values()):
            if matter.code not in spoken and matter.on(today) and not matter.until:
                put(replace(matter, until=today), "ended")
    return list(matters.values()), list(changes.values())


def _followed(matters: Iterable[Matter], codes: set[str]) -> list[tuple[Matter, Matter]]:
    """Versions without a last day, each with the one that follows and has a first day."""
    versions: dict[str, list[Matter]] = {}
    for one in matters:
        if one.code in codes:
            versions.setdefault(one.code, []).append(one)
    found = []
    for group in versions.values():
        group.sort(key=lambda one: one.version)
        found += [(one, after) for one, after in pairwise(group) if not one.until and after.since]
    return found
