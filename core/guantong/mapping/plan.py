"""A plan: one mapping, ready to run. Its id is the hash of what it says, wherever it is written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import orjson

from guantong.mapping.interpret import Run, Watch, find, read_inward, write_outward
from guantong.mapping.names import Spelling, spelling
from guantong.mapping.outcome import Translated, TranslatedOut, Untranslatable
from guantong.mapping.rules import Manners, MappingPlan, Rule, every
from guantong.mapping.unread import known_names
from guantong.record import Fields, Native


class Plan:
    """One mapping of a dialect. Immutable; the generated functions are made on first use."""

    def __init__(self, mapping: MappingPlan, manners: Manners) -> None:
        self.mapping = mapping
        self.manners = manners
        self.event = mapping.event
        self.id = plan_id(mapping, manners)
        self._spelling = self._spell(mapping.inward)
        self._reply_spelling = self._spell(mapping.reply)

    def _spell(self, rules: tuple[Rule, ...]) -> Spelling | None:
        if not self.manners.fold:
            return None
        known = known_names(rules, (*self.mapping.ignored, *self.mapping.constants))
        return spelling(known)

    def matches(self, record: Fields) -> bool:
        """Whether a record of one of its kinds is one this mapping recognises (`match:`)."""
        if self._spelling is not None and self.mapping.match:
            record = self._spelling.respell(record)
        return all(str(find(record, at)) in words for at, words in self.mapping.match)

    def inward(self, record: Fields, context: Mapping[str, Any]) -> Translated:
        """The event in a record. Raises `Untranslatable` with all its problems."""
        if self._spelling is not None:
            record = self._spelling.respell(record)
        return self.trace_inward(record, context, None)

    def trace_inward(self, record: Fields, context: Mapping[str, Any], watch: Watch | None) -> Translated:
        """The same by the interpreter, telling *watch* of every field."""
        if self._spelling is not None:
            record = self._spelling.respell(record)
        run = Run(self.manners, context, watch)
        values = read_inward(self.mapping, self.mapping.inward, record, run)
        if run.problems:
            raise Untranslatable(run.problems)
        return Translated(self.event, values, self.id, run.fired, tuple(run.unread))

    def outward(self, values: Mapping[str, Any], context: Mapping[str, Any]) -> TranslatedOut:
        """The record of an event. Raises `Untranslatable`, or `Missing` where a value of the case is awaited."""
        return self.trace_outward(values, context, None)

    def trace_outward(
        self, values: Mapping[str, Any], context: Mapping[str, Any], watch: Watch | None
    ) -> TranslatedOut:
        """The same by the interpreter, telling *watch* of every field."""
        run = Run(self.manners, context, watch)
        record = write_outward(self.mapping.outward, values, run)
        if run.problems:
            raise Untranslatable(run.problems)
        if run.missing is not None:
            raise run.missing
        return TranslatedOut(Native(self.mapping.kind_out, record), self.id, run.fired)

    def reply(self, record: Fields) -> dict[str, Any]:
        """The canonical values read from a decoded reply. Raises `Untranslatable`."""
        if not self.mapping.reply:
            return {}
        if self._reply_spelling is not None:
            record = self._reply_spelling.respell(record)
        run = Run(self.manners, {})
        values = read_inward(self.mapping, self.mapping.reply, record, run)
        if run.problems:
            raise Untranslatable(run.problems)
        return values

    def explain(self, fired: int, *, inward: bool) -> list[Rule]:
        """The rules whose bits are set in *fired*: those that did more than copy (an alias or a second
        format was read, a default or fill was put in, a value was changed or translated otherwise)."""
        rules = self.mapping.inward if inward else self.mapping.outward
        return [rule for rule in every(rules) if fired >> rule.bit & 1]

    def needs(self) -> frozenset[str]:
        """The paths wanted from earlier events of the case."""
        wanted = {source.path for rule in every(self.mapping.outward) for source in rule.sources if source.scope == "case"}
        conditions = [*self.mapping.when, *(item for rule in every(self.mapping.outward) for item in rule.when)]
        return frozenset(wanted | {item.source.path for item in conditions if item.source.scope == "case"})


def plan_id(mapping: MappingPlan, manners: Manners) -> str:
    """16 hexadecimal digits of the SHA-256 of everything the mapping says, without where it says it."""
    said = orjson.dumps([_said(mapping), _said(manners)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(said).hexdigest()[:16]


def _said(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {
            item.name: _said(getattr(value, item.name)) for item in fields(value) if item.compare
        }
    if isinstance(value, Mapping):
        return {"/".join(key) if isinstance(key, tuple) else key: _said(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, (tuple, list)):
        return [_said(item) for item in value]
    return value
