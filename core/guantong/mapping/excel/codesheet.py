"""The sheets of a code table and of dialect.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from guantong.mapping.declaration import DIALECT, TABLE
from guantong.mapping.excel.rows import (
    FILE,
    INHERITED_FROM,
    LABEL,
    LEAD,
    NOTE,
    OTHER,
    SECTION,
    TAIL,
    Column,
    SheetKind,
)
from guantong.mapping.excel.values import (
    items,
    quoted,
    read_flow,
    read_word,
    read_words,
    show_flow,
    show_word,
    show_words,
)
from guantong.model import Model
from guantong.model.declaration import Shape
from guantong.yamlfile import Items, Node, Text

WORD, NATIVE, ALSO, KEY, VALUE = "word", "native", "also", "key", "value"


def code_columns(known: tuple[str, ...] = ()) -> tuple[Column, ...]:
    """The columns of a code table; *known* are the canonical words offered."""
    return (
        Column(SECTION, "区段", 9, choices=(FILE, "代码", TAIL), core=True),
        Column(WORD, "标准代码", 26, offered=known, core=True),
        Column(LABEL, "标准名称", 24, info=True),
        Column(NATIVE, "对方代码", 24, core=True),
        Column(ALSO, "另可读入", 18, "texts", core=True),
        Column(NOTE, "说明", 40, core=True),
        INHERITED_FROM,
        Column(OTHER, "其他", 20, "any"),
        Column(LEAD, "上方注释", 40),
    )


class CodeSheet(SheetKind):
    """A code table as a sheet. *listed* is the canonical list it translates."""

    sections: Mapping[str, str] = {"table": "代码"}
    key_columns: Mapping[str, str] = {"": WORD, "table": WORD}
    value_column = NATIVE

    def __init__(self, model: Model, listed: str) -> None:
        self.listed = model.codes.get(listed)
        self.columns = code_columns(tuple(self.listed.words) if self.listed else ())

    def file_shape(self, key: str) -> Shape:
        """As declared for code tables."""
        return next((one.shape for one in TABLE if one.name == key), "any")

    def entry_cells(self, _path: tuple[str, ...], node: Node) -> dict[str, str]:
        """What is written, and what is read besides."""
        if isinstance(node, Text):
            return {NATIVE: show_word(node.value)}
        if isinstance(node, Items) and node.items and all(isinstance(item, Text) for item in node.items):
            written, *also = [item.value for item in node.items if isinstance(item, Text)]
            return {NATIVE: show_word(written)} | ({ALSO: show_words(also)} if also else {})
        return {OTHER: show_flow(node)}

    def value(self, _path: tuple[str, ...], cells: Mapping[str, str], _before: Node | None) -> Node:
        """A word, or a list of words."""
        if OTHER in cells:
            return read_flow(cells[OTHER])
        written = read_word(cells.get(NATIVE, ""))
        return items([written, *(read_words(cells[ALSO]) if ALSO in cells else [])])

    def written(self, path: tuple[str, ...], node: Node) -> str:
        """Native codes are always quoted, so that 01 is seen to be a text."""
        if len(path) == 1 or not isinstance(node, Items) or not all(isinstance(item, Text) for item in node.items):
            return show_flow(node)
        shown = [quoted(item.value) for item in node.items if isinstance(item, Text)]
        return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"

    def labelled(self, path: tuple[str, ...]) -> str:
        """The Chinese label of a canonical word."""
        if len(path) == 1:
            return next((key.zh for key in TABLE if key.name == path[0]), "")
        return self.listed.words.get(path[1], ("",))[0] if self.listed else ""


class DialectSheet(SheetKind):
    """dialect.yaml as a sheet: a row for each key."""

    columns = (
        Column(SECTION, "区段", 9, choices=(FILE, TAIL), core=True),
        Column(KEY, "项", 16, offered=tuple(key.name for key in DIALECT), core=True),
        Column(LABEL, "含义", 24, info=True),
        Column(VALUE, "值", 70, "any", core=True),
        Column(NOTE, "说明", 50, core=True),
        Column(LEAD, "上方注释", 60),
    )
    sections: Mapping[str, str] = {}
    key_columns: Mapping[str, str] = {"": KEY}
    value_column = VALUE

    def file_shape(self, key: str) -> Shape:
        """As declared for dialect.yaml."""
        return next((one.shape for one in DIALECT if one.name == key), "any")

    def labelled(self, path: tuple[str, ...]) -> str:
        """What the key means."""
        return next((key.zh for key in DIALECT if key.name == path[0]), "")

