"""The rows of exported tables, one after the other: separated values, or the sheets of a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from guantong.exported.codes import BAD_TABLE
from guantong.exported.content import text_of
from guantong.exported.listing import Exported
from guantong.mapping.excel.exact import Spoiled, exact
from guantong.mapping.excel.formulas import as_meant
from guantong.mapping.excel.guard import guarded
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Fields

NOTES = ("说明", "填写说明")
"""Sheets that explain the table to people."""
_DELIMITERS = ("\t", ",", ";", "|")


class Row(NamedTuple):
    """One row: its sheet ("" in a file of one table), its line as people count, and its fields; or what is wrong with it."""

    sheet: str
    line: int
    fields: Fields
    problem: Problem | None = None


def rows_of(file: Exported, body: bytes) -> Iterator[Row]:
    """The rows of *file* that are not blank. What is wrong with one is told of it, and the next is read; what ends the
    reading is told of the last. Raises `ProblemsError` where it is no table at all."""
    if file.ending == ".xlsx":
        yield from _of_workbook(file, body)
    else:
        yield from _of_text(file, text_of(file, body))


def _of_text(file: Exported, text: str) -> Iterator[Row]:
    head = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=head.count), strict=True)
    columns: list[str] = []
    begun = 1
    try:
        for cells in reader:
            line, begun = begun, reader.line_num + 1
            texts = [as_meant(cell.strip()) for cell in cells]
            if not any(texts):
                continue
            if columns:
                yield _row(file, "", line, columns, texts)
            else:
                columns = _columns(file, "", line, texts)
    except csv.Error as error:
        what, what_zh = ("a cell is too long", "单元格过长") if "limit" in str(error) else (
            "the quotes do not pair: from here on nothing can be told apart", "引号不成对，自此行起无法读取")
        if not columns:
            raise ProblemsError([_bad(file, "", begun, what, what_zh)]) from None
        yield Row("", begun, {}, _bad(file, "", begun, what, what_zh))
    if not columns:
        raise ProblemsError([_bad(file, "", 0, "it holds no row of column names", "没有列名行")])


def _of_workbook(file: Exported, body: bytes) -> Iterator[Row]:
    if problems := guarded(body, file.name):
        raise ProblemsError(problems)
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(body), read_only=True, data_only=True)
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible" and sheet.title.strip() not in NOTES:
                sheet.reset_dimensions()  # what a file says of its size is not always so
                yield from _of_sheet(file, sheet.title, sheet.iter_rows(values_only=True))
    except (KeyError, ValueError, IndexError, TypeError, AttributeError, SyntaxError, EOFError, OSError) as error:
        name = type(error).__name__
        raise ProblemsError([_bad(file, "", 0, f"it is no workbook we can read ({name})", f"不是可读取的工作簿（{name}）")]) from None


def _of_sheet(file: Exported, sheet: str, rows: Iterator[tuple[Any, ...]]) -> Iterator[Row]:
    columns: list[str] = []
    for line, cells in enumerate(rows, 1):
        texts: list[str] = []
        problem: Problem | None = None
        for number, cell in enumerate(cells, 1):
            try:
                texts.append(exact(cell).strip())
            except Spoiled as spoiled:
                texts.append("?")
                problem = problem or _bad(file, sheet, line, f"column {number} {spoiled.what}", f"第 {number} 列{spoiled.what_zh}")
        while texts and not texts[-1]:
            texts.pop()
        if problem is not None:
            yield Row(sheet, line, {}, problem)
        elif texts and columns:
            yield _row(file, sheet, line, columns, [*texts, *[""] * (len(columns) - len(texts))])
        elif texts:
            columns = _columns(file, sheet, line, texts)


def _columns(file: Exported, sheet: str, line: int, names: Sequence[str]) -> list[str]:
    """The names of the columns. Raises `ProblemsError` for one without, and for one that stands twice."""
    for number, name in enumerate(names, 1):
        if not name:
            raise ProblemsError([_bad(file, sheet, line, f"column {number} has no name", f"第 {number} 列没有列名")])
        if name in names[: number - 1]:
            raise ProblemsError([_bad(file, sheet, line, f"the column {name[:60]} stands twice", f"列 {name[:60]} 出现两次")])
    return list(names)


def _row(file: Exported, sheet: str, line: int, columns: Sequence[str], texts: Sequence[str]) -> Row:
    if len(texts) != len(columns):
        what = f"the row has {len(texts)} cells and {len(columns)} columns have names"
        return Row(sheet, line, {}, _bad(file, sheet, line, what, f"该行有 {len(texts)} 个单元格，而列名有 {len(columns)} 个"))
    return Row(sheet, line, dict(zip(columns, texts, strict=True)))


def _bad(file: Exported, sheet: str, line: int, what: str, what_zh: str) -> Problem:
    return Problem(BAD_TABLE, Place(f"{file.name}[{sheet}]" if sheet else file.name, line), details={"what": what, "what_zh": what_zh})
