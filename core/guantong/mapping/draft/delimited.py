"""CSV and its kin as a grid of text, whatever the charset and the delimiter."""

from __future__ import annotations

import csv

from guantong.mapping.draft.codes import NOT_READABLE, TOO_MUCH
from guantong.mapping.draft.tables import TextGrid
from guantong.problems import Place, Problem

_DELIMITERS = ("\t", ",", ";", "|", "，")
_MOST_ROWS = 100_000
_MOST_COLUMNS = 1000


def read_delimited(text: str, file: str) -> tuple[TextGrid, list[Problem]]:
    """The rows of *text*, cut at the delimiter that gives the most even rows."""
    sample = [line for line in text.split("\n")[:50] if line.strip()]
    delimiter = max(_DELIMITERS, key=lambda mark: (_evenness(sample, mark), -_DELIMITERS.index(mark)))
    rows: list[list[str]] = []
    try:
        for row in csv.reader(text.split("\n"), delimiter=delimiter):
            if len(rows) >= _MOST_ROWS or len(row) > _MOST_COLUMNS:
                what = {"what": f"over {_MOST_ROWS} rows or {_MOST_COLUMNS} columns",
                        "what_zh": f"超过 {_MOST_ROWS} 行或 {_MOST_COLUMNS} 列"}
                return TextGrid("", []), [Problem(TOO_MUCH, Place(file), details=what)]
            rows.append([cell.strip() for cell in row])
    except csv.Error as error:
        what = {"what": str(error), "what_zh": "分隔文本格式有误"}
        return TextGrid("", []), [Problem(NOT_READABLE, Place(file), details=what)]
    width = max((len(row) for row in rows), default=0)
    return TextGrid("", [row + [""] * (width - len(row)) for row in rows]), []


def _evenness(lines: list[str], mark: str) -> float:
    """How many columns most lines agree on."""
    counts = [line.count(mark) for line in lines]
    if not counts or max(counts) == 0:
        return 0.0
    common = max(set(counts), key=counts.count)
    return counts.count(common) / len(counts) * (1 + min(common, 20))
