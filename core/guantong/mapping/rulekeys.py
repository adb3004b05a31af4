"""Keys of a rule that would do nothing where they stand: each is a mistake, never passed over in silence."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from guantong.mapping.codes import HOLLOW_CODE, IDLE_KEY, WRONG_TYPE
from guantong.mapping.rules import CodeTable
from guantong.mapping.scalars import HOLDS
from guantong.model import Field, FieldType
from guantong.model.declaration import entries, word
from guantong.problems import Place, Problem
from guantong.yamlfile import Node

_TEXTS = {"text", "region", "organisation", "identity", "credit", "blob"}
"""The types whose canonical value is the text itself, so that a mapping may choose among them."""
_OF_LISTS = {"at", "each", "fields", "from", "when", "required", "lossy", "type"}
_ONLY_WITH = (
    ("over", "max_bytes"), ("charset", "max_bytes"), ("why", "value"),
)
_ONE_WAY: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "in": (("max_bytes", "over", "charset", "need"), "it is about writing", "仅用于写出"),
    "reply": (("max_bytes", "over", "charset", "need"), "it is about writing", "仅用于写出"),
    "out": (("default", "at", "each", "strict"), "it is about reading", "仅用于读入"),
}


def type_fits(kind: FieldType, declared: Field, node: Node | None, where: str, problems: list[Problem]) -> None:
    """The type a mapping gives to a field has the canonical values the model says."""
    if node is None or not declared.path or kind == declared.type or {kind, declared.type} <= _TEXTS:
        return
    details = {"path": declared.path, "declared": declared.type, "came": kind}
    problems.append(Problem(WRONG_TYPE, node.place, f"{where}.type", details))


def keys_count(
    found: Mapping[str, Node], kind: FieldType, table: CodeTable | None, where: str, problems: list[Problem], *, both: bool
) -> None:
    """Every key of a rule has something to work on."""
    idle: list[tuple[str, str, str]] = []
    if kind == "list":
        idle += [(key, "the field is a list", "该字段是列表") for key in found if key not in _OF_LISTS]
    else:
        idle += [(key, f"there is no `{needs}:`", f"缺少 {needs}:") for key, needs in _ONLY_WITH
                 if key in found and needs not in found]
        if "otherwise" in found and table is None and "codes" not in found:
            idle.append(("otherwise", "there is no `codes:`", "缺少 codes:"))
        if word(found.get("strict")) == "true" and kind not in HOLDS:
            idle.append(("strict", f"type {kind} has no check digit", f"类型 {kind} 没有校验位"))
        if both and "value" in found:
            idle.append(("value", "it would be written whatever the event says; use `default:`, or `out:`",
                         "无论过程信息为何都会写出该值；请改用 default: 或 out:"))
    for key, what, what_zh in idle:
        _idle(key, found[key].place, where, what, what_zh, problems)


def directions_fit(section: str, node: Node | None, problems: list[Problem]) -> None:
    """The rules under `in:`, `out:` and `reply:` say nothing of the other direction."""
    keys, what, what_zh = _ONE_WAY[section]
    for name, _, rule in entries(node):
        for key, place, _ in entries(rule):
            if key in keys:
                _idle(key, place, f"{section}.{name}", what, what_zh, problems)


def codes_are_read(
    table: CodeTable | None, hollow: Collection[str], default: object, where: str, problems: list[Problem]
) -> None:
    """No row of a table that is read stands under a text that means no value, unless that is the default."""
    if table is None:
        return
    for row in table.rows:
        for native in (*((row.value,) if row.read else ()), *row.also):
            if native in hollow and row.word != default:
                details = {"native": native, "word": row.word}
                problems.append(Problem(HOLLOW_CODE, row.place, f"{where}.codes", details))


def _idle(key: str, place: Place, where: str, what: str, what_zh: str, problems: list[Problem]) -> None:
    problem = Problem(IDLE_KEY, place, f"{where}.{key}", {"key": key, "what": what, "what_zh": what_zh})
    if problem not in problems:
        problems.append(problem)


