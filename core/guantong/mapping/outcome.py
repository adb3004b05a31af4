"""What translating ends in: values and their provenance, all the problems at once, or something to wait for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from guantong.mapping.codes import WAITS_FOR_ROW
from guantong.problems import Problem, ProblemsError
from guantong.record import Native


class Translated(NamedTuple):
    """An event made of a record. `values`: canonical path → value; `plan` the content hash of the mapping;
    `fired` the bits of rules that did more than copy (see `Plan.explain`); `unread` the source fields that
    hold something and are neither mapped nor ignored."""

    event: str
    values: dict[str, Any]
    plan: str
    fired: int
    unread: tuple[str, ...]


class TranslatedOut(NamedTuple):
    """A record made of an event: its native form, the plan's hash and its fired rules."""

    native: Native
    plan: str
    fired: int


class Untranslatable(ProblemsError):
    """The record or event cannot be translated; `problems` are all of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__(problems)


def waits_for_row(problems: Sequence[Problem]) -> bool:
    """Whether nothing but rows of code tables is missing, which are waited for (`otherwise: wait`)."""
    return all(problem.code is WAITS_FOR_ROW for problem in problems)


def foremost(problems: Sequence[Problem]) -> Problem:
    """The problem to name first: one that somebody must mend before one that waits."""
    return next((problem for problem in problems if problem.code is not WAITS_FOR_ROW), problems[0])


class Incomplete(Exception):
    """The record that joins *event* with others is not written now: *missing* are not there yet; none missing: what
    is there is none of what the record is for (`when:`)."""

    def __init__(self, event: str, missing: tuple[str, ...]) -> None:
        self.event = event
        self.missing = missing
        super().__init__(f"{event} waits for {', '.join(missing) or 'nothing'}")


class Missing(Exception):
    """A value the mapping needs of the case (`$case.path`) is not there yet."""

    def __init__(self, path: str, wait_seconds: int, then: Literal["park"]) -> None:
        self.path = path
        self.wait_seconds = wait_seconds
        self.then = then
        super().__init__(f"waiting {wait_seconds} s for {path}")
