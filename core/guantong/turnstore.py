"""What a store tells of who told of a subject, in turn: a part of `Transaction` in `guantong.store`."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Told(NamedTuple):
    """One event as it was told: when it was accepted, by which system, under which key, and to whom it was sent."""

    event: int
    at: int
    system: str
    key: bytes
    to: tuple[str, ...]


class TellsTurns(Protocol):
    """The part of a transaction that tells who said what in which order."""

    def told_of(self, subject: int, name: str, most: int) -> list[Told]:
        """The subject's events of this name that nobody holds back, oldest first, of the newest *most* tellings (one for each
        system that an event was sent to, or may have been: what still waits or was never sent counts for nobody)."""
        ...
