"""The one declaration of a file's keys, and the reader that holds a file to it.

A `Key` says name, shape, meaning (English and Chinese), choices. The reader finds every mistake of a
table at once and hands back only what is well-formed, so later stages never guard again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from guantong.model.codes import MISSING_KEY, UNKNOWN_KEY, WRONG_CHOICE, WRONG_SHAPE
from guantong.problems import Place, Problem, nearest
from guantong.yamlfile import Items, Node, Table, Text

Shape = Literal["text", "texts", "table", "integer", "flag", "text or table", "texts or table", "any"]

_SHAPES: Mapping[Shape, tuple[str, str]] = {
    "text": ("a word", "一个词"),
    "texts": ("a word or a list of words", "一个词或词的列表"),
    "table": ("a table of keys", "键值表"),
    "integer": ("a whole number", "整数"),
    "flag": ("true or false", "true 或 false"),
    "text or table": ("a word or a table of keys", "一个词或键值表"),
    "texts or table": ("a word, a list of words or a table of keys", "词、词的列表或键值表"),
    "any": ("a value", "一个值"),
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table: its shape, what it means, and the words it may hold (none: any)."""

    name: str
    shape: Shape
    en: str
    zh: str
    required: bool = False
    choices: tuple[str, ...] = ()


TITLE = (
    Key("zh", "text", "the Chinese text", "中文", required=True),
    Key("en", "text", "the English text", "英文", required=True),
)


def suggestion(came: str, known: Iterable[str]) -> dict[str, str]:
    """The `suggestion` details of a problem: the nearest known name, or the known names."""
    names = sorted(known)
    close = nearest(came, names)
    if close:
        return {"suggestion": f"did you mean {close!r}?", "suggestion_zh": f"是否应为 {close!r}？"}
    if not names:
        return {"suggestion": "remove it", "suggestion_zh": "请删除"}
    listed = ", ".join(names[:20])
    return {"suggestion": f"known: {listed}", "suggestion_zh": f"可用：{listed}"}


def wrong_shape(node: Node, shape: Shape, path: str) -> Problem:
    """The problem of a node that has another shape than declared."""
    came, came_zh = {
        # A file that is none of ours may stand here as one word: its contents are not repeated.
        Text: (f"the word {_begun(node.value)!r}" if isinstance(node, Text) else "", "一个词"),
        Items: ("a list", "列表") if not isinstance(node, Items) or node.items else ("an empty list", "空列表"),
        Table: ("a table", "键值表"),
    }[type(node)]
    expected, expected_zh = _SHAPES[shape]
    details = {"expected": expected, "expected_zh": expected_zh, "came": came, "came_zh": came_zh}
    return Problem(WRONG_SHAPE, node.place, path, details)


def _begun(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:20]}…"


def read_table(
    node: Node, keys: Sequence[Key], problems: list[Problem], path: str = ""
) -> dict[str, Node]:
    """The well-formed entries of *node* by key; every mistake goes to *problems*."""
    if not isinstance(node, Table):
        problems.append(wrong_shape(node, "table", path))
        return {}
    known = {key.name: key for key in keys}
    found: dict[str, Node] = {}
    for name, value in node:
        where = f"{path}.{name}" if path else name
        key = known.get(name)
        if key is None:
            details = {"key": name, **suggestion(name, known)}
            problems.append(Problem(UNKNOWN_KEY, node.keys[name], where, details))
        elif _fits(value, key.shape):
            if _choice(value, key, problems, where):
                found[name] = value
        else:
            problems.append(wrong_shape(value, key.shape, where))
    for key in keys:
        if key.required and key.name not in node.entries:
            details = {"key": key.name, "what": key.en, "what_zh": key.zh}
            problems.append(Problem(MISSING_KEY, node.place, path, details))
    return found


def _fits(node: Node, shape: Shape) -> bool:
    if shape == "any":
        return True
    if shape == "integer":
        return isinstance(node, Text) and node.value.isascii() and node.value.isdigit() and len(node.value) < 10
    if shape == "flag":
        return isinstance(node, Text) and node.value in ("true", "false")
    if isinstance(node, Text):
        return shape != "table"
    if isinstance(node, Table):
        return shape in ("table", "text or table", "texts or table")
    return shape in ("texts", "texts or table") and all(isinstance(item, Text) for item in node.items)


def _choice(node: Node, key: Key, problems: list[Problem], path: str) -> bool:
    if not key.choices:
        return True
    wrong = [text for text in words(node) if text.value not in key.choices]
    for text in wrong:
        details = {"choices": ", ".join(key.choices), "came": text.value, **suggestion(text.value, key.choices)}
        problems.append(Problem(WRONG_CHOICE, text.place, path, details))
    return not wrong


def words(node: Node | None) -> tuple[Text, ...]:
    """The texts of a word or a list of words; nothing for anything else."""
    if isinstance(node, Text):
        return (node,)
    if isinstance(node, Items):
        return tuple(item for item in node.items if isinstance(item, Text))
    return ()


def word(node: Node | None, default: str = "") -> str:
    """The text of a word, or *default*."""
    return node.value if isinstance(node, Text) else default


def place_of(node: Node | None) -> Place:
    """Where a node stands, or an empty place."""
    return node.place if node is not None else Place()


def entries(node: Node | None) -> list[tuple[str, Place, Node]]:
    """Key, place of the key and value of each entry of a table; nothing for anything else."""
    if not isinstance(node, Table):
        return []
    return [(name, node.keys[name], value) for name, value in node]
