"""Whether any pair notices a mutant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from guantong.mapping.dialect import Dialect
from guantong.mapping.mutate.mutants import Mutant
from guantong.mapping.outcome import Translated, TranslatedOut
from guantong.mapping.paircodes import IDLE_EXEMPTION, UNNOTICED
from guantong.mapping.pairfiles import Exemption, Pair
from guantong.mapping.pairs import holds
from guantong.mapping.plan import Plan
from guantong.mapping.showing import Shower
from guantong.problems import Problem
from guantong.record import Fields


class _Interpreted(Plan):
    """A plan that is only interpreted: it runs a few times, compiling it would cost more."""

    def inward(self, record: Fields, context: Mapping[str, Any]) -> Translated:
        return self.trace_inward(record, context, None)

    def outward(self, values: Mapping[str, Any], context: Mapping[str, Any]) -> TranslatedOut:
        return self.trace_outward(values, context, None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A mutant and the pair that noticed it, if any, or the exemption that excuses it."""

    mutant: Mutant
    pair: Pair | None
    exemption: Exemption | None = None

    @property
    def passed(self) -> bool:
        """Whether a pair noticed it, or nobody needs to."""
        return self.pair is not None or self.exemption is not None

    def problem(self) -> Problem:
        """The finding that no pair noticed it."""
        mutant = self.mutant
        return Problem(UNNOTICED, mutant.place, details={"what": mutant.en, "what_zh": mutant.zh, "rule": mutant.rule})


class Judge:
    """Tries the pairs of one dialect on its mutants. The pairs must hold on the dialect itself."""

    def __init__(self, dialect: Dialect, pairs: Sequence[Pair], shower: Shower) -> None:
        self._dialect = dialect
        self._shower = shower
        self._pairs = {name: [pair for pair in pairs if _concerns(pair, plan)] for name, plan in dialect.plans.items()}

    def noticed(self, mutant: Mutant) -> Pair | None:
        """The first pair that does not hold on the mutant."""
        changed = {
            name: _Interpreted(mapping, self._dialect.plans[name].manners) for name, mapping in mutant.plans.items()
        }
        plans = {**self._dialect.plans, **changed}
        mutated = replace(self._dialect, plans=plans, _heard={}, _spoken={}, _needs={})
        tried: set[int] = set()
        for name in changed:
            for pair in self._pairs[name]:
                if id(pair) not in tried and not holds(pair, mutated, self._shower):
                    return pair
                tried.add(id(pair))
        return None


def _concerns(pair: Pair, plan: Plan) -> bool:
    written = any(event.name in plan.mapping.events for event in pair.events)
    return written or (pair.inward and pair.kind in plan.mapping.kinds_in)


def verdicts(judge: Judge, of: Iterable[Mutant], exempt: Sequence[Exemption]) -> Iterator[Verdict]:
    """The verdict on each mutant."""
    excused = {one.rule: one for one in exempt}
    for mutant in of:
        pair = judge.noticed(mutant)
        yield Verdict(mutant, pair, excused.get(mutant.rule) if pair is None else None)


def idle(exempt: Sequence[Exemption], judged: Sequence[Verdict]) -> list[Problem]:
    """The exemptions that excuse nothing, or give no reason."""
    used = {one.exemption.rule for one in judged if one.exemption is not None}
    known = {one.mutant.rule for one in judged}
    problems: list[Problem] = []
    for one in exempt:
        if one.rule in used and one.why:
            continue
        what, what_zh = (
            ("without a reason", "没有写明原因") if not one.why else
            ("pairs notice every change of it", "样例已能发现它的每种改动") if one.rule in known else
            ("there is no such rule", "并无此规则"))
        problems.append(Problem(IDLE_EXEMPTION, one.place, "exempt", {"rule": one.rule, "what": what, "what_zh": what_zh}))
    return problems
