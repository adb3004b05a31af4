"""The cells of one row of a sheet, written so that the row needs nothing of the workbook but its formats (ECMA-376-1, 18.3)."""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

_MOST_COLUMNS = 16_384
_AT = re.compile(r"([A-Za-z]{1,3})[0-9]{1,7}")
_NUMBER = re.compile(r"[0-9]{1,7}")
_ENDS = {"\r": "&#13;"}


class Texts(Protocol):
    """The texts that cells share."""

    def __getitem__(self, number: int) -> str: ...


class NoRow(Exception):
    """The row is not what a row may be."""

    def __init__(self, what: str, what_zh: str) -> None:
        self.what, self.what_zh = what, what_zh
        super().__init__(what)


class Row(NamedTuple):
    """A row's own number, where it says one, and its cells as XML; None where no cell has a value."""

    number: int | None
    cells: str | None


def row_of(written: str, shared: Texts) -> Row:
    """The row that *written* is, a whole element, its shared texts in their cells. No cell says where it stands, so empty ones stand
    between. What a formula came to stands for it. Raises `NoRow`."""
    row = _element(written)
    cells: dict[int, str] = {}
    column = 0
    for cell in row.iterchildren("c"):
        column = _column(cell.get("r")) or column + 1
        if column > _MOST_COLUMNS:
            raise NoRow("more columns than a sheet has", "列数超过工作表上限")
        made = _cell(cell, shared)
        if made is not None:
            cells[column] = made
    said = row.get("r")
    if said is not None and not _NUMBER.fullmatch(said):
        raise NoRow("it says a number that is none of a row", "行号有误")
    number = None if said is None else int(said)
    return Row(number, "".join([cells.get(at, "<c/>") for at in range(1, max(cells) + 1)]) if cells else None)


def text_of(written: str) -> str:
    """The text of a shared one, without its formats and phonetic runs. Raises `NoRow`."""
    return _plain(_element(written))


def _element(written: str) -> etree._Element:
    """Without namespaces: the parts around it declare them, and each name means one thing in a sheet."""
    # What made it an element of its own has parsed it already; what recovers here is that prefixes stand undeclared.
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True, remove_pis=True)
    found = etree.fromstring(written, parser)
    if found is None:
        raise NoRow("it is no element", "不是元素")
    if ":" in found.tag:
        for one in found.iter():
            one.tag = one.tag.rpartition(":")[2]
    return found


def _cell(cell: etree._Element, shared: Texts) -> str | None:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = cell.find("is")
        return None if inline is None else _inline(_plain(inline))
    value = cell.findtext("v")
    if not value:
        return None
    if kind == "s":
        try:
            return _inline(shared[int(value)])
        except (ValueError, IndexError):
            raise NoRow("a cell names a shared text that is not there", "单元格引用的共享文本不存在") from None
    style = cell.get("s")
    styled = f" s={quoteattr(style)}" if kind == "n" and style is not None else ""
    return f"<c{styled} t={quoteattr(kind)}><v>{escape(value, _ENDS)}</v></c>"


def _plain(text: etree._Element) -> str:
    return "".join([one.text or "" for one in (*text.iterchildren("t"), *text.iterfind("r/t"))])


def _inline(text: str) -> str:
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text, _ENDS)}</t></is></c>'


def _column(said: str | None) -> int | None:
    if said is None:
        return None
    found = _AT.fullmatch(said)
    if not found:
        raise NoRow("a cell says a place that is none", "单元格位置有误")
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    return column
