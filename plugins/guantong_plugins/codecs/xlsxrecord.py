"""The codec `xlsx`: a row of an Excel sheet per record, under a row that names the columns.

Cells are read as text: numbers without what Excel adds to them, times as `2014-07-15 10:30:00`, days as
`2014-07-15`. What Excel has already spoiled is refused by its cell and never guessed at: a number of more than
15 digits (its last digits are gone: identity numbers belong into columns of text), an error such as `#N/A`.
A formula counts as the value that was stored with it. What we write is text, also what looks like a formula.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from guantong.codec import Undecodable
from guantong.mapping.excel.exact import ERRORS, Spoiled, exact
from guantong.mapping.excel.guard import guarded
from guantong.record import Fields, Native
from guantong_plugins.codecs.charset import known_charset
from guantong_plugins.codecs.codes import (
    BAD_LINE,
    DUPLICATE_NAME,
    TOO_MANY,
    Shape,
    misshapen,
    undecodable,
    unencodable,
)
from guantong_plugins.codecs.limits import MAX_VALUES
from guantong_plugins.codecs.xmlwrite import scalar

_MOST_ROWS = 100_000
"""Rows looked at, empty ones too: sheets are known to be formatted to their very end."""
_MOST_CELLS = 5_000_000
"""Cells looked at, empty ones too: one cell far to the right has a library make all those to its left."""
_MOST_TAGS = 1_000_000
_LONGEST_CELL = 32_767


class XlsxOptions(BaseModel):
    """Options of `xlsx`."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    sheet: str | None = Field(default=None, description="Name of the sheet; default: the first.")
    header: int = Field(default=1, ge=1, le=100, description="The row that names the columns; records follow it.")
    kind: str | None = Field(default=None, description="The kind of every record, when there is only one.")
    kind_field: str | None = Field(
        default=None, description="The column that names the record's kind; it is not one of the fields then."
    )

    @model_validator(mode="after")
    def _installed(self) -> Self:
        if find_spec("openpyxl") is None:
            raise PydanticCustomError(
                "refused", "Excel needs the package openpyxl: install guantong[excel]",
                {"zh": "Excel 需要软件包 openpyxl：请安装 guantong[excel]"},
            )
        return self


class Xlsx:
    """Reads the rows of one sheet, writes a workbook of one record. A workbook has a charset of its own: the
    dialect's is only checked."""

    def __init__(self, options: XlsxOptions, charset: str) -> None:
        known_charset(charset)
        self._options = options

    def decode(self, body: bytes, kind: str | None, charset: str | None = None) -> Sequence[Native]:  # noqa: ARG002 -- a codec's signature
        for problem in guarded(body, "", _MOST_TAGS):
            raise Undecodable(problem.code.id, problem.message(), problem.message("zh"))
        rows = self._rows(body)
        columns = self._columns(*next(rows, (self._options.header, [])))
        records = [self._native(self._fields(columns, cells, line), kind) for line, cells in rows]
        if not records:
            raise misshapen("", Shape.ROWS, Shape.NOTHING)
        return records

    def unpacked(self, body: bytes) -> int:
        """What *body* says it becomes when it is unpacked, in bytes; its own size where it is no zip."""
        try:
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                return max(len(body), sum(part.file_size for part in archive.infolist()))
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
            return len(body)  # `decode` says why it is none

    def encode(self, native: Native) -> bytes:
        from openpyxl import Workbook
        from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

        fields = native.fields
        if self._options.kind_field is not None:
            fields = {self._options.kind_field: native.kind, **fields}
        book = Workbook()
        sheet = book.worksheets[0]
        sheet.title = self._options.sheet or "Sheet1"
        for column, (name, value) in enumerate(fields.items(), 1):
            text = None if value is None else scalar(value, name)
            if len(text or "") > _LONGEST_CELL:
                raise unencodable(name, "it is too long for a cell", "超过单元格上限")
            if text in ERRORS:
                raise unencodable(name, "it would be read as an error of Excel's", "会被当作 Excel 错误值")
            if ILLEGAL_CHARACTERS_RE.search(name + (text or "")):
                raise unencodable(name, "it holds a character that no workbook can", "含有工作簿不能保存的字符")
            for row, cell in ((self._options.header, name), (self._options.header + 1, text)):
                if cell is not None:  # as text: never a formula, a number or an error
                    sheet.cell(row, column, cell).data_type = "s"
        written = io.BytesIO()
        book.save(written)
        return written.getvalue()

    def _rows(self, body: bytes) -> Iterator[tuple[int, list[Any]]]:
        """The rows from the header on that are not blank, each with its number and without blank cells after
        its last."""
        from openpyxl import load_workbook

        try:
            book = load_workbook(io.BytesIO(body), read_only=True, data_only=True)
            name = self._options.sheet
            if name is not None and name not in book.sheetnames:
                raise _bad_row(0, f"there is no sheet {name}", f"没有工作表 {name}")
            sheet = book[name] if name is not None else book.worksheets[0]
            sheet.reset_dimensions()  # what a file says of its size is not always so
            count = seen = 0
            for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                seen += len(cells)
                if number > _MOST_ROWS:
                    raise undecodable(TOO_MANY, limit=_MOST_ROWS)
                if seen > _MOST_CELLS:
                    raise undecodable(TOO_MANY, limit=_MOST_CELLS)
                row = list(cells)
                while row and row[-1] is None:
                    row.pop()
                count += len(row)
                if count > MAX_VALUES:
                    raise undecodable(TOO_MANY, limit=MAX_VALUES)
                if number >= self._options.header and row:
                    yield number, row
        except (KeyError, ValueError, IndexError, TypeError, AttributeError, zipfile.BadZipFile, SyntaxError, OSError) as error:
            raise _bad_row(0, f"it is no workbook we can read ({type(error).__name__})", "不是可读取的工作簿") from None

    def _columns(self, line: int, cells: Sequence[Any]) -> list[str]:
        names = [_text(cell, line, number).strip() for number, cell in enumerate(cells, 1)]
        known: set[str] = set()
        for number, name in enumerate(names, 1):
            if not name:
                raise _bad_row(line, f"column {number} has no name", f"第 {number} 列没有列名")
            if name in known:
                raise undecodable(DUPLICATE_NAME, path=name)
            known.add(name)
        return names

    def _fields(self, columns: Sequence[str], cells: Sequence[Any], line: int) -> Fields:
        if len(cells) > len(columns):
            number = len(columns) + 1
            raise _bad_row(line, f"column {number} is one too many", f"第 {number} 列多余")
        texts = [_text(cell, line, number) for number, cell in enumerate(cells, 1)]
        return dict(zip(columns, [*texts, *[""] * (len(columns) - len(texts))], strict=True))

    def _native(self, fields: Fields, kind: str | None) -> Native:
        if self._options.kind is not None:
            kind = self._options.kind
        elif self._options.kind_field is not None and self._options.kind_field in fields:
            kind = str(fields.pop(self._options.kind_field)).strip() or kind
        return Native(kind or "", fields)


def _text(value: Any, line: int, number: int) -> str:
    """A cell as text."""
    try:
        return exact(value)
    except Spoiled as spoiled:
        raise _bad_row(line, f"column {number} {spoiled.what}", f"第 {number} 列{spoiled.what_zh}") from None


def _bad_row(line: int, what: str, what_zh: str) -> Undecodable:
    return undecodable(BAD_LINE, line=line, what=what, what_zh=what_zh)
