"""The prover: records in and out again, events out and in again, through the wire, field by field.

What does not come back must be declared: by `lossy:`, or by what the rule itself says it does (an alias, a
further format, a function that cannot be undone, a fallback, a cut). Anything else is a finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from guantong.codec import Undecodable, Unencodable
from guantong.function import FunctionSpec
from guantong.mapping.causes import FILLED, causes
from guantong.mapping.dialect import Dialect
from guantong.mapping.interpret import Step
from guantong.mapping.join import Told, groups
from guantong.mapping.outcome import Incomplete, Missing, Translated, Untranslatable
from guantong.mapping.pairfiles import Pair
from guantong.mapping.pairs import flat
from guantong.mapping.plan import Plan
from guantong.mapping.prove.proof import FieldProof, Law
from guantong.mapping.prove.specimens import enough, plain_value, value_number
from guantong.mapping.rules import Condition, Rule
from guantong.mapping.showing import Shower
from guantong.record import Native

NULL, WHEN, WIRE, AWAITED, MERGED = "null", "when", "wire", "awaited", "merged"


@dataclass(frozen=True, slots=True)
class _There:
    """An event on its way: the record, the record as it came off the wire, and every field as it was written,
    by its source and by its native path."""

    native: Native
    back: Native
    steps: dict[str, Step]
    written: dict[str, Step]


class Prover:
    """Takes records and events, then tells its proofs. *functions* give the reasons of those that lose."""

    def __init__(self, dialect: Dialect, shower: Shower, functions: Mapping[str, FunctionSpec]) -> None:
        self._dialect = dialect
        self._shower = shower
        self._why = {f"{spec.name}@{spec.version}": spec.lossy for spec in functions.values()}
        self._proofs: dict[tuple[str, str, str], FieldProof] = {}

    def proofs(self) -> list[FieldProof]:
        """Every field that was tried, by law, mapping and path."""
        return sorted(self._proofs.values(), key=lambda one: (one.law, one.mapping, one.path))

    def one_way(self) -> dict[str, str]:
        """The mappings that only read or only write, by name: nothing can come back there."""
        said: dict[str, str] = {}
        for name, plan in self._dialect.plans.items():
            reads, writes = bool(plan.mapping.kinds_in), bool(plan.mapping.kind_out)
            if reads != writes or not self._dialect.hears(plan.mapping.kind_out):
                said[name] = "in" if reads and not writes else "out"
        return said

    def generated(self) -> Iterator[tuple[str, int]]:
        """Prove every mapping that goes both ways with generated events; tells each mapping and how many."""
        for name, plan in self._dialect.plans.items():
            if name in self.one_way():
                continue
            count = 0
            for values, plain, context in self._events(plan):
                if self._dialect.plan_out(plan.event, values, context) is plan:
                    self._event(plan, values, context, plain)
                    count += 1
            yield name, count

    def take(self, pairs: Iterable[Pair]) -> None:
        """The records of *pairs*, and the events of those that go out, where a mapping goes both ways."""
        both = {plan.event for name, plan in self._dialect.plans.items() if name not in self.one_way()}
        for pair in pairs:
            if pair.inward and self._dialect.hears(pair.kind):
                self.record(pair.record, pair.context)
            for event in pair.events if pair.outward else ():
                if event.name in both:
                    self.event(event.name, event.values, pair.context)

    def event(self, event: str, values: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        """One event out and in again. Where it is refused, its fields are tried one by one."""
        plan = self._dialect.plan_out(event, values, context)
        if plan.mapping.name not in self.one_way():
            self._event(plan, values, context, values)

    def _event(
        self, plan: Plan, values: Mapping[str, Any], context: Mapping[str, Any], plain: Mapping[str, Any]
    ) -> None:
        """The same, with an event of *plain* values into which a single value can be put."""
        if not self._round(plan, values, context):
            return
        base = dict(plain)
        while blamed := {path.partition("[")[0] for path in self._round(plan, base, context, only="")} & base.keys():
            base = {path: value for path, value in base.items() if path not in blamed}
        for path, value in values.items():
            for inner, alone in _singles(path, value):
                refused = self._round(plan, {**base, path: alone}, context, only=path)
                if refused:
                    self._proof("event", plan, inner).refused[next(iter(refused.values()))] += 1

    def record(self, native: Native, context: Mapping[str, Any]) -> None:
        """One record in and out again; a record that is refused proves nothing."""
        try:
            made = self._dialect.inward(native, context)
        except Untranslatable:
            return
        together = groups(self._dialect.joins, [(one.event, one.values) for one in made])
        for translated in made:
            told = next(told for _, told in together if translated.event in told)
            self._record(native, translated, told, context)

    def _record(self, native: Native, translated: Translated, told: Told, context: Mapping[str, Any]) -> None:
        try:
            plan, values = self._dialect.plan_joined(translated.event, told, context)
            written = plan.outward(values, context).native.fields
        except (Untranslatable, Missing, Incomplete):
            return
        reader = next(one for one in self._dialect.plans.values() if one.id == translated.plan)
        steps: list[Step] = []
        fields = reader.respelt(native.fields)
        reader.examine_inward(native.fields, context, steps.append)
        read = {step.source.replace("]/", "]."): step for step in steps}
        out = dict(flat(written))
        targets = {".".join(rule.at[0]) for rule in plan.mapping.outward if rule.at}
        shown = self._shower.native(reader, outward=False)
        for path, value in flat(fields):
            step = read.get(path) or read.get(path.replace(".", "/"))
            if step is None or step.rule.type == "list" or value in (None, ""):
                continue
            proof = self._proof("record", reader, _bare(path))
            if str(out.get(path, "")) == str(value):
                proof.exact += 1
            elif _bare(path).partition(".")[0] not in {one.partition(".")[0] for one in targets} and "alias" not in causes(
                step, inward=True):
                proof.one_way += 1
            else:
                cause, why = self._declared(step.rule, [step], inward=True)
                after = self._shower.native(plan)(path, out[path]) if path in out else ""
                proof.lose(cause, why, shown(path, value), after)

    def _round(
        self, plan: Plan, values: Mapping[str, Any], context: Mapping[str, Any], only: str | None = None
    ) -> dict[str, str]:
        """Out and in again: counts every field (or *only* one), or gives what was refused: path → code."""
        try:
            there = self._there(plan, values, context)
            made = self._dialect.inward(there.back, context)
        except Untranslatable as error:
            return {self._canonical(plan, problem.path): problem.code.id for problem in error.problems}
        except Missing as missing:
            return {missing.path: AWAITED}
        except Unencodable as error:
            return {self._canonical(plan, error.path): "unencodable"}
        except Undecodable as error:
            return {"": error.code}
        came = next((one.values for one in made if one.event == plan.event), {})
        sent, back = dict(flat(values)), dict(flat(came))
        carried = {path.replace("/", ".") for path in there.steps}
        for path, value in sent.items():
            if only is not None and path.partition("[")[0] != only:
                continue
            proof = self._proof("event", plan, _bare(path))
            if path in back and back[path] == value:
                proof.exact += 1
                continue
            step = there.steps.get(path)
            if not _readers(plan, _bare(path)):
                proof.one_way += 1
                continue
            cause, why = self._lost(there, plan, path, step) if path in carried or step else (WHEN, "")
            shown = self._shower.canonical
            proof.lose(cause, why, shown(path, value), shown(path, back[path]) if path in back else "")
        if only is None:
            self._invented(there, plan, {path: value for path, value in back.items() if path not in sent})
        return {}

    def _invented(self, there: _There, plan: Plan, values: Mapping[str, Any]) -> None:
        """Values that came back though they were not sent: declared where the rule itself puts them in."""
        for step in _read_steps(plan, there) if values else ():
            put_in = there.written.get(step.source)
            told = [*causes(step, inward=True), *(causes(put_in, inward=False) if put_in else ())]
            if step.target in values and not set(FILLED) & set(told):
                cause, why = self._declared(step.rule, [step], inward=True)
                proof = self._proof("event", plan, _bare(step.target))
                proof.lose(cause, why, "", self._shower.canonical(step.target, step.value))

    def _there(self, plan: Plan, values: Mapping[str, Any], context: Mapping[str, Any]) -> _There:
        native = plan.outward(values, context).native
        natives = self._dialect.decode(self._dialect.encode(native), native.kind)
        steps: list[Step] = []
        plan.examine_outward(values, context, steps.append)
        return _There(
            native, natives[0] if natives else Native(native.kind, {}), {step.source: step for step in steps},
            {step.target: step for step in steps})

    def _lost(self, there: _There, plan: Plan, path: str, step: Step | None) -> tuple[str, str]:
        """What declares that this value did not come back, and its reason; ("", "") when nothing does."""
        if step is None:
            return WHEN, ""
        written = dict(flat(there.native.fields)).get(step.target.replace("/", "."))
        arrived = dict(flat(there.back.fields)).get(step.target.replace("/", "."))
        if str(written) != str(arrived) and written not in (None, ""):
            return "", WIRE
        readers = [one for one in _read_steps(plan, there) if one.target == path]
        rules = _readers(plan, _bare(path))
        declared = next((rule.lossy for rule in rules if rule.lossy), "")
        if declared:
            return "lossy", declared
        if written in plan.manners.nulls or any(written == rule.fill for rule in rules):
            return NULL, repr(written)
        cause, why = self._declared(step.rule, [step], inward=False)
        if cause:
            return cause, why
        table = step.rule.table
        if table is not None and list(table.on(step.day).written.values()).count(str(written)) > 1:
            return MERGED, table.name
        if any(rule.when for rule in rules) and not readers:
            return WHEN, ""
        return self._declared(rules[0] if rules else step.rule, readers or [_read_of(step, rules)], inward=True)

    def _declared(self, rule: Rule, steps: list[Step], *, inward: bool) -> tuple[str, str]:
        """The cause that the rule itself declares, and the reason given."""
        if rule.lossy:
            return "lossy", rule.lossy
        for step in steps:
            for cause in causes(step, inward=inward):
                functions = [self._why.get(one.name.partition(" ")[0], "") for one in rule.via] if cause == "function" else []
                return cause, "; ".join(dict.fromkeys(filter(None, functions)))
        return "", ""

    def _proof(self, law: Law, plan: Plan, path: str) -> FieldProof:
        key = (law, plan.mapping.name, path)
        return self._proofs.setdefault(key, FieldProof(law, plan.mapping.name, path))

    def _canonical(self, plan: Plan, path: str) -> str:
        """The canonical path of a problem's, which may be the native one."""
        native = path.partition("[")[0]
        return next((rule.path for rule in plan.mapping.outward if rule.path and "/".join(rule.at[0]) == native), path)

    def _events(self, plan: Plan) -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
        """Events that carry every value of every field the mapping writes, once for each set of conditions; each
        with an ordinary event under the same conditions, and with the context. Fields of one event differ, so
        that two that are mixed up show."""
        model = self._shower.model
        declared = model.events[plan.event].fields
        inside: dict[str, frozenset[str]] = {}
        for rule in plan.mapping.outward:
            for source in rule.sources:
                if source.scope == "own" and source.path in declared:
                    inside[source.path] = frozenset(one.path for item in rule.fields for one in item.sources)
        fields = [declared[path] for path in inside]
        plain = {one.path: plain_value(beside, one, model, inside[one.path]) for beside, one in enumerate(fields)}
        conditions = dict.fromkeys(((), *(rule.when for rule in plan.mapping.outward if rule.when)))
        for number in range(enough(fields, model)):
            values = {one.path: value_number(number + beside, one, model, inside[one.path]) for beside, one in enumerate(fields)}
            for when in conditions:
                made, context = _made_true((*plan.mapping.when, *when), values)
                yield made, _made_true((*plan.mapping.when, *when), plain)[0], context


def _read_steps(plan: Plan, there: _There) -> list[Step]:
    """Every field of what came off the wire, as it was read."""
    steps: list[Step] = []
    plan.examine_inward(there.back.fields, {"system": {}, "site": {}, "case": {}}, steps.append)
    return steps


def _made_true(conditions: tuple[Condition, ...], values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values and context under which the conditions hold."""
    made: dict[str, Any] = dict(values)
    context: dict[str, Any] = {"system": {}, "site": {}, "case": {}}
    for condition in conditions:
        word = min(condition.words)
        if condition.source.scope != "own":
            context[condition.source.scope][condition.source.path] = word
            continue
        known = made.get(condition.source.path)
        made[condition.source.path] = _as(known, word)
    return made, context


def _as(like: Any, word: str) -> Any:
    as_type: Callable[[str], Any] = (
        (lambda text: text == "true") if isinstance(like, bool) else int if isinstance(like, int) else str)
    return as_type(word)


def _singles(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """A value by itself; of a list every value of every item by itself."""
    if not isinstance(value, list):
        yield path, value
        return
    for item in value:
        for name, inner in item.items():
            yield f"{path}.{name}", [{name: inner}]


def _read_of(step: Step, rules: list[Rule]) -> Step:
    """A written field as its reader would have seen it, where it read nothing."""
    rule = rules[0] if rules else step.rule
    return Step(rule, step.source, step.raw, step.target, step.value, False, step.day)


def _readers(plan: Plan, path: str) -> list[Rule]:
    """The rules that read a canonical path (`materials.name`)."""
    return [
        rule for outer in plan.mapping.inward
        for rule, name in ((outer, outer.path), *((item, f"{outer.path}.{item.path}") for item in outer.fields)) if name == path
    ]


def _bare(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path)
