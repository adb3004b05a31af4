"""Work for a store that says beforehand what it will ask about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from guantong.store import Serial

T = TypeVar("T")


class Foretold(partial[T]):
    """Work that says beforehand which serials and deliveries it will ask about: a store over a network asks for those of a
    whole group at once. It may ask about fewer, or others."""

    serials: Sequence[Serial] = ()
    deliveries: Sequence[int] = ()

    def about(self, *, serials: Sequence[Serial] = (), deliveries: Sequence[int] = ()) -> Self:
        """The same work, which says so."""
        self.serials, self.deliveries = serials, deliveries
        return self
