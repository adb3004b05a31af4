"""Measuring: samples through a dialect, by the interpreter, and everything worth telling counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from guantong.mapping.causes import FILLED, causes
from guantong.mapping.codes import NO_TRANSLATION, NOT_IN_FORCE, UNKNOWN_KIND, WAITS_FOR_ROW
from guantong.mapping.coverage.findings import KINDS, Example, Finding
from guantong.mapping.dialect import Dialect
from guantong.mapping.interpret import Run, Step
from guantong.mapping.join import Told
from guantong.mapping.outcome import Incomplete, Untranslatable
from guantong.mapping.pairfiles import Pair
from guantong.mapping.plan import Plan
from guantong.mapping.rules import Rule, every
from guantong.mapping.showing import Shower
from guantong.problems import Problem
from guantong.record import Fields, Native

UNTRANSLATED = (NO_TRANSLATION, NOT_IN_FORCE, WAITS_FOR_ROW)


class Coverage:
    """Takes samples one by one, then tells its findings. Values are shown by *shower*."""

    def __init__(self, dialect: Dialect, shower: Shower) -> None:
        self.records: Counter[str] = Counter()
        """How many samples each mapping took, by `in MAPPING` or `out MAPPING`."""
        self._dialect = dialect
        self._shower = shower
        self._found: dict[tuple[str, ...], Finding] = {}
        self._set: dict[tuple[str, str], set[str]] = {}

    def read(self, sample: str, native: Native, context: Mapping[str, Any]) -> None:
        """One record on its way in."""
        heard = [plan for plan in self._dialect.plans_in(native.kind) if plan.matches(native.fields)]
        if not heard:
            self._count("refused", "in", "", native.kind[:60], UNKNOWN_KIND.id, Example(sample))
        for plan in heard:
            steps: list[Step] = []
            _, run = plan.examine_inward(native.fields, context, steps.append)
            self.records[f"in {plan.mapping.name}"] += 1
            self._unread(sample, plan, plan.respelt(native.fields), run)
            self._problems(sample, "in", plan, run.problems, native.fields)
            self._steps(sample, "in", plan, steps)

    def undecodable(self, sample: str, code: str) -> None:
        """Bytes the dialect's codec does not take, and the code of why."""
        self._count("refused", "in", "", "", code, Example(sample))

    def write(self, sample: str, event: str, told: Told, context: Mapping[str, Any]) -> None:
        """One event on its way out; in *told* with those that make its record with it."""
        try:
            plan, values = self._dialect.plan_joined(event, told, context)
        except Incomplete as incomplete:
            self._count("awaited", "out", "", event, ", ".join(incomplete.missing), Example(sample))
            return
        except Untranslatable as error:
            self._count("refused", "out", "", event, error.problems[0].code.id, Example(sample))
            return
        steps: list[Step] = []
        _, run = plan.examine_outward(values, context, steps.append)
        self.records[f"out {plan.mapping.name}"] += 1
        if run.missing is not None:
            self._count("awaited", "out", plan.mapping.name, run.missing.path, f"{run.missing.wait_seconds} s", Example(sample))
        self._problems(sample, "out", plan, run.problems, values)
        self._steps(sample, "out", plan, steps)

    def take(self, pairs: Iterable[Pair]) -> None:
        """The records and events of *pairs*, each on the ways it goes."""
        for pair in pairs:
            if pair.inward and self._dialect.hears(pair.kind):
                self.read(pair.title, pair.record, pair.context)
            for event, told in pair.together(self._dialect) if pair.outward else ():
                if self._dialect.speaks(event):
                    self.write(pair.title, event, told, pair.context)

    def findings(self) -> list[Finding]:
        """All findings, by kind, mapping and field; those of what never happened last counted."""
        found = [*self._found.values(), *self._never()]
        order = list(KINDS)
        return sorted(found, key=lambda one: (order.index(one.kind), one.way, one.mapping, -one.count, one.path, one.what))

    def _count(self, kind: str, way: str, mapping: str, path: str, what: str, example: Example) -> None:
        finding = self._found.setdefault((kind, way, mapping, path, what), Finding(kind, way, mapping, path, what))
        finding.count += 1
        finding.example = finding.example or example

    def _unread(self, sample: str, plan: Plan, fields: Fields, run: Run) -> None:
        shown = self._shower.native(plan, outward=False)
        for path in run.unread:
            example = Example(sample, shown(path, _first(fields, path.split("/"))))
            self._count("unread", "in", plan.mapping.name, path, "", example)

    def _problems(self, sample: str, way: str, plan: Plan, problems: list[Problem], source: Mapping[str, Any]) -> None:
        for problem in problems:
            path = _bare(problem.path)
            if problem.code in UNTRANSLATED:
                code = str(problem.details["came"]).strip("'") or "***"
                self._count("untranslated", way, plan.mapping.name, path, code, Example(sample))
            else:
                value = _first(source, path.split("/"))
                shown = self._shower.native(plan, outward=False) if way == "in" else self._shower.canonical
                self._count("refused", way, plan.mapping.name, path, problem.code.id,
                            Example(sample, shown(path, value) if value is not None else ""))

    def _steps(self, sample: str, way: str, plan: Plan, steps: list[Step]) -> None:
        seen = self._set.setdefault((way, plan.mapping.name), set())
        inward = way == "in"
        for step in steps:
            target = _bare(step.target)
            seen.add(target)
            for cause in causes(step, inward=inward):
                if cause == "fact" and not inward:
                    continue  # what the case told before is its own, not ours
                kind = "cut" if cause == "cut" else "filled" if cause in FILLED else "changed"
                if cause == "otherwise":
                    code = "***" if step.rule.personal else str(step.raw)[:40]
                    self._count("fallback", way, plan.mapping.name, _bare(step.source), code, Example(sample, "", str(step.value)))
                    continue
                self._count(kind, way, plan.mapping.name, target, cause, self._example(sample, step, inward))

    def _example(self, sample: str, step: Step, inward: bool) -> Example:
        """Both sides of a field are masked as the canonical field they are of."""
        path = _bare(step.target if inward else step.source) or step.rule.path
        if step.rule.value is not None or step.raw is None:
            return Example(sample, "", repr(step.value))
        raw = f"{_bare(step.source)} {self._shower.canonical(path, step.raw)}"
        return Example(sample, raw, self._shower.canonical(path, step.value))

    def _never(self) -> Iterator[Finding]:
        """Rules that never set anything in the mappings that took samples, and fields no rule sets."""
        for (way, name), seen in self._set.items():
            plan = self._dialect.plans[name]
            rules = plan.mapping.inward if way == "in" else plan.mapping.outward
            targets = list(_targets(rules, outward=way == "out"))
            for target in targets:
                if target not in seen:
                    yield Finding("unset", way, name, target, "")
            if way == "in":
                set_by_rules = {rule.path for rule in rules}
                for path in self._shower.model.events[plan.event].fields:
                    if path not in set_by_rules:
                        yield Finding("unmapped", way, name, path, "")


def _targets(rules: tuple[Rule, ...], *, outward: bool) -> Iterator[str]:
    for rule in rules:
        target = rule.native if outward else rule.path
        yield target
        for inner in every(rule.fields):
            yield f"{target}/{inner.native}" if outward else f"{target}.{inner.path}"


def _bare(path: str) -> str:
    """A path without the numbers of list items."""
    return re.sub(r"\[\d+\]", "", path)


def _first(fields: Any, path: list[str]) -> Any:
    """What stands first at a native path, the first item of a list that holds something."""
    for order, part in enumerate(path):
        if isinstance(fields, list):
            inside = (_first(item, path[order:]) for item in fields)
            return next((value for value in inside if value not in (None, "")), None)
        fields = fields.get(part) if isinstance(fields, Mapping) else None
    return fields
