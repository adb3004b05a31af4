"""A workbook's package (ECMA-376-2): where in it a sheet is, and all that a part of it needs."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, NamedTuple

from guantong.mapping.excel.guard import MAX_LISTED, PACKED, listed
from guantong_adapters.files.splitting.partscan import shown
from guantong_adapters.files.splitting.shell import Unsplittable

KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
STYLES = "xl/styles.xml"  # where the library looks for them
_MOST_AROUND = 4 * 1024 * 1024
"""Bytes of each part that is read whole: they tell which sheets there are."""


class Places(NamedTuple):
    """A sheet by its name; the parts that hold it, the texts that cells share and their formats; whether days count from 1904."""

    name: str
    sheet: str
    texts: str | None
    styles: str | None
    from_1904: bool


class Package(zipfile.ZipFile):
    """No part of it is read whole that is large, or has a document type. Raises `Unsplittable`, and whatever a library does for what is
    none."""

    def __init__(self, file: BinaryIO) -> None:
        if listed(file) > MAX_LISTED:
            raise _whole("it has more parts than a workbook has", "部件数超过工作簿上限")
        super().__init__(file)
        if any(one.compress_type not in PACKED for one in self.infolist()):
            raise _whole("it is packed in a way that no workbook is", "压缩方式不是工作簿所用的")

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        part = self.getinfo(name) if isinstance(name, str) else name
        if part.file_size > _MOST_AROUND:
            raise Unsplittable(f"it has more than {_MOST_AROUND} bytes", f"超过 {_MOST_AROUND} 字节", shown(part.filename), shown(part.filename))
        text = super().read(part, pwd)
        if b"<!DOCTYPE" in text.replace(b"\0", b""):
            raise Unsplittable("it has a document type (DOCTYPE), which is never read", "含文档类型声明（DOCTYPE），一律不读",
                               shown(part.filename), shown(part.filename))
        return text

    @contextmanager
    def part(self, name: str, largest: int) -> Iterator[IO[bytes]]:
        """A part to be read bit by bit, of at most *largest* bytes."""
        if self.getinfo(name).file_size > largest:
            raise Unsplittable(f"it has more than {largest} bytes", f"超过 {largest} 字节", shown(name), shown(name))
        with self.open(name) as found:
            yield found

    def places(self, file: BinaryIO, wanted: str | None) -> Places:
        """Those of the sheet of that name, or of the first."""
        from openpyxl.reader.excel import ExcelReader
        from openpyxl.utils.datetime import CALENDAR_MAC_1904

        reader = ExcelReader(file, read_only=True, keep_links=False)
        reader.archive = self
        reader.read_manifest()
        reader.read_workbook()
        there = set(self.namelist())
        sheets: dict[str, str] = {}
        for sheet in reader.parser.sheets:
            rel = reader.parser.rels.get(sheet.id)
            if rel is not None and rel.target in there and "chartsheet" not in rel.Type:
                sheets.setdefault(sheet.name, rel.target)
        if not sheets or (wanted is not None and wanted not in sheets):
            what, what_zh = ("there is no sheet", "没有工作表") if wanted is None else (f"there is no sheet {wanted}", f"没有工作表 {wanted}")
            raise _whole(what, what_zh)
        found = wanted if wanted is not None else next(iter(sheets))
        texts = next((one.PartName[1:] for one in reader.package.Override if one.ContentType == f"{KINDS}.sharedStrings+xml"), None)
        return Places(found, sheets[found], texts, STYLES if STYLES in there else None, reader.wb.epoch == CALENDAR_MAC_1904)


def _whole(what: str, what_zh: str) -> Unsplittable:
    return Unsplittable(what, what_zh, "the file", "文件")
