"""What a person needs to repair something dead: every field with its rule, its values masked.

Worked out by the mappings as they are in the files now, which may be newer than those a running hub uses.
Personal values are masked by the model; a value of no known rule is hidden whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guantong.codec import Undecodable
from guantong.config.configuration import Configuration, System
from guantong.journey.enclosing import covered
from guantong.journey.facts import facts_of
from guantong.journey.joins import told_with
from guantong.journey.prepare import fields_sent
from guantong.mapping import Incomplete, Missing, Untranslatable
from guantong.mapping.interpret import Step
from guantong.mapping.plan import Plan
from guantong.mapping.rules import Rule
from guantong.model import Model
from guantong.operations.codes import CAME_UNREADABLE, SENT_UNREADABLE
from guantong.operations.idents import named
from guantong.operations.stored import facts_out
from guantong.problems import Code, Problem
from guantong.record import Fields, Native
from guantong.store import DeliveryRow, EventRow, MessageRow, Reader
from guantong.vault import Vault

LONGEST_SHOWN = 60  # characters of a value that says nothing about a person
_NUMBERS = re.compile(r"\[\d+\]|^\$\w+\.|^[^:]+:")
"""What is no part of a canonical path: item numbers, `$case.` before a value of an earlier event, and the event before
one of a join."""


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in a record: `fields` (one table row each), the mapping files used, source fields that no
    rule reads, and what is wrong with it by the mappings in the files. `fields` rows hold `native`,
    `canonical`, `value` (masked), `length` (characters), `rule` (file:line:column) and `problem` (a code)."""

    mappings: Sequence[str] = ()
    fields: Sequence[Mapping[str, Any]] = ()
    unread: Sequence[str] = ()
    problems: Sequence[Problem] = ()

    def as_json(self) -> dict[str, Any]:
        return {"mappings": list(self.mappings), "fields": [dict(one) for one in self.fields],
                "unread": list(self.unread), "problems": [one.as_json() for one in self.problems]}


def evidence(reader: Reader, vault: Vault, configuration: Configuration, ident: str) -> Found:
    """The evidence on message or delivery *ident*; empty when its system is no longer configured. Raises
    `VaultError` when its body does not open."""
    found = named(ident)
    if found is None or found[0] == "finding":
        return Found()
    kind, number = found
    if kind == "message":
        message = reader.message(number)
        system = configuration.systems.get(message.system) if message else None
        if message is None or system is None:
            return Found()
        return _of_message(message, system, vault, configuration.model)
    row = reader.delivery(number)
    event = reader.event(row.event) if row else None
    system = configuration.systems.get(row.target) if row else None
    if row is None or event is None or system is None:
        return Found()
    return _of_delivery(row, event, system, reader, vault, configuration)


def _of_message(row: MessageRow, system: System, vault: Vault, model: Model) -> Found:
    context = facts_of(system)
    try:
        natives = system.dialect.decode(vault.open(row.body), row.kind or None, row.charset or None)
    except Undecodable as error:  # it was decoded when it came: the dialect's codec is another now
        return Found(problems=(_other_codec(CAME_UNREADABLE, f"M{row.id}", system, error),))
    mappings: list[str] = []
    fields: list[Mapping[str, Any]] = []
    unread: list[str] = []
    problems: list[Problem] = []
    for native in natives:
        for plan in system.dialect.plans_in(native.kind):
            if plan.matches(native.fields):
                one = _inward(plan, native, context, model)
                mappings.append(plan.mapping.place.file)
                fields += one.fields
                unread += one.unread
                problems += one.problems
    return Found(mappings, fields, unread, problems)


def _inward(plan: Plan, native: Native, context: Mapping[str, Any], model: Model) -> Found:
    steps: list[Step] = []
    _, run = plan.examine_inward(native.fields, context, steps.append)
    wrong = [_wrong(plan.mapping.inward, problem, native.fields, model) for problem in run.problems]
    good = [_row(step.source, step.target, step.raw, step.rule, model)
            for step in steps if not isinstance(step.value, list)]
    return Found((), [*wrong, *good], run.unread, run.problems)


def _of_delivery(row: DeliveryRow, event: EventRow, system: System, reader: Reader, vault: Vault,
                 configuration: Configuration) -> Found:
    model = configuration.model
    found = told_with(reader, vault, model, system.dialect, row, event)
    context = facts_out(configuration, system, event, reader, vault)
    steps: list[Step] = []
    problems: Sequence[Problem] = ()
    mappings: Sequence[str] = ()
    try:
        plan, values = system.dialect.plan_joined(event.name, found.told, context)
        mappings = [plan.mapping.place.file]
        plan.trace_outward(covered(values, model, vault), context, steps.append)
    except Untranslatable as error:
        problems = error.problems
    except (Missing, Incomplete):
        problems = ()  # what it waited for is the reason it died, and is told as such
    rows: Sequence[Mapping[str, Any]] = [
        _row(step.target, step.source, step.value, step.rule, model)
        for step in steps if not isinstance(step.value, list)
    ]
    if row.body is not None:  # once attempted it goes out byte for byte: show what was sent
        try:
            rows = _as_sent(fields_sent(system, row.kind, vault.open_folded(row.body).body), rows, steps, model)
        except Undecodable as error:  # and once the codec no longer reads that, what would be sent instead
            problems = (*problems, _other_codec(SENT_UNREADABLE, f"D{row.id}", system, error))
    return Found(mappings, rows, (), problems)


def _other_codec(code: Code, ident: str, system: System, error: Undecodable) -> Problem:
    details = {"id": ident, "dialect": system.dialect.name, "what": error.reason, "what_zh": error.reason_zh}
    return Problem(code, details=details)


def _as_sent(fields: Fields, rows: Sequence[Mapping[str, Any]], steps: Sequence[Step],
             model: Model) -> list[Mapping[str, Any]]:
    """Rows of the *fields* that were sent, their rules by the mapping of today."""
    rules = {step.target: (step.rule, step.source) for step in steps}
    sent: list[Mapping[str, Any]] = []
    for name, value in fields.items():
        if isinstance(value, list | dict):
            sent += [row for row in rows if str(row["native"]).startswith((f"{name}[", f"{name}/"))]
        else:
            rule, source = rules.get(name, (None, ""))
            sent.append(_row(name, source, value, rule, model))
    return sent


def _row(native: str, canonical: str, value: Any, rule: Rule | None, model: Model,
         problem: str = "") -> dict[str, Any]:
    text = "" if value is None else str(value)
    if rule is None:
        shown = "***" if text else ""
    elif rule.personal:
        shown = model.mask(_NUMBERS.sub("", canonical), text)
    else:
        shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
    return {"native": native, "canonical": canonical, "value": shown, "length": len(text),
            "rule": str(rule.place) if rule else "", "problem": problem}


def _wrong(rules: Sequence[Rule], problem: Problem, fields: Fields, model: Model) -> dict[str, Any]:
    """The row of a field that could not be translated."""
    rule, canonical = _rule_of(rules, _NUMBERS.sub("", problem.path), "")
    row = _row(problem.path, canonical, _stands(fields, problem.path), rule, model, problem.code.id)
    return {**row, "rule": row["rule"] or str(problem.place)}


def _rule_of(rules: Sequence[Rule], path: str, prefix: str) -> tuple[Rule | None, str]:
    """The rule that reads native *path* (without item numbers), and the canonical path it fills."""
    for rule in rules:
        names = ["/".join(at) for at in rule.at] or [rule.path]
        if path in names:
            return rule, prefix + rule.path
        for name in names:
            if rule.fields and path.startswith(f"{name}/"):
                return _rule_of(rule.fields, path[len(name) + 1:], f"{prefix}{rule.path}.")
    return None, ""


def _stands(fields: Any, path: str) -> Any:
    """What stands at native *path* (`SBCLQD[3]/CLMC`); names in another letter case are found too."""
    for part in path.split("/"):
        name, _, order = part.partition("[")
        if not isinstance(fields, Mapping):
            return None
        same = next((key for key in fields if key == name), None)
        like = next((key for key in fields if key.casefold() == name.casefold()), None)
        fields = fields.get(same if same is not None else like)
        if order and isinstance(fields, list):
            number = int(order.rstrip("]"))
            fields = fields[number] if number < len(fields) else None
    return fields if not isinstance(fields, list | dict) else None
