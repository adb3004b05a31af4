"""The texts that the cells of a workbook share, on disk: a file may have millions."""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_PLACE = struct.Struct("<2Q")


class SharedTexts:
    """Texts by their numbers from 0, in two files without names: the texts one behind another, and where each begins and ends."""

    def __init__(self, folder: Path | None) -> None:
        self._texts: BinaryIO = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  they stay open until `close`
        try:
            self._places: BinaryIO = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  as above
        except OSError:
            self._texts.close()
            raise
        self._count = self._end = 0

    def add(self, texts: Iterable[str]) -> None:
        """Behind those that are there. Raises `OSError` where the disk takes no more."""
        for text in texts:
            begin = self._end
            self._end += self._texts.write(text.encode())
            self._places.write(_PLACE.pack(begin, self._end))
            self._count += 1

    def flush(self) -> None:
        """All that was added can be read. Raises `OSError`."""
        self._texts.flush()
        self._places.flush()

    def __getitem__(self, number: int) -> str:
        """The text of that number. Raises `IndexError` where there is none."""
        if not 0 <= number < self._count:
            raise IndexError
        begin, end = _PLACE.unpack(os.pread(self._places.fileno(), _PLACE.size, number * _PLACE.size))
        return os.pread(self._texts.fileno(), end - begin, begin).decode()

    def close(self) -> None:
        for file in (self._texts, self._places):
            with suppress(OSError):  # what was not written yet has no room, and nobody wants it any more
                file.close()
