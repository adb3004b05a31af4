"""How far a large file was read, as it stands in the cursor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Failure(NamedTuple):
    """A part that did not go through."""

    part: int
    acceptance: str
    message: int
    code: str
    reason: str
    reason_zh: str


class Progress(NamedTuple):
    """The first *parts* parts of the file at *path* are dealt with. *digest* is that of its content, and of how it is cut: other
    settings make other parts."""

    path: str
    digest: str
    parts: int = 0
    failures: tuple[Failure, ...] = ()

    def as_told(self) -> dict[str, Any]:
        """What `told_by` reads."""
        return {"path": self.path, "digest": self.digest, "parts": self.parts, "failures": [list(one) for one in self.failures]}


def told_by(kept: Mapping[str, Any]) -> Progress:
    """The progress that `as_told` told. Raises `KeyError`, `TypeError` for anything else."""
    return Progress(kept["path"], kept["digest"], int(kept["parts"]), tuple(Failure(*one) for one in kept["failures"]))
