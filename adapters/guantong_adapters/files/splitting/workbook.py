"""A large workbook (.xlsx): the rows of one sheet, whose parts are workbooks of that sheet alone."""

from __future__ import annotations

import errno
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from guantong_adapters.files.splitting.cells import ROW
from guantong_adapters.files.splitting.formats import Formats
from guantong_adapters.files.splitting.package import Package, Places
from guantong_adapters.files.splitting.packing import HEAD, TAIL
from guantong_adapters.files.splitting.settings import XlsxSplit
from guantong_adapters.files.splitting.sharedtexts import SharedTexts
from guantong_adapters.files.splitting.sheet import SharedScan, SheetScan
from guantong_adapters.files.splitting.shell import Book, Hole, Records, Shell, Unsplittable

_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class WorkbookFile:
    """The workbook in *file*: *how* says which sheet, a row has at most *most* characters, the sheet and the shared texts at most
    *largest* bytes each. The texts that cells share lie in *folder*. Raises `OSError` where the disk takes no more."""

    charset = "utf-8"

    def __init__(self, file: BinaryIO, how: XlsxSplit, most: int, largest: int, folder: Path | None) -> None:
        self._file, self._how, self._most, self._largest = file, how, most, largest
        self._shared = SharedTexts(folder)
        self._opened: tuple[Package, Places, Formats] | None = None

    def records(self) -> Records:
        """The rows that are not blank, below the one that names the columns; around them is a sheet of that one alone. Raises
        `Unsplittable`."""
        header: str | None = None
        with _readable(self._file):
            package, places, formats = self._opened = self._opened or self._open()
            scan = SheetScan(places.sheet, self._most, self._shared, formats.numbers)
            with package.part(places.sheet, self._largest) as part:
                for _ in scan.through(part, self._go_on):
                    rows, scan.rows = scan.rows, []
                    for number, cells in rows:
                        if header is not None:
                            yield f"<row>{cells}</row>"
                        elif number >= self._how.header:
                            header = cells
        first = f"{'<row/>' * (self._how.header - 1)}<row>{(header or '').replace(ROW, str(self._how.header))}</row>"
        return Shell((HEAD + first, Hole.RECORDS, TAIL), numbered=self._how.header + 1,
                     book=Book(places.name, formats.written(), places.from_1904))

    def close(self) -> None:
        self._shared.close()

    def _open(self) -> tuple[Package, Places, Formats]:
        package = Package(self._file)
        places = package.places(self._file, self._how.sheet)
        formats = Formats(places.styles or "", self._most)
        if places.styles is not None:
            with package.part(places.styles, self._largest) as part:
                for _ in formats.through(part, self._go_on):
                    pass
        if places.texts is not None:
            scan = SharedScan(places.texts, self._most)
            with package.part(places.texts, self._largest) as part:
                for _ in scan.through(part, self._go_on):
                    found, scan.found = scan.found, []
                    self._shared.add(found)
        self._shared.flush()
        return package, places, formats

    def _go_on(self) -> None:
        if self._file.closed:
            raise ValueError("nobody reads on")


@contextmanager
def _readable(file: BinaryIO) -> Iterator[None]:
    """What is no workbook is told as such, whatever a library says of it."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, TypeError, AttributeError,
            SyntaxError, ValueError, OSError) as error:
        if file.closed or (isinstance(error, OSError) and error.errno in _DISK):  # nobody reads on; or there is no room
            raise
        raise Unsplittable("it is damaged, encrypted or no workbook (.xlsx)", "文件已损坏、已加密或不是 .xlsx 工作簿", "the file", "文件") from None
