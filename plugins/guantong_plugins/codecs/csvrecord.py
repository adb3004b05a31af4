"""The codec `csv`: a row per record, under a header or in declared columns.

No value is ever altered, not even one that a spreadsheet would take for a formula (`=1+1`): whoever opens such
a file in a spreadsheet imports its columns as text. None is an empty cell. A row with too few or too many cells
is refused, named by its line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from guantong.record import Fields, Native
from guantong_plugins.codecs.charset import begins_with_mark, known_charset, read_text, write_text
from guantong_plugins.codecs.codes import (
    BAD_LINE,
    DUPLICATE_NAME,
    TOO_MANY,
    Shape,
    misshapen,
    undecodable,
    unencodable,
)
from guantong_plugins.codecs.culprit import not_in_charset
from guantong_plugins.codecs.limits import MAX_VALUES
from guantong_plugins.codecs.xmlwrite import scalar

_ENDS = {"crlf": "\r\n", "lf": "\n"}
_QUOTING: dict[str, Literal[0, 1, 3]] = {"minimal": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL, "none": csv.QUOTE_NONE}
_BOM = "\ufeff"


class CsvOptions(BaseModel):
    """Options of `csv`."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    header: bool = Field(default=True, description="Whether the first row names the columns.")
    columns: tuple[str, ...] = Field(
        default=(), description="The columns, in the order they are written. With a header they must all be in"
        " it, in any order; without one they are the columns.",
    )
    delimiter: Literal[",", "\t", "|", ";"] = Field(default=",", description="What stands between cells.")
    quote: Literal["minimal", "all", "none"] = Field(
        default="minimal", description="Which cells are written in double quotes: those that need them, all, or"
        " none (then a value that needs them is refused, and quotes are read as any character).",
    )
    line_end: Literal["crlf", "lf"] = Field(default="crlf", description="How a written row ends; both are read.")
    bom: bool = Field(default=False, description="Whether UTF-8 begins with a byte-order mark, as spreadsheets want it; one is always read.")
    space: Literal["keep", "trim"] = Field(
        default="keep", description="Whether white space around a cell counts, as in padded exports."
    )
    kind: str | None = Field(default=None, description="The kind of every record, when there is only one.")
    kind_field: str | None = Field(
        default=None, description="The column that names the record's kind; it is not one of the fields then."
    )

    @model_validator(mode="after")
    def _has_columns(self) -> Self:
        if not self.header and not self.columns:
            raise ValueError("without a header the columns must be declared")
        if len(set(self.columns)) != len(self.columns):
            raise ValueError("a column stands twice")
        return self


class Csv:
    """Reads rows, and writes one row per record, under its header where there is one."""

    def __init__(self, options: CsvOptions, charset: str) -> None:
        self._options = options
        self._charset = known_charset(charset)

    def decode(self, body: bytes, kind: str | None, charset: str | None = None) -> Sequence[Native]:
        rows = self._rows(read_text(body, None, charset, self._charset))
        columns = self._columns(*next(rows, (1, []))) if self._options.header else self._options.columns
        records = [self._native(self._fields(columns, cells, line), kind) for line, cells in rows]
        if not records:
            raise misshapen("", Shape.ROWS, Shape.NOTHING)
        return records

    def _rows(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """The rows that are not blank, each with the line it begins on."""
        options = self._options
        # `newline=""`: a line break inside a cell is read as it is.
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=options.delimiter, quoting=_QUOTING[options.quote], strict=True
        )
        count, begun = 0, 1
        try:
            for cells in reader:
                count += len(cells)
                if count > MAX_VALUES:
                    raise undecodable(TOO_MANY, limit=MAX_VALUES)
                if cells:
                    yield begun, [cell.strip() for cell in cells] if options.space == "trim" else cells
                begun = reader.line_num + 1
        except csv.Error as error:
            long = "limit" in str(error)
            what, what_zh = ("a cell is too long", "单元格过长") if long else ("the quotes do not pair", "引号不成对")
            raise undecodable(BAD_LINE, line=begun, what=what, what_zh=what_zh) from None

    def _columns(self, line: int, names: Sequence[str]) -> Sequence[str]:
        """The columns that the header names."""
        known: set[str] = set()
        for number, name in enumerate(names, 1):
            if not name:
                raise _bad_line(line, f"column {number} has no name", f"第 {number} 列没有列名")
            if name in known:
                raise undecodable(DUPLICATE_NAME, path=name)
            known.add(name)
        missing = [name for name in self._options.columns if name not in known]
        if missing:
            raise _bad_line(line, f"the column {missing[0]} is missing", f"缺少列 {missing[0]}")
        return names

    def _fields(self, columns: Sequence[str], cells: Sequence[str], line: int) -> Fields:
        if len(cells) < len(columns):
            number, name = len(cells) + 1, columns[len(cells)]
            raise _bad_line(line, f"column {number} ({name}) is missing", f"缺少第 {number} 列（{name}）")
        if len(cells) > len(columns):
            number = len(columns) + 1
            raise _bad_line(line, f"column {number} is one too many", f"第 {number} 列多余")
        return dict(zip(columns, cells, strict=True))

    def _native(self, fields: Fields, kind: str | None) -> Native:
        if self._options.kind is not None:
            kind = self._options.kind
        elif self._options.kind_field is not None and self._options.kind_field in fields:
            kind = str(fields.pop(self._options.kind_field)).strip() or kind
        return Native(kind or "", fields)

    def encode(self, native: Native) -> bytes:
        options = self._options
        fields = native.fields
        if options.kind_field is not None:
            fields = {options.kind_field: native.kind, **fields}
        columns = options.columns or tuple(fields)
        foreign = [name for name in fields if name not in columns]
        if foreign:
            raise unencodable(foreign[0], "there is no such column", "没有该列")
        rows = [{name: name for name in columns}] if options.header else []
        rows.append({name: "" if fields.get(name) is None else scalar(fields[name], name) for name in columns})
        text = (_BOM if options.bom and self._charset == "utf-8" else "") + "".join(self._row(row, first=row is rows[0]) for row in rows)
        try:
            return write_text(text, self._charset)
        except UnicodeEncodeError:
            raise not_in_charset(fields, self._charset) from None

    def _row(self, cells: dict[str, str], *, first: bool) -> str:
        """One row with its line end. Raises `Unencodable` for a cell that would not be read back."""
        options = self._options
        for name, cell in cells.items():
            if len(cell) > csv.field_size_limit():
                raise unencodable(name, f"it has {len(cell)} characters, too many for a cell", f"长达 {len(cell)} 个字符，超过单元格上限")
            if options.space == "trim" and cell != cell.strip():
                raise unencodable(name, "white space around it would not count", "首尾空白会丢失")
            if options.quote == "none" and (set(cell) & {options.delimiter, "\r", "\n"}):
                raise unencodable(name, "it would need quotes", "需要加引号")
        values = list(cells.values())
        # A mark at the very beginning would be taken for the file's own.
        marked = first and bool(values) and begins_with_mark(values[0], self._charset)
        if options.quote == "none":
            if values in ([], [""]) or marked:
                raise unencodable(next(iter(cells), ""), "it would need quotes", "需要加引号")
            return options.delimiter.join(values) + _ENDS[options.line_end]
        everything = options.quote == "all" or marked
        row = io.StringIO(newline="")
        # With CRLF as its line end, the writer quotes both of its characters.
        csv.writer(
            row, delimiter=options.delimiter, quoting=csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL,
            lineterminator="\r\n",
        ).writerow(values)
        return row.getvalue().removesuffix("\r\n") + _ENDS[options.line_end]


def _bad_line(line: int, what: str, what_zh: str) -> Exception:
    return undecodable(BAD_LINE, line=line, what=what, what_zh=what_zh)
