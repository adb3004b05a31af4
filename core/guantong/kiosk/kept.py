"""What a store does for the citizens' query: a part of `Transaction` in `guantong.store`."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Tried(NamedTuple):
    """Wrong passwords counted under one key: since when (UTC milliseconds), and how many times."""

    since: int
    times: int


class KeepsTries(Protocol):
    """The part of a transaction that counts wrong passwords. A key is 16 bytes or more, and tells nothing of a case."""

    def tried(self, key: bytes) -> Tried | None: ...

    def set_tried(self, key: bytes, tried: Tried) -> None:
        """Keep the count of *key* as *tried*, in place of what it had."""
        ...

    def forget_tried(self, key: bytes) -> None:
        """Forget the count of *key*."""
        ...

    def forget_tried_before(self, since: int) -> None:
        """Forget every count that began before that time."""
        ...
