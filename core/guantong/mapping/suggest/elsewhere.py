"""What other mappings say: which native names carry a canonical path, which tables translate a code list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from guantong.mapping.dialect import Dialect
from guantong.mapping.plan import Plan
from guantong.mapping.rules import CodeTable, Rule
from guantong.mapping.suggest.names import folded
from guantong.model import Field, Model


@dataclass(slots=True)
class Elsewhere:
    """Everything the dialects of a home say, by canonical path. Names are folded."""

    names: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    """(canonical path, name) → the (dialect, event) that call it so."""
    spelt: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    """(dialect, event, canonical path) → native paths as spelt there."""
    tables: dict[str, list[tuple[str, CodeTable]]] = field(default_factory=dict)
    """Code list → the tables that translate it, each with its dialect."""


def gather(dialects: Mapping[str, Dialect], model: Model) -> Elsewhere:
    """What all *dialects* say."""
    found = Elsewhere()
    for dialect in dialects.values():
        for plan in dialect.plans.values():
            event = model.events.get(plan.event)
            if event is not None:
                for rules in (plan.mapping.inward, plan.mapping.outward):
                    _rules(found, dialect.name, plan, rules, event.fields, "")
    return found


def _rules(
    found: Elsewhere, dialect: str, plan: Plan, rules: Iterable[Rule], fields: Mapping[str, Field], before: str
) -> None:
    for rule in rules:
        declared = fields.get(rule.path)
        if declared is None:
            continue
        path = f"{before}{rule.path}"
        spelt = found.spelt.setdefault((dialect, plan.event, path), [])
        for at in rule.at:
            if not is_positional(at[-1]):
                users = found.names.setdefault((path, folded(at[-1])), [])
                if (dialect, plan.event) not in users:
                    users.append((dialect, plan.event))
                if "/".join(at) not in spelt:
                    spelt.append("/".join(at))
        if rule.table is not None and declared.codes is not None:
            tables = found.tables.setdefault(declared.codes, [])
            if all(known is not rule.table and known != rule.table for _, known in tables):
                tables.append((dialect, rule.table))
        _rules(found, dialect, plan, rule.fields, declared.fields, f"{path}.")


def is_positional(name: str) -> bool:
    """`field_7`: a place, not a name."""
    return name.lower().startswith("field_") and name[6:].isdigit()
