"""Stories: what happens in the simulated world, told in plain facts, before any interface garbles it.

A story is one case's true life. Each act is one event as the people involved know it; `facts` use the
canonical paths as names and plain values (times `2014-07-15T10:30:00`, codes as canonical words). The
simulators act stories out in their own wire forms; the books are made from the same stories by hand,
without the product's mappings, and compared with the other side's ledgers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

Channel = Literal["online", "onsite", "immediate"]


@dataclass(frozen=True, slots=True)
class Act:
    """One event. `version` counts corrections from 1; `quirks` say how the source garbles the sending:

    `duplicate` (sent this many extra times), `late` (sent after this many following acts), `dates`
    ("compact", "unpadded", "iso"), `empty` ("text" for "", "null", "word" for the literal null),
    `dead` (the reason this act must end as a dead letter: "bad_code" and "bad_digest" at accept, "too_long" at deliver),
    `lost_reply` (the named target drops the reply after the effect), `reject` (the target's receipt
    rejects it later).
    """

    event: str
    facts: dict[str, Any]
    version: int = 1
    quirks: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """A warning or card of supervision about a case: raised when the first event named `after` (a step's short name at
    the platform, such as SPCL) has come to it. `reply` is what the county answers, `withdrawn` what the platform says when
    it has that answer."""

    after: str
    raised: Act
    reply: Act | None = None
    withdrawn: Act | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One case. `number` counts from 1 in the whole demo; `county` is its system id's first part (rongcheng,
    jiedong, jiexi, huilai, puning). `province_serial` is known from the start for online and immediate cases and empty for
    on-site ones, which get theirs from the hall's reply. `county_serial` is the county's own."""

    number: int
    county: str
    channel: Channel
    province_serial: str
    county_serial: str
    acts: tuple[Act, ...]
    cards: tuple[Card, ...] = ()


def write_stories(path: Path, stories: Sequence[Story]) -> None:
    """Write one story a line (JSON)."""
    path.write_bytes(b"\n".join(orjson.dumps(asdict(story)) for story in stories) + b"\n")


def read_stories(path: Path) -> Iterator[Story]:
    """Read what `write_stories` wrote."""
    for line in path.read_bytes().splitlines():
        data = orjson.loads(line)
        acts = tuple(Act(**act) for act in data.pop("acts"))
        yield Story(acts=acts, cards=tuple(_card(card) for card in data.pop("cards")), **data)


def _card(data: dict[str, Any]) -> Card:
    spoken = ("raised", "reply", "withdrawn")
    return Card(data["after"], *(Act(**data[name]) if data[name] else None for name in spoken))  # type: ignore[arg-type]  # `raised` is always told
