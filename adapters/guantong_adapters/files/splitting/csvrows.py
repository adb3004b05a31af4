"""The rows of a CSV file, as the codec `csv` tells them apart."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from guantong_adapters.files.splitting.settings import CsvSplit
from guantong_adapters.files.splitting.shell import Hole, Records, Shell, Unsplittable, too_large


def csv_rows(text: TextIO, how: CsvSplit, most: int) -> Records:
    """The rows that are not blank. *text* must give line ends as they are; a row has at most *most* characters."""
    mark = text.read(1)
    rows = _rows(text, how, most, "" if mark == "\ufeff" else mark)
    header = next(rows, "") if how.header else ""
    if header and not header.endswith(("\n", "\r")):
        header += "\n"
    yield from rows
    return Shell(((mark if mark == "\ufeff" else "") + header, Hole.RECORDS))


def _rows(text: TextIO, how: CsvSplit, most: int, first: str) -> Iterator[str]:
    """The rows, with *first* before what is left of the text."""
    taken: list[str] = []
    size, begins = 0, 1

    def lines() -> Iterator[str]:
        nonlocal size
        begun = first
        if first in ("\r", "\n"):  # a line of its own, or the half of one end: blank either way
            taken.append(first)
            yield first
            begun = ""
        while line := begun + text.readline(most + 1):
            begun = ""
            size += len(line)
            if size > most:
                raise too_large(most, f"line {begins}", f"第 {begins} 行")
            taken.append(line)
            yield line

    reader = csv.reader(lines(), delimiter=how.delimiter, quoting=csv.QUOTE_MINIMAL if how.quote else csv.QUOTE_NONE, strict=True)
    try:
        for cells in reader:
            if cells:
                yield "".join(taken)
            taken.clear()
            size = 0
            begins = reader.line_num + 1
    except csv.Error as error:
        long = "limit" in str(error)
        what, what_zh = ("a cell is too long", "单元格过长") if long else ("the quotes do not pair", "引号不成对")
        raise Unsplittable(what, what_zh, f"line {begins}", f"第 {begins} 行") from None
