"""Workbooks as grids of text: .xlsx and the old .xls. Merged cells are unfolded, formulas stand as the value
their program last saw."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from guantong.mapping.draft.codes import NOT_READABLE, TOO_MUCH
from guantong.mapping.draft.tables import TextGrid
from guantong.mapping.excel.guard import guarded
from guantong.problems import Place, Problem

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet
    from xlrd.sheet import Sheet

MAX_CELLS = 1_000_000
MAX_BYTES = 32 * 1024 * 1024
Range = tuple[int, int, int, int]


def read_xlsx(body: bytes, file: str) -> tuple[list[TextGrid], list[Problem]]:
    """The visible sheets of an .xlsx workbook."""
    refused = guarded(body, file)
    if refused:
        return [], refused
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(body), data_only=True, keep_links=False)
    except Exception as error:  # noqa: BLE001  the library raises anything on a malformed file
        return [], [_unreadable(file, type(error).__name__)]
    grids: list[TextGrid] = []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        if sheet.max_row * sheet.max_column > MAX_CELLS:
            return [], [_too_much(f"{file}[{sheet.title}]")]
        grids.append(TextGrid(sheet.title, _unfolded(_rows(sheet), _ranges(sheet))))
    return grids, []


def _rows(sheet: Worksheet) -> list[list[str]]:
    return [[_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]


def _ranges(sheet: Worksheet) -> list[Range]:
    return [(one.min_row - 1, one.max_row, one.min_col - 1, one.max_col) for one in sheet.merged_cells.ranges]


def read_xls(body: bytes, file: str) -> tuple[list[TextGrid], list[Problem]]:
    """The visible sheets of an .xls workbook."""
    if len(body) > MAX_BYTES:
        return [], [_too_much(file)]
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=body, formatting_info=True, logfile=io.StringIO())
        sheets = [sheet for sheet in book.sheets() if sheet.visibility == 0]
        if sum(sheet.nrows * sheet.ncols for sheet in sheets) > MAX_CELLS:
            return [], [_too_much(file)]
        grids = [TextGrid(sheet.name, _unfolded(_old_rows(sheet), sheet.merged_cells)) for sheet in sheets]
    except Exception as error:  # noqa: BLE001  the library raises anything on a malformed file
        return [], [_unreadable(file, type(error).__name__)]
    return grids, []


def _old_rows(sheet: Sheet) -> list[list[str]]:
    return [[_text(value) for value in sheet.row_values(number)] for number in range(sheet.nrows)]


def _unfolded(rows: list[list[str]], ranges: Iterable[Range]) -> list[list[str]]:
    """Every cell of a merged range holds its text; ranges reach no further than the rows do."""
    width = max((len(row) for row in rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    for top, bottom, left, right in ranges:
        if top >= len(rows) or left >= width:
            continue
        text = rows[top][left]
        for row in rows[top:min(bottom, len(rows))]:
            row[left:min(right, width)] = [text] * (min(right, width) - left)
    return rows


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    return str(value).strip()


def _unreadable(file: str, what: str) -> Problem:
    return Problem(NOT_READABLE, Place(file), details={"what": what, "what_zh": what})


def _too_much(file: str) -> Problem:
    what = {"what": f"over {MAX_CELLS} cells", "what_zh": f"超过 {MAX_CELLS} 个单元格"}
    return Problem(TOO_MUCH, Place(file), details=what)
