"""What failed for the same cause: the same stage, system, event and code, and a reason of the same shape.

A reason names the field, the rule and what was wrong; numbers in it (lengths, lines, times) differ from one to the next and
long quoted texts may. A cause has an id that anybody works out anew from what is kept: nothing is stored for it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from guantong.operations.items import Item

LONGEST_QUOTED = 20
"""Characters of a quoted text that still tell causes apart: a code that has no translation does, an opinion does not."""
_PARTS = re.compile(r"'([^']*)'|“([^”]*)”|[0-9]+")


def cause_of(item: Item) -> str:
    """The id of what *item* failed for: `G` and eight digits."""
    said = "\x1f".join((item.stage, item.system, item.event, item.code, shape(item.reason)))
    return "G" + hashlib.sha256(said.encode()).hexdigest()[:8]


def shape(reason: str) -> str:
    """*reason* without what differs from one to the next of the same cause."""
    return _PARTS.sub(_alike, reason)


def _alike(found: re.Match[str]) -> str:
    quoted = found[1] if found[1] is not None else found[2]
    return "#" if quoted is None or len(quoted) > LONGEST_QUOTED else found[0]


@dataclass(slots=True)
class Group:
    """Items of one cause, the oldest first."""

    cause: str
    items: list[Item] = field(default_factory=list)


def grouped(items: Iterable[Item]) -> list[Group]:
    """*items* by cause, the largest group first."""
    groups: dict[str, Group] = {}
    for item in items:
        cause = cause_of(item)
        groups.setdefault(cause, Group(cause)).items.append(item)
    return sorted(groups.values(), key=lambda group: (-len(group.items), group.items[0].at, group.cause))
