"""Whole numbers that go out as numbers: where a codec writes a field as a number and the rule changes nothing of the
value, it is handed on as it is, instead of as a text that the codec looks for and reads again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from guantong.mapping.rules import Rule, every
from guantong.record import Fields


def mark_numbers(rules: tuple[Rule, ...], names: Collection[str]) -> tuple[Rule, ...]:
    """*rules* with those marked that hand whole numbers on to fields of these *names*, items of lists included."""
    return tuple(
        replace(rule, number=_is_number(rule, names), fields=mark_numbers(rule.fields, names)) for rule in rules
    )


def is_typed(rules: tuple[Rule, ...], names: Collection[str]) -> bool:
    """Whether every field of these *names* is written by such a rule: nothing is then left for the codec to do."""
    return all(rule.number for rule in every(rules) if rule.at and rule.at[0][-1] in names)


def _is_number(rule: Rule, names: Collection[str]) -> bool:
    changed = rule.table is not None or rule.via or rule.limit is not None or rule.value is not None
    elsewise = rule.fill is not None or rule.when
    return rule.type == "integer" and not changed and not elsewise and rule.at[0][-1] in names


def as_text(fields: Fields) -> Fields:
    """*fields* with their numbers as text: as the codec reads them again."""
    return {name: _as_text(value) for name, value in fields.items()}


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return as_text(value)
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return str(value) if type(value) is int else value
