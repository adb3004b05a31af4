"""The sheets of a code table and of dialect.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guantong.mapping.declaration import DIALECT, ROW, TABLE
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
    NO,
    NOWHERE,
    YES,
    items,
    quoted,
    read,
    read_flow,
    read_word,
    read_words,
    show,
    show_flow,
    show_word,
    show_words,
    table,
    text,
)
from guantong.model import Model
from guantong.model.declaration import Shape, words
from guantong.yamlfile import Items, Node, Table, Text

WORD, NATIVE, ALSO, KEY, VALUE = "word", "native", "also", "key", "value"
ROW_COLUMNS = {"value": NATIVE, "also": ALSO, "from": "from", "until": "until", "read": "read", "why": "why"}
"""The keys of a row of a code table, and the columns they stand in."""
_SHAPES = {key.name: key.shape for key in ROW}


def code_columns(known: tuple[str, ...] = ()) -> tuple[Column, ...]:
    """The columns of a code table; *known* are the canonical words offered."""
    return (
        Column(SECTION, "区段", 9, choices=(FILE, "代码", TAIL), core=True),
        Column(WORD, "标准代码", 26, offered=known, core=True),
        Column(LABEL, "标准名称", 24, info=True),
        Column(NATIVE, "对方代码", 24, core=True),
        Column(ALSO, "另可读入", 18, "texts", core=True),
        Column("from", "起", 12),
        Column("until", "止", 12),
        Column("read", "读入", 8, "flag", choices=(YES, NO)),
        Column("why", "缘由", 24),
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

    def folds(self, path: tuple[str, ...]) -> bool:
        """A word may have several rows, each with its days."""
        return len(path) == 2 and path[0] == "table"

    def folded(self, path: tuple[str, ...], rows: Sequence[Mapping[str, str]]) -> Node:
        """The list of its rows."""
        return Items(tuple(_as_row(self.value(path, cells, None)) for cells in rows), NOWHERE)

    def below(self, path: tuple[str, ...], node: Node) -> Table | None:
        """The further rows of a word, numbered from its second."""
        if not self.folds(path):
            return super().below(path, node)
        if not isinstance(node, Items) or len(node.items) < 2 or any(_row_cells(item) is None for item in node.items):
            return None
        return table((str(number), item) for number, item in enumerate(node.items[1:], 2))

    def entry_cells(self, path: tuple[str, ...], node: Node) -> dict[str, str]:
        """What is written, what is read besides, and when: of a word with several rows, of the first."""
        first = node.items[0] if isinstance(node, Items) and node.items else node
        several = isinstance(node, Items) and (len(node.items) == 1 or self.below(path, node) is not None)
        cells = _row_cells(first) if several or isinstance(node, Table) else None
        if cells is not None:
            return cells
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
        if any(cells.get(column) for key, column in ROW_COLUMNS.items() if key not in ("value", "also")):
            said = [(key, read(cells[column], _SHAPES[key])) for key, column in ROW_COLUMNS.items() if column in cells]
            return table((key, text(written) if key == "value" else value) for key, value in said)
        return items([written, *(read_words(cells[ALSO]) if ALSO in cells else [])])

    def written(self, path: tuple[str, ...], node: Node) -> str:
        """Native codes are always quoted, so that 01 is seen to be a text."""
        if len(path) == 2 and isinstance(node, Table):
            return _written_row(node)
        if len(path) == 2 and isinstance(node, Items) and any(isinstance(item, Table) for item in node.items):
            return f"[{', '.join(_written_row(item) for item in node.items)}]"
        if len(path) == 1 or not isinstance(node, Items) or not all(isinstance(item, Text) for item in node.items):
            return show_flow(node)
        shown = [quoted(item.value) for item in node.items if isinstance(item, Text)]
        return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"

    def labelled(self, path: tuple[str, ...]) -> str:
        """The Chinese label of a canonical word."""
        if len(path) == 1:
            return next((key.zh for key in TABLE if key.name == path[0]), "")
        return self.listed.words.get(path[1], ("",))[0] if self.listed else ""


def _row_cells(node: Node) -> dict[str, str] | None:
    """The cells of a row written as a table; None where it is no such row, or has no column for something."""
    if not isinstance(node, Table) or "value" not in node.entries:
        return None
    shown = {key: show(value, _SHAPES[key]) for key, value in node if key in ROW_COLUMNS}
    if len(shown) < len(node.entries) or not all(shown.values()):
        return None
    return {column: cell for key, column in ROW_COLUMNS.items() if (cell := shown.get(key))}


def _as_row(node: Node) -> Node:
    """What one of several rows says, as a table."""
    if isinstance(node, Table):
        return node
    native, *also = words(node)
    return table([("value", native), *([("also", items(one.value for one in also))] if also else [])])


def _written_row(node: Node) -> str:
    """A row as YAML, its native codes in quotes."""
    if not isinstance(node, Table):
        return show_flow(node)
    said = (f"{key}: {_quoted_codes(value) if key in ('value', 'also') else show_flow(value)}" for key, value in node)
    return f"{{{', '.join(said)}}}"


def _quoted_codes(node: Node) -> str:
    shown = [quoted(one.value) for one in words(node)]
    return shown[0] if isinstance(node, Text) else f"[{', '.join(shown)}]"


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

