"""The tolerant interpreter: walks the rules one by one and finds every problem of a record.

Slow and plain. It runs when generated code raised anything at all, for `guantong try`, and in tests as
the meaning that generated code must agree with. `watch` hears of every field as it is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guantong.mapping.codes import REQUIRED
from guantong.mapping.convert import (
    Refused,
    apply_steps,
    as_text,
    canonical_word,
    to_canonical,
    to_native,
    wrong_shape,
)
from guantong.mapping.eras import day_of, first_day
from guantong.mapping.outcome import Missing
from guantong.mapping.rules import CodeRow, Manners, NativePath, Rule
from guantong.mapping.unread import UnreadFields
from guantong.problems import Code, Problem
from guantong.record import Fields

MOST_PROBLEMS = 200
"""Problems after which the further items of a list are no longer looked at: all of one record are told, but a
list of thousands that are all wrong says no more than its first."""


@dataclass(frozen=True, slots=True)
class Step:
    """One field as it was made: where it went, its value, where it came from, and what that held; the event's
    own `day` where it is known and matters, and the code table's `row` that translated it, if one did."""

    rule: Rule
    target: str
    value: Any
    source: str
    raw: Any
    fired: bool
    day: str | None = None
    row: CodeRow | None = None


Watch = Callable[[Step], None]


@dataclass(slots=True)
class Run:
    """One record on its way through a plan: what was found, and all that was wrong. `dated` are the fields
    that tell the event's own day, the first present; `day` is what they told."""

    manners: Manners
    context: Mapping[str, Any]
    watch: Watch | None = None
    dated: tuple[str, ...] = ()
    day: str | None = None
    fired: int = 0
    problems: list[Problem] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    missing: Missing | None = None

    def fire(self, rule: Rule) -> None:
        self.fired |= 1 << rule.bit

    def refuse(self, rule: Rule, path: str, code: Code, details: Mapping[str, Any]) -> None:
        self.problems.append(Problem(code, rule.place, path, details))

    def saw(self, rule: Rule, target: str, value: Any, source: str, raw: Any, before: int, *, inward: bool) -> None:
        if self.watch is not None:
            fired = bool(self.fired & (1 << rule.bit) & ~before)
            row = _row_of(rule, raw, self.day, inward=inward) if rule.table is not None and raw is not None else None
            self.watch(Step(rule, target, value, source, raw, fired, self.day, row))


def _row_of(rule: Rule, raw: Any, day: str | None, *, inward: bool) -> CodeRow | None:
    """The row of the rule's table that translated *raw*."""
    if rule.table is None or rule.value is not None:
        return None
    if inward:
        return rule.table.row(day, native=apply_steps(rule, as_text(raw, rule)))
    return rule.table.row(day, word=canonical_word(raw))


def read_inward(rules: tuple[Rule, ...], fields: Fields, run: Run, unread: UnreadFields) -> dict[str, Any]:
    """The values of a native record; problems, fired rules and unread fields stand in *run*."""
    values: dict[str, Any] = {}
    _read(rules, fields, values, run, "", "")
    run.unread = list(unread.of(fields, [_without_numbers(path) for path in run.unread]))
    return values


def _without_numbers(path: str) -> str:
    """`SBCLQD[3]/CLMC` as `SBCLQD/CLMC`."""
    return re.sub(r"\[\d+\]/", "/", path)


def _read(
    rules: tuple[Rule, ...], fields: Fields, values: dict[str, Any], run: Run, native: str, canonical: str
) -> None:
    for rule in rules:
        if not all(condition.holds(values, run.context) for condition in rule.when):
            run.unread += [f"{native}{'/'.join(at)}" for at in rule.at if not _empty(find(fields, at), rule, run)]
            continue
        before, target = run.fired, f"{canonical}{rule.path}"
        order, raw = _first(rule, fields, run, native)
        source = f"{native}{'/'.join(rule.at[order])}" if rule.at else ""
        try:
            value = _value(rule, raw, values, run, source, target)
        except Refused as refused:
            run.refuse(rule, source or target, refused.code, refused.details)
            continue
        if value is None:
            if rule.required:
                run.refuse(rule, source or target, REQUIRED, {})
            continue
        values[rule.path] = value
        if run.day is None and rule.path in run.dated and not canonical:
            run.day = day_of(value)
        if order:
            run.fire(rule)
        run.saw(rule, target, value, source, raw, before, inward=True)


def _first(rule: Rule, fields: Fields, run: Run, native: str) -> tuple[int, Any]:
    """The first of the rule's native fields that holds something; others that differ stay unread."""
    found: tuple[int, Any] | None = None
    for order, at in enumerate(rule.at):
        raw = find(fields, at)
        if _empty(raw, rule, run):
            continue
        if found is None:
            found = (order, raw)
        elif raw != found[1]:
            run.unread.append(f"{native}{'/'.join(at)}")
    return found or (0, None)


def _value(
    rule: Rule, raw: Any, values: Mapping[str, Any], run: Run, source: str, target: str
) -> Any:
    if rule.type == "list":
        return _items(rule, raw, run, source, target)
    if raw is not None:
        text = as_text(raw, rule)
        done = apply_steps(rule, text)
        if done not in ("", rule.fill):
            value, fired = to_canonical(rule, done, run.day)
            if fired or done != text:
                run.fire(rule)
            return value
        run.fire(rule)
    for other in rule.sources:
        given = other.find(values, run.context)
        if given is not None and given != "":
            run.fire(rule)
            return to_canonical(rule, as_text(given, rule), run.day)[0]
    given = rule.value if rule.value is not None else rule.default
    if given is not None:
        run.fire(rule)
    return given


def _items(rule: Rule, raw: Any, run: Run, source: str, target: str) -> list[dict[str, Any]] | None:
    if raw is None:
        return None
    items = [raw] if isinstance(raw, dict) else raw
    if not isinstance(items, list):
        raise wrong_shape(raw, "a list", "列表")
    made: list[dict[str, Any]] = []
    for order, item in enumerate(items):
        if len(run.problems) >= MOST_PROBLEMS:
            break
        if not isinstance(item, dict):
            odd = wrong_shape(item, "an object", "对象")
            run.refuse(rule, f"{source}[{order}]", odd.code, odd.details)
            continue
        values: dict[str, Any] = {}
        _read(rule.fields, item, values, run, f"{source}[{order}]/", f"{target}[{order}].")
        made.append(values)
    return made or None


def _empty(raw: Any, rule: Rule, run: Run) -> bool:
    if isinstance(raw, str):
        return raw == "" or raw in run.manners.nulls or raw == rule.fill
    return raw is None or raw == [] or raw == {}


def find(fields: Any, at: NativePath) -> Any:
    """What stands at a native path,."""
    for part in at:
        if not isinstance(fields, dict):
            return None
        fields = fields.get(part)
    return fields


def write_outward(rules: tuple[Rule, ...], values: Mapping[str, Any], run: Run) -> Fields:
    """The native fields of an event; problems, fired rules and what is missing stand in *run*."""
    fields: Fields = {}
    run.day = first_day(*(values.get(path) for path in run.dated))
    _write(rules, values, fields, run, "", "")
    return fields


def _write(
    rules: tuple[Rule, ...], values: Mapping[str, Any], fields: Fields, run: Run, native: str, canonical: str
) -> None:
    for rule in rules:
        target, before = f"{native}{rule.native}", run.fired
        source, raw = "", rule.value
        if not all(condition.holds(values, run.context) for condition in rule.when):
            if run.manners.absent == "":
                place(fields, rule.at[0], "")
            continue
        if raw is None:
            for order, other in enumerate(rule.sources):
                raw = other.find(values, run.context)
                if raw is not None:
                    source = f"{canonical}{other}"
                    if order:
                        run.fire(rule)
                    break
        try:
            value = _written(rule, raw, run, target, f"{canonical}{rule.path}")
        except Refused as refused:
            run.refuse(rule, source or target, refused.code, refused.details)
            continue
        if value is not None:
            place(fields, rule.at[0], value)
            run.saw(rule, target, value, source, raw, before, inward=False)


def _written(rule: Rule, raw: Any, run: Run, target: str, source: str) -> Any:
    if raw is None:
        if rule.need is not None:
            waited = next((other.path for other in rule.sources if other.scope == "case"), rule.path)
            run.missing = run.missing or Missing(waited, rule.need.wait, rule.need.then)
            return None
        if rule.required:
            run.refuse(rule, target, REQUIRED, {})
            return None
        if rule.fill:
            run.fire(rule)
        return rule.fill if rule.type != "list" else None
    if rule.value is not None:
        return raw
    if rule.type != "list":
        value, fired = to_native(rule, raw, run.day)
        if fired:
            run.fire(rule)
        return value
    if not isinstance(raw, list):
        raise wrong_shape(raw, "a list", "列表")
    items: list[Fields] = []
    for order, item in enumerate(raw):
        made: Fields = {}
        _write(rule.fields, item, made, run, f"{target}[{order}]/", f"{source}[{order}].")
        items.append(made)
    return items or None


def place(fields: Fields, at: NativePath, value: Any) -> None:
    """Put *value* at a native path, making the objects on the way."""
    for part in at[:-1]:
        fields = fields.setdefault(part, {})
    fields[at[-1]] = value
