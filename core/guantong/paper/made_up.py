"""Samples made from the declaration alone, for records of which no pair stands beside the mapping: every field that it carries,
with a value of its type, codes of its tables, and invented persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from guantong.config.configuration import System
from guantong.journey.facts import facts_of
from guantong.mapping.interpret import Run, find, place, write_outward
from guantong.mapping.plan import Plan
from guantong.mapping.rules import Condition, Rule, Source, every
from guantong.model import Field, Model
from guantong.record import Fields, Native

TEXTS: Mapping[str, str] = {
    "serial.province": "10000010100699201211407150001", "serial.county": "YW20140715001", "item.code": "10000010100699201213445202",
    "item.name": "个体工商户设立登记", "title": "设立登记申请", "org.name": "某县某局", "operator.name": "黄某某", "applicant.name": "陈某某",
    "agent.name": "林某某", "contact.name": "陈某某", "phone": "13800000000", "mobile": "13800000000", "address": "某县某镇某路1号",
    "email": "someone@example.invalid", "opinion": "同意", "digest": "6cd3556deb0da54bca060b4c39479839", "password": "000000",
    "id_no": "11010519491231002X", "name": "某某", "no": "1", "code": "01",
}
"""Texts by canonical path, or by the end of one. Nobody is called so, and no number is anybody's."""
VALUES: Mapping[str, Any] = {
    "integer": 1, "money": "120.50", "boolean": True, "date": "2014-07-15", "datetime": "2014-07-15T10:30:00+08:00",
    "organisation": "006992012", "identity": "11010519491231002X", "credit": "91445200MA4UJ7XK0Y", "blob": "JVBERi0xLjQ=",
}


def made_up(system: System, plan: Plan, model: Model, *, inward: bool) -> Native | None:
    """A record as *system* sends it (*inward*) or is sent it. None where what can be made is not read as it should be: where a
    function must undo what we cannot do."""
    maker = _Maker(system, model)
    if not inward:
        return Native(plan.mapping.kind_out, maker.fields(plan, plan.mapping.outward))
    kind = plan.mapping.kinds_in[0]
    fields = maker.read_by(plan)
    for at, words in plan.mapping.match:
        place(fields, at, min(words))
    together = [plan, *(one for one in system.dialect.plans_in(kind) if one is not plan and one.matches(fields))]
    for other in together[1:]:  # one record tells several events: each needs its fields
        _add(fields, maker.read_by(other))
    readable = all(_readable(one, fields, facts_of(system)) for one in together)
    return Native(kind, fields) if readable else None


class _Maker:
    """Makes records of one system."""

    def __init__(self, system: System, model: Model) -> None:
        self._system, self._model = system, model
        told = facts_of(system, site=system.site_facts)
        examples = {name: fact.example for name, fact in system.dialect.facts.items()}
        self._context = {**told, "system": {**examples, **told["system"]}}

    def read_by(self, plan: Plan) -> Fields:
        """What *plan* reads."""
        return self.fields(plan, tuple(_written(rule) for rule in plan.mapping.inward if rule.at))

    def fields(self, plan: Plan, rules: tuple[Rule, ...]) -> Fields:
        """What *rules* write."""
        values = _values(plan, rules, self._model, self._system)
        return write_outward(rules, values, Run(plan.manners, {**self._context, "case": values}, dated=plan.mapping.dated))


def _add(fields: Fields, others: Fields) -> None:
    """Put *others* in where nothing stands yet."""
    for name, value in others.items():
        there = fields.setdefault(name, value)
        if isinstance(there, dict) and isinstance(value, dict):
            _add(there, value)


def _readable(plan: Plan, fields: Fields, context: Mapping[str, Any]) -> bool:
    """Whether *fields*, less those that are not read as they were made, are what the record needs."""
    while problems := plan.examine_inward(fields, context, None)[1].problems:
        wrong = {tuple(problem.path.partition("[")[0].split("/")) for problem in problems}
        there = [at for at in wrong if find(fields, at) is not None]
        if not there:
            return False
        for at in there:
            _take_out(fields, at)
    return True


def _take_out(fields: Fields, at: Sequence[str]) -> None:
    inner = find(fields, tuple(at[:-1]))
    if isinstance(inner, dict):
        inner.pop(at[-1], None)


def _written(rule: Rule) -> Rule:
    """A rule that reads, turned round: it writes what it would read, without what functions would make of it."""
    return replace(rule, sources=(Source("own", rule.path),), via=(), limit=None, default=None, value=None, need=None, fill=None,
                   fields=tuple(_written(one) for one in rule.fields if one.at))


def _values(plan: Plan, rules: Sequence[Rule], model: Model, system: System) -> dict[str, Any]:
    """A value for everything that *rules* take from the event or from earlier ones of its case, such that conditions hold."""
    values: dict[str, Any] = {}
    for rule in rules:
        for source in rule.sources:
            if source.scope in ("own", "case") and source.path not in values:
                values[source.path] = _value(rule, source.path, plan, model, system)
    for condition in plan.mapping.when:
        _hold(condition, values)
    for rule in every(tuple(rules)):
        for condition in rule.when:
            if condition.source.path not in values:
                _hold(condition, values)
    return values


def _hold(condition: Condition, values: dict[str, Any]) -> None:
    word = min(condition.words)
    values[condition.source.path] = word == "true" if word in ("true", "false") else word


def _value(rule: Rule, path: str, plan: Plan, model: Model, system: System) -> Any:
    if rule.type == "list":
        return [{source.path: _value(inner, f"{path}.{source.path}", plan, model, system)
                 for inner in rule.fields for source in inner.sources if source.scope == "own"}]
    declared = model.events[plan.event].fields.get(path) or model.field(path)
    if rule.table is not None:
        known = list(rule.table.on("2014-07-15").written) or list(rule.table.written)
        words = [word for word in _words(declared, model) if word in known] or known
        return words[0] == "true" if words and words[0] in ("true", "false") else words[0] if words else None
    kind = declared.type if declared is not None and rule.type == "text" else rule.type
    if kind == "code":
        return next(iter(_words(declared, model)), "01")
    if kind == "region":
        return system.region
    return VALUES[kind] if kind in VALUES else _text(rule, path, declared)


def _words(declared: Field | None, model: Model) -> Sequence[str]:
    codes = model.codes.get(declared.codes) if declared is not None and declared.codes else None
    return list(codes.words) if codes is not None else []


def _text(rule: Rule, path: str, declared: Field | None) -> str:
    parts = path.split(".")
    ends = (".".join(parts[start:]) for start in range(len(parts)))
    text = next((TEXTS[end] for end in ends if end in TEXTS), "") or (declared.label_zh if declared is not None else "") or "示例"
    if rule.limit is None:
        return text
    return text.encode("gb18030")[: rule.limit.bytes // 2 * 2 if rule.limit.bytes < 60 else 60].decode("gb18030", "ignore")
