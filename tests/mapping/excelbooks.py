"""Workbooks for tests: exported from the shipped dialects, edited with openpyxl as staff would, taken back."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from guantong.cli.dialectfiles import read_files
from guantong.mapping.excel import Incoming, from_workbook, to_workbook
from guantong.model import Model, load_model
from guantong.starter import starter

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

FUNCTIONS = ("trim@1", "upper@1")
Edit = Callable[["Workbook"], None]


@cache
def the_model() -> Model:
    """The shipped model."""
    model, problems = load_model(starter("mappings") / "canonical")
    assert not problems
    return model


def shipped_dialects() -> list[str]:
    """The names of the shipped dialects."""
    return sorted(place.parent.name for place in starter("mappings").glob("*/dialect.yaml"))


def shipped(dialect: str) -> dict[str, bytes]:
    """The files of a shipped dialect."""
    return read_files(starter("mappings") / dialect)


def exported(dialect: str, files: Mapping[str, bytes] | None = None) -> bytes:
    """The workbook of a dialect, whose files must be sound."""
    body, problems, _ = to_workbook(dialect, shipped(dialect) if files is None else files, the_model(), ("channel",), FUNCTIONS)
    assert [problem.line() for problem in problems] == []
    return body


def edited(body: bytes, edit: Edit) -> bytes:
    """The workbook after staff worked on it."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(body))
    edit(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def taken(body: bytes, dialect: str, files: Mapping[str, bytes] | None = None, *, overwrite: bool = False) -> Incoming:
    """What the workbook says beside a dialect's files."""
    now = shipped(dialect) if files is None else files
    return from_workbook(body, "表.xlsx", dialect, now, the_model(), overwrite=overwrite)


def sheet_of(book: Workbook, stem: str) -> Worksheet:
    """The sheet whose name ends with *stem*."""
    return next(sheet for sheet in book.worksheets if sheet.title.split(" ")[-1] == stem)


def columns(sheet: Worksheet) -> dict[str, int]:
    """The number of each column by its title."""
    return {str(cell.value): int(cell.column) for cell in sheet[1] if cell.value}


def row_of(sheet: Worksheet, key: str) -> int:
    """The row that is about *key*."""
    column = 2
    return next(int(cell.row) for cell in sheet[_letter(column)] if cell.value == key)


def put(sheet: Worksheet, key: str, title: str, value: object) -> None:
    """Write into the row of *key* under *title*."""
    sheet.cell(row_of(sheet, key), columns(sheet)[title]).value = value  # type: ignore[assignment]  # tests write anything a cell takes


def add(sheet: Worksheet, **cells: str) -> int:
    """A new row at the end, cells by title; its number."""
    number = sheet.max_row + 1
    for title, value in cells.items():
        sheet.cell(number, columns(sheet)[title]).value = value
    return number


def _letter(column: int) -> str:
    return chr(64 + column)


def without_memory(book: Workbook) -> None:
    """Take away the hidden sheet that remembers the files' own texts."""
    book.remove(book["_guantong"])


def write_home(home: Path) -> Path:
    """A home with the shipped mappings."""
    import shutil

    shutil.copytree(starter("mappings"), home / "mappings")
    return home
