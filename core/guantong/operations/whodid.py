"""Who did what: the journal's lines whose actor is a person or a token, in the order they were written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from guantong.journey.engine import HUB_ACTOR
from guantong.operations.searching import first_line
from guantong.proof.leaf import Line
from guantong.store import Reader

_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """Lines from *since* until before *until* (UTC milliseconds), of one *actor* or all, of some kinds (*what*, none: all)."""

    since: int
    until: int
    actor: str = ""
    what: Collection[str] = ()


def done_by_people(reader: Reader, asked: Asked, systems: Collection[str]) -> Iterator[Line]:
    """Lines that neither the hub itself wrote nor one of the *systems* caused. Where the clock was set back, what lies about there may be
    left out."""
    after = first_line(reader, asked.since)
    while lines := reader.lines(after, _PAGE):
        for line in lines:
            if line.at >= asked.until:
                return
            if line.actor in ("", HUB_ACTOR) or line.actor in systems or line.at < asked.since:
                continue
            if asked.actor in ("", line.actor) and (not asked.what or line.what in asked.what):
                yield line
        after = lines[-1].id
