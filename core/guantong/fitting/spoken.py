"""What is said to a system and how its replies are judged, as an adapter is given it to hold to the system's interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from guantong.problems import Place
from guantong.record import Outgoing

if TYPE_CHECKING:
    from guantong.mapping.rules import MappingPlan


class Condition(NamedTuple):
    """One field that a rule for replies looks at: its path in the decoded reply, the texts it waits for, where that stands."""

    path: str
    texts: tuple[str, ...]
    place: Place
    where: str


class Judging(NamedTuple):
    """One rule for replies: what it means, the fields that must all hold, where it stands."""

    means: str
    fields: tuple[Condition, ...]
    place: Place


class Spoken(NamedTuple):
    """`plans` are the mappings that write what routes bring to the system, `codec` the word for how they are written; `judging` are
    the rules for its replies; `written` are records as they would be sent, where some were made."""

    plans: Sequence[MappingPlan] = ()
    codec: str = ""
    judging: Sequence[Judging] = ()
    written: Sequence[Outgoing] = ()

