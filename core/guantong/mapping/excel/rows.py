"""Rows of a sheet, and what kinds of sheets have in common: their columns, and how an entry of a YAML file
becomes a row and a row an entry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from guantong.mapping.excel.codes import BAD_CELL, NOT_A_CHOICE, NOT_FOR_ROW
from guantong.mapping.excel.layout import Entry, Inside, Layout
from guantong.mapping.excel.notes import lead_of, shown_behind, shown_lead
from guantong.mapping.excel.values import BadCell, read, show, show_flow, table
from guantong.model.declaration import Shape
from guantong.problems import Code
from guantong.yamlfile import Node, Table

FILE, TAIL = "文件", "文末"
SECTION, LABEL, NOTE, LEAD, OTHER, INHERITED = "section", "label", "note", "lead", "other", "inherited"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `shape` is that of its cells, `choices` what they may hold (shown, as listed in the cell);
    `offered` are listed but other words are taken too; one for `info` only is not read."""

    id: str
    title: str
    width: int
    shape: Shape = "text"
    choices: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    info: bool = False
    core: bool = False


INHERITED_MARK = "← "
INHERITED_FROM = Column(INHERITED, "继承自", 16, info=True)
"""Whose row it is, in the sheets of a dialect that extends another."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry. `path` are its keys from the file's top, empty for the comments at its end; `cells` by
    column, without empty ones; `note` is the comment behind it, `lead` those above. `number` is its row in
    the sheet."""

    path: tuple[str, ...]
    cells: Mapping[str, str]
    note: str = ""
    lead: str = ""
    number: int = field(default=0, compare=False)


class CellMistake(Exception):
    """What is wrong with a cell of the row at hand."""

    def __init__(self, column: str, code: Code, details: Mapping[str, object]) -> None:
        super().__init__(code.id)
        self.column, self.code, self.details = column, code, details


class SheetKind(ABC):
    """How one kind of file looks as a sheet. `key_columns` name, by section, the column with the entry's
    key; "" stands for the file's own keys, whose values are in `value_column`."""

    columns: tuple[Column, ...]
    sections: Mapping[str, str]
    key_columns: Mapping[str, str]
    value_column: str

    def opens(self, path: tuple[str, ...], node: Node) -> Inside:
        """Which entries below *path* have rows of their own."""
        return "value" if len(path) == 1 and path[0] in self.sections and isinstance(node, Table) else ""

    @abstractmethod
    def file_shape(self, key: str) -> Shape:
        """The shape of the value of a file's own key."""

    def below(self, path: tuple[str, ...], node: Node) -> Table | None:
        """The entries below *path*, however they are written."""
        inside = self.opens(path, node)
        inner = node if inside == "value" else node.get("fields") if inside and isinstance(node, Table) else None
        return inner if isinstance(inner, Table) and inner.entries else None

    def entry_cells(self, _path: tuple[str, ...], node: Node) -> dict[str, str]:
        """The cells of an entry of a section, without those below it."""
        return {self.value_column: show_flow(node)}

    def settled(self, path: tuple[str, ...], cells: Mapping[str, str]) -> dict[str, str]:
        """Cells of an entry of a section as they read: each in the form it is shown in, what goes without
        saying filled in. Raises `CellMistake`."""
        return {
            column.id: settled_cell(column, cells[column.id])
            for column in self.columns
            if cells.get(column.id) and not column.info and column.id not in (SECTION, NOTE, LEAD, self.key_column(path))
        }

    def settled_file(self, key: str, cells: Mapping[str, str]) -> dict[str, str]:
        """The same for one of the file's own keys."""
        for column in self.columns:
            spare = column.id not in (SECTION, NOTE, LEAD, self.key_columns[""], self.value_column)
            if spare and not column.info and cells.get(column.id):
                raise CellMistake(column.id, NOT_FOR_ROW, {"title": column.title})
        try:
            return self.file_cells(key, self.file_value(key, cells))
        except BadCell as bad:
            raise CellMistake(self.value_column, BAD_CELL, {"what": bad.what, "what_zh": bad.zh}) from bad

    def value(self, _path: tuple[str, ...], cells: Mapping[str, str], _before: Node | None) -> Node:
        """The value of an entry of a section without what stands below it. *_before* is what it was."""
        return read(cells.get(self.value_column, ""), "any")

    def written(self, _path: tuple[str, ...], node: Node) -> str:
        """The value of an entry of a section on one line of YAML."""
        return show_flow(node)

    def file_cells(self, key: str, node: Node) -> dict[str, str]:
        """The cells of one of the file's own keys."""
        shown = show(node, self.file_shape(key))
        return {self.value_column: shown if shown is not None else show_flow(node)}

    def file_value(self, key: str, cells: Mapping[str, str]) -> Node:
        """Its value. Raises `BadCell`."""
        cell = cells.get(self.value_column, "")
        shape = self.file_shape(key)
        return read(cell, "any" if cell[:1] in ("[", "{") and shape not in ("texts", "any") else shape)

    def folds(self, _path: tuple[str, ...]) -> bool:
        """Whether the entry is written together with those below it, as one value: a key that has several rows."""
        return False

    def folded(self, _path: tuple[str, ...], rows: Sequence[Mapping[str, str]]) -> Node:
        """The one value of the cells of such *rows*. Raises `BadCell`."""
        return read(rows[0].get(self.value_column, ""), "any")

    def stands_alone(self, _path: tuple[str, ...], _cells: Mapping[str, str]) -> bool:
        """Whether an own entry takes the place of the inherited one rather than changing some of it."""
        return True

    def filled(self, _path: tuple[str, ...], cells: Mapping[str, str]) -> dict[str, str]:
        """*cells* with what goes without saying."""
        return dict(cells)

    def difference(self, _path: tuple[str, ...], cells: Mapping[str, str], base: Mapping[str, str]) -> dict[str, str]:
        """The cells an own entry must have so that, laid over the inherited *base*, it reads as *cells*; none where
        it does already."""
        return {} if cells == base else dict(cells)

    def cells(self, path: tuple[str, ...], node: Node) -> dict[str, str]:
        """The cells of any entry, its key aside."""
        if len(path) > 1:
            return self.entry_cells(path, node)
        empty = path[0] in self.sections and isinstance(node, Table) and not node.entries
        return {} if empty or self.below(path, node) else self.file_cells(path[0], node)

    def key_column(self, path: tuple[str, ...]) -> str:
        """The column that names the entry."""
        return self.key_columns[path[0] if len(path) > 1 else ""]


def rows_of(kind: SheetKind, layout: Layout) -> list[Row]:
    """The rows of a file, in its order."""
    known = {entry.path: entry for entry in layout.every()}
    rows = list(_rows(kind, layout.node, (), known))
    tail = shown_lead(layout.tail)
    return [*rows, Row((), {}, lead=tail)] if tail else rows


def _rows(kind: SheetKind, node: Table, above: tuple[str, ...], known: Mapping[tuple[str, ...], Entry]) -> Iterator[Row]:
    for key, value in node:
        path = (*above, key)
        entry = known.get(path)
        note, lead = (shown_behind(entry.behind), lead_of(entry)) if entry else ("", "")
        below = kind.below(path, value)
        if above or below is None or note or lead:
            yield Row(path, kind.cells(path, value), note, lead)
        if below is not None:
            yield from _rows(kind, below, path, known)


def leftover(node: Sequence[tuple[str, Node]]) -> dict[str, str]:
    """The cell for keys that have no column."""
    return {OTHER: show_flow(table(node))} if node else {}


def settled_cell(column: Column, cell: str) -> str:
    """A cell in the form in which its value is shown. Raises `CellMistake`."""
    if column.choices and column.shape != "flag":
        if cell not in column.choices:
            raise CellMistake(column.id, NOT_A_CHOICE, {"choices": "、".join(column.choices), "came": cell[:40]})
        return cell
    try:
        node = read(cell, column.shape)
    except BadCell as bad:
        raise CellMistake(column.id, BAD_CELL, {"what": bad.what, "what_zh": bad.zh}) from bad
    shown = show(node, column.shape)
    return cell if shown is None else shown
