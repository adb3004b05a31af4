"""What came of an act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guantong.journey.ready import Ready
from guantong.problems import Problem


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one object of an act: its new state, as what it goes on where that is another, and the command that takes the act back
    where one does; or the problem that kept it as it was."""

    id: str
    state: str = ""
    problem: Problem | None = None
    as_: str = ""
    undo: str = ""

    def as_json(self) -> dict[str, object]:
        return {"id": self.id, "state": self.state, **({"as": self.as_} if self.as_ else {}), **({"undo": self.undo} if self.undo else {}),
                "problem": self.problem.as_json() if self.problem else None}


@dataclass(frozen=True, slots=True)
class Worked:
    """What a transaction did, and the deliveries that may be sent once it is durable."""

    done: Done
    ready: Sequence[Ready] = ()
