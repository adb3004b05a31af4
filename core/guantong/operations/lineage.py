"""Lineage: every value of a stored record, recomputed by the mapping version that made it and held against what was kept.

A hop is one translation: a record that came into an event, or an event into the record that was sent. What differs
from what was kept, and what cannot be recomputed, is said; nothing is taken for granted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import orjson

from guantong.blobs.blob import Blob
from guantong.blobs.folding import Part
from guantong.codec import Undecodable, Unencodable
from guantong.config.configuration import Configuration, System
from guantong.journey.attaching import reference_of
from guantong.journey.enclosing import covered
from guantong.journey.facts import facts_of
from guantong.journey.handing import hand_over
from guantong.journey.joins import Gathered, told_with
from guantong.journey.prepare import events_heard
from guantong.mapping import Dialect, Incomplete, Missing, Untranslatable
from guantong.mapping.interpret import Step
from guantong.mapping.plan import Plan
from guantong.operations.codes import LINEAGE_DIFFERS, NO_VERSION, NOT_IN_RECORD, OTHER_CODEC, SYSTEM_GONE
from guantong.operations.flatten import flat
from guantong.operations.stored import facts_out
from guantong.operations.versions import Versions
from guantong.problems import Problem, ProblemsError
from guantong.record import Native
from guantong.sites.kept import read as read_sites
from guantong.sites.tree import Tree
from guantong.store import DeliveryRow, EventRow, MessageRow, Reader
from guantong.vault import Vault

Cover = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Puts marks in place of references to contents, as on the way out."""


class Verdict(StrEnum):
    """How what was recomputed stands to what was kept."""

    SAME = "same"
    DIFFERS = "differs"
    GONE = "gone"
    """The mapping version, or the system, is not there any more: nothing was recomputed."""
    TODAY = "today"
    """Nothing was kept to hold it against (a parked record, a delivery not yet sent): by the mapping in force."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is not what was kept; None where one of them has none. `path` is canonical on the way in, native
    on the way out."""

    path: str
    kept: Any
    recomputed: Any


@dataclass(slots=True)
class Hop:
    """One translation. `way` as the hub sees it; `ident` the message or delivery; `record` the number of the record
    in the message (1: the first), 0 outward; `event_id` 0 where no event was kept."""

    way: Literal["in", "out"]
    ident: str
    system: str
    kind: str
    event: str = ""
    event_id: int = 0
    record: int = 0
    mapping: str = ""
    plan: str = ""
    version: str = ""
    verdict: Verdict = Verdict.TODAY
    translated_by: Plan | None = None
    steps: list[Step] = field(default_factory=list)
    unread: Sequence[str] = ()
    differences: list[Difference] = field(default_factory=list)
    problems: Sequence[Problem] = ()
    made_of: Gathered = field(default_factory=lambda: Gathered({}, {}))
    """Outward: the events in the record."""
    handed: Mapping[str, Blob] = field(default_factory=dict)
    """Inward: the contents that came beside the record, by the words that stand for them in it."""

    def at(self, path: str) -> Step | None:
        """The step that made the value at *path*."""
        return next((step for step in self.steps if step.target == path), None)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value that was sent came from: the step of the hop that brought it in. `hop` is None for what no
    record said: a fact of the configuration, a serial from a reply, a constant."""

    hop: Hop | None
    step: Step | None


class Lineage:
    """Explains messages and deliveries of one home. Reads, never writes; raises `VaultError` where a body does not
    open."""

    def __init__(self, reader: Reader, vault: Vault, configuration: Configuration, versions: Versions) -> None:
        self._reader = reader
        self._vault = vault
        self._configuration = configuration
        self._versions = versions
        self._messages: dict[int, list[Hop]] = {}
        self._by_tree = {configuration.sites.number: configuration}

    def of_message(self, number: int) -> list[Hop]:
        """A hop for each event the message yielded; where it yielded none, for each mapping in force that reads
        what is in it. Empty where there is no such message."""
        if number not in self._messages:
            row = self._reader.message(number)
            self._messages[number] = self._read(row) if row is not None else []
        return self._messages[number]

    def of_delivery(self, number: int) -> Hop | None:
        """The hop that made what was, or would be, sent. None where there is no such delivery."""
        row = self._reader.delivery(number)
        event = self._reader.event(row.event) if row else None
        return self._written(row, event) if row is not None and event is not None else None

    def origin(self, hop: Hop, step: Step) -> Origin:
        """Where the value of one *step* of an outward *hop* came from."""
        source = step.source
        event = hop.event_id
        join = hop.translated_by.mapping.join if hop.translated_by is not None else None
        if join is not None and not source.startswith("$"):
            name, source = join.source(source, hop.made_of.told)
            event = hop.made_of.events.get(name, 0)
        if source.startswith("$"):
            scope, _, source = source.partition(".")
            event = self._said_by(hop.event_id, source) if scope == "$case" else 0
        row = self._reader.event(event) if event and source else None
        for one in self.of_message(row.message) if row is not None else ():
            if one.event_id == event:
                return Origin(one, one.at(source))
        return Origin(None, None)

    def _said_by(self, ident: int, path: str) -> int:
        """The event of the case whose value at *path* event *ident* was given; 0 where none says it."""
        event = self._reader.event(ident)
        said = 0
        for row in events_heard(self._reader, ident, event.subject) if event is not None else ():
            if path in orjson.loads(self._vault.open(row.body)):
                said = row.id
        return said

    def _read(self, row: MessageRow) -> list[Hop]:
        system = self._configuration.systems.get(row.system)
        body, parts = self._vault.open(row.body), self._vault.open_folded(row.body).parts
        events = self._reader.events_of_message(row.id)
        if system is None:
            return [_gone(Hop("in", f"M{row.id}", row.system, row.kind), [_no_system(f"M{row.id}", row.system)])]
        if not events:
            return _today(system, row, body, parts)
        taken: set[tuple[str, int]] = set()
        return [self._read_event(system, row, body, parts, event, taken) for event in events]

    def _read_event(self, system: System, row: MessageRow, body: bytes, parts: Sequence[Part], event: EventRow,
                    taken: set[tuple[str, int]]) -> Hop:
        """The hop of one kept event. The record it came from is the one that gives its very content; else the first
        that no other event came from (in *taken*)."""
        kept = orjson.loads(self._vault.open(event.body))
        blank = Hop("in", f"M{row.id}", row.system, row.kind, event.name, event.id, plan=event.plan)
        try:
            dialect, plan = self._versions.plan(system.dialect.name, event.plan)
            system = self._as_of(self._tree_of(row, event) if system.site else 0).systems[system.id]
        except ProblemsError as error:
            return _gone(blank, error.problems)
        tries = [one for one in _read_with(plan, dialect, system, row, body, parts) if (event.plan, one.record) not in taken]
        for one in tries:
            one.event_id, one.version = event.id, dialect.version
            self._judge(one, kept, self._as_kept(one))
        best = next((one for one in tries if one.verdict is Verdict.SAME), tries[0] if tries else None)
        if best is None:
            blank.verdict, blank.problems = Verdict.DIFFERS, [Problem(NOT_IN_RECORD, details={"id": blank.ident})]
            return blank
        taken.add((event.plan, best.record))
        return best

    def _cover(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return covered(values, self._configuration.model, self._vault)

    def _as_kept(self, hop: Hop) -> dict[str, Any]:
        """The values a hop made, with references in place of contents."""
        values = _values(hop)
        for path in self._configuration.model.blob_paths:
            if path in values:
                values[path] = reference_of(str(values[path]), hop.handed)
        return values

    def _written(self, row: DeliveryRow, event: EventRow) -> Hop:
        made_by = self._made(row)
        made = Hop("out", f"D{row.id}", row.target, row.kind, event.name, event.id, plan=str(made_by.get("plan", "")))
        system = self._configuration.systems.get(row.target)
        if system is None:
            return _gone(made, [_no_system(made.ident, made.system)])
        try:
            configuration = self._as_of(int(made_by.get("sites", 0)))
        except ProblemsError as error:
            return _gone(made, error.problems)
        context = facts_out(configuration, system, event, self._reader, self._vault)
        if row.body is None:
            made.made_of = self._made_of(system.dialect, row, event)
            return _write_with(made, system.dialect, context, self._cover)[0]
        sent = self._vault.open_folded(row.body).body  # contents are told by their marks
        try:
            if made.plan:
                versions: Iterable[Dialect] = [self._versions.plan(system.dialect.name, made.plan)[0]]
            else:  # sent before the journal told the plan: the version is the one that makes these bytes
                versions = self._versions.of(system.dialect.name)
            for dialect in versions:
                made.made_of = self._made_of(dialect, row, event)
                one, body = _write_with(made, dialect, context, self._cover)
                self._judge_sent(one, dialect, row.kind, sent, body)
                if made.plan or one.verdict is Verdict.SAME:
                    return one
        except ProblemsError as error:
            return _gone(made, error.problems)
        return _gone(made, [Problem(NO_VERSION, details={"id": made.ident, "dialect": system.dialect.name})])

    def _made_of(self, dialect: Dialect, row: DeliveryRow, event: EventRow) -> Gathered:
        return told_with(self._reader, self._vault, self._configuration.model, dialect, row, event)

    def _made(self, row: DeliveryRow) -> Mapping[str, Any]:
        """What the journal says of how the bytes of a delivery were made: by which mapping version, and tree of sites."""
        lines = [line for line in self._reader.journal_of(row.subject) if line.delivery == row.id]
        return next((line.detail for line in reversed(lines) if "plan" in line.detail), {})

    def _tree_of(self, row: MessageRow, event: EventRow) -> int:
        """The tree of sites that an event's rules could read from, as the journal says; 0 where it does not."""
        lines = (line for line in self._reader.journal_of(event.subject) if line.message == row.id)
        return next((int(line.detail["sites"]) for line in lines
                     if line.detail.get("event") == event.name and "sites" in line.detail), 0)

    def _as_of(self, tree: int) -> Configuration:
        """The configuration with that version of the tree, without sites for 0: then the rules read none, or there were none yet.
        Raises `ProblemsError` where it is gone."""
        if tree not in self._by_tree:
            there = read_sites(self._configuration.home, tree) if tree else Tree()
            self._by_tree[tree] = self._configuration.with_sites(there)
        return self._by_tree[tree]

    @staticmethod
    def _judge(hop: Hop, kept: Mapping[str, Any], made: Mapping[str, Any]) -> None:
        hop.differences = _differences(flat(kept, "."), flat(made, "."))
        hop.verdict = Verdict.DIFFERS if hop.differences or hop.problems else Verdict.SAME
        if hop.verdict is Verdict.DIFFERS:
            hop.problems = (*hop.problems, _differs(hop))

    @staticmethod
    def _judge_sent(hop: Hop, dialect: Dialect, kind: str, sent: bytes, made: bytes | None) -> None:
        if made == sent:
            hop.verdict = Verdict.SAME
            return
        hop.verdict = Verdict.DIFFERS
        try:
            one, other = (flat(_fields(dialect, kind, body), "/") for body in (sent, made or b""))
            hop.differences = _differences(one, other) if made is not None else []
        except Undecodable:
            hop.problems = (*hop.problems, Problem(OTHER_CODEC, details={"id": hop.ident, "dialect": dialect.name}))
            return
        hop.problems = (*hop.problems, _differs(hop))


def _gone(hop: Hop, problems: Sequence[Problem]) -> Hop:
    hop.verdict, hop.problems = Verdict.GONE, problems
    return hop


def _no_system(ident: str, system: str) -> Problem:
    return Problem(SYSTEM_GONE, details={"id": ident, "system": system})


def _today(system: System, row: MessageRow, body: bytes, parts: Sequence[Part]) -> list[Hop]:
    """A record without events, by the mappings in force."""
    hops: list[Hop] = []
    for plan in system.dialect.plans.values():
        hops += _read_with(plan, system.dialect, system, row, body, parts)
    for hop in hops:
        hop.version = system.dialect.version
    return sorted(hops, key=lambda one: one.record)


def _read_with(plan: Plan, dialect: Dialect, system: System, row: MessageRow, body: bytes, parts: Sequence[Part]) -> list[Hop]:
    """What one mapping reads in each record of a message that it recognises."""
    hops: list[Hop] = []
    natives = _natives(dialect, row, body)
    handed = _handed(natives, parts)
    for number, native in enumerate(natives, 1):
        if native.kind not in plan.mapping.kinds_in or not plan.matches(native.fields):
            continue
        hop = Hop("in", f"M{row.id}", row.system, native.kind, plan.event, record=number, mapping=plan.mapping.place.file,
                  plan=plan.id, translated_by=plan, handed=handed)
        _, run = plan.examine_inward(native.fields, facts_of(system), hop.steps.append)
        hop.unread, hop.problems = tuple(run.unread), tuple(run.problems)
        hops.append(hop)
    return hops


def _natives(dialect: Dialect, row: MessageRow, body: bytes) -> Sequence[Native]:
    try:
        return dialect.decode(body, row.kind or None, row.charset or None)
    except Undecodable:
        return ()  # told as an event that is not in the record


def _handed(natives: Sequence[Native], parts: Sequence[Part]) -> dict[str, Blob]:
    try:
        return hand_over(natives, parts)
    except Untranslatable:
        return {}  # told as differences


def _write_with(like: Hop, dialect: Dialect, context: Mapping[str, Any], cover: Cover) -> tuple[Hop, bytes | None]:
    """What a version of the dialect writes of an event: the hop, and the bytes where it comes to any."""
    hop = Hop("out", like.ident, like.system, like.kind, like.event, like.event_id, version=dialect.version,
              made_of=like.made_of)
    try:
        plan, values = dialect.plan_joined(hop.event, hop.made_of.told, context)
        hop.mapping, hop.plan, hop.translated_by = plan.mapping.place.file, plan.id, plan
        made = plan.trace_outward(cover(values), context, hop.steps.append)
        return hop, dialect.encode(made.native)
    except Untranslatable as error:
        hop.problems = error.problems
    except (Missing, Incomplete):
        pass  # it waits: what is there is told, the rest is the case's
    except Unencodable as error:
        hop.problems = (Problem(OTHER_CODEC, path=error.path, details={"id": hop.ident, "dialect": dialect.name}),)
    return hop, None


def _fields(dialect: Dialect, kind: str, body: bytes) -> Mapping[str, Any]:
    return next((native.fields for native in dialect.codec_out.decode(body, kind)), {})


def _values(hop: Hop) -> dict[str, Any]:
    """The values a hop made, as they are kept: those of the outermost rules."""
    values = {step.target: step.value for step in hop.steps if "[" not in step.target}
    kept: dict[str, Any] = orjson.loads(orjson.dumps(values))
    return kept


def _differences(kept: Mapping[str, Any], made: Mapping[str, Any]) -> list[Difference]:
    return [Difference(path, kept.get(path), made.get(path)) for path in [*kept, *(one for one in made if one not in kept)]
            if kept.get(path) != made.get(path)]


def _differs(hop: Hop) -> Problem:
    paths = ", ".join(one.path for one in hop.differences[:8]) or "-"
    return Problem(LINEAGE_DIFFERS, details={"id": hop.ident, "count": len(hop.differences), "paths": paths})
