"""One cell of a sheet, written so that it needs nothing of the workbook but its format (ECMA-376-1, 18.3.1.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol
from xml.sax.saxutils import escape, quoteattr

from guantong.mapping.excel.columns import letters, number

MOST_COLUMNS = 18_278
"""What three letters name; a sheet has 16 384."""
ROW = "\0"
"""Stands for the number of the row in its part. No XML holds it."""
_AT = re.compile(r"([A-Za-z]{1,3})[0-9]{1,20}")
_ENDS = {"\r": "&#13;"}


class Texts(Protocol):
    """The texts that cells share."""

    def __getitem__(self, number: int) -> str: ...


class NoCell(Exception):
    """The cell is not what a cell may be."""

    def __init__(self, what: str, what_zh: str) -> None:
        self.what, self.what_zh = what, what_zh
        super().__init__(what)


def column_of(said: str) -> int:
    """The column of a place such as `AB12`, from 1. Raises `NoCell`."""
    found = _AT.fullmatch(said)
    if not found:
        raise NoCell("a cell says a place that is none", "单元格位置有误")
    return number(found[1])


def inside(kind: str, value: str, inline: str | None, shared: Texts) -> str | None:
    """What stands in a cell of that kind (18.18.11), behind its opening: a value, or a text of its own; None where it is blank. What a formula
    came to is its value. Raises `NoCell`."""
    if kind == "inlineStr":
        return None if inline is None else _text(inline)
    if not value:
        return None
    if kind == "s":
        try:
            return _text(shared[int(value)])
        except (ValueError, IndexError):
            raise NoCell("a cell names a shared text that is not there", "单元格引用的共享文本不存在") from None
    return f" t={quoteattr(kind)}><v>{escape(value, _ENDS)}</v></c>"


def _text(text: str) -> str:
    return f' t="inlineStr"><is><t xml:space="preserve">{escape(text, _ENDS)}</t></is></c>'


def in_a_row(cells: Mapping[int, str]) -> str:
    """The cells of a row by their columns. One says where it stands only where there is a gap before it."""
    made: list[str] = []
    before = 0
    for column in sorted(cells):
        made.append("<c" if column == before + 1 else f'<c r="{letters(column)}{ROW}"')
        made.append(cells[column])
        before = column
    return "".join(made)
