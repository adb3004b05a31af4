"""Workbooks as bytes: sheets of rows written with openpyxl, and read back as grids of texts.

Formulas are never evaluated, links to other files never followed.
"""

from __future__ import annotations

import base64
import datetime
import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from guantong.mapping.excel.codes import FORMULA, MERGED, NOT_A_TEXT, NOT_A_WORKBOOK, TOO_LARGE
from guantong.mapping.excel.columns import letters
from guantong.mapping.excel.grid import Grid
from guantong.mapping.excel.guard import guarded
from guantong.mapping.excel.rows import INHERITED, INHERITED_MARK, Column
from guantong.problems import Place, Problem

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

INDEX, LISTS = "_guantong", "_lists"
PARENT = ":"
PIECE = 30_000
MAX_CELLS = 1_000_000
MOST_TEXT = 4 * 1024 * 1024
_EXTRA_ROWS = 200
_LONGEST_CELL = 32_767


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet to be written: its columns and the cells of its rows by column. Rows whose section is one of
    `heads` are set off."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Origin:
    """What a file was when its sheet was made: its path below the dialect's folder, the sheet, its bytes (none where
    all in the sheet is inherited). Files of the dialects it extends have no sheet; `of` names their dialect."""

    file: str
    sheet: str
    body: bytes
    of: str = ""


@dataclass(slots=True)
class Book:
    """A workbook read: its grids by sheet name, in order, and what it says of its origin."""

    grids: dict[str, Grid] = field(default_factory=dict)
    dialect: str = ""
    origins: dict[str, Origin] = field(default_factory=dict)
    parents: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """The files of the dialects it extended when the workbook was made, by dialect, nearest first."""


def write_book(dialect: str, sheets: Sequence[Sheet], origins: Sequence[Origin]) -> bytes:
    """The bytes of a workbook. Every text must fit a cell (see `fits`)."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    lists = _Lists()
    for sheet in sheets:
        _write_sheet(book.create_sheet(sheet.name), sheet, lists)
    lists.write(book)
    _write_index(book, dialect, origins)
    # The same dialect gives the same workbook, whenever it is exported.
    book.properties.created = book.properties.modified = datetime.datetime(2000, 1, 1)
    book.properties.creator = "guantong"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def fits(cell: str) -> bool:
    """Whether a spreadsheet's cell can hold the text."""
    return len(cell) <= _LONGEST_CELL


@dataclass(slots=True)
class _Lists:
    """The lists cells choose from: one column each on a hidden sheet."""

    known: dict[tuple[str, ...], str] = field(default_factory=dict)

    def of(self, words: tuple[str, ...]) -> str:
        """The reference to the list of these words."""
        if words not in self.known:
            column = letters(len(self.known) + 1)
            self.known[words] = f"{LISTS}!${column}$1:${column}${len(words)}"
        return self.known[words]

    def write(self, book: Workbook) -> None:
        sheet = book.create_sheet(LISTS)
        sheet.sheet_state = "hidden"
        for number, words in enumerate(self.known, 1):
            for row, word in enumerate(words, 1):
                _put(sheet.cell(row, number), word)


def _write_sheet(made: Worksheet, sheet: Sheet, lists: _Lists) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.worksheet.datavalidation import DataValidation

    line = Side(style="thin", color="C8CDD3")
    framed = Border(left=line, right=line, top=line, bottom=line)
    bold, grey = Font(bold=True), Font(color="7A828C")
    blue, pale = PatternFill("solid", fgColor="DCE6F1"), PatternFill("solid", fgColor="F3F4F6")
    top = Alignment(wrap_text=True, vertical="top")
    used = {column for row in sheet.rows for column in row}
    columns = [column for column in sheet.columns if column.id != INHERITED or INHERITED in used]
    for number, column in enumerate(columns, 1):
        head = made.cell(1, number)
        _put(head, column.title)
        head.font, head.fill, head.border, head.alignment = bold, blue, framed, top
        dimension = made.column_dimensions[letters(number)]
        dimension.width = column.width
        dimension.hidden = not (column.core or column.info or column.id in used)
        words = column.choices or column.offered
        if words:
            choice = DataValidation(type="list", formula1=lists.of(words), allow_blank=True,
                                    showErrorMessage=bool(column.choices), showDropDown=False)
            choice.error, choice.errorTitle = "请从列表中选择", column.title
            choice.add(f"{letters(number)}2:{letters(number)}{len(sheet.rows) + 1 + _EXTRA_ROWS}")
            made.add_data_validation(choice)
    for row_number, row in enumerate(sheet.rows, 2):
        for number, column in enumerate(columns, 1):
            cell = made.cell(row_number, number)
            _put(cell, row.get(column.id, ""))
            cell.border, cell.alignment = framed, top
            if column.info or row.get(INHERITED, "").startswith(INHERITED_MARK):
                cell.font, cell.fill = grey, pale
    made.freeze_panes = "C2"
    made.auto_filter.ref = f"A1:{letters(len(columns))}{len(sheet.rows) + 1}"


def _put(cell: Cell | MergedCell, text: str) -> None:
    """A text, never taken for a number, a date or a formula."""
    cell.number_format = "@"
    if text:
        cell.value = text
        cell.data_type = "s"
        cell.quotePrefix = True


def _write_index(book: Workbook, dialect: str, origins: Sequence[Origin]) -> None:
    sheet = book.create_sheet(INDEX)
    sheet.sheet_state = "veryHidden"
    rows = [["1", dialect]]
    for origin in origins:
        packed = base64.b64encode(zlib.compress(origin.body, 9)).decode()
        pieces = [packed[at:at + PIECE] for at in range(0, len(packed), PIECE)]
        rows.append([f"{origin.of}{PARENT}{origin.file}" if origin.of else origin.file, origin.sheet, *(pieces or [""])])
    for number, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            _put(sheet.cell(number, column), text)


def read_book(body: bytes, name: str) -> tuple[Book, list[Problem]]:
    """The workbook in *body*, which problems name as *name*. No grids where it cannot be opened."""
    refused = guarded(body, name)
    if refused:
        return Book(), refused
    from openpyxl import load_workbook

    try:
        opened = load_workbook(io.BytesIO(body), data_only=False, keep_links=False, rich_text=False)
    except Exception as error:  # noqa: BLE001  the library raises anything on a malformed file
        what = type(error).__name__
        return Book(), [Problem(NOT_A_WORKBOOK, Place(name), details={"what": what, "what_zh": what})]
    book, problems = Book(), list[Problem]()
    for sheet in opened.worksheets:
        if sheet.title == INDEX and sheet.max_row * sheet.max_column <= MAX_CELLS:
            _read_index(sheet, book)
        elif sheet.title != LISTS and sheet.max_row * sheet.max_column > MAX_CELLS:
            over = {"what": f"over {MAX_CELLS} cells", "what_zh": f"超过 {MAX_CELLS} 个单元格"}
            problems.append(Problem(TOO_LARGE, Place(f"{name}[{sheet.title}]"), details=over))
        elif sheet.title != LISTS:
            book.grids[sheet.title] = _grid(sheet, name, problems)
    return book, problems


def _grid(sheet: Worksheet, name: str, problems: list[Problem]) -> Grid:
    grid = Grid(sheet.title, file=name)
    for merged in sheet.merged_cells.ranges:
        cells = str(merged)
        problem = grid.problem(MERGED, merged.min_row, merged.min_col, cells=cells)
        problems.append(Problem(MERGED, problem.place, problem.path, {"cells": cells}))
    for row in sheet.iter_rows():
        for cell in row:
            value: Any = cell.value
            spot = (int(cell.row or 0), int(cell.column or 0))
            if isinstance(value, str) and cell.data_type != "f":
                if value.strip():
                    grid.cells[spot] = value
            elif value is not None:
                grid.bad[spot] = (FORMULA, {}) if cell.data_type == "f" else (NOT_A_TEXT, _what(value))
            if spot in grid.bad and isinstance(value, int) and not isinstance(value, bool):
                grid.numbers[spot] = str(value)
    return grid


def _what(value: object) -> dict[str, str]:
    if isinstance(value, bool):
        return {"what": "TRUE or FALSE", "what_zh": "逻辑值"}
    if isinstance(value, (int, float)):
        return {"what": "a number", "what_zh": "数字"}
    return {"what": "a date or time", "what_zh": "日期或时间"}


def _read_index(sheet: Worksheet, book: Book) -> None:
    rows = [[str(value or "") for value in row] for row in sheet.iter_rows(values_only=True)]
    if rows and len(rows[0]) > 1:
        book.dialect = rows[0][1]
    for file, shown, *pieces in (row for row in rows[1:] if len(row) > 2):
        try:
            unpacked = zlib.decompressobj().decompress(base64.b64decode("".join(pieces)), MOST_TEXT)
        except (ValueError, zlib.error):
            continue  # somebody wrote into the hidden sheet: the file on disk then tells what it was
        parent, mark, inner = file.partition(PARENT)
        if mark:
            book.parents.setdefault(parent, {})[inner] = unpacked
        else:
            book.origins[file] = Origin(file, shown, unpacked)
