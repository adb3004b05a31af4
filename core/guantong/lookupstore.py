"""What a store keeps so that cases are found by who and where: a part of `Transaction` and of `Reader` in `guantong.store`.

A mark is a keyed digest (`guantong.journey.lookups`): the store never holds the number of a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class FoundCase(NamedTuple):
    """A case that a mark points to, and when it was first and last told with it (UTC milliseconds)."""

    subject: int
    first_at: int
    last_at: int


class KeepsLookups(Protocol):
    """The part of a transaction that remembers what cases are found by."""

    def find_by(self, marks: Sequence[bytes], subject: int, at: int) -> None:
        """Let *subject* be found by each of *marks* from now on; told again, the last time is later."""
        ...

    def forget_lookups(self, subject: int) -> None:
        """Let *subject* not be found by any mark any more."""
        ...


class ReadsLookups(Protocol):
    """The part of a reader that finds cases."""

    def found_by(self, mark: bytes, since: int, until: int, limit: int, after: int = 0) -> list[FoundCase]:
        """Cases with an id above *after* that were told with *mark* at *since* or later for the last time, and before *until* for
        the first, by id."""
        ...

    def newest_line(self) -> int:
        """The number of the journal's newest line, 0 where there is none."""
        ...
