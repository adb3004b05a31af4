"""Values as the text of a cell, and back.

A word stands as it is, several words with 、 between them, a table as YAML in flow style. What a
spreadsheet would spoil or what would read otherwise (an empty text, blanks at an edge, a leading `=`)
stands in double quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from guantong.model.declaration import Shape
from guantong.problems import Place
from guantong.yamlfile import Items, Node, Table, Text, parse_yaml, plain

BETWEEN = "、"
YES, NO = "是", "否"
_SEPARATORS = "；;，,、\n"
_OPENS = ("\"", "'", "[", "{", "=")
_ESCAPED_BY_EXCEL = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_WIDE = r"\u3007\u3400-\u9fff\U00020000-\U0003ffff"
_INSIDE = rf"[\w$./@%()'·（）。、，；：“”《》→{_WIDE}-]"
_PLAIN = re.compile(rf"[\w${_WIDE}](?:{_INSIDE}| (?={_INSIDE}))*", re.ASCII)
_WORDS_OF_YAML = frozenset(("null", "yes", "no", "on", "off"))
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
NOWHERE = Place()


class BadCell(Exception):
    """The text of a cell means nothing here: why, in English and Chinese."""

    def __init__(self, what: str, what_zh: str) -> None:
        super().__init__(what)
        self.what, self.zh = what, what_zh


def text(value: str) -> Text:
    """A scalar without a place."""
    return Text(value, NOWHERE)


def items(values: Iterable[str]) -> Items:
    """A list of scalars without a place."""
    return Items(tuple(text(value) for value in values), NOWHERE)


def table(entries: Iterable[tuple[str, Node]]) -> Table:
    """A table without a place."""
    made = dict(entries)
    return Table(made, dict.fromkeys(made, NOWHERE), NOWHERE)


def quoted(value: str) -> str:
    """*value* in double quotes, as JSON and YAML both read it."""
    said = json.dumps(value, ensure_ascii=False)
    said = UNSHOWN.sub(lambda one: f"\\u{ord(one[0]):04x}", said)
    return _ESCAPED_BY_EXCEL.sub("\\\\u005f", said)


def show_word(value: str, apart: str = "") -> str:
    """One word as a cell; quoted where it holds a character of *apart*."""
    plainly = (
        value and value == value.strip() and not value.startswith(_OPENS) and not UNSHOWN.search(value.replace("\n", ""))
        and not _ESCAPED_BY_EXCEL.search(value) and not any(char in value for char in apart)
    )
    return value if plainly else quoted(value)


def read_word(cell: str) -> str:
    """The word a cell shows. Raises `BadCell`."""
    cell = cell.strip()
    if not cell.startswith('"'):
        return cell
    if not _QUOTED.fullmatch(cell):
        raise BadCell("the quotes do not pair", "引号不成对")
    try:
        return str(json.loads(cell, strict=False))
    except json.JSONDecodeError as error:
        raise BadCell("the quotes do not pair", "引号不成对") from error


def show_words(values: Iterable[str]) -> str:
    """Several words as a cell; none at all as `[]`."""
    return BETWEEN.join(show_word(value, _SEPARATORS) for value in values) or "[]"


def read_words(cell: str) -> list[str]:
    """The words of a cell, however separated. Raises `BadCell`."""
    cell = cell.strip()
    if cell.startswith("["):
        node = read_flow(cell)
        if isinstance(node, Items) and all(isinstance(item, Text) for item in node.items):
            return [item.value for item in node.items if isinstance(item, Text)]
        raise BadCell("this is no list of words", "这不是词的列表")
    found: list[str] = []
    at = 0
    while at < len(cell):
        part = _QUOTED.match(cell, at)
        ends = part.end() if part else min(
            (spot for char in _SEPARATORS if (spot := cell.find(char, at)) >= 0), default=len(cell))
        word = cell[at:ends].strip()
        if part and cell[ends:].lstrip(" ")[:1] not in ("", *_SEPARATORS):
            raise BadCell("something follows the quotes", "引号之后还有内容")
        if word:
            found.append(read_word(word))
        at = ends + (len(cell[ends:]) - len(cell[ends:].lstrip(" ")) if part else 0) + 1
        while at < len(cell) and cell[at] == " ":
            at += 1
    return found


def show_flow(node: Node) -> str:
    """Any value in YAML's flow style."""
    if isinstance(node, Text):
        return scalar(node.value)
    if isinstance(node, Items):
        return f"[{', '.join(show_flow(item) for item in node.items)}]"
    return f"{{{', '.join(f'{scalar(key)}: {show_flow(value)}' for key, value in node)}}}"


def read_flow(cell: str) -> Node:
    """The value a cell shows in YAML's flow style. Raises `BadCell`."""
    node, problems = parse_yaml(cell, "")
    if node is None or problems:
        problem = problems[0] if problems else None
        raise BadCell(problem.message("en") if problem else "it is empty", problem.message("zh") if problem else "内容为空")
    return node


def scalar(value: str) -> str:
    """A scalar inside a mapping file: bare where that is safe, else in double quotes."""
    return value if _PLAIN.fullmatch(value) and value.lower() not in _WORDS_OF_YAML else quoted(value)


def show(node: Node, shape: Shape) -> str | None:
    """A node of a declared shape as a cell; None where it has another shape."""
    if isinstance(node, Text):
        if shape == "flag":
            return {"true": YES, "false": NO}.get(node.value)
        if shape == "table":
            return None
        return show_word(node.value, _SEPARATORS if shape in ("texts", "texts or table") else "")
    if isinstance(node, Items):
        if shape in ("texts", "texts or table") and all(isinstance(item, Text) for item in node.items):
            return show_words(item.value for item in node.items if isinstance(item, Text))
        return show_flow(node) if shape == "any" else None
    return show_flow(node) if shape in ("table", "text or table", "texts or table", "any") else None


def read(cell: str, shape: Shape) -> Node:
    """The node a cell of a declared shape shows. Raises `BadCell`."""
    cell = cell.strip()
    if shape == "flag":
        said = {YES: "true", NO: "false", "true": "true", "false": "false"}.get(cell.lower())
        if said is None:
            raise BadCell(f"write {YES} or {NO}", f"请填“{YES}”或“{NO}”")
        return text(said)
    if cell.startswith("{") and shape in ("table", "text or table", "texts or table", "any"):
        return read_flow(cell)
    if shape == "table":
        raise BadCell("a table is written {key: value}", "应写作 {键: 值}")
    if shape in ("texts", "texts or table"):
        found = read_words(cell)
        return text(found[0]) if len(found) == 1 and not cell.startswith("[") else items(found)
    if shape == "any" and cell.startswith("["):
        return read_flow(cell)
    word = read_word(cell)
    if shape == "integer" and not (word.isascii() and word.isdigit()):
        raise BadCell("write a whole number", "请填整数")
    return text(word)


def same(one: Node, other: Node) -> bool:
    """Whether two values say the same, wherever they stand."""
    return plain(one) == plain(other)
