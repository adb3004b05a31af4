"""What a demo found out, as one value: printed as tables or as one JSON object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guantong_plugins.demo.compare import Comparison
from guantong_plugins.demo.connected import Told

NUMBERS = (
    "received", "delivered", "retried", "duplicates", "unknown_settled", "dead", "p50_ms", "p99_ms",
)


@dataclass(frozen=True, slots=True)
class Report:
    """The end of a demo. `systems` holds the hub's numbers by system id, where `dead` counts deliveries that
    died there and records of its own that could not be translated; `dead` counts them all; `reasons` says
    why, by system; `stalled` is empty unless the demo gave up waiting."""

    comparison: Comparison
    cases: int
    events: int
    dead: int
    seconds: float
    systems: Mapping[str, Mapping[str, Any]]
    reasons: Mapping[str, Sequence[str]]
    stalled: str = ""
    connected: Told = field(default_factory=Told)
    """Connected sites, and how they handled their cases."""
    cards: Mapping[str, int] = field(default_factory=dict)
    """Cards of supervision: how many the stories have `raised`, and how many were `delivered` to their county, `answered`
    at the platform and `withdrawn` at the county."""

    @property
    def agree(self) -> bool:
        """Whether the books agree with every ledger and nothing was left unfinished."""
        return self.comparison.agree and not self.stalled

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`."""
        found = self.comparison
        return {
            "agree": self.agree,
            "cases": self.cases,
            "events": self.events,
            "lost": len(found.lost),
            "doubled": len(found.doubled),
            "out_of_order": len(found.out_of_order),
            "wrong_fields": len(found.wrong_fields),
            "dead": self.dead,
            "dead_missing": len(found.dead_missing),
            "dead_unexpected": len(found.dead_unexpected),
            "wrong_receipts": len(found.wrong_receipts),
            "wrong_sites": len(found.wrong_sites),
            "seconds": round(self.seconds, 2),
            "systems": {
                name: {key: numbers.get(key, 0) for key in NUMBERS} for name, numbers in self.systems.items()
            },
            "differences": [str(difference) for difference in found.all()],
            "stalled": self.stalled,
            "sites": {level: {"connected": connected, "total": total} for level, (connected, total) in self.connected.sites.items()},
            "ways": dict(self.connected.ways),
            "cards": dict(self.cards),
        }
