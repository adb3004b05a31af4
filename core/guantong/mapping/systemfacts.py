"""What mappings read of their system's own `facts:`: which names, and what each of them is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from guantong.mapping.declaration import FACT
from guantong.mapping.rules import MappingPlan, every
from guantong.model.declaration import TITLE, entries, read_table, word
from guantong.problems import Problem
from guantong.yamlfile import Node, Table

GIVEN = frozenset({"id", "region"})
"""Facts that every system has without telling them."""


@dataclass(frozen=True, slots=True)
class SystemFact:
    """What a dialect says of a fact in `dialect.yaml`: what it is in Chinese and English, a value it may have, whether it must not be
    empty."""

    zh: str
    en: str
    example: str = ""
    required: bool = False


def read_facts(node: Node | None, problems: list[Problem]) -> dict[str, SystemFact]:
    """The facts declared by *node*, the `facts:` of one dialect; mistakes go to *problems*."""
    found = {}
    for name, _, value in entries(node):
        said = read_table(value, FACT, problems, f"facts.{name}")
        title = said.get("title")
        told = read_table(title, TITLE, problems, f"facts.{name}.title") if isinstance(title, Table) else {}
        found[name] = SystemFact(word(told.get("zh")), word(told.get("en")), word(said.get("example")),
                                 word(said.get("required")) == "true")
    return found


def facts_read(plans: Iterable[MappingPlan]) -> frozenset[str]:
    """The facts that *plans* read on the way out, in rules and in conditions, but for those every system has."""
    found: set[str] = set()
    for plan in plans:
        rules = list(every(plan.outward))
        conditions = [*plan.when, *(item for rule in rules for item in rule.when)]
        sources = [*(source for rule in rules for source in rule.sources), *(item.source for item in conditions)]
        found.update(source.path for source in sources if source.scope == "system")
    return frozenset(found - GIVEN)
