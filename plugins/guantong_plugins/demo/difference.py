"""One thing in which the books and the other side do not agree."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not agree. `what` holds no personal value."""

    system: str
    case: str
    event: str
    what: str

    def __str__(self) -> str:
        return f"{' '.join(part for part in (self.system, self.case, self.event) if part)}: {self.what}"
