"""A line to a broker, as far as every protocol has one."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Protocol

from guantong.problems import Problem
from guantong.reasoned import Reasoned


class LineLost(Reasoned):
    """The broker is not there any more, or never was. Where the broker said why, it is said in its own words."""

    @classmethod
    def of(cls, problem: Problem) -> LineLost:
        """It cannot even be tried, for this reason."""
        return cls(problem.message(), problem.message("zh"))


class LineRefused(LineLost):
    """The broker is there and does not let us in: only a person can help."""


def no_connection_within(seconds: float) -> tuple[str, str]:
    """Why a line was not opened in time, in English and Chinese."""
    return f"no connection within {seconds:g} s", f"{seconds:g} 秒内未能建立连接"


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
    def refusing(self) -> tuple[str, str] | None:
        """Why the broker takes nothing for now, in English and Chinese; None where it did not say so."""
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
