"""A line to a broker, as far as every protocol has one."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Protocol


class LineLost(Exception):
    """The broker is not there any more, or never was. The text says why in the broker's words."""


class Published(NamedTuple):
    """The broker's word on one published record, out of its protocol's own; and why, where it says so."""

    word: Enum
    why: str = ""


class Line(Protocol):
    """An open line, on which records are published."""

    @property
    def alive(self) -> bool:
        """Whether the broker is still there, as far as we heard."""
        ...

    @property
    def busy(self) -> bool:
        """Whether somebody waits for the broker's word on what was published."""
        ...

    def drop(self) -> None:
        """Let the line go at once, without a word."""
        ...

    async def close(self) -> None:
        """End the line; what is unconfirmed stays unsaid."""
        ...
