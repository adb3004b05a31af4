"""CSV and its kin as a grid of text, whatever the charset and the delimiter."""

from __future__ import annotations

import csv

from guantong.mapping.draft.codes import NOT_READABLE, TOO_MUCH
from guantong.mapping.draft.tables import TextGrid
from guantong.mapping.excel.formulas import as_meant
from guantong.problems import Place, Problem

_DELIMITERS = ("\t", ",", ";", "|", "，")
_MOST_ROWS = 100_000
_MOST_COLUMNS = 1000
_MOST_CELLS = 2_000_000
"""Rows are made equally wide: one of a thousand columns must not make a hundred million cells."""


def read_delimited(text: str, file: str) -> tuple[TextGrid, list[Problem]]:
    """The rows of *text*, cut at the delimiter that gives the most even rows."""
    sample = [line for line in text.split("\n")[:50] if line.strip()]
    delimiter = max(_DELIMITERS, key=lambda mark: (_evenness(sample, mark), -_DELIMITERS.index(mark)))
    rows: list[list[str]] = []
    width = 0
    try:
        for row in csv.reader(text.split("\n"), delimiter=delimiter):
            width = max(width, len(row))
            if len(rows) >= _MOST_ROWS or width > _MOST_COLUMNS or len(rows) * width > _MOST_CELLS:
                what = {"what": f"over {_MOST_ROWS} rows, {_MOST_COLUMNS} columns or {_MOST_CELLS} cells",
                        "what_zh": f"超过 {_MOST_ROWS} 行、{_MOST_COLUMNS} 列或 {_MOST_CELLS} 个单元格"}
                return TextGrid("", []), [Problem(TOO_MUCH, Place(file), details=what)]
            rows.append([as_meant(cell.strip()) for cell in row])
    except csv.Error as error:
        what = {"what": str(error), "what_zh": "分隔文本格式有误"}
        return TextGrid("", []), [Problem(NOT_READABLE, Place(file), details=what)]
    return TextGrid("", [row + [""] * (width - len(row)) for row in rows]), []


def _evenness(lines: list[str], mark: str) -> float:
    """How many columns most lines agree on."""
    counts = [line.count(mark) for line in lines]
    if not counts or max(counts) == 0:
        return 0.0
    common = max(set(counts), key=counts.count)
    return counts.count(common) / len(counts) * (1 + min(common, 20))
