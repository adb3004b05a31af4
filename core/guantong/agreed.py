"""What both sides of an interface agree on, as its adapter tells it for the interface specification (接口规范): all that whoever
builds the other side needs, and nothing that does not exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from guantong.record import Fields
from guantong.scheme import SchemeChoice


class Clause(NamedTuple):
    """One section, in Chinese: what it is about, `facts` in pairs, then a table of `heads` and `rows`, then a `text`."""

    title: str
    facts: Sequence[tuple[str, str]] = ()
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    text: str = ""


class Travelling(NamedTuple):
    """A record of which a sample is shown: encoded by its dialect, and its fields; `inward` ones come from the system."""

    kind: str
    body: bytes
    fields: Fields
    inward: bool


class Sample(NamedTuple):
    """How a record looks on its way, whole; `caption` says what the reader sees (a file's name, a request)."""

    text: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Agreeing:
    """The system that is told of: its id and settings, the home folder, the kinds of records it reports and is sent, the charsets
    of both, how long a receipt may take (seconds, 0: none is awaited), the largest body. `proof` tells what a request carries that a
    signature scheme proves; no secret is at hand, nor needed."""

    system: str
    settings: Any
    home: Path
    heard: Sequence[str]
    sent: Sequence[str]
    charset_in: str
    charset_out: str
    within: float
    body_limit: int
    proof: Callable[[SchemeChoice], str]


def nothing_agreed(_about: Agreeing) -> Sequence[Clause]:
    """An adapter that says no more than where it connects and what it serves."""
    return ()


def as_it_is(_about: Agreeing, _record: Travelling) -> Sample | None:
    """A record travels as its dialect writes it."""
    return None


def nothing_required(_about: Agreeing, _kind: str, _inward: bool) -> Mapping[str, bool]:
    """An interface that says nothing of single fields."""
    return {}


def any_kind(_settings: Any) -> Sequence[str] | None:
    """Whatever kind the dialect knows."""
    return None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What an adapter tells of systems of its settings. `clauses` are the sections, `travels` shows a record on its way (None: as
    the dialect writes it), `requires` which native fields the interface itself demands, by path, where it says so. `tells` and
    `takes` are the kinds of records that such a system reports and is sent (None: whatever its dialect knows; none: it has no
    way to). `answers` says whether the other side answers what it is sent in a form of its own, which rules of the profile judge."""

    clauses: Callable[[Agreeing], Sequence[Clause]] = nothing_agreed
    travels: Callable[[Agreeing, Travelling], Sample | None] = as_it_is
    requires: Callable[[Agreeing, str, bool], Mapping[str, bool]] = nothing_required
    tells: Callable[[Any], Sequence[str] | None] = any_kind
    takes: Callable[[Any], Sequence[str] | None] = any_kind
    answers: bool = True
