"""A dialect: how one family of systems names things. Decodes, translates, encodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from guantong.codec import Codec, Undecodable
from guantong.mapping.codes import NO_MATCH, NO_REPLY_CODEC, UNKNOWN_EVENT, UNKNOWN_KIND
from guantong.mapping.join import Join, Told
from guantong.mapping.outcome import Incomplete, Translated, TranslatedOut, Untranslatable
from guantong.mapping.plan import Plan
from guantong.mapping.systemfacts import SystemFact, facts_read
from guantong.model.declaration import suggestion
from guantong.problems import Place, Problem
from guantong.record import Native


@dataclass(frozen=True, slots=True)
class Dialect:
    """One compiled dialect: immutable, pure. `version` is the hash of all its files, those it inherits and the model's;
    `plans` are its mappings by the names of their files."""

    name: str
    extends: str | None
    title_zh: str
    title_en: str
    versioning: Literal["number", "arrival"]
    version: str
    folder: Path
    codec_in: Codec = field(repr=False)
    codec_out: Codec = field(repr=False)
    codec_reply: Codec | None = field(repr=False)
    plans: Mapping[str, Plan] = field(repr=False)
    empty_at: Place = field(default_factory=Place, repr=False)
    """Where it says what is written for no value, itself or the dialect it extends."""
    charset_in: str = "utf-8"
    charset_out: str = "utf-8"
    facts: Mapping[str, SystemFact] = field(default_factory=dict, repr=False)
    """What it says of the facts that its system has to tell."""
    _heard: dict[str, tuple[Plan, ...]] = field(default_factory=dict, repr=False)
    _spoken: dict[str, tuple[Plan, ...]] = field(default_factory=dict, repr=False)
    _needs: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)
    _sited: set[str] = field(default_factory=set, init=False, repr=False)
    _reader: dict[str, Plan] = field(default_factory=dict, init=False, repr=False)
    _writer: dict[str, Plan] = field(default_factory=dict, init=False, repr=False)
    _joins: dict[str, tuple[Join, ...]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for plan in self.plans.values():
            for kind in plan.mapping.kinds_in:
                self._heard[kind] = (*self._heard.get(kind, ()), plan)
            if plan.mapping.outward and plan.mapping.kind_out:
                # A variant with a condition is asked before the one that takes every event.
                for event in plan.mapping.events:
                    spoken = (*self._spoken.get(event, ()), plan)
                    self._spoken[event] = tuple(sorted(spoken, key=lambda one: not one.mapping.when))
                    if plan.mapping.join is not None:
                        self._joins[event] = (*self._joins.get(event, ()), plan.mapping.join)
        # The common case by one look: a kind that one mapping reads, an event that one mapping writes, always.
        self._reader.update({kind: one for kind, (one, *more) in self._heard.items() if not more and not one.mapping.match})
        self._writer.update({event: one for event, (one, *_) in self._spoken.items() if not one.mapping.when})
        for event, plans in self._spoken.items():
            self._needs[event] = frozenset[str]().union(*(plan.needs() for plan in plans))
            if any(plan.reads_site() for plan in plans):
                self._sited.add(event)

    def at(self, folder: Path) -> Dialect:
        """The same, of the same files in another *folder*."""
        return self if folder == self.folder else replace(self, folder=folder, _heard={}, _spoken={}, _needs={})

    @property
    def title(self) -> str:
        """The Chinese title."""
        return self.title_zh

    def weight(self, body: bytes) -> int:
        """How many bytes are decoded to read *body*: its own, or what it becomes where its codec unpacks it."""
        unpacked = getattr(self.codec_in, "unpacked", None)
        return len(body) if unpacked is None else unpacked(body)

    def decode(self, body: bytes, kind: str | None = None, charset: str | None = None) -> list[Native]:
        """The native records in *body*; *kind* and *charset* as the transport named them. Raises
        `Undecodable`."""
        natives = self.codec_in.decode(body, kind, charset)
        return natives if isinstance(natives, list) else list(natives)

    def encode(self, native: Native) -> bytes:
        """The bytes of a native record. Raises `Unencodable`."""
        return self.codec_out.encode(native)

    def decode_reply(self, body: bytes, charset: str | None = None) -> Native:
        """A reply, decoded; *charset* as the transport named it. Raises `Undecodable`, also where the dialect
        has no codec for replies."""
        if self.codec_reply is None:
            problem = Problem(NO_REPLY_CODEC, details={"dialect": self.name})
            raise Undecodable(problem.code.id, problem.message("en"), problem.message("zh"))
        natives = self.codec_reply.decode(body, None, charset)
        return natives[0] if natives else Native("", {})

    def kinds_in(self) -> tuple[str, ...]:
        """The record kinds it reads, by name."""
        return tuple(sorted(self._heard))

    def plans_in(self, kind: str) -> tuple[Plan, ...]:
        """The mappings that read records of this kind."""
        return self._heard.get(kind, ())

    def reads_reply(self, event: str) -> bool:
        """Whether a reply to this event may tell something (a mapping has `reply:`)."""
        return self.codec_reply is not None and any(plan.mapping.reply for plan in self._spoken.get(event, ()))

    def hears(self, kind: str) -> bool:
        """Whether records of this kind are read."""
        return kind in self._heard

    def speaks(self, event: str) -> bool:
        """Whether this event can be written."""
        return event in self._spoken

    def events_in(self) -> frozenset[str]:
        """The events its records may yield."""
        return frozenset(plan.event for plans in self._heard.values() for plan in plans)

    def events_out(self) -> frozenset[str]:
        """The events it can write."""
        return frozenset(self._spoken)

    def inward(self, native: Native, context: Mapping[str, Any]) -> list[Translated]:
        """The events in a record. Raises `Untranslatable` with all the problems of the record."""
        plan = self._reader.get(native.kind)
        if plan is not None:
            return [plan.inward(native.fields, context)]
        plans = self._heard.get(native.kind)
        if plans is None:
            raise Untranslatable([self._unknown_kind(native.kind)])
        made: list[Translated] = []
        problems: list[Problem] = []
        for plan in plans:
            if not plan.matches(native.fields):
                continue
            try:
                made.append(plan.inward(native.fields, context))
            except Untranslatable as error:
                problems.extend(error.problems)
        if problems:
            raise Untranslatable(problems)
        if not made:
            raise Untranslatable([_not_taken(native.kind, plans)])
        return made

    def outward(self, event: str, values: Mapping[str, Any], context: Mapping[str, Any]) -> TranslatedOut:
        """The record of an event. Raises `Untranslatable` or `Missing`."""
        plan = self._writer.get(event) or self.plan_out(event, values, context)
        return plan.outward(values, context)

    def plan_out(self, event: str, values: Mapping[str, Any], context: Mapping[str, Any]) -> Plan:
        """The plan that writes this event; of one that joins events, *values* are those of them all. Raises
        `Untranslatable` where none does."""
        for plan in self._spoken.get(event, ()):
            if all(condition.holds(values, context) for condition in plan.mapping.when):
                return plan
        raise Untranslatable([self._not_written(event)])

    def plan_joined(self, event: str, told: Told, context: Mapping[str, Any]) -> tuple[Plan, Mapping[str, Any]]:
        """The plan that writes *event* and the values it reads: the event's own or, where the plan joins it, those of
        all its events that are in *told* (*event* among them). Raises `Incomplete`, or `Untranslatable`."""
        missing: tuple[str, ...] | None = None
        for plan in self._spoken.get(event, ()):
            join = plan.mapping.join
            values = told[event] if join is None else join.values(told)
            holds = all(condition.holds(values, context) for condition in plan.mapping.when)
            waits = join.missing(told) if join is not None else ()
            if holds and not waits:
                return plan, values
            if join is not None:
                missing = missing or waits  # its conditions may come to hold
            if holds:
                break  # what waits here is not another's to write
        if missing is not None:
            raise Incomplete(event, missing)
        raise Untranslatable([self._not_written(event)])

    def joins(self, event: str) -> tuple[Join, ...]:
        """The joins that *event* takes part in on its way out; mostly none."""
        return self._joins.get(event, ())

    @property
    def joined(self) -> frozenset[str]:
        """The events that take part in any join."""
        return frozenset(self._joins)

    def _not_written(self, event: str) -> Problem:
        some = event in self._spoken
        details = {"dialect": self.name, "event": event, "what": " under these conditions" if some else "",
                   "what_zh": "（条件不符）" if some else ""}
        return Problem(UNKNOWN_EVENT, details=details)

    def needs(self, event: str) -> frozenset[str]:
        """The canonical paths wanted from earlier events of the case to write this event."""
        return self._needs.get(event, frozenset())

    def reads_site(self, event: str) -> bool:
        """Whether facts of the event's site (`$site.…`) are read to write it."""
        return event in self._sited

    def facts_read(self, event: str) -> frozenset[str]:
        """The facts of its system (`$system.…`) that are read to write this event, but for its id and region."""
        return facts_read(plan.mapping for plan in self._spoken.get(event, ()))

    def reply(self, event: str, native: Native) -> dict[str, Any]:
        """The canonical values (serials) in a decoded reply to this event, {} where the mapping reads none.
        Raises `Untranslatable`."""
        values: dict[str, Any] = {}
        for plan in self._spoken.get(event, ()):
            values |= plan.reply(native.fields)
        return values

    def _unknown_kind(self, kind: str) -> Problem:
        details = {"dialect": self.name, "kind": kind[:60], **suggestion(kind[:60], self._heard)}
        return Problem(UNKNOWN_KIND, details=details)


def _not_taken(kind: str, plans: Sequence[Plan]) -> Problem:
    """Which fields of a record the mappings of its kind tell it by."""
    told = (", ".join(f"{'/'.join(at)} = {' | '.join(sorted(words))}" for at, words in plan.mapping.match) for plan in plans)
    wanted = "; ".join(f"{plan.event}: {one}" for plan, one in zip(plans, told, strict=True))
    return Problem(NO_MATCH, details={"kind": kind[:60], "wanted": wanted})
