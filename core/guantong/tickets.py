"""Tickets (待办票): which deliveries are ready, told to many workers through a queue of a broker.

The store owns every delivery: its state, order and due time. A ticket only says that one is ready and lets the broker
choose who takes it; one that is lost is found by the sweep, one that comes twice finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel

from guantong.problems import Problem
from guantong.reasoned import Reasoned


class Ticket(NamedTuple):
    """A delivery that is ready, and the system it goes to: no body, nobody's data."""

    system: str
    delivery: int


class TicketsLost(Reasoned):
    """The broker is not there now, for the reason told; what was to be told may or may not be."""


class TicketsRefused(Exception):
    """The queue cannot be used as it is configured, and only a person can mend it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.line())
        self.problem = problem


class Taken(NamedTuple):
    """A ticket that the broker gave to this worker alone. Until `done` is called it is given to another as soon as this
    worker's line ends."""

    ticket: Ticket
    done: Callable[[], None]


class TicketQueue(Protocol):
    """Tickets of one hub's workers, a queue for each system. It never connects again by itself: the core does."""

    async def put(self, tickets: Sequence[Ticket]) -> None:
        """Tell of these. Returns when the broker keeps them all, on its disk; raises `TicketsLost` or `TicketsRefused`."""
        ...

    async def prepare(self, systems: Sequence[str]) -> None:
        """Have a queue for each of *systems*. Raises `TicketsLost`, or `TicketsRefused` where one can never be had."""
        ...

    async def take(self, systems: Sequence[str], heard: Callable[[Taken], None], ready: Callable[[], None]) -> None:
        """Call *heard* for every ticket to one of *systems* that this worker is given, from when *ready* was called until
        cancelled. At most as many are given as the settings say are in hand at once. Raises `TicketsLost` when the line ends,
        or `TicketsRefused`."""
        ...

    async def close(self) -> None:
        """End the lines; tickets in hand are given to others."""
        ...


@dataclass(frozen=True, slots=True)
class TicketQueueSpec:
    """The one declaration of a kind of queue: `make(settings, home)` gives one; nothing is connected before first use."""

    name: str
    title_en: str
    title_zh: str
    settings: type[BaseModel]
    make: Callable[[Any, Path], TicketQueue]
