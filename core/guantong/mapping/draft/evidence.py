"""What is known of names and labels: which field of the model each has been seen to mean, and where."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from guantong.mapping.dialect import Dialect
from guantong.mapping.rules import CodeTable, Rule
from guantong.model import Field, Model

NAME, LABEL, WORDS, TOLD = "name", "label", "words", "told"
WEIGHTS: Mapping[str, int] = {NAME: 3, LABEL: 2, WORDS: 2, TOLD: 100}
FAMILY = "gd-exchange"
_NOISE = re.compile(r"[^0-9a-z\u3400-\u9fff]")
_BRACKETS = re.compile(r"[(\[【].*?[)\]】]")
# Words that say nothing of whose name, code or time they are.
_VAGUE = frozenset((
    "name", "code", "type", "id", "time", "date", "status", "result", "title", "remark", "memo", "note", "address",
    "legal", "seq", "version", "count", "no",
))


@dataclass(frozen=True, slots=True)
class Claim:
    """One reason to take a native field for `path` of `event`: its `kind`, the reason in words, and the code
    table that dialect uses for it."""

    event: str
    path: str
    kind: str
    en: str
    zh: str
    table: CodeTable | None = field(default=None, compare=False)


_NOBODY = Claim("", "", "", "", "")


@dataclass(slots=True)
class Evidence:
    """Everything known, by folded name and label; the events of record kinds."""

    model: Model
    names: dict[str, list[Claim]] = field(default_factory=dict)
    labels: dict[str, list[Claim]] = field(default_factory=dict)
    words: dict[str, list[Claim]] = field(default_factory=dict)
    kinds: dict[str, list[str]] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    """What people say that native paths mean."""
    told_events: Mapping[str, str] = field(default_factory=dict)
    """What people say that kinds of records are."""
    iso: bool = False
    """Whether the dialect writes times as XML Schema does."""

    @classmethod
    def of(cls, model: Model, dialects: Mapping[str, Dialect]) -> Evidence:
        """What the model says (labels, paths, the standards' names) and what `gd-exchange` does."""
        made = cls(model)
        for event in model.events.values():
            made._learn_fields(event.name, "", event.fields)
        family = dialects.get(FAMILY)
        for plan in family.plans.values() if family is not None else ():
            for kind in plan.mapping.kinds_in:
                made.kinds.setdefault(kind.casefold(), []).append(plan.event)
            made._learn_rules(plan.event, f"{FAMILY}/{plan.mapping.name}", "", plan.mapping.inward)
        return made

    def claims(self, event: str, name: str, label: str, prefix: str = "") -> list[Claim]:
        """The claims on a native field of *event*: by its last name, its label, its words. Inside a list,
        *prefix* is the list's path and a dot."""
        leaf = name.rsplit("/", 1)[-1].rsplit(".", 1)[-1].strip().removeprefix("@")
        found = [*self.names.get(leaf.casefold(), ()), *self.labels.get(fold_label(label), ()),
                 *self.words.get(fold_words(leaf), ()), *self.words.get(fold_words(name), ())]
        if name in self.told:
            told = self.told[name]
            found = [Claim(event, told, TOLD, "as answered", "按回答", known.table) for known in found[:1] or [_NOBODY]]
        said = [claim for claim in found if claim.event == event and _inside(claim.path, prefix, self.model, event)]
        return list(dict.fromkeys(said))

    def _learn_fields(self, event: str, prefix: str, fields: Mapping[str, Field]) -> None:
        for path, declared in fields.items():
            full = f"{prefix}{path}"
            label = declared.label_zh
            self._label(label, Claim(event, full, LABEL, f"labelled {label}", f"中文名同“{label}”"))
            words = fold_words(full)
            if words not in _VAGUE:
                said = Claim(event, full, WORDS, f"named like {full}", f"名称同 {full}")
                self.words.setdefault(words, []).append(said)
            for part in declared.standard.split(";"):
                source, _, name = part.strip().rpartition(" ")
                if not name or not source:
                    continue
                claim = Claim(event, full, NAME, f"{source} has it as {name}", f"{source} 中为 {name}")
                if re.search(r"[\u3400-\u9fff]", name):
                    self._label(name, Claim(event, full, LABEL, claim.en, claim.zh))
                elif name.casefold() not in _VAGUE:
                    self.names.setdefault(name.casefold(), []).append(claim)
            self._learn_fields(event, f"{full}.", declared.fields)

    def _label(self, label: str, claim: Claim) -> None:
        folded = fold_label(label)
        if folded:
            self.labels.setdefault(folded, []).append(claim)

    def _learn_rules(self, event: str, where: str, prefix: str, rules: Iterable[Rule]) -> None:
        for rule in rules:
            full = f"{prefix}{rule.path}"
            for at in rule.at:
                native = at[-1]
                claim = Claim(event, full, NAME, f"{where} reads {native} so", f"{where} 以 {native} 对应", rule.table)
                self.names.setdefault(native.casefold(), []).append(claim)
            self._learn_rules(event, where, f"{full}.", rule.fields)


def fold_label(label: str) -> str:
    """A Chinese label without brackets, blanks and marks."""
    plain = unicodedata.normalize("NFKC", label).casefold()
    return _NOISE.sub("", _BRACKETS.sub("", plain)) or _NOISE.sub("", plain)


def fold_words(name: str) -> str:
    """`applicantName`, `APPLICANT_NAME` and `applicant.name` alike."""
    return re.sub(r"[^0-9a-z]", "", name.casefold())


def _inside(path: str, prefix: str, model: Model, event: str) -> bool:
    """Whether *path* belongs to the level of *prefix*: the event's own fields, or those of that list."""
    if prefix:
        return path.startswith(prefix)
    return path in model.events[event].fields
