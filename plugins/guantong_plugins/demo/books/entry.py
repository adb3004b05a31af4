"""One line of the books, and the books as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from guantong_plugins.demo.books.onsite import Worked

HALL = "city.hall"
SUPERVISION = "city.supervision"


class Given(Enum):
    """A value the books cannot know beforehand: the uniform serial the hall mints for an on-site case, the
    same wherever the case appears."""

    MINTED = "minted by the hall"


Value: TypeAlias = str | Given


@dataclass(frozen=True, slots=True)
class Entry:
    """One effect that must be found in the ledger of *system*.

    `case` is the county's own serial, which is unique in the demo; `place` counts the entries of one case
    at one system from 0, in the order they must arrive. `fields` are native; a field not named here must
    be empty. `identity` are the names of the fields that tell this record from others of its case and kind.
    `optional` marks a version that a newer one may have overtaken while it waited.
    """

    system: str
    case: str
    place: int
    event: str
    kind: str
    version: int
    fields: Mapping[str, Value]
    identity: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Something that must end in `dead`: parked at `accept` (then `system` is the source, and `case` is empty:
    what cannot be translated belongs to no case yet) or refused at `deliver` (`system` is the target)."""

    stage: str
    system: str
    case: str
    event: str


@dataclass(frozen=True, slots=True)
class Books:
    """What must be true at the end. `serials` gives the uniform serial of each case that has one from the
    start, by case; `returned` are the cases whose application a county's receipt rejects later; `held`
    counts, by system, the replies lost where only a person can settle what became of them; `worked` tells, by county's name,
    where and how cases were handled on site."""

    cases: int
    events: int
    entries: tuple[Entry, ...]
    dead: tuple[DeadLetter, ...]
    serials: Mapping[str, str]
    returned: tuple[str, ...]
    held: Mapping[str, int]
    worked: Mapping[str, Worked] = field(default_factory=dict)
