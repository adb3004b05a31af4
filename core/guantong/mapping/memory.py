"""What loading made of files, by the hash of their content: loading again makes anew only what changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Memory:
    """Kept by who loads more than once, with one registry of plugins. Everything in it is immutable."""

    _before: dict[Hashable, Any] = field(default_factory=dict)
    _now: dict[Hashable, Any] = field(default_factory=dict)

    def made(self, key: Hashable, make: Callable[[], T]) -> T:
        """What *make* gives, from memory where it was made of the same before."""
        if key not in self._now:
            self._now[key] = self._before[key] if key in self._before else make()
        found: T = self._now[key]
        return found

    def settle(self) -> None:
        """A loading is over: what it did not use is forgotten."""
        self._before, self._now = self._now, {}
