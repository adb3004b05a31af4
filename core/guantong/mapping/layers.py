"""Layers: a mapping file laid over the one it inherits, rule by rule.

A rule that says where its value stands or comes from (`at`, `each`, `from`, `value`) stands alone; one
that does not changes the keys it names in the rule it lies over.
"""

from __future__ import annotations

from dataclasses import replace

from guantong.mapping.codes import NOTHING_TO_LEAVE
from guantong.model.declaration import words
from guantong.problems import Problem
from guantong.yamlfile import Items, Node, Table, Text

_BY_RULE = ("fields", "in", "out", "constants", "reply")
_ADDED = ("ignored",)
_OWN = {"at", "each", "from", "value"}
_SHORT = {"out": "from", "constants": "value"}
"""What the short form of a rule says in a section; elsewhere it says `at`."""


def lay_over(under: Table, over: Table, problems: list[Problem]) -> Table:
    """The mapping file *over* laid over the inherited *under*, as one file."""
    entries, keys = dict(under.entries), dict(under.keys)
    for key, node in over:
        inherited = entries.get(key)
        if key in _BY_RULE and isinstance(node, Table) and isinstance(inherited, Table):
            entries[key] = _rules(inherited, node, _SHORT.get(key, "at"))
        elif key in _ADDED and inherited is not None:
            entries[key] = Items((*words(inherited), *words(node)), node.place)
        else:
            entries[key] = node
        keys[key] = over.keys[key]
    merged = replace(over, entries=entries, keys=keys)
    return without(merged, over.get("without"), problems)


def without(table: Table, node: Node | None, problems: list[Problem]) -> Table:
    """*table* without the rules named by `without:`, from whichever section holds them."""
    for text in words(node):
        held = [key for key in _BY_RULE if isinstance(section := table.get(key), Table) and text.value in section.entries]
        if not held:
            problems.append(Problem(NOTHING_TO_LEAVE, text.place, "without", {"came": text.value}))
        for key in held:
            section = table.entries[key]
            if isinstance(section, Table):
                left = replace(section, entries={name: rule for name, rule in section if name != text.value})
                table = replace(table, entries={**table.entries, key: left})
    return table


def _rules(under: Table, over: Table, short: str) -> Table:
    entries, keys = dict(under.entries), dict(under.keys)
    for name, rule in over:
        entries[name] = amend(entries[name], rule, short) if name in entries else rule
        keys[name] = over.keys[name]
    return replace(over, entries=entries, keys=keys)


def amend(under: Node, over: Node, short: str = "at") -> Node:
    """The rule *over*, with the keys of *under* it leaves unsaid unless it stands alone. *short* is the
    key a rule in short form stands for."""
    if not isinstance(over, Table) or _OWN & over.entries.keys():
        return over
    base = under
    if isinstance(base, (Text, Items)):
        base = Table({short: base}, {short: base.place}, base.place)
    return replace(over, entries={**base.entries, **over.entries}, keys={**base.keys, **over.keys})
