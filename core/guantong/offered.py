"""A changed description of a system's interface, as its connection offers it to be taken up while the hub runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from guantong.adapter import InterfaceChanged
from guantong.fitting.spoken import Spoken
from guantong.problems import Problem, ProblemsError


class InterfaceRefused(ProblemsError):
    """The settings, or what is said to the system, no longer fit the description of its interface as it is now."""

    def __init__(self, changed: InterfaceChanged, problems: Sequence[Problem]) -> None:
        self.changed = changed
        super().__init__(problems)


class Offered(NamedTuple):
    """A changed description that fits: `keep` has it used from the next start on (raises `ProblemsError`), `use` from the next call."""

    changed: InterfaceChanged
    keep: Callable[[], Awaitable[None]]
    use: Callable[[], None]


@runtime_checkable
class TakesUp(Protocol):
    """A changed description of the system's interface can be taken up while the hub runs."""

    async def offered(self, spoken: Spoken) -> Offered | None:
        """The description as it is now, held against the settings and what is said to the system; None where it is the one in use, or none
        is used yet. Nothing is taken up before `use`. Raises `InterfaceRefused`, and other `ProblemsError` where it cannot be had."""
        ...
