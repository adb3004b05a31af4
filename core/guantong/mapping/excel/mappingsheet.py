"""The sheet of a mapping file: 字段对照表."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from guantong.mapping.declaration import MAPPING, RULE
from guantong.mapping.excel.codes import BAD_CELL, NOT_FOR_ROW, NOT_FREE
from guantong.mapping.excel.layout import Inside
from guantong.mapping.excel.rows import (
    INHERITED_FROM,
    LABEL,
    LEAD,
    NOTE,
    OTHER,
    SECTION,
    CellMistake,
    Column,
    SheetKind,
    leftover,
    settled_cell,
)
from guantong.mapping.excel.values import NO, YES, BadCell, items, read, read_words, show, table, text
from guantong.mapping.joinreader import merged_event
from guantong.model import EventModel, Field, Model
from guantong.model.declaration import Key, Shape, word, words
from guantong.yamlfile import Node, Table

SECTIONS = {"fields": "双向", "in": "仅接收", "out": "仅发送", "constants": "固定值", "reply": "应答"}
TYPES = {
    "text": "文本", "integer": "整数", "money": "金额", "boolean": "布尔", "date": "日期", "datetime": "日期时间",
    "code": "代码", "region": "行政区划", "organisation": "机构代码", "identity": "证件号码", "credit": "统一社会信用代码",
    "list": "列表", "blob": "附件",
}
_TITLES = {"required": "必填", "default": "缺省", "exact": "可逆", "over": "超长处理"}
_FIRST = ("type", "codes", "required", "default")
_WIDE = {"codes": 26, "default": 12, "from": 26, "format": 22, "otherwise": 14, "when": 26, "need": 24, "lossy": 24, "why": 24}
_KEYS = {key.name: key for key in RULE}
_PLACES = ("at", "each", "fields")
CANONICAL, NATIVE = "canonical", "native"


def mapping_columns(
    paths: Iterable[str] = (), tables: Iterable[str] = (), functions: Iterable[str] = ()
) -> tuple[Column, ...]:
    """The columns; with the event's paths, the code tables and functions they offer."""
    offered = {"codes": tuple(tables), "via": tuple(functions)}

    def of(key: Key) -> Column:
        shown = TYPES[key.choices[0]] if key.name == "type" else ""
        choices = tuple(TYPES.get(one, one) for one in key.choices) if shown else (
            (YES, NO) if key.shape == "flag" else key.choices)
        return Column(
            key.name, _TITLES.get(key.name, key.zh), _WIDE.get(key.name, 12), key.shape, choices,
            offered.get(key.name, ()), core=key.name in _FIRST)

    rest = [key for key in RULE if key.name not in (*_FIRST, *_PLACES)]
    return (
        Column(SECTION, "区段", 9, choices=("文件", *SECTIONS.values(), "文末"), core=True),
        Column(CANONICAL, "标准字段", 26, "texts", offered=tuple(paths), core=True),
        Column(LABEL, "标准名称", 22, info=True),
        Column(NATIVE, "对方字段", 26, "texts", core=True),
        *(of(_KEYS[name]) for name in _FIRST),
        Column(NOTE, "说明", 36, core=True),
        INHERITED_FROM,
        *(of(key) for key in rest),
        Column(OTHER, "其他", 20, "table"),
        Column(LEAD, "上方注释", 40),
    )


class MappingSheet(SheetKind):
    """A mapping file as a sheet, beside the event it is about."""

    sections = SECTIONS
    key_columns: Mapping[str, str] = {
        "": CANONICAL, "fields": CANONICAL, "in": CANONICAL, "reply": CANONICAL, "out": NATIVE, "constants": NATIVE}
    value_column = NATIVE

    def __init__(self, model: Model, event: EventModel | None, columns: tuple[Column, ...] | None = None) -> None:
        self.model, self.event = model, event
        self.columns = columns or mapping_columns()
        self._known = {column.id for column in self.columns} & _KEYS.keys()

    def opens(self, path: tuple[str, ...], node: Node) -> Inside:
        """Sections, and the rules of lists in them."""
        if len(path) == 1:
            return super().opens(path, node)
        if path[0] == "constants" or not isinstance(node, Table) or not isinstance(node.get("fields"), Table):
            return ""
        return "fields"

    def file_shape(self, key: str) -> Shape:
        """As declared for mapping files."""
        return next((one.shape for one in MAPPING if one.name == key), "any")

    def entry_cells(self, path: tuple[str, ...], node: Node) -> dict[str, str]:
        """A rule's cells: where its value stands or comes from, its type as it holds, then what it says."""
        section = path[0]
        standing = self._standing(path, node)
        if not isinstance(node, Table):
            node = table([({"out": "from", "constants": "value"}.get(section, "at"), node)])
        cells: dict[str, str] = {}
        rest: list[tuple[str, Node]] = []
        for key, value in node:
            if key == "fields" and self.below(path, node) is not None:
                continue
            column = CANONICAL if section == "out" and key == "from" else NATIVE if key == standing else key
            known = column in (CANONICAL, NATIVE) or (key in self._known and key not in _PLACES)
            shown = show(value, "texts" if column in (CANONICAL, NATIVE) else _KEYS[key].shape) if known else None
            if key == "type" and shown is not None:
                shown = TYPES.get(shown)
            if shown is None:
                rest.append((key, value))
            else:
                cells[column] = shown
        if section != "out" and (standing == "each" or self.below(path, node) is not None):
            cells.setdefault("type", TYPES["list"])
        return self._filled(path, cells | leftover(rest))

    def settled(self, path: tuple[str, ...], cells: Mapping[str, str]) -> dict[str, str]:
        """Raises `CellMistake`."""
        section = path[0]
        made: dict[str, str] = {}
        for column in self.columns:
            cell = cells.get(column.id, "")
            if not cell or column.info or column.id in (SECTION, NOTE, LEAD, self.key_column(path)):
                continue
            if section == "constants" and column.id not in ("value", "why", OTHER):
                raise CellMistake(column.id, NOT_FOR_ROW, {"title": column.title})
            made[column.id] = settled_cell(column, TYPES.get(cell, cell) if column.id == "type" else cell)
        self._said_once(made)
        declared = self._declared(path, made)
        if made.get("required") == NO and declared is not None and declared.required and section in ("fields", "in"):
            raise CellMistake("required", NOT_FREE, {})
        return self._filled(path, made)

    def value(self, path: tuple[str, ...], cells: Mapping[str, str], before: Node | None) -> Node:
        """The rule, in its short form where it says no more than where the value stands."""
        section = path[0]
        said: dict[str, Node] = {}
        if section == "out" and CANONICAL in cells:
            said["from"] = read(cells[CANONICAL], "texts")
        elif section in ("fields", "in", "reply") and NATIVE in cells:
            declared = self._declared(path, cells)
            is_list = (declared is not None and declared.type == "list") or cells.get("type") == TYPES["list"]
            said["each" if is_list else "at"] = read(cells[NATIVE], "texts")
        filled = self._filled(path, {NATIVE: cells.get(NATIVE, ""), CANONICAL: cells.get(CANONICAL, "")})
        for key in RULE:
            cell = cells.get(key.name, "")
            unsaid = key.name in ("type", "required") and cell in (filled.get(key.name), TYPES["list"])
            if cell and not (unsaid and not (isinstance(before, Table) and key.name in before.entries)):
                said[key.name] = text(_type(cell)) if key.name == "type" else read(cell, key.shape)
                if key.name == "via":  # a list even of one, as mappings are written
                    said[key.name] = items(one.value for one in words(said[key.name]))
        if OTHER in cells:
            other = read(cells[OTHER], "table")
            said |= other.entries if isinstance(other, Table) else {}
        short = {"out": "from"}.get(section, "at")
        return said[short] if list(said) == [short] else table(said.items())

    def stands_alone(self, path: tuple[str, ...], cells: Mapping[str, str]) -> bool:
        """A rule that says where its value stands or comes from."""
        return self._where(path) in cells

    def filled(self, path: tuple[str, ...], cells: Mapping[str, str]) -> dict[str, str]:
        """With the model's type and duty."""
        return self._filled(path, dict(cells))

    def difference(self, path: tuple[str, ...], cells: Mapping[str, str], base: Mapping[str, str]) -> dict[str, str]:
        """The changed cells where the rule still stands where it stood, else all of them."""
        if cells == base:
            return {}
        changed = {column: cell for column, cell in cells.items() if base.get(column) != cell}
        whole = path[0] in ("out", "constants") or base.keys() - cells.keys() or {self._where(path), OTHER} & changed.keys()
        return dict(cells) if whole else self._filled(path, changed)

    @staticmethod
    def _where(path: tuple[str, ...]) -> str:
        return {"out": CANONICAL, "constants": "value"}.get(path[0], NATIVE)

    def _said_once(self, cells: Mapping[str, str]) -> None:
        """No key stands in its own column and among the others."""
        other = read(cells[OTHER], "table") if OTHER in cells else None
        for key in other.entries if isinstance(other, Table) else ():
            if key in cells:
                what, what_zh = f"{key} has a column of its own, which is filled too", f"{key} 在其专列中也已填写"
                raise CellMistake(OTHER, BAD_CELL, {"what": what, "what_zh": what_zh})

    def labelled(self, path: tuple[str, ...], cells: Mapping[str, str]) -> str:
        """The Chinese name of the field a row is about."""
        if len(path) == 1:
            return next((key.zh for key in MAPPING if key.name == path[0]), "")
        declared = self._declared(path, cells)
        return declared.label_zh if declared else ""

    def _standing(self, path: tuple[str, ...], node: Node) -> str:
        """The key that says where a value of this rule stands."""
        if path[0] in ("out", "constants"):
            return ""
        return "each" if isinstance(node, Table) and "each" in node.entries and "at" not in node.entries else "at"

    def _filled(self, path: tuple[str, ...], cells: dict[str, str]) -> dict[str, str]:
        """*cells* with the type and duty the model gives the field."""
        declared = self._declared(path, cells)
        if declared is None or path[0] == "constants":
            return cells
        filled = {"type": TYPES.get(declared.type, declared.type), **cells}
        if declared.required and path[0] in ("fields", "in"):
            filled = {"required": YES, **filled}
        return filled

    def _declared(self, path: tuple[str, ...], cells: Mapping[str, str]) -> Field | None:
        """The model's field a rule is about: by its path, or by where an outward rule takes it from."""
        if self.event is None or path[0] == "constants":
            return None
        if path[0] == "out":
            return self._source(cells) if len(path) == 2 else None
        fields: Mapping[str, Field] = self.event.fields
        declared: Field | None = None
        for key in path[1:]:
            declared = fields.get(key)
            fields = declared.fields if declared else {}
        return declared

    def _source(self, cells: Mapping[str, str]) -> Field | None:
        try:
            sources = read_words(cells.get(CANONICAL, ""))
        except BadCell:
            return None
        for source in sources:
            found = self.event.fields.get(source) if self.event else None
            found = found or (self.model.field(source.removeprefix("$case.")) if source.startswith("$case.") else None)
            if found is not None:
                return found
        return None


def event_of(node: Table, model: Model) -> EventModel | None:
    """The event a mapping file names, or None; of the events of a join, one with the fields of all."""
    join = node.get("join")
    named = words(join.get("events")) if isinstance(join, Table) else ()
    joined = [model.events[one.value] for one in named if one.value in model.events]
    return merged_event(joined) if joined else model.events.get(word(node.get("event")))


def _type(cell: str) -> str:
    return next((name for name, shown in TYPES.items() if shown == cell), cell)
