"""The search: unread native fields against canonical fields without a rule, every pair weighed by its evidence.

Nothing is applied: a suggestion is a line of YAML for a person to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from guantong.mapping.dates import DateFormat
from guantong.mapping.dialect import Dialect
from guantong.mapping.plan import Plan
from guantong.mapping.rules import every
from guantong.mapping.suggest.elsewhere import Elsewhere, gather
from guantong.mapping.suggest.names import by_label, folded
from guantong.mapping.suggest.values import NOT_ITS_TYPE, by_values
from guantong.model import Field, Model
from guantong.record import Native

LEAST = 25
MOST_PER_FIELD = 3
MOST_VALUES = 200
NOTHING: Mapping[str, Any] = {"system": {}, "site": {}, "case": {}}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason: its kind, its weight, and the reason in English and Chinese."""

    kind: str
    weight: int
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`native` may carry `path` in `mapping`. `rule` is the line to write (under `within` where it belongs to a
    list's items); `best` says that nothing else suits either of them better."""

    mapping: str
    native: str
    path: str
    rule: str
    within: str
    weight: int
    evidence: tuple[Evidence, ...]
    best: bool = False

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`."""
        return {
            "mapping": self.mapping, "native": self.native, "path": self.path, "rule": self.rule, "within": self.within,
            "weight": self.weight, "best": self.best,
            "evidence": [{"kind": one.kind, "weight": one.weight, "en": one.en, "zh": one.zh} for one in self.evidence],
        }


@dataclass(slots=True)
class Answer:
    """All suggestions; the native fields nothing is known of, by mapping; the kinds of records the dialect does
    not read, with their number."""

    suggestions: list[Suggestion] = field(default_factory=list)
    unclear: list[tuple[str, str]] = field(default_factory=list)
    unknown_kinds: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Free:
    """A canonical field without a rule; `within` is the list it belongs to, `at` where that list stands."""

    path: str
    declared: Field
    within: str = ""
    at: str = ""


def suggest(dialect: Dialect, dialects: Mapping[str, Dialect], model: Model, samples: Iterable[Native]) -> Answer:
    """What *dialect* might read besides what it reads: from the unread fields of *samples*, and from what dialects
    of the same family read for the same event."""
    answer = Answer()
    unread: dict[str, dict[str, list[str]]] = {}
    for native in samples:
        plans = dialect.plans_in(native.kind)
        if not plans:
            answer.unknown_kinds[native.kind] = answer.unknown_kinds.get(native.kind, 0) + 1
        for plan in plans:
            if plan.matches(native.fields):
                _collect(plan, native, unread.setdefault(plan.mapping.name, {}))
    elsewhere = gather(dialects, model)
    for name, plan in sorted(dialect.plans.items()):
        found = unread.get(name, {})
        free = list(_free(plan, model))
        made = [one for native_path, values in sorted(found.items())
                for one in _ranked(dialect, plan, native_path, values, free, elsewhere)]
        # What no sample has is told only of fields that no sample has anything for.
        rest = [one for one in free if (one.within, one.path) not in {(each.within, each.path) for each in made}]
        heard = sorted({*_known_to_family(dialect, plan, elsewhere, rest)} - found.keys())
        made += [one for native_path in heard for one in _ranked(dialect, plan, native_path, (), rest, elsewhere)]
        answer.suggestions += _with_best(made)
        hit = {one.native for one in made}
        answer.unclear += [(name, path) for path, values in sorted(found.items()) if values and path not in hit]
    return answer


def _collect(plan: Plan, native: Native, found: dict[str, list[str]]) -> None:
    _, run = plan.examine_inward(native.fields, NOTHING, None)
    record = plan.respelt(native.fields)
    for path in run.unread:
        values = found.setdefault(path, [])
        texts = (str(value) for value in _at(record, path.split("/")) if value not in (None, "") and value not in plan.manners.nulls)
        values += [text for text in texts if text not in values][: MOST_VALUES - len(values)]


def _at(value: Any, path: Sequence[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _at(item, path)
    elif not path:
        yield from () if isinstance(value, dict) else (value,)
    elif isinstance(value, dict):
        yield from _at(value.get(path[0]), path[1:])


def _free(plan: Plan, model: Model) -> Iterator[_Free]:
    """The fields of the event that no rule of the mapping reads."""
    event = model.events.get(plan.event)
    if event is None:
        return
    ruled = {rule.path: rule for rule in plan.mapping.inward or plan.mapping.outward}
    for path, declared in event.fields.items():
        rule = ruled.get(path)
        if rule is None:
            if declared.type != "list":
                yield _Free(path, declared)
        elif declared.type == "list":
            inner = {one.path for one in rule.fields}
            for name, item in declared.fields.items():
                if name not in inner:
                    yield _Free(name, item, path, rule.native)


def _known_to_family(dialect: Dialect, plan: Plan, elsewhere: Elsewhere, free: Sequence[_Free]) -> Iterator[str]:
    """Names that mappings of the same event use for a free field, where they share a third of this mapping's
    names: the other side's documents may have them though no sample does."""
    own = {folded(at[-1]) for rule in every(plan.mapping.inward) for at in rule.at}
    if not own:
        return
    for other in sorted({name for name, event, _ in elsewhere.spelt if event == plan.event} - {dialect.name}):
        theirs = {folded(spelt.split("/")[-1]) for (name, event, _), all_spelt in elsewhere.spelt.items()
                  if (name, event) == (other, plan.event) for spelt in all_spelt}
        if len(own & theirs) * 3 < len(own):
            continue
        for one in free:
            path = f"{one.within}.{one.path}" if one.within else one.path
            for spelt in elsewhere.spelt.get((other, plan.event, path), [])[:1]:
                if folded(spelt.split("/")[-1]) not in own:
                    yield f"{one.at}/{spelt}" if one.within else spelt


def _ranked(
    dialect: Dialect, plan: Plan, native: str, values: Sequence[str], free: Sequence[_Free], elsewhere: Elsewhere
) -> list[Suggestion]:
    formats = _formats(plan)
    found: list[Suggestion] = []
    for one in free:
        inside = bool(one.at) and native.startswith(f"{one.at}/")
        if inside != bool(one.within):
            continue
        evidence = _evidence(dialect, plan, native, values, one, elsewhere, formats)
        weight = sum(each.weight for each in evidence)
        if weight >= LEAST:
            local = native.removeprefix(f"{one.at}/") if inside else native
            rule = _rule(one, local, dialect, elsewhere)
            found.append(Suggestion(plan.mapping.name, native, one.path, rule, one.within, weight, evidence))
    return sorted(found, key=lambda one: (-one.weight, one.path))[:MOST_PER_FIELD]


def _evidence(
    dialect: Dialect, plan: Plan, native: str, values: Sequence[str], one: _Free, elsewhere: Elsewhere,
    formats: Sequence[DateFormat],
) -> tuple[Evidence, ...]:
    name = native.split("/")[-1]
    path = f"{one.within}.{one.path}" if one.within else one.path
    found: list[Evidence] = []
    users = elsewhere.names.get((path, folded(name)), [])
    if users:
        mine = [event for user, event in users if user == dialect.name]
        same = [user for user, event in users if event == plan.event]
        others = sorted({user for user, _ in users})
        if mine:
            found.append(Evidence("own", 70, f"so called in {mine[0]} of this dialect", f"本规范的 {mine[0]} 中即用此名"))
        else:
            weight = 60 if same else 45
            named = ", ".join((same or others)[:3])
            found.append(Evidence("elsewhere", weight, f"so called by {named}", f"{named} 用此名"))
    weight, en, zh = by_label(name, one.declared)
    if weight:
        found.append(Evidence("name", weight, en, zh))
    weight, en, zh = by_values(values, one.declared, formats)
    # Dates and amounts are many: what values say alone is enough only where they carry a check digit.
    if weight == NOT_ITS_TYPE or (weight and (found or weight >= LEAST)):
        found.append(Evidence("values", weight, en, zh))
    if one.declared.codes is not None and values:
        for user, table in elsewhere.tables.get(one.declared.codes, []):
            if all(value in table.read or value in table.also for value in values) and found:
                en, zh = f"all values stand in {user}'s table {table.name}", f"取值都在 {user} 的代码表 {table.name} 中"
                found.append(Evidence("codes", 20, en, zh))
                break
    return tuple(found)


def _formats(plan: Plan) -> tuple[DateFormat, ...]:
    return tuple(one for rule in every(plan.mapping.inward) for one in rule.formats)


def _rule(one: _Free, native: str, dialect: Dialect, elsewhere: Elsewhere) -> str:
    """The line to write."""
    shown = native if native.replace("_", "").replace("/", "").isalnum() else f'"{native}"'
    if one.declared.type != "code":
        return f"{one.path}: {shown}"
    tables = [table.name for user, table in elsewhere.tables.get(one.declared.codes or "", []) if user == dialect.name]
    table = tables[0] if tables else one.declared.codes
    return f"{one.path}: {{at: {shown}, codes: {table}, otherwise: park}}"


def _with_best(made: Sequence[Suggestion]) -> list[Suggestion]:
    """Heaviest first; a native field and a canonical field are each the best of one suggestion at most."""
    taken: set[str] = set()
    answer: list[Suggestion] = []
    for one in sorted(made, key=lambda one: (-one.weight, one.native, one.path)):
        keys = {f"native {one.native}", f"path {one.within}.{one.path}"}
        best = not keys & taken
        if best:
            taken |= keys
        answer.append(replace(one, best=best))
    return answer

