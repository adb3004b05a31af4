"""What coverage finds: one finding for each field (or code) and what is the matter with it, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS: Mapping[str, tuple[str, str]] = {
    "unread": ("source field never read", "未读取的来源字段"),
    "unset": ("target field never set", "从未取得值的目标字段"),
    "unmapped": ("field of the event without a rule", "没有规则的标准字段"),
    "untranslated": ("code without translation", "无对应关系的代码"),
    "fallback": ("code without translation, its fallback taken", "无对应关系、按兜底处理的代码"),
    "cut": ("value cut", "被截断的值"),
    "filled": ("value filled in", "由我方填入的值"),
    "changed": ("value changed on its way", "途中改写的值"),
    "refused": ("value or record refused", "被拒绝的值或报文"),
    "awaited": ("value of the case awaited", "等待的办件信息"),
}
"""Every kind of finding by name, in English and Chinese, in the order they are told."""


@dataclass(frozen=True, slots=True)
class Example:
    """Where it was seen first: the sample, the value there as it may be shown, and what became of it."""

    sample: str
    value: str = ""
    became: str = ""


@dataclass(slots=True)
class Finding:
    """One thing found. `way` is `in` or `out`; `path` the field (native where it was read, canonical where it
    was set); `what` its code, cause or problem; `count` in how many values or records."""

    kind: str
    way: str
    mapping: str
    path: str
    what: str
    count: int = 0
    example: Example | None = None

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`."""
        shown = self.example
        return {
            "kind": self.kind, "way": self.way, "mapping": self.mapping, "path": self.path, "what": self.what,
            "count": self.count,
            "example": {"sample": shown.sample, "value": shown.value, "became": shown.became} if shown else None,
        }
