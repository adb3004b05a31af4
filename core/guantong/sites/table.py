"""A table of sites as rows of texts with their places: a workbook (.xlsx) or delimited text, in UTF-8 or GBK."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guantong.mapping.draft.delimited import read_delimited
from guantong.mapping.draft.plaintext import as_text
from guantong.mapping.draft.sheets import read_xlsx
from guantong.mapping.draft.tables import TextGrid
from guantong.problems import Code, Place, Problem
from guantong.sites.codes import NOT_A_TABLE, TOO_MANY
from guantong.sites.columns import LABELS, Columns, find_columns

MOST_ROWS = 50_000
MOST_BYTES = 32 * 1024 * 1024
NOTES = ("说明", "填写说明")
"""Sheets that explain the table to people."""
_ZIP = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: its cells by field, and where it stands. Rows count from 1, as people see them."""

    cells: Mapping[str, str]
    file: str
    number: int
    columns: Columns

    def text(self, field: str) -> str:
        """The cell, without blanks around it; "" where there is none."""
        return self.cells.get(field, "")

    def word(self, field: str) -> str:
        """The cell of a code, number or date: full-width characters count as the plain ones, blanks not at all."""
        return "".join(unicodedata.normalize("NFKC", self.text(field)).split())

    def problem(self, code: Code, field: str, **details: object) -> Problem:
        """A problem of one cell."""
        place = Place(self.file, self.number, self.columns.at.get(field, -1) + 1)
        return Problem(code, place, LABELS[field], details)


def read_table(body: bytes, file: str, given: Mapping[str, str]) -> tuple[list[Row], list[Problem]]:
    """The rows of a table of sites, and every mistake of its form. Of a workbook every visible sheet is read but one
    of notes (`说明`)."""
    grids, problems = _grids(body, file)
    rows: list[Row] = []
    for grid in grids:
        if grid.name.strip() in NOTES or not any(map(any, grid.rows)):
            continue
        name = f"{file}[{grid.name}]" if grid.name else file
        columns, found = find_columns(grid.rows, given, name)
        problems += found
        if columns is not None:
            rows += _rows(grid, name, columns)
    if not rows and not any(one.code.severity == "error" for one in problems):
        problems.append(_unreadable(file, "it holds no rows", "没有数据行"))
    if len(rows) > MOST_ROWS:
        return [], [Problem(TOO_MANY, Place(file), details={"limit": MOST_ROWS})]
    return rows, problems


def _rows(grid: TextGrid, file: str, columns: Columns) -> Sequence[Row]:
    made = []
    for number, cells in enumerate(grid.rows[columns.row + 1:], columns.row + 2):
        texts = {field: cells[column].strip() for field, column in columns.at.items() if column < len(cells)}
        if any(texts.values()):
            made.append(Row(texts, file, number, columns))
    return made


def _grids(body: bytes, file: str) -> tuple[list[TextGrid], list[Problem]]:
    if len(body) > MOST_BYTES:
        return [], [_unreadable(file, f"over {MOST_BYTES >> 20} MiB", f"超过 {MOST_BYTES >> 20} MiB")]
    if body.startswith(_ZIP):
        return read_xlsx(body, file)
    if body.startswith(_OLD_WORKBOOK):
        return [], [_unreadable(file, "it is a workbook of the old kind (.xls) or locked by a password",
                                "是旧格式工作簿（.xls）或已加密，请另存为 .xlsx")]
    text = as_text(body)
    if text is None:
        return [], [_unreadable(file, "it is neither text in UTF-8 or GBK nor a workbook", "既不是 UTF-8、GBK 文本，也不是工作簿")]
    grid, problems = read_delimited(text[0], file)
    return ([] if problems else [grid]), problems


def _unreadable(file: str, what: str, what_zh: str) -> Problem:
    return Problem(NOT_A_TABLE, Place(file), details={"what": what, "what_zh": what_zh})
