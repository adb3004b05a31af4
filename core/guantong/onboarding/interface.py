"""What an adapter reads in the description of an interface that was handed over (a WSDL): the records it takes, the settings and the
rules for replies that go with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from guantong.mapping.draft.schema import Found
from guantong.problems import Problem

Texts = Mapping[str, tuple[str, ...]]
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Meant(NamedTuple):
    """What of a reply decides, by path in it: all of `success` (one table for each way in which a success is told), and what means that
    the system has the record already (`duplicate`), or will never take it (`refused`)."""

    success: tuple[Texts, ...] = ()
    duplicate: Texts = NOTHING
    refused: Texts = NOTHING


class Handing(NamedTuple):
    """What was handed over: the files in the order they were given, by name; `beside` reads a file that lies beside one of them, None
    where there is none. `settings` are those that were answered, `meant` what was answered of replies."""

    files: Mapping[str, bytes]
    beside: Callable[[str, str], bytes | None]
    settings: Mapping[str, Any] = NOTHING
    meant: Meant = Meant()


class Completed(NamedTuple):
    """The settings that follow from the interface, and the rules for its replies, as they stand in a place file; what is wanted for
    them and was not answered."""

    settings: Mapping[str, Any] = NOTHING
    reply: Mapping[str, Any] = NOTHING
    problems: Sequence[Problem] = ()


@dataclass
class Interface:
    """An interface that was understood. `found` are its records, named as its calls are; `documents` the files it consists of, by the
    path of each from the first; `complete` says what else follows once it is known which calls are made; `calls` are all there are."""

    found: Found
    documents: Mapping[str, bytes] = field(default_factory=dict)
    complete: Callable[[Sequence[str]], Completed] = lambda _called: Completed()
    serving: Callable[[Sequence[str], str], Mapping[str, Any]] = lambda _served, _file: {}
    """The settings by which we serve these calls ourselves, by the description at this path."""


class Reporting(NamedTuple):
    """A service of ours that a county can call with what it reports: its description `file` among `documents`, the shipped `dialect` that
    reads its records, and the settings by which those kinds are served."""

    file: str
    documents: Mapping[str, bytes]
    dialect: str
    serving: Callable[[Sequence[str], str], Mapping[str, Any]]
