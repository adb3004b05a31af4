"""Who did what: the journal's lines whose actor is a person or a token, in the order they were written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from guantong.journey.engine import HUB_ACTOR
from guantong.operations.searching import first_line
from guantong.proof.leaf import Line
from guantong.store import Reader

_PAGE = 2000
ACTS = frozenset({
    "unmasked", "searched", "exported", "stamped", "held", "released", "frozen", "thawed", "redacted", "restored", "decided", "chosen", "key_changed", "moved",
    "begun"})
"""What is an act of somebody whatever name stands beside it: a person may have called themselves as a system is called."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Lines from *since* until before *until* (UTC milliseconds), of one *actor* or all, of some kinds (*what*, none: all)."""

    since: int
    until: int
    actor: str = ""
    what: Collection[str] = ()


def done_by_people(reader: Reader, asked: Asked, systems: Collection[str]) -> Iterator[Line]:
    """Lines that neither the hub itself wrote nor one of the *systems* caused, and whatever is an act of somebody by its kind. Where the clock was set back, what lies about there may be left out."""
    after = first_line(reader, asked.since)
    while lines := reader.lines(after, _PAGE):
        for line in lines:
            if line.at >= asked.until:
                return
            of_a_person = line.actor not in ("", HUB_ACTOR) and line.actor not in systems
            if line.at < asked.since or not (of_a_person or line.what in ACTS):
                continue
            if asked.actor in ("", line.actor) and (not asked.what or line.what in asked.what):
                yield line
        after = lines[-1].id
