"""What a proof says of one field of one mapping in one direction of the round trip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Law = Literal["record", "event"]
STATUSES: Mapping[str, tuple[str, str]] = {
    "undeclared": ("lost, and nothing says so", "有失真且未声明"),
    "lossy": ("lossy, as declared", "有失真，已声明"),
    "exact": ("comes back exactly", "原样往返"),
    "one-way": ("one way only, as declared", "单向，已声明"),
    "refused": ("every value refused by name", "全部被明确拒绝"),
}
"""Every status by name, in English and Chinese, the worst first."""


@dataclass(slots=True)
class Loss:
    """One way in which values do not come back: its cause (empty: none is declared), what declares it, how
    often, and an example as it may be shown."""

    cause: str
    why: str
    before: str
    after: str
    count: int = 0


@dataclass(slots=True)
class FieldProof:
    """One field. `law` is `record` where a native record went in and out again, `event` where an event went
    out and in again; `exact` counts the values that came back, `refused` the refusals by code."""

    law: Law
    mapping: str
    path: str
    exact: int = 0
    one_way: int = 0
    losses: dict[tuple[str, str], Loss] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def status(self) -> str:
        """The worst that was seen."""
        if any(not loss.cause for loss in self.losses.values()):
            return "undeclared"
        if self.losses:
            return "lossy"
        if self.exact:
            return "exact"
        return "one-way" if self.one_way else "refused"

    def lose(self, cause: str, why: str, before: str, after: str) -> None:
        """Count one value that did not come back."""
        loss = self.losses.setdefault((cause, why), Loss(cause, why, before, after))
        loss.count += 1

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`."""
        return {
            "law": self.law, "mapping": self.mapping, "path": self.path, "status": self.status, "exact": self.exact,
            "refused": dict(sorted(self.refused.items())),
            "losses": [
                {"cause": one.cause or None, "why": one.why, "count": one.count, "before": one.before, "after": one.after}
                for one in self.losses.values()
            ],
        }
