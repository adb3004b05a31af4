"""The journal's proof, of a store that is asked in SQL: `guantong.proofstore.ReadsProof`. Part of `SqlReader`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from guantong.proof.leaf import Line
from guantong.proofstore import Commitment, KeptCheckpoint, Tile, Tree

_LINE: Callable[[Sequence[Any]], Line] = partial(tuple.__new__, Line)
"""A line of a row, of which very many are read: as `Line._make`, without a call of Python for each."""


class SqlProof(ABC):
    """Named statements, each product's own, and the same rows."""

    @abstractmethod
    def _all(self, name: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        """The rows of the statement *name*."""

    @abstractmethod
    def _of_each(self, name: str, numbers: Sequence[Any], *before: Any) -> list[Any]:
        """The rows of the statement *name* for each of *numbers*, its last value."""

    def tree(self) -> Tree | None:
        rows = self._all("tree")
        return Tree(*rows[0]) if rows else None

    def tile(self, level: int, number: int) -> Tile | None:
        rows = self._all("tile", (level, number))
        return Tile(*rows[0]) if rows else None

    def tiles(self, after: int, limit: int) -> list[Tile]:
        return [Tile(*row) for row in self._all("tiles", (after, limit))]

    def tiles_beyond(self, entry: int) -> list[Tile]:
        return [Tile(*row) for row in self._all("tiles_beyond", (entry,))]

    def tiles_with(self, entry: int) -> list[Tile]:
        return [Tile(*row) for row in self._all("tiles_with", (entry, entry))]

    def lines(self, after: int, limit: int) -> list[Line]:
        return list(map(_LINE, self._all("lines", (after, limit))))

    def line(self, entry: int) -> Line | None:
        rows = self._all("journal_entry", (entry,))
        return Line(*rows[0]) if rows else None

    def commitments(self, kind: str, of: Sequence[int]) -> list[Commitment]:
        return [Commitment(*row) for row in self._of_each("commitments", of, kind)]

    def heads(self, kind: str, of: Sequence[int]) -> Mapping[int, bytes]:
        return {number: bytes(head) for number, head in self._of_each(f"heads_{kind}", of)}

    def sealed_bodies(self, kind: str, of: Sequence[int]) -> Mapping[int, bytes]:
        return {number: bytes(body) for number, body in self._of_each(f"sealed_{kind}", of)}

    def checkpoints(self, after: int, limit: int) -> list[KeptCheckpoint]:
        return [KeptCheckpoint(*row) for row in self._all("checkpoints", (after, limit))]

    def newest_checkpoint(self) -> KeptCheckpoint | None:
        rows = self._all("newest_checkpoint")
        return KeptCheckpoint(*rows[0]) if rows else None
