"""The books of a drill: what the sources were told is taken, and what took effect at the targets. Comparing them is the
whole judgement; nothing of the hub's is believed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson

TARGETS = ("repeats", "asked")


class Step(NamedTuple):
    """One step of one case: its number, and which of its steps, from 1."""

    case: str
    code: int


@dataclass(slots=True)
class Ledger:
    """`taken` are steps whose sender was told so; `effects` per target, in the order they took effect there."""

    taken: set[Step] = field(default_factory=set)
    effects: dict[str, list[Step]] = field(default_factory=lambda: {target: [] for target in TARGETS})

    def write(self, path: Path) -> None:
        """The books as JSON lines, for who looks into what does not agree."""
        lines: list[dict[str, Any]] = [{"taken": list(step)} for step in sorted(self.taken)]
        lines += [{"target": target, "effect": list(step)} for target, effects in self.effects.items() for step in effects]
        path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))

    def behind(self) -> int:
        """How many steps were taken that did not take effect everywhere yet, as far as counting tells."""
        return len(self.taken) - min(map(len, self.effects.values()))

    def complete(self) -> bool:
        """Whether everything taken took effect everywhere."""
        return all(self.taken <= set(effects) for effects in self.effects.values())


class Verdict(NamedTuple):
    """What the books say: how many steps were taken, how many of them are missing at a target (`lost`), took effect more than
    once (`doubled`), or before an earlier step of their case (`out_of_order`)."""

    taken: int
    lost: int
    doubled: int
    out_of_order: int

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.out_of_order)


def judge(ledger: Ledger) -> Verdict:
    """Compare the books."""
    lost = doubled = disordered = 0
    for effects in ledger.effects.values():
        counted = Counter(effects)
        lost += len(ledger.taken - counted.keys())
        doubled += sum(count - 1 for count in counted.values())
        highest: dict[str, int] = defaultdict(int)
        for step in dict.fromkeys(effects):
            disordered += step.code < highest[step.case]
            highest[step.case] = max(highest[step.case], step.code)
    return Verdict(len(ledger.taken), lost, doubled, disordered)
