"""Joins: several events of one subject that make one record (`join:`). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Told = Mapping[str, Mapping[str, Any]]
"""The newest versions of events that are there, by name: canonical path → value."""


@dataclass(frozen=True, slots=True)
class Join:
    """`events` whose values of the paths `on` are equal make one record. `emit`: at `each` of them with what is
    there, or once all are there (`complete`)."""

    events: tuple[str, ...]
    on: tuple[str, ...]
    emit: Literal["each", "complete"]

    def others(self, event: str) -> tuple[str, ...]:
        """The events that *event* is joined with."""
        return tuple(name for name in self.events if name != event)

    def alike(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        """Whether two events of these values belong together."""
        return all(one.get(path) == other.get(path) for path in self.on)

    def missing(self, told: Told) -> tuple[str, ...]:
        """The events the record cannot be without that are not in *told*."""
        return tuple(name for name in self.events if name not in told) if self.emit == "complete" else ()

    def values(self, told: Told) -> dict[str, Any]:
        """What the rules read: of a path that several say, the value of the event named later in `events`, and each
        event's own under `event:path`. `version` counts the records that were made: it rises with every new
        version of any of them."""
        values: dict[str, Any] = {}
        for name in self.events:
            said = told.get(name)
            if said is not None:
                values.update(said)
                values.update((f"{name}:{path}", value) for path, value in said.items())
        versions = [told[name]["version"] for name in self.events if isinstance(told.get(name, {}).get("version"), int)]
        if versions:
            values["version"] = sum(versions) - (len(versions) - 1 if self.emit == "complete" else 0)
        return values

    def source(self, path: str, told: Told) -> tuple[str, str]:
        """The event that gave the value the rules read at *path*, and the path in it; ("", path) where none did."""
        event, _, own = path.rpartition(":")
        if event:
            return event, own
        return next((name for name in reversed(self.events) if path in told.get(name, {})), ""), path


def groups(
    joins: Callable[[str], tuple[Join, ...]], events: Iterable[tuple[str, Mapping[str, Any]]]
) -> list[tuple[str, dict[str, Mapping[str, Any]]]]:
    """The events, those that make one record together: of each record the event named last, and all of them by name.
    *joins* tells those of an event (`Dialect.joins`)."""
    left = list(events)
    made: list[tuple[str, dict[str, Mapping[str, Any]]]] = []
    while left:
        name, values = left.pop(0)
        last, told = name, {name: values}
        for join in joins(name):
            for other, said in list(left):
                if other in join.others(name) and other not in told and join.alike(values, said):
                    last, told[other] = other, said
                    left.remove((other, said))
        made.append((last, told))
    return made
