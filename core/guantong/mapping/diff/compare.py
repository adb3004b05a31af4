"""Comparing: samples through two versions of a dialect, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guantong.codec import Undecodable, Unencodable
from guantong.mapping.dialect import Dialect
from guantong.mapping.diff.difference import Difference, Groups, Seen
from guantong.mapping.join import Told, groups
from guantong.mapping.outcome import Incomplete, Missing, Translated, Untranslatable
from guantong.mapping.plan import Plan
from guantong.mapping.rules import Rule
from guantong.mapping.showing import Shower
from guantong.model import Field
from guantong.record import Fields, Native

_FEW = ("code", "boolean", "integer", "region")
Flat = dict[str, list[Any]]


@dataclass(slots=True)
class _Side:
    """What one version made of one thing: events by name or a record, or why not."""

    events: dict[str, Translated] = field(default_factory=dict)
    native: Native | None = None
    body: bytes | None = None
    plan: Plan | None = None
    problems: frozenset[tuple[str, str]] = frozenset()


class Comparison:
    """Takes samples one by one, then tells the differences. Each version's values are shown by the shower of
    its own model; what is personal in either is masked."""

    def __init__(self, old: Dialect, new: Dialect, show_old: Shower, show_new: Shower) -> None:
        self.records = 0
        """Samples compared."""
        self.differing = 0
        """Samples in which anything differs."""
        self._old, self._new = old, new
        self._showers = (show_old, show_new)
        self._groups = Groups()
        self._sample = ""
        self._differs = False

    def differences(self) -> list[Difference]:
        """Everything found, grouped."""
        return self._groups.all()

    def body(
        self, sample: str, body: bytes, kind: str | None, context: Mapping[str, Any], charset: str | None = None, *,
        write: bool = True,
    ) -> None:
        """Compare what both make of the bytes of one sample (which may hold several records); *charset* as its
        transport named it. Without *write*, its events are not written again."""
        olds, why_old = _decoded(self._old, body, kind, charset)
        news, why_new = _decoded(self._new, body, kind, charset)
        self._begin(sample)
        self._refusals("in", "", why_old, why_new)
        if len(olds) != len(news) and not (why_old or why_new):
            self._tell("items", "in", "", "", str(len(olds)), str(len(news)), pairs=True)
        self._end(counted=not (olds and news))
        for number, (one, other) in enumerate(zip(olds, news, strict=False), 1):
            self.record(f"{sample}#{number}", one, other, context, write=write)

    def record(self, sample: str, old: Native, new: Native, context: Mapping[str, Any], *, write: bool = True) -> None:
        """Compare the events in one record, as each version decoded it, and the records made of those events."""
        self._begin(sample)
        one, other = _read(self._old, old, context), _read(self._new, new, context)
        event = "" if len(one.events | other.events) != 1 else next(iter(one.events or other.events))
        self._refusals("in", event, one.problems, other.problems)
        if not (one.problems or other.problems) and one.events.keys() != other.events.keys():
            self._tell("event", "in", "", "", ", ".join(one.events), ", ".join(other.events), pairs=True)
        for name in one.events.keys() & other.events.keys():
            self._values(name, one.events[name], other.events[name])
        made = [(name, each.values) for name, each in (other.events | one.events).items()] if write else []
        for name, told in groups(lambda event: self._old.joins(event) or self._new.joins(event), made):
            self._write(name, told, context)
        self._end()

    def event(self, sample: str, event: str, told: Told, context: Mapping[str, Any]) -> None:
        """Compare the records both versions write of one event; in *told* with those that make its record with it."""
        self._begin(sample)
        self._write(event, told, context)
        self._end()

    def _begin(self, sample: str) -> None:
        self._sample, self._differs = sample, False

    def _end(self, *, counted: bool = True) -> None:
        self.records += counted
        self.differing += counted and self._differs

    def _tell(self, kind: str, way: str, event: str, path: str, old: str, new: str, *, pairs: bool) -> None:
        self._differs = True
        self._groups.add(kind, way, event, path, Seen(self._sample, old, new), pairs=pairs)

    def _refusals(
        self, way: str, event: str, old: frozenset[tuple[str, str]], new: frozenset[tuple[str, str]]
    ) -> None:
        for path, code in sorted(new - old):
            self._tell("refused", way, event, path, "", code, pairs=True)
        for path, code in sorted(old - new):
            self._tell("accepted", way, event, path, code, "", pairs=True)

    def _values(self, event: str, old: Translated, new: Translated) -> None:
        for path, before, after in _pairs_of(_flat(old.values, "."), _flat(new.values, ".")):
            few = self._few(path)
            self._value("in", event, path, before, after, lambda value, path=path: self._shown(path, value), few=few)
        for path in sorted({*new.unread} - {*old.unread}):
            self._tell("unread", "in", event, path, "", "", pairs=False)
        for path in sorted({*old.unread} - {*new.unread}):
            self._tell("read", "in", event, path, "", "", pairs=False)

    def _write(self, event: str, told: Told, context: Mapping[str, Any]) -> None:
        if not (self._old.speaks(event) or self._new.speaks(event)):
            return
        one, other = _written(self._old, event, told, context), _written(self._new, event, told, context)
        self._refusals("out", event, one.problems, other.problems)
        if one.native is None or other.native is None or one.plan is None or other.plan is None:
            return
        if one.native.kind != other.native.kind:
            self._tell("changed", "out", event, "", one.native.kind, other.native.kind, pairs=True)
        rules = _rules(one.plan.mapping.outward) | _rules(other.plan.mapping.outward)
        same = one.native == other.native
        for path, before, after in () if same else _pairs_of(_flat(one.native.fields, "/"), _flat(other.native.fields, "/")):
            show = self._native(rules.get(path))
            self._value("out", event, path, before, after, show, few=_is_few(rules.get(path)))
        if same and one.body != other.body and not (one.problems or other.problems):
            self._tell("bytes", "out", event, "", f"{len(one.body or b'')} B", f"{len(other.body or b'')} B", pairs=False)

    def _value(
        self, way: str, event: str, path: str, old: Sequence[Any], new: Sequence[Any], show: Any, *, few: bool
    ) -> None:
        """Tell the differences of one path: one value a side, or the values of a list's items in order."""
        if len(old) != len(new) and old and new:
            self._tell("items", way, event, path, str(len(old)), str(len(new)), pairs=True)
            return
        for number in range(max(len(old), len(new))):
            before = old[number] if number < len(old) else None
            after = new[number] if number < len(new) else None
            if before == after:
                continue
            kind = "added" if before is None else "removed" if after is None else "changed"
            self._tell(kind, way, event, path, *(("" if one is None else show(one)) for one in (before, after)), pairs=few)

    def _fields(self, path: str) -> list[tuple[Shower, Field]]:
        found = ((shower, shower.model.field(path)) for shower in self._showers)
        return [(shower, declared) for shower, declared in found if declared is not None]

    def _shown(self, path: str, value: Any) -> str:
        """A canonical value, masked as the model does that protects it more."""
        known = sorted(self._fields(path), key=lambda one: one[1].personal == "none")
        shower = known[0][0] if known else self._showers[1]
        return shower.canonical(path, value)

    def _few(self, path: str) -> bool:
        known = self._fields(path)
        return bool(known) and all(one.personal == "none" and one.type in _FEW for _, one in known)

    def _native(self, rule: tuple[str, Rule] | None) -> Any:
        """How the value of a native field is shown: as the canonical field its rule carries."""
        if rule is not None and rule[1].value is not None:
            return repr
        path = rule[0] if rule is not None else ""
        return lambda value: self._shown(path, value)


def _decoded(
    dialect: Dialect, body: bytes, kind: str | None, charset: str | None
) -> tuple[list[Native], frozenset[tuple[str, str]]]:
    try:
        return dialect.decode(body, kind, charset), frozenset()
    except Undecodable as error:
        return [], frozenset({("", error.code)})


def _read(dialect: Dialect, native: Native, context: Mapping[str, Any]) -> _Side:
    try:
        return _Side({made.event: made for made in dialect.inward(native, context)})
    except Untranslatable as error:
        return _Side(problems=_named(error))


def _written(dialect: Dialect, event: str, told: Told, context: Mapping[str, Any]) -> _Side:
    try:
        plan, values = dialect.plan_joined(event, told, context)
        side = _Side(native=plan.outward(values, context).native, plan=plan)
    except Untranslatable as error:
        return _Side(problems=_named(error))
    except Incomplete as incomplete:
        return _Side(problems=frozenset((name, "awaited") for name in incomplete.missing or (event,)))
    except Missing as missing:
        return _Side(problems=frozenset({(missing.path, "awaited")}))
    try:
        side.body = dialect.encode(side.native) if side.native is not None else None
    except Unencodable as error:
        side.problems = frozenset({(error.path, "unencodable")})
    return side


def _named(error: Untranslatable) -> frozenset[tuple[str, str]]:
    return frozenset((_without_numbers(problem.path), problem.code.id) for problem in error.problems)


def _without_numbers(path: str) -> str:
    """`SBCLQD[3]/CLMC` as `SBCLQD/CLMC`: the same mistake in every item is one."""
    return "".join(part if not number else part.split("]", 1)[-1] for number, part in enumerate(path.split("[")))


def _flat(fields: Mapping[str, Any], separator: str, before: str = "") -> Flat:
    """Path → its values: one, or those of a list's items in order (None where an item has none)."""
    found: Flat = {}
    for name, value in fields.items():
        path = f"{before}{name}"
        if isinstance(value, dict):
            found |= _flat(value, separator, f"{path}{separator}")
        elif isinstance(value, list):
            found |= _items(value, separator, path)
        else:
            found[path] = [value]
    return found


def _items(items: Sequence[Fields], separator: str, path: str) -> Flat:
    each = [_flat(item, separator, f"{path}{separator}") for item in items]
    names = dict.fromkeys(name for one in each for name in one)
    return {name: [value for one in each for value in one.get(name, [None])] for name in names}


def _pairs_of(old: Flat, new: Flat) -> Iterator[tuple[str, list[Any], list[Any]]]:
    for path in dict.fromkeys([*old, *new]):
        before, after = old.get(path, []), new.get(path, [])
        if before != after:
            yield path, before, after


def _rules(rules: Iterable[Rule], native: str = "", canonical: str = "") -> dict[str, tuple[str, Rule]]:
    """Written native path → the canonical path it carries and its rule, the items of lists included."""
    found: dict[str, tuple[str, Rule]] = {}
    for rule in rules:
        source = rule.path or next((one.path for one in rule.sources if one.scope == "case"), "")
        path = f"{native}{rule.native}"
        found[path] = (f"{canonical}{source}", rule)
        found |= _rules(rule.fields, f"{path}/", f"{canonical}{source}.")
    return found


def _is_few(rule: tuple[str, Rule] | None) -> bool:
    return rule is not None and not rule[1].personal and (
        rule[1].value is not None or rule[1].table is not None or rule[1].type in _FEW)
