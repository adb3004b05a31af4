"""What a row of a system's own books tells: which event of which case, which version, when; and marks of what it says.

Rows are read by the mapping that reads the system's records. A list gives a part of a record's fields, so only the rules are
used whose values are wanted, and only of fields that the list has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import orjson

from guantong.config.configuration import System
from guantong.journey.facts import facts_of
from guantong.journey.translate import Incoming, case_serials, identity_of, to_events
from guantong.mapping import Plan, Untranslatable
from guantong.mapping.interpret import find
from guantong.mapping.rules import NativePath, Rule
from guantong.model import Model
from guantong.problems import Problem, ProblemsError
from guantong.reconcile.codes import KIND_NOT_TOLD, NO_KEY
from guantong.record import Fields, Native
from guantong.store import Serial
from guantong.vault import Vault

WHOLE = "*"
"""In place of a field: all that an event says."""
NOT_TOLD = ""
"""In place of a mark: the list does not have this field."""


class Told(NamedTuple):
    """An event as a row tells it. `version` is None where it tells none; `marks` stand for what it says, field by field: worthless
    without the home's key. `place` is where the row stands."""

    serials: Sequence[Serial]
    event: str
    identity: bytes
    version: int | None
    occurred: str
    marks: Sequence[str]
    place: str


class Marks:
    """Marks by which contents are compared; *compared* are the canonical fields, or `WHOLE`."""

    def __init__(self, vault: Vault, compared: Sequence[str]) -> None:
        self._vault = vault
        self.compared = tuple(compared)

    def of(self, values: Mapping[str, Any], told: frozenset[str] | None = None) -> list[str]:
        """A mark for each field; `NOT_TOLD` where it is not among *told* (None: all are told)."""
        return [self._mark(values.get(path)) if told is None or path in told else NOT_TOLD for path in self.compared]

    @staticmethod
    def whole(incoming: Incoming) -> list[str]:
        """The mark of all that *incoming* says; of one with contents, which are not read twice, none."""
        return [NOT_TOLD if incoming.attached else incoming.digest.hex()]

    def _mark(self, value: Any) -> str:
        return "-" if value is None else self._vault.digest(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hex()[:16]


@dataclass(frozen=True, slots=True)
class _Part:
    """Of a mapping, what is wanted of the rows of a list. `columns` are the fields that each path is read of."""

    plan: Plan
    event: str
    columns: Mapping[str, frozenset[str]]
    bare: frozenset[str]
    """Paths that need no field of the row."""
    match: Sequence[tuple[NativePath, frozenset[str]]]

    def told(self, row: Fields) -> frozenset[str]:
        """The paths that *row* has a field for, empty or not."""
        return self.bare | {path for path, names in self.columns.items() if not names.isdisjoint(row)}


class Teller:
    """Reads rows of one list for what it tells about events that *source* told."""

    def __init__(self, system: System, source: str, model: Model, vault: Vault, marks: Marks, *, written: bool = False) -> None:
        """*written*: the list holds what *system* took, in records that its dialect writes."""
        self._system = system
        self._source = source
        self._model = model
        self._vault = vault
        self._marks = marks
        self._written = written
        self._parts: dict[str, list[_Part]] = {}
        self._wanted: dict[str, frozenset[str]] = {}

    def tells_of(self, kinds: Sequence[str] = ()) -> set[str]:
        """The events that rows of *kinds*, and of those read so far, tell of."""
        for kind in kinds:
            with suppress(Untranslatable):  # of another subject than a case, or only written
                self._parts_of(kind, "")
        return {part.event for parts in self._parts.values() for part in parts}

    def fields_of(self, kind: str) -> frozenset[str]:
        """The fields of records of *kind* that are read, whatever their case where that does not count; none where nothing is."""
        found = self._wanted.get(kind)
        if found is None:
            try:
                parts = self._parts_of(kind, "")
            except Untranslatable:
                parts = []
            names = {name for part in parts for told in part.columns.values() for name in told}
            found = self._wanted[kind] = frozenset(names | {at[0] for part in parts for at, _ in part.match})
        return found

    def tell(self, native: Native, place: str) -> list[Told]:
        """What the row tells. Raises `Untranslatable` where it cannot be read, and `ProblemsError` where the list lacks the columns
        that say what any of its rows is about."""
        found = []
        parts = self._parts_of(native.kind, place)
        for part in parts:
            row = part.plan.respelt(native.fields)
            if len(parts) > 1 and not self._is_meant(part, row, native.kind, place):
                continue
            told = part.told(row)
            self._needs(part, told, native.kind, place)
            values, whole = self._read(part.plan, native.fields)
            serials = case_serials(self._source, values, self._model)
            if not serials:
                raise Untranslatable((Problem(NO_KEY, details=self._lacking(part, self._keys(part), native.kind, place)),))
            model = self._model.events[part.event]
            version = values.get("version") if self._system.dialect.versioning == "number" and "version" in told else None
            occurred = next((str(values[path]) for path in model.dated if path in values and path in told), "")
            found.append(Told(serials, part.event, identity_of(self._vault, self._source, model, values), version, occurred,
                              self._marks.of(values, told if whole else frozenset()), place))
        return found

    def _read(self, plan: Plan, fields: Fields) -> tuple[dict[str, Any], bool]:
        """The values that can be read, and whether all can: of what cannot be mapped it is still told what it is about."""
        try:
            return plan.inward(fields, facts_of(self._system)).values, True
        except Untranslatable:
            return plan.examine_inward(fields, facts_of(self._system), None)[0], False

    def _parts_of(self, kind: str, place: str) -> list[_Part]:
        found = self._parts.get(kind)
        if found is None:
            dialect = self._system.dialect
            plans = [plan for plan in dialect.plans.values()
                     if kind in plan.mapping.kinds_in or (self._written and kind == plan.mapping.kind_out)]
            plans = [plan for plan in plans if self._model.events[plan.event].subject == "case"]
            if not plans:
                details = {"place": place, "kinds": ", ".join(sorted({one for plan in dialect.plans.values() for one in plan.mapping.kinds_in}))}
                raise Untranslatable((Problem(KIND_NOT_TOLD, details=details),))
            found = self._parts[kind] = [self._part(plan) for plan in plans]
        return found

    def _part(self, plan: Plan) -> _Part:
        model = self._model.events[plan.event]
        wanted = {*(f"serial.{kind}" for kind in self._model.serials), *model.identity, *model.dated, "version", *self._marks.compared}
        rules = _closed(plan.mapping.inward, wanted)
        columns = {rule.path: frozenset(at[0] for at in rule.at) for rule in rules if rule.at}
        part = Plan(replace(plan.mapping, inward=tuple(replace(rule, required=False) for rule in rules), match=()), plan.manners)
        return _Part(part, plan.event, columns, frozenset(rule.path for rule in rules if not rule.at),
                     plan.mapping.match)

    @staticmethod
    def _is_meant(part: _Part, row: Fields, kind: str, place: str) -> bool:
        """Whether the row is one of the records of its kind that the mapping recognises."""
        names = {at[0] for at, _ in part.match}
        if names and names.isdisjoint(row):
            details = {"place": place, "kind": kind, "columns": " / ".join(sorted(names))}
            raise ProblemsError([Problem(NO_KEY, details=details)])
        return all(str(find(row, at)) in words for at, words in part.match)

    def _keys(self, part: _Part) -> list[str]:
        return [path for path in part.columns if path.startswith("serial.")]

    def _needs(self, part: _Part, told: frozenset[str], kind: str, place: str) -> None:
        identity = [path for path in self._model.events[part.event].identity if path in part.columns and path not in told]
        if identity or not any(path in told for path in self._keys(part)):
            wanted = identity or self._keys(part)
            raise ProblemsError([Problem(NO_KEY, details=self._lacking(part, wanted, kind, place))])

    @staticmethod
    def _lacking(part: _Part, paths: Sequence[str], kind: str, place: str) -> dict[str, str]:
        return {"place": place, "kind": kind, "columns": " / ".join(sorted({name for path in paths for name in part.columns[path]}))}


def _closed(rules: Sequence[Rule], wanted: set[str]) -> list[Rule]:
    """Those of *rules* that make *wanted*, and what these need."""
    while True:
        found = [rule for rule in rules if rule.path in wanted]
        needs = {condition.source.path for rule in found for condition in rule.when if condition.source.scope == "own"}
        needs |= {source.path for rule in found for source in rule.sources if source.scope == "own"}
        if needs <= wanted:
            return found
        wanted = wanted | needs


class WholeTeller:
    """Reads records that were read again, as ACCEPT would."""

    def __init__(self, system: System, model: Model, vault: Vault) -> None:
        self._system = system
        self._model = model
        self._vault = vault
        self._keys = Teller(system, system.id, model, vault, Marks(vault, ()))

    def tell(self, natives: Sequence[Native], place: str) -> list[Told]:
        """What the record tells; of one that cannot be mapped, what it is about. Raises `Untranslatable` where not even that can
        be read."""
        numbered = self._system.dialect.versioning == "number"
        heard = [native for native in natives if native.kind not in self._system.receipts_heard]
        try:
            events = to_events(self._system, heard, self._model, self._vault)
        except Untranslatable:
            return [told._replace(marks=[NOT_TOLD]) for native in heard for told in self._keys.tell(native, place)]
        fetch = self._system.fetch
        elsewhere = fetch is not None and any(native.fields.get(fetch.named_by) for native in heard)  # its contents are not got again
        return [Told(one.serials, one.name, one.identity, one.version if numbered else None, one.occurred,
                     [NOT_TOLD] if elsewhere else Marks.whole(one), place) for one in events if one.subject_kind == "case"]
