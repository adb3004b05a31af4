"""Every mutant of a dialect: its mappings with one change each.

A rule inherited unchanged is its parent's to test; what a dialect says itself is its own. Code tables and
lists of date formats are changed once for all the rules that use them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from guantong.mapping.dialect import Dialect
from guantong.mapping.join import Join
from guantong.mapping.joinreader import fields_of
from guantong.mapping.mutate.changes import CHANGES, changes, formats, rows
from guantong.mapping.plan import Plan
from guantong.mapping.rules import MappingPlan, Rule
from guantong.model import Field, Model
from guantong.problems import Place

Side = Literal["inward", "outward", "reply"]
_SIDES: Mapping[Side, str] = {"inward": "in", "outward": "out", "reply": "reply"}
Change = Callable[[Rule], Rule]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A dialect with one change. `rule` names what was changed (`case.step/out/SPSJ`, `codes/id.type/passport`,
    `formats/iso`, `empty`), as exemptions do; `plans` are the changed mappings by name."""

    rule: str
    kind: str
    what: str
    place: Place
    plans: Mapping[str, MappingPlan]

    @property
    def en(self) -> str:
        """`case.step/out/SPSJ: written in another format`."""
        return f"{self.rule}: {CHANGES[self.kind][0].format(what=self.what)}"

    @property
    def zh(self) -> str:
        return f"{self.rule}：{CHANGES[self.kind][1].format(what=self.what)}"


@dataclass(frozen=True, slots=True)
class _Spot:
    """A rule where it stands: mapping, side, and the indices on the way to it."""

    mapping: MappingPlan
    side: Side
    way: tuple[int, ...]
    rule: Rule
    path: str
    declared: Field | None

    @property
    def name(self) -> str:
        return f"{self.mapping.name}/{_SIDES[self.side]}/{self.path}"


def mutants(dialect: Dialect, parent: Dialect | None, model: Model) -> Iterator[Mutant]:
    """Every mutant of what *dialect* says itself; *parent* is the dialect it extends."""
    spots: list[_Spot] = []
    for name, plan in dialect.plans.items():
        inherited = parent.plans.get(name) if parent is not None else None
        mine = list(_own(plan, inherited, model))
        for spot in mine:
            outward = spot.side == "outward"
            for change in changes(spot.rule, spot.declared, plan.manners, outward=outward):
                changed = _with(spot.mapping, spot.side, spot.way, change.rule)
                yield Mutant(spot.name, change.kind, change.what, spot.rule.place, {name: changed})
        yield from _recognition(plan, inherited)
        spots += mine
    yield from _of_tables(spots)
    yield from _of_formats(spots)
    yield from _of_empty(dialect, spots)


def _own(plan: Plan, inherited: Plan | None, model: Model) -> Iterator[_Spot]:
    """The rules that are not the parent's, lists and their items each for themselves."""
    same = inherited is not None and inherited.manners == plan.manners
    fields = fields_of(plan.mapping, model)
    for side in cast("tuple[Side, ...]", tuple(_SIDES)):
        outward = side == "outward"
        theirs = {_key(rule, outward): rule for rule in _rules(inherited.mapping, side)} if inherited and same else {}
        for order, rule in enumerate(_rules(plan.mapping, side)):
            known = theirs.get(_key(rule, outward))
            declared = fields.get(rule.path)
            path = rule.native if outward else rule.path
            if known is None or _bare(rule) != _bare(known):
                yield _Spot(plan.mapping, side, (order,), rule, path, declared)
            items = {_key(item, outward): _bare(item, deep=True) for item in known.fields} if known else {}
            for inner, item in enumerate(rule.fields):
                if items.get(_key(item, outward)) != _bare(item, deep=True):
                    within = declared.fields.get(item.path) if declared else None
                    name = item.native if outward else item.path
                    yield _Spot(plan.mapping, side, (order, inner), item, f"{path}.{name}", within)


def _rules(mapping: MappingPlan, side: Side) -> tuple[Rule, ...]:
    return cast("tuple[Rule, ...]", getattr(mapping, side))


def _key(rule: Rule, outward: bool) -> str:
    return rule.native if outward else rule.path


def _bare(rule: Rule, *, deep: bool = False) -> Rule:
    """The rule without its number, for comparing; a list without its items unless *deep*."""
    return replace(rule, bit=0, fields=tuple(_bare(item, deep=True) for item in rule.fields) if deep else ())


def _with(mapping: MappingPlan, side: Side, way: tuple[int, ...], rule: Rule | None) -> MappingPlan:
    """The mapping with another rule (or none) at this place."""
    changed: Any = {side: _put(_rules(mapping, side), way, rule)}
    return replace(mapping, **changed)


def _put(rules: tuple[Rule, ...], way: tuple[int, ...], rule: Rule | None) -> tuple[Rule, ...]:
    at, rest = way[0], way[1:]
    if rest:
        rule = replace(rules[at], fields=_put(rules[at].fields, rest, rule))
    return (*rules[:at], *([] if rule is None else [rule]), *rules[at + 1:])


def _recognition(plan: Plan, inherited: Plan | None) -> Iterator[Mutant]:
    """The record kinds a mapping reads and writes, how it recognises records (`match:`), and which events it
    writes (`when:`)."""
    mapping = plan.mapping
    if inherited is None or inherited.mapping.kinds_in != mapping.kinds_in:
        for kind in mapping.kinds_in:
            fewer = replace(mapping, kinds_in=tuple(one for one in mapping.kinds_in if one != kind))
            yield Mutant(f"{mapping.name}/record", "kind", kind, mapping.place, {mapping.name: fewer})
    if mapping.kind_out and (inherited is None or inherited.mapping.kind_out != mapping.kind_out):
        other = replace(mapping, kind_out=f"{mapping.kind_out}~")
        yield Mutant(f"{mapping.name}/record", "kind_out", "", mapping.place, {mapping.name: other})
    if mapping.match and (inherited is None or inherited.mapping.match != mapping.match):
        for at, words in mapping.match:
            others = tuple(one for one in mapping.match if one[0] != at)
            for word in sorted(words) if len(words) > 1 else ():
                fewer = replace(mapping, match=(*others, (at, words - {word})))
                yield Mutant(f"{mapping.name}/match", "word", word, mapping.place, {mapping.name: fewer})
            yield Mutant(f"{mapping.name}/match", "when", "", mapping.place, {mapping.name: replace(mapping, match=others)})
    if mapping.join is not None and (inherited is None or inherited.mapping.join != mapping.join):
        yield from _join(mapping, mapping.join)
    if mapping.when and (inherited is None or inherited.mapping.when != mapping.when):
        for condition in mapping.when:
            kept = tuple(one for one in mapping.when if one is not condition)
            yield Mutant(f"{mapping.name}/when", "when", "", mapping.place, {mapping.name: replace(mapping, when=kept)})


def _join(mapping: MappingPlan, join: Join) -> Iterator[Mutant]:
    """When the joined record is sent, what tells its events apart, and whose value counts."""
    other: Literal["each", "complete"] = "each" if join.emit == "complete" else "complete"
    changed: dict[str, tuple[str, Join]] = {"emit": (other, replace(join, emit=other))}
    changed |= {f"on {path}": (path, replace(join, on=tuple(one for one in join.on if one != path))) for path in join.on}
    for name, (what, one) in changed.items():
        mutant = replace(mapping, join=one)
        yield Mutant(f"{mapping.name}/join", name.partition(" ")[0], what, mapping.place, {mapping.name: mutant})


def _everywhere(spots: list[_Spot], change: Change) -> dict[str, MappingPlan]:
    """All mappings of *spots* with *change* made to each of their rules."""
    changed: dict[str, MappingPlan] = {}
    for spot in spots:
        name = spot.mapping.name
        mapping = changed.get(name, spot.mapping)
        rules = _rules(mapping, spot.side)
        for at in spot.way[:-1]:
            rules = rules[at].fields
        changed[name] = _with(mapping, spot.side, spot.way, change(rules[spot.way[-1]]))
    return changed


def _of_tables(spots: list[_Spot]) -> Iterator[Mutant]:
    groups: dict[str, list[_Spot]] = {}
    for spot in spots:
        if spot.rule.table is not None:
            groups.setdefault(repr(spot.rule.table), []).append(spot)
    for using in groups.values():
        table = using[0].rule.table
        if table is None:
            continue
        for kind, what, changed in rows(table):
            plans = _everywhere(using, lambda rule, changed=changed: replace(rule, table=changed))  # type: ignore[misc]  # mypy infers no lambda with defaults
            yield Mutant(f"codes/{table.name}/{what}", kind, what, using[0].rule.place, plans)


def _of_formats(spots: list[_Spot]) -> Iterator[Mutant]:
    groups: dict[tuple[str, ...], list[_Spot]] = {}
    for spot in spots:
        if spot.side != "outward" and len(spot.rule.formats) > 1:
            groups.setdefault((spot.rule.type, *(one.pattern for one in spot.rule.formats)), []).append(spot)
    for using in groups.values():
        for pattern, fewer in formats(using[0].rule.formats):
            plans = _everywhere(using, lambda rule, fewer=fewer: replace(rule, formats=fewer))  # type: ignore[misc]  # mypy infers no lambda with defaults
            yield Mutant(f"formats/{pattern}", "format", pattern, using[0].rule.place, plans)


def _of_empty(dialect: Dialect, spots: list[_Spot]) -> Iterator[Mutant]:
    """What the whole dialect writes for no value."""
    absent = next((plan.manners.absent for plan in dialect.plans.values()), None)
    using = [
        spot for spot in spots
        if spot.side == "outward" and spot.rule.fill == absent and spot.rule.value is None and spot.rule.type != "list"
    ]
    if absent is not None and using:
        plans = _everywhere(using, lambda rule: replace(rule, fill=f"{absent}~"))
        places = [dialect.empty_at, *(spot.rule.place for spot in using)]
        own = next((place for place in places if place.file.startswith(f"mappings/{dialect.name}/")), dialect.empty_at)
        yield Mutant("empty", "empty", "", own, plans)
