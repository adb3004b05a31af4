"""How values may be shown in findings about mappings: by the model's masks, native fields by the rule they belong to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from guantong.mapping.plan import Plan
from guantong.mapping.rules import Rule
from guantong.model import Model

LONGEST = 60


@dataclass(frozen=True, slots=True)
class Shower:
    """Shows values, masked unless *reveal*."""

    model: Model
    reveal: bool = False

    def canonical(self, path: str, value: Any) -> str:
        """A canonical value (`materials[0].name`, `$case.region`) as it may be shown: quoted, masked, not too
        long."""
        declared = _canonical(path)
        if not isinstance(value, (str, int)):
            return f"[{len(value)}]" if isinstance(value, list) else "{}"
        text = str(value) if self.reveal else self.model.mask(declared, value)
        masked = text != str(value)
        text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        return f"{text!r} ({len(str(value))})" if masked else repr(text)

    def masked(self, path: str, value: Any) -> str:
        """A canonical value as it may be shown, without quotes and whole."""
        return str(value) if self.reveal else self.model.mask(_canonical(path), value)

    def native(self, plan: Plan, *, outward: bool = True) -> Callable[[str, Any], str]:
        """The same for native values (`SBCLQD[0].CLMC`): masked as the canonical field their rule carries; a
        field without a rule is masked whole."""
        paths = _paths(plan.mapping.outward if outward else plan.mapping.inward)
        fixed = {rule.native for rule in plan.mapping.outward if rule.value is not None}

        def shown(path: str, value: Any) -> str:
            bare = re.sub(r"\[\d+\]", "", path).replace("/", ".")
            if bare in fixed and isinstance(value, str):
                return repr(value[:LONGEST])
            return self.canonical(paths.get(bare, ""), value)

        return shown


def _canonical(path: str) -> str:
    """`materials.name` of `materials[0].name`, `region` of `$case.region`, `remark` of `case.pause:remark`."""
    return re.sub(r"\[\d+\]", "", path).removeprefix("$case.").rpartition(":")[2]


def _paths(rules: tuple[Rule, ...], native: str = "", canonical: str = "") -> Mapping[str, str]:
    """Native path → canonical path of every rule, the items of lists included."""
    found: dict[str, str] = {}
    for rule in rules:
        source = rule.path or next((one.path for one in rule.sources if one.scope == "case"), "")
        for at in rule.at:
            here = ".".join((*([native] if native else []), *at))
            found[here] = f"{canonical}{source}"
            found |= _paths(rule.fields, here, f"{canonical}{source}.")
    return found
