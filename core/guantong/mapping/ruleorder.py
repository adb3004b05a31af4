"""The order in which rules are read: what a condition looks at comes before the rule it decides about."""

from __future__ import annotations

from collections.abc import Iterable

from guantong.mapping.codes import NEVER_HOLDS
from guantong.mapping.rules import Rule
from guantong.problems import Problem


def reading_order(rules: Iterable[Rule], problems: list[Problem], where: str) -> list[Rule]:
    """The rules in the order of the file, but each after those its `when:` looks at. A rule that waits for
    itself, by whatever way round, is a problem and comes last."""
    ordered: list[Rule] = []
    waiting = list(rules)
    while waiting:
        targets = [rule.path for rule in waiting]
        ready = [rule for rule in waiting if not any(path in targets for path in _looks_at(rule))]
        if not ready:
            for rule in waiting:
                path = next(path for path in _looks_at(rule) if path in targets)
                problems.append(Problem(NEVER_HOLDS, rule.place, f"{where}.{rule.path}.when", {"path": path}))
            return ordered + waiting
        # One round takes what has no condition, in the file's order: such rules keep their places.
        plain = [rule for rule in ready if not rule.when] or ready
        ordered += plain
        waiting = [rule for rule in waiting if rule not in plain]
    return ordered


def _looks_at(rule: Rule) -> list[str]:
    return [condition.source.path for condition in rule.when if condition.source.scope == "own"]
