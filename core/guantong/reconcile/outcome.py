"""What reconciling finds: for each key one word, for each target of it another; and how many of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from guantong.reconcile.days import Days


class Word(StrEnum):
    """How a key stands between the source and us."""

    AGREES = "agrees"
    MISSING = "missing"
    PARKED = "parked"
    DIFFERENT = "different"
    CONFLICT = "conflict"
    UNROUTED = "unrouted"
    EXTRA = "extra"


WORDS: Mapping[str, str] = {
    "agrees": "一致", "missing": "本处缺少", "parked": "已到未转换", "different": "内容不一致", "conflict": "版本冲突",
    "unrouted": "无转发规则", "extra": "来源没有", "unreadable": "无法读取",
}
GOES = "waiting"
NOT_THERE = "not_there"
AT_TARGET: Mapping[str, str] = {
    "confirmed": "已确认", "waiting": "待推送", "dead": "异常", "unknown": "待核实", "sent": "无回执", "returned": "被退回",
    "settled": "不再推送", NOT_THERE: "对方没有",
}
"""How a key stands at a target; `settled` is what a person or a newer version ended, and what went with another event."""
FINE = frozenset({"confirmed", "settled"})


class At(NamedTuple):
    """One target of a key: how it stands there, its delivery's number, and whether the target's own books have it (None: they
    were not read)."""

    word: str
    delivery: int
    there: bool | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A key that does not agree everywhere. `number` is a serial of its case; `differs` are the fields that do, or `*`; versions are None
    where there is none, or none is told."""

    word: Word
    event: str
    number: str
    case: int
    occurred: str
    place: str
    version_there: int | None
    version_here: int | None
    differs: Sequence[str]
    message: int
    targets: Mapping[str, At]

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`."""
        return {
            "finding": self.word.value, "event": self.event, "number": self.number, "case": f"C{self.case}" if self.case else None,
            "occurred": self.occurred or None, "place": self.place or None, "version_there": self.version_there,
            "version_here": self.version_here, "differs": list(self.differs), "message": f"M{self.message}" if self.message else None,
            "targets": {name: {"state": one.word, "delivery": f"D{one.delivery}", "there": one.there} for name, one in self.targets.items()},
        }


@dataclass(slots=True)
class Found:
    """What was found of a system's days. `uncompared` keys were there in the same version, and of what they say nothing was left or
    told to compare."""

    system: str
    days: Days
    source: int = 0
    accepted: int = 0
    words: Counter[str] = field(default_factory=Counter)
    targets: dict[str, Counter[str]] = field(default_factory=dict)
    unreadable: int = 0
    places: Sequence[str] = ()
    uncompared: int = 0

    def count(self, line: Line) -> bool:
        """Count *line*; whether it agrees everywhere."""
        self.words[line.word.value] += 1
        self.source += line.word is not Word.EXTRA
        self.accepted += line.word not in (Word.MISSING, Word.PARKED)
        for name, one in line.targets.items():
            self.targets.setdefault(name, Counter())[one.word] += 1
        return line.word is Word.AGREES and all(one.word in FINE for one in line.targets.values())

    @property
    def agree(self) -> bool:
        """Whether everything is everywhere."""
        odd = any(count for word, count in self.words.items() if word != Word.AGREES)
        left = any(count for states in self.targets.values() for word, count in states.items() if word not in FINE)
        return not odd and not left and not self.unreadable

    def counts(self) -> dict[str, int]:
        """By what was found; of a target as `city.hall:confirmed`."""
        flat = {"source": self.source, "accepted": self.accepted, **{word.value: self.words[word.value] for word in Word},
                "unreadable": self.unreadable, "uncompared": self.uncompared}
        for name, states in sorted(self.targets.items()):
            flat |= {f"{name}:{word}": states[word] for word in AT_TARGET if states[word]}
        return flat

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`."""
        return {
            "system": self.system, "from": self.days.first.isoformat(), "to": self.days.last.isoformat(), "agree": self.agree,
            "source": self.source, "accepted": self.accepted, **{word.value: self.words[word.value] for word in Word},
            "unreadable": self.unreadable, "unreadable_places": list(self.places), "uncompared": self.uncompared,
            "targets": {name: {word: states[word] for word in AT_TARGET} for name, states in sorted(self.targets.items())},
        }


def agrees(counts: Mapping[str, int]) -> bool:
    """Whether kept *counts* say that everything is everywhere."""
    fine = {"source", "accepted", "agrees", "uncompared"}
    return not any(count for name, count in counts.items() if name not in fine and name.rpartition(":")[2] not in FINE)
