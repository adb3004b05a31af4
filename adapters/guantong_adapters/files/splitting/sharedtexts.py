"""The texts that the cells of a workbook share, on disk: a file may have millions."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from typing import TextIO

from guantong_adapters.files.splitting.cells import text_of
from guantong_adapters.files.splitting.settings import XmlSplit
from guantong_adapters.files.splitting.xmlelements import xml_elements

_ALL = XmlSplit(records="sst")
_END = struct.Struct("<Q")


class SharedTexts:
    """Texts by their numbers from 0, in two files without names: the texts one behind another, and where each ends."""

    def __init__(self, folder: Path | None) -> None:
        self._texts, self._ends = (tempfile.TemporaryFile(dir=folder) for _ in range(2))  # noqa: SIM115  they stay open until `close`
        self._count = 0

    def fill(self, part: TextIO, most: int) -> None:
        """Take all of *part* (ECMA-376-1, 18.4), of which one text has at most *most* bytes. Raises `Unsplittable`, and `OSError`
        where the disk takes no more."""
        end = 0
        for one in xml_elements(part, _ALL, most):
            end += self._texts.write(text_of(one).replace("x005F_", "").encode())  # an escaped underscore, as the codec reads it
            self._ends.write(_END.pack(end))
            self._count += 1
        self._texts.flush()
        self._ends.flush()

    def __getitem__(self, number: int) -> str:
        """The text of that number. Raises `IndexError` where there is none."""
        if not 0 <= number < self._count:
            raise IndexError
        self._ends.seek(max(0, number - 1) * _END.size)
        ends = [one[0] for one in _END.iter_unpack(self._ends.read(_END.size * (2 if number else 1)))]
        start = ends[0] if number else 0
        self._texts.seek(start)
        return self._texts.read(ends[-1] - start).decode()

    def close(self) -> None:
        self._texts.close()
        self._ends.close()
