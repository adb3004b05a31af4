"""The tables of a Word document (.docx) as grids of text, each with the paragraphs above it."""

from __future__ import annotations

import io
import zipfile

from lxml import etree

from guantong.mapping.draft.codes import NOT_READABLE
from guantong.mapping.draft.tables import TextGrid
from guantong.mapping.excel.guard import guarded
from guantong.problems import Place, Problem

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PART = "word/document.xml"
_WIDEST = 64
_ABOVE = 3


def read_docx(body: bytes, file: str) -> tuple[list[TextGrid], list[Problem]]:
    """Its tables in their order. Cells merged in Word are unfolded."""
    refused = guarded(body, file)
    if refused:
        return [], refused
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            root = etree.fromstring(archive.read(_PART), etree.XMLParser(
                resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False))
    except (KeyError, etree.XMLSyntaxError) as error:
        what = type(error).__name__
        return [], [Problem(NOT_READABLE, Place(file), details={"what": what, "what_zh": what})]
    grids: list[TextGrid] = []
    above: list[str] = []
    for block in root.iterfind(f"{_W}body/*"):
        if block.tag == f"{_W}p":
            if text := _text(block):
                above = [*above, text][-_ABOVE:]
        elif block.tag == f"{_W}tbl":
            grids.append(TextGrid("", _rows(block), above))
            above = []
    return grids, []


def _rows(table: etree._Element) -> list[list[str]]:
    rows: list[list[str]] = []
    for line in table.iterfind(f"{_W}tr"):
        row: list[str] = []
        for cell in line.iterfind(f"{_W}tc"):
            row += [_cell(cell, rows, len(row))] * _width(cell)
        rows.append(row)
    width = max((len(row) for row in rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _width(cell: etree._Element) -> int:
    span = cell.find(f"{_W}tcPr/{_W}gridSpan")
    said = span.get(f"{_W}val", "1") if span is not None else "1"
    return min(int(said), _WIDEST) if said.isascii() and said.isdigit() and len(said) < 4 else 1


def _cell(cell: etree._Element, rows: list[list[str]], column: int) -> str:
    """The cell's text, or that of the cell above where it continues it."""
    merge = cell.find(f"{_W}tcPr/{_W}vMerge")
    if merge is not None and merge.get(f"{_W}val", "continue") != "restart" and rows and column < len(rows[-1]):
        return rows[-1][column]
    return "\n".join(text for part in cell.iterfind(f"{_W}p") if (text := _text(part)))


def _text(paragraph: etree._Element) -> str:
    return "".join(node.text or "" for node in paragraph.iter(f"{_W}t")).strip()
