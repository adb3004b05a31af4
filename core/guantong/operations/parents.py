"""What a line of the journal follows from: its parent entries, by what the lines themselves hold (and so provably).

A record told something (`routed`, `parked`, `duplicate` …); of an event a delivery was made, and each line about the delivery follows
from the one before it; a person's act on a message or a delivery follows from its last line; an older version's delivery gave way to a newer
event; a number was learnt from the reply to a delivery; a finding is settled after it was noted. What a person or the clock began has no parent.
"""

from __future__ import annotations

from collections.abc import Sequence

from guantong.operations.idents import number_in
from guantong.store import EntryRow


def parents_of(lines: Sequence[EntryRow]) -> dict[int, list[int]]:
    """The ids of the lines that each of *lines* follows from, by its own id, ascending; lines that are not among *lines* are not known.
    Lines written before they named their event (`event_id`) are followed as far as their message and delivery go."""
    seen: dict[tuple[str, int | str], int] = {}
    found: dict[int, list[int]] = {}
    for line in sorted(lines, key=lambda one: one.id):
        parents = {seen[about] for about in _follows(line, seen) if about in seen}
        found[line.id] = sorted(parents)
        for about in _tells_of(line):
            seen[about] = line.id
    return found


def _follows(line: EntryRow, seen: dict[tuple[str, int | str], int]) -> list[tuple[str, int | str]]:
    """What it is about, as far as that was there before."""
    detail = line.detail
    follows: list[tuple[str, int | str]] = []
    if line.delivery:
        own = ("delivery", line.delivery)
        follows = [own] if own in seen else [("event", one) for one in (detail.get("event_id"), *(detail.get("events") or ()))]
        follows.append(("event", detail.get("by_event_id", 0)))
    elif line.message:
        follows = [("message", line.message), ("event", detail.get("event_id", 0))]
    if line.message and line.delivery:
        follows.append(("message", line.message))
    for name in ("of", "by"):
        told = str(detail.get(name, ""))
        if told[:1] == "D" and (number := number_in(told[1:])) is not None:
            follows.append(("delivery", number))
    if line.what == "finding_settled":
        follows.append(("finding", str(detail.get("finding"))))
    elif line.what in _UNDOES:
        follows.append((_UNDOES[line.what], line.subject))
    return follows


_LOOKS = frozenset({"unmasked", "searched", "exported"})
_UNDOES = {"thawed": "frozen"}
"""Acts that end what another began."""


def _tells_of(line: EntryRow) -> list[tuple[str, int | str]]:
    """What later lines may follow from by way of this one: nothing, where somebody only looked."""
    tells: list[tuple[str, int | str]] = []
    if line.what in _LOOKS:
        return tells
    if line.delivery:
        tells.append(("delivery", line.delivery))
    if line.message:
        tells.append(("message", line.message))
        if not line.delivery and line.what != "duplicate" and (event := line.detail.get("event_id")):
            tells.append(("event", event))
    if line.what == "finding":
        tells.append(("finding", str(line.detail.get("finding"))))
    elif line.what in _UNDOES.values():
        tells.append((line.what, line.subject))
    return tells
