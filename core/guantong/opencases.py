"""Open cases: what an adapter may ask the hub that has to ask its system case by case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class CasesAsked(NamedTuple):
    """Which cases are meant: those with a serial of the kind `serial` that a system took or told of, in which nothing
    of `closed_by` has come, and of which anything came within the last `within` seconds; looked for among the
    subjects with an id above `after`, a bounded number of them."""

    serial: str
    closed_by: Sequence[str]
    within: float
    after: int


class OpenCase(NamedTuple):
    """A case, and its number of the kind that was asked for."""

    subject: int
    number: str


class SomeCases(NamedTuple):
    """Some open cases, by subject, and where to go on (`after`); None: there are no subjects behind these."""

    cases: Sequence[OpenCase]
    after: int | None
