"""What can be done about what does not agree: fetched again, replayed, or said to be a person's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from guantong.reconcile.outcome import Line, Word

FOR_A_PERSON: Mapping[str, tuple[str, str]] = {
    "missing": ("have the county send these again", "请县区补推"),
    "different": ("same version, other content: have the source correct it with a new version", "同版本内容不同：请来源更正并升版本"),
    "conflict": ("decide: guantong conflicts list", "请决定取舍：guantong conflicts list"),
    "extra": ("ask the source what became of these", "请来源说明"),
    "unknown": ("look them up at the target: guantong unknown list", "向目标核实：guantong unknown list"),
    "sent": ("taken, and no receipt: ask the target", "目标已接收而无回执：请目标核实"),
    "returned": ("the target sent these back: have the owner correct them", "被目标退回：请责任方更正"),
    "not_there": ("confirmed, and the target's books have them not: ask the target", "已确认而对方账上没有：请目标核实"),
    "waiting": ("these go by themselves", "将自行推送"),
}


@dataclass(slots=True)
class Pushing:
    """Gathered while lines come. *rereads*: what the source has can be fetched from it again. Nothing of it takes effect twice: what is
    fetched and known is a duplicate, and only what is dead goes again."""

    rereads: bool
    fetched: int = 0
    replayed: list[str] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)

    def add(self, line: Line) -> None:
        """What becomes of *line*."""
        newer = line.word is Word.DIFFERENT and line.version_there is not None and line.version_here is not None and line.version_there > line.version_here
        if line.word is Word.MISSING or newer:
            if self.rereads:
                self.fetched += 1
            else:
                self.left["missing"] += 1
        elif line.word in (Word.PARKED, Word.UNROUTED):
            self.replayed.append(f"M{line.message}")
        elif line.word is not Word.AGREES:
            self.left[line.word.value] += 1
        for one in line.targets.values():
            if one.word == "dead":
                self.replayed.append(f"D{one.delivery}")
            elif one.word in FOR_A_PERSON:
                self.left[one.word] += 1

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`."""
        return {"fetch_again": self.fetched, "replay": self.replayed,
                "for_a_person": {name: {"count": count, "what": FOR_A_PERSON[name][0], "what_zh": FOR_A_PERSON[name][1]}
                                 for name, count in sorted(self.left.items())}}
