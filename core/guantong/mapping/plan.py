"""A plan: one mapping, ready to run. Its id is the hash of what it says, wherever it is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cached_property
from typing import Any

import orjson

from guantong.mapping.emit import Emitter
from guantong.mapping.generateinward import generate_inward
from guantong.mapping.generateoutward import generate_outward
from guantong.mapping.interpret import Run, Watch, find, read_inward, write_outward
from guantong.mapping.names import spelling
from guantong.mapping.outcome import Translated, TranslatedOut, Untranslatable
from guantong.mapping.rules import Manners, MappingPlan, Rule, every
from guantong.mapping.unread import UnreadFields
from guantong.record import Fields, Native


class Plan:
    """One mapping of a dialect. Immutable, but for the generated functions, which are made on first use."""

    def __init__(self, mapping: MappingPlan, manners: Manners, wire: Mapping[str, Any] | None = None) -> None:
        """*wire* says how bytes become the records it reads and writes: its dialect's codecs, as plain data."""
        self.mapping = mapping
        self.manners = manners
        self.wire = wire or {}
        self.event = mapping.event
        self.shelf: Callable[..., tuple[str, str]] | None = None
        self._fast_inward: Callable[[Fields, Mapping[str, Any]], Translated] = self._first_inward
        self._fast_outward: Callable[[Mapping[str, Any], Mapping[str, Any]], TranslatedOut] = self._first_outward
        self._unread = UnreadFields(mapping, mapping.inward, manners)
        self._unread_reply = UnreadFields(mapping, mapping.reply, manners)
        self._spelling = spelling(self._unread.known) if manners.fold else None
        self._reply_spelling = spelling(self._unread_reply.known) if manners.fold else None

    @cached_property
    def id(self) -> str:
        """16 hexadecimal digits: the content hash of everything the mapping says."""
        return plan_id(self.mapping, self.manners, self.wire)

    @cached_property
    def generated_inward(self) -> Emitter:
        """The source of the generated function that reads records."""
        return generate_inward(self.mapping, self.manners, self.id, self._spelling)

    @cached_property
    def generated_outward(self) -> Emitter:
        """The source of the generated function that writes records."""
        return generate_outward(self.mapping, self.manners, self.id)

    def _first_inward(self, record: Fields, context: Mapping[str, Any]) -> Translated:
        """Compile, and from then on be what was compiled: an attribute is found quicker than a property."""
        made: Callable[..., Translated] = self._compiled(inward=True)
        self._fast_inward = made
        return made(record, context)

    def _first_outward(self, values: Mapping[str, Any], context: Mapping[str, Any]) -> TranslatedOut:
        made: Callable[..., TranslatedOut] = self._compiled(inward=False)
        self._fast_outward = made
        return made(values, context)

    def _compiled(self, *, inward: bool) -> Callable[..., Any]:
        """The generated function of one way. Where there is a shelf, its source stands there, under that name in
        tracebacks."""
        made, way = (self.generated_inward, "inward") if inward else (self.generated_outward, "outward")
        if self.shelf is None:
            return made.compile(way, f"<{self.mapping.place.file} {way}>")
        return made.compile(way, *self.shelf(self, inward=inward))

    def matches(self, record: Fields) -> bool:
        """Whether a record of one of its kinds is one this mapping recognises (`match:`)."""
        if self._spelling is not None and self.mapping.match:
            record = self._spelling.respell(record)
        return all(str(find(record, at)) in words for at, words in self.mapping.match)

    def inward(self, record: Fields, context: Mapping[str, Any]) -> Translated:
        """The event in a record. Raises `Untranslatable` with all its problems."""
        try:
            return self._fast_inward(record, context)
        except Exception:  # noqa: BLE001 - whatever it was, the interpreter says it in full or translates
            return self.trace_inward(record, context, None)

    def trace_inward(self, record: Fields, context: Mapping[str, Any], watch: Watch | None) -> Translated:
        """The same by the interpreter, telling *watch* of every field."""
        values, run = self.examine_inward(record, context, watch)
        if run.problems:
            raise Untranslatable(run.problems)
        return Translated(self.event, values, self.id, run.fired, tuple(run.unread))

    def examine_inward(
        self, record: Fields, context: Mapping[str, Any], watch: Watch | None
    ) -> tuple[dict[str, Any], Run]:
        """The values that could be read of a record, and all that was found on the way, problems included."""
        run = Run(self.manners, context, watch, self.mapping.dated)
        return read_inward(self.mapping.inward, self.respelt(record), run, self._unread), run

    def respelt(self, record: Fields) -> Fields:
        """The record with its names in the mapping's spelling, where their case does not count."""
        return record if self._spelling is None else self._spelling.respell(record)

    def outward(self, values: Mapping[str, Any], context: Mapping[str, Any]) -> TranslatedOut:
        """The record of an event. Raises `Untranslatable`, or `Missing` where a value of the case is awaited."""
        try:
            return self._fast_outward(values, context)
        except Exception:  # noqa: BLE001 - whatever it was, the interpreter says it in full or translates
            return self.trace_outward(values, context, None)

    def trace_outward(
        self, values: Mapping[str, Any], context: Mapping[str, Any], watch: Watch | None
    ) -> TranslatedOut:
        """The same by the interpreter, telling *watch* of every field."""
        record, run = self.examine_outward(values, context, watch)
        if run.problems:
            raise Untranslatable(run.problems)
        if run.missing is not None:
            raise run.missing
        return TranslatedOut(Native(self.mapping.kind_out, record), self.id, run.fired)

    def examine_outward(
        self, values: Mapping[str, Any], context: Mapping[str, Any], watch: Watch | None
    ) -> tuple[Fields, Run]:
        """The fields that could be written of an event, and all that was found on the way."""
        run = Run(self.manners, context, watch, self.mapping.dated)
        return write_outward(self.mapping.outward, values, run), run

    def reply(self, record: Fields) -> dict[str, Any]:
        """The canonical values read from a decoded reply. Raises `Untranslatable`."""
        if not self.mapping.reply:
            return {}
        if self._reply_spelling is not None:
            record = self._reply_spelling.respell(record)
        run = Run(self.manners, {}, dated=self.mapping.dated)
        values = read_inward(self.mapping.reply, record, run, self._unread_reply)
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

    def reads_site(self) -> bool:
        """Whether a rule or condition of the way out reads a fact of the event's site."""
        rules = list(every(self.mapping.outward))
        conditions = [*self.mapping.when, *(item for rule in rules for item in rule.when)]
        sources = [*(source for rule in rules for source in rule.sources), *(item.source for item in conditions)]
        return any(source.scope == "site" for source in sources)


def plan_id(mapping: MappingPlan, manners: Manners, wire: Mapping[str, Any]) -> str:
    """16 hexadecimal digits of the SHA-256 of everything the mapping says, without where it says it. Two plans
    of one id read and write the same bytes alike. The order of rules counts, since it is the order of the
    fields written; that of the keys in a rule does not."""
    said = orjson.dumps([_said(mapping), _said(manners), wire], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(said).hexdigest()[:16]


def _said(value: Any) -> Any:
    if value is None or isinstance(value, (str, int)):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        # What is left at its default is not said: a key the language learns later changes no id.
        return {
            item.name: _said(given) for item in fields(value)
            if item.compare and (given := getattr(value, item.name)) != item.default
        }
    if isinstance(value, Mapping):
        return {"/".join(key) if isinstance(key, tuple) else key: _said(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, (tuple, list)):
        return [_said(item) for item in value]
    return value
