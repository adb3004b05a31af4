"""Agreement of two tellings of one event, field by field. Pure: values in, counts and masked examples out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from guantong.model import Model

MOST_EXAMPLES = 3
NOT_COMPARED = frozenset({"version"})
"""Each side counts its own."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One telling of an event: who told it, of which case (its id in logs), and its values."""

    system: str
    case: str
    values: Mapping[str, Any]


@dataclass(slots=True)
class FieldAgreement:
    """How one field agrees. What only one side tells is counted, and not scored."""

    path: str
    compared: int = 0
    agree: int = 0
    only_ours: int = 0
    only_theirs: int = 0
    examples: list[dict[str, str]] = field(default_factory=list)

    def as_json(self, model: Model) -> dict[str, Any]:
        declared = model.field(self.path)
        return {
            "path": self.path, "label": declared.label_en if declared else "", "label_zh": declared.label_zh if declared else "",
            "compared": self.compared, "agree": self.agree, "differ": self.compared - self.agree,
            "only_ours": self.only_ours, "only_theirs": self.only_theirs, "score": score(self.agree, self.compared),
            "examples": self.examples,
        }


class Agreement:
    """Takes pairs of one event, then tells how its fields agree."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.pairs = 0
        self._fields: dict[str, FieldAgreement] = {}

    def take(self, ours: Telling, theirs: Telling) -> None:
        """One pair: what we would have sent, and what the system reports itself."""
        self.pairs += 1
        for path in sorted({*ours.values, *theirs.values}):
            if path in NOT_COMPARED or self._own_number(path):
                continue
            found = self._fields.setdefault(path, FieldAgreement(path))
            if path not in theirs.values:
                found.only_ours += 1
            elif path not in ours.values:
                found.only_theirs += 1
            else:
                found.compared += 1
                if self._same(path, ours.values[path], theirs.values[path]):
                    found.agree += 1
                elif len(found.examples) < MOST_EXAMPLES:
                    found.examples.append(self._example(path, ours, theirs))

    def fields(self) -> list[FieldAgreement]:
        """Every field, those that agree least first."""
        return sorted(self._fields.values(), key=lambda one: (score(one.agree, one.compared) or 0.0 if one.compared else 2.0, one.path))

    def _own_number(self, path: str) -> bool:
        """Whether a path is a number that each system gives for itself."""
        return path.startswith("serial.") and self._model.serials.get(path.removeprefix("serial.")) == "system"

    def _same(self, path: str, ours: Any, theirs: Any) -> bool:
        if ours == theirs:
            return True
        declared = self._model.field(path)
        if declared is not None and declared.type in ("date", "datetime"):
            return _moment(str(ours)) == _moment(str(theirs))
        if isinstance(ours, list) and isinstance(theirs, list):
            return sorted(map(_text, ours)) == sorted(map(_text, theirs))
        return str(ours).strip() == str(theirs).strip()

    def _example(self, path: str, ours: Telling, theirs: Telling) -> dict[str, str]:
        return {"case": ours.case, "ours": self._model.mask(path, ours.values[path]), "ours_by": ours.system,
                "theirs": self._model.mask(path, theirs.values[path]), "theirs_by": theirs.system}


def score(agree: int, compared: int) -> float | None:
    """The share that agrees, to four places; None where nothing was compared."""
    return round(agree / compared, 4) if compared else None


def _moment(text: str) -> object:
    """What a time says, whatever its offset; a text that is no time as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.timestamp() if moment.tzinfo else moment


def _text(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
