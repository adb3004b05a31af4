"""A large workbook (.xlsx, ECMA-376): the rows of one sheet, and its parts, each a workbook of that sheet alone."""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

from guantong.mapping.excel.guard import MAX_LISTED, listed
from guantong_adapters.files.splitting.cells import NoRow, row_of
from guantong_adapters.files.splitting.packing import KINDS, MAIN, STYLES
from guantong_adapters.files.splitting.settings import XlsxSplit, XmlSplit
from guantong_adapters.files.splitting.sharedtexts import SharedTexts
from guantong_adapters.files.splitting.shell import Book, Hole, Records, Shell, Unsplittable
from guantong_adapters.files.splitting.textfile import charset_of
from guantong_adapters.files.splitting.xmlelements import xml_elements

_ROWS = XmlSplit(records="worksheet/sheetData")
_MOST_AROUND, _MOST_FORMATS = 1024 * 1024, 4 * 1024 * 1024
"""Bytes of what is read whole: which sheets there are; the formats of cells."""


class WorkbookFile:
    """The workbook in *file*: *how* says which sheet, a row has at most *most* bytes, the sheet and the shared texts at most
    *largest*. The texts that cells share lie in *folder*. Raises `Unsplittable`, and `OSError` where the disk takes no more."""

    charset = "utf-8"

    def __init__(self, file: BinaryIO, how: XlsxSplit, most: int, largest: int, folder: Path | None) -> None:
        self._file, self._header, self._most = file, how.header, most
        self._shared = SharedTexts(folder)
        try:
            with _readable(file):
                if listed(file) > MAX_LISTED:
                    raise Unsplittable("it has more parts than a workbook has", "部件数超过工作簿上限", "the file", "文件")
                self._archive = _Bounded(file)
                self._places = self._archive.places(file, how.sheet)
                if sum(one.file_size for one in self._archive.infolist() if one.filename in self._places[:2]) > largest:
                    raise Unsplittable(f"unpacked it has more than {largest} bytes", f"解压后超过 {largest} 字节", "the file", "文件")
                if self._places.texts is not None:
                    with self._archive.text(self._places.texts) as part, _in_part(self._places.texts):
                        self._shared.fill(part, most)
        except BaseException:
            self._shared.close()
            raise

    def records(self) -> Records:
        """The rows that are not blank, below the one that names the columns; around them is a sheet of that one alone."""
        header = None
        number = 0
        with _readable(self._file), self._archive.text(self._places.sheet) as part:
            rows = xml_elements(part, _ROWS, self._most)
            while (written := _next(rows, self._places.sheet)) is not None:
                number, cells = self._row(written, number)
                if cells is None or number < self._header:
                    continue
                if header is None:
                    header = cells
                else:
                    yield f"<row>{cells}</row>"
        before = f'<worksheet xmlns="{MAIN}"><sheetData>{"<row/>" * (self._header - 1)}<row>{header or ""}</row>'
        return Shell((before, Hole.RECORDS, "</sheetData></worksheet>"), book=self._places.book)

    def close(self) -> None:
        self._shared.close()

    def _row(self, written: str, before: int) -> tuple[int, str | None]:
        try:
            row = row_of(written, self._shared)
        except NoRow as error:
            where, where_zh = ("its first row", "首行") if not before else (f"behind row {before}", f"第 {before} 行之后")
            raise Unsplittable(error.what, error.what_zh, where, where_zh) from None
        number = before + 1 if row.number is None else row.number
        if number <= before:
            raise Unsplittable(f"row {number} stands behind row {before}", f"第 {number} 行排在第 {before} 行之后", f"row {number}", f"第 {number} 行")
        return number, row.cells


class _Places(NamedTuple):
    """Where in the archive the sheet and the shared texts are, and what a part takes over."""

    sheet: str
    texts: str | None
    book: Book


class _Bounded(zipfile.ZipFile):
    """An archive of which no part is read whole that is large, or has a document type."""

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        part = self.getinfo(name) if isinstance(name, str) else name
        most = _MOST_FORMATS if part.filename == STYLES else _MOST_AROUND
        if part.file_size > most:
            raise Unsplittable(f"it has more than {most} bytes", f"超过 {most} 字节", part.filename, part.filename)
        text = super().read(part, pwd)
        if b"<!DOCTYPE" in text.replace(b"\0", b""):
            raise Unsplittable("it has a document type (DOCTYPE), which is never read", "含文档类型声明（DOCTYPE），一律不读",
                               part.filename, part.filename)
        return text

    def text(self, name: str) -> TextIO:
        """A part of it to be read bit by bit."""
        with self.open(name) as start:
            charset = charset_of(io.BytesIO(start.read(200)), None)
        return io.TextIOWrapper(self.open(name), encoding=charset, newline="")

    def places(self, file: BinaryIO, sheet: str | None) -> _Places:
        """Those of the sheet of that name, or of the first."""
        from openpyxl.reader.excel import ExcelReader
        from openpyxl.utils.datetime import CALENDAR_MAC_1904

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what it leaves out, which is none of ours
            reader = ExcelReader(file, read_only=True, keep_links=False)
            reader.archive = self
            reader.read_manifest()
            reader.read_workbook()
            sheets = {one.name: rel.target for one, rel in reader.parser.find_sheets() if "chartsheet" not in rel.Type}
        if not sheets or (sheet is not None and sheet not in sheets):
            what, what_zh = ("there is no sheet", "没有工作表") if sheet is None else (f"there is no sheet {sheet}", f"没有工作表 {sheet}")
            raise Unsplittable(what, what_zh, "the file", "文件")
        found = sheet if sheet is not None else next(iter(sheets))
        texts = next((one.PartName for one in reader.package.Override if one.ContentType == f"{KINDS}.sharedStrings+xml"), None)
        styles = self.read(STYLES) if STYLES in self.namelist() else b""
        return _Places(sheets[found], texts[1:] if texts else None, Book(found, styles, reader.wb.epoch == CALENDAR_MAC_1904))


def _next(rows: Records, name: str) -> str | None:
    with _in_part(name):
        return next(rows, None)


@contextmanager
def _in_part(name: str) -> Iterator[None]:
    """A line is one of that part."""
    try:
        yield
    except Unsplittable as error:
        raise Unsplittable(error.what, error.what_zh, f"{name}, {error.where}", f"{name} {error.where_zh}") from None


@contextmanager
def _readable(file: BinaryIO) -> Iterator[None]:
    """What is no workbook is told as such, whatever a library says of it."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, TypeError, AttributeError,
            SyntaxError, ValueError):
        if file.closed:  # nobody reads on
            raise
        raise Unsplittable("it is damaged, encrypted or no workbook (.xlsx)", "文件已损坏、已加密或不是 .xlsx 工作簿", "the file", "文件") from None
