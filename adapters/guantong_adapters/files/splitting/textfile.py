"""A large file that is one text: its charset, and its records."""

from __future__ import annotations

import codecs
import io
import re
from contextlib import suppress
from typing import BinaryIO

from guantong_adapters.files.splitting.csvrows import csv_rows
from guantong_adapters.files.splitting.jsonitems import json_items
from guantong_adapters.files.splitting.settings import Split
from guantong_adapters.files.splitting.shell import Records, no_text, not_in
from guantong_adapters.files.splitting.xmlelements import xml_elements

_DECLARED = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (b"\x84\x31\x95\x33", "gb18030"))
_BELIEVED = {"utf-8": "utf-8", "utf8": "utf-8", "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030"}
"""What a declaration may say; of others (a file that says UTF-16 and is UTF-8) it is not known what they mean. What calls itself GBK has more."""


class TextFile:
    """The file, in the charset that it or the settings tell. A record has at most *most* characters or bytes."""

    def __init__(self, file: BinaryIO, split: Split, charset: str | None, most: int) -> None:
        self._file, self._split, self._most = file, split, most
        self.charset = charset_of(file, charset)

    def records(self) -> Records:
        """From the first on, each time."""
        self._file.seek(0)
        try:
            text = io.TextIOWrapper(self._file, encoding=self.charset, newline="")
        except LookupError:
            raise no_text(self.charset) from None
        try:
            return (yield from self._cut(text))
        except UnicodeDecodeError as error:
            raise not_in(self.charset, error.object[error.start]) from None
        except UnicodeError:
            raise no_text(self.charset) from None
        finally:
            with suppress(ValueError):  # the copy may be closed already: nobody reads on
                text.detach()

    def close(self) -> None:
        """It has nothing of its own."""

    def _cut(self, text: io.TextIOWrapper) -> Records:
        if self._split.csv is not None:
            return csv_rows(text, self._split.csv, self._most)
        if self._split.xml is not None:
            return xml_elements(text, self._split.xml, self._most)
        assert self._split.json_ is not None  # noqa: S101 -- the settings hold exactly one, and workbooks are none of this
        return json_items(text, self._split.json_, self._most)


def charset_of(file: BinaryIO, configured: str | None) -> str:
    """The charset that a file's mark, its XML declaration or the settings tell; UTF-8 where none does."""
    file.seek(0)
    start = file.read(200)
    for mark, charset in _MARKS:
        if start.startswith(mark):
            return charset
    declared = _DECLARED.match(start)
    named = _BELIEVED.get(declared[1].decode().lower(), "") if declared else ""
    return named or _BELIEVED.get((configured or "utf-8").lower(), configured or "utf-8")
