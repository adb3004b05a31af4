"""What a store does for holds (暂停推送): a part of `Transaction` and of `Reader` in `guantong.store`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Hold:
    """An operator's stop of a system (its id) or of a route (its name; only systems' ids have a dot): since when (UTC
    milliseconds), by whom, why, and whether the system is not read either."""

    name: str
    at: int
    actor: str
    reason: str
    inbound: bool = False

    @property
    def is_route(self) -> bool:
        """Whether it stops a route."""
        return names_route(self.name)


def names_route(name: str) -> bool:
    """Whether *name* is a route's: systems' ids have a dot, routes' names have none."""
    return "." not in name


class KeepsHolds(Protocol):
    """The part of a transaction that keeps what is held."""

    def put_hold(self, hold: Hold) -> None:
        """Keep *hold*, in place of an earlier one of the same name."""
        ...

    def drop_hold(self, name: str) -> bool:
        """Forget the hold of this name; False where there is none."""
        ...


class ReadsHolds(Protocol):
    """The part of a reader that tells what is held."""

    def holds(self) -> list[Hold]:
        """Everything that is held, by name."""
        ...
