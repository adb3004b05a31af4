"""A file's copy in parts: each a smaller file of the same form and charset."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Generator
from contextlib import suppress
from typing import BinaryIO, NamedTuple

from guantong_adapters.files.splitting.csvrows import csv_rows
from guantong_adapters.files.splitting.jsonitems import json_items
from guantong_adapters.files.splitting.settings import Split
from guantong_adapters.files.splitting.shell import Records, Shell, Unsplittable, too_large
from guantong_adapters.files.splitting.xmlelements import xml_elements

_DECLARED = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (b"\x84\x31\x95\x33", "gb18030"))
_BELIEVED = {"utf-8": "utf-8", "utf8": "utf-8", "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030"}
"""What a declaration may say; of others (a file that says UTF-16 and is UTF-8) it is not known what they mean. What calls itself GBK has more."""

Groups = Generator[tuple[list[str], Shell | None], None, None]
"""The records of each part; with the last, what is around them all."""


class Survey(NamedTuple):
    """What one look through a file found."""

    shell: Shell
    records: int
    parts: int
    charset: str


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


def groups(file: BinaryIO, split: Split, charset: str, most: int) -> Groups:
    """The same file gives the same parts. At most a quarter of *most* characters go together: none has more than four bytes. Raises
    `Unsplittable`."""
    file.seek(0)
    try:
        text = io.TextIOWrapper(file, encoding=charset, newline="")
    except LookupError:
        raise no_text(charset) from None
    group: list[str] = []
    size = 0
    try:
        records = _records(text, split, most)
        while not isinstance(record := _next(records), Shell):
            if group and (len(group) == split.each or size + len(record) > most // 4):
                yield group, None
                group, size = [], 0
            group.append(record)
            size += len(record)
        yield group, record
    except UnicodeDecodeError as error:
        raise Unsplittable(f"a byte 0x{error.object[error.start]:02x} that is none in {charset.upper()}",
                           f"含不属于 {charset.upper()} 的字节 0x{error.object[error.start]:02x}", "its text", "文件内容") from None
    except UnicodeError:
        raise no_text(charset) from None
    finally:
        with suppress(ValueError):  # the copy may be closed already: nobody reads on
            text.detach()


def _next(records: Records) -> str | Shell:
    """The next record, or what is around them all."""
    try:
        return next(records)
    except StopIteration as end:
        shell: Shell = end.value
        return shell


def body(group: list[str], survey: Survey, most: int) -> bytes:
    """One part's bytes. Raises `Unsplittable` where they are more than *most*."""
    try:
        made = survey.shell.around(group).encode(survey.charset)
    except UnicodeError:
        raise no_text(survey.charset) from None
    if len(made) > most:
        raise too_large(most, "a record with what is around it", "一条记录连同其外层")
    return made


def no_text(charset: str) -> Unsplittable:
    """The file is not in the charset it was said to be in."""
    return Unsplittable(f"it is no text in {charset.upper()}", f"不是 {charset.upper()} 文本", "its text", "文件内容")


def _records(text: io.TextIOWrapper, split: Split, most: int) -> Records:
    if split.csv is not None:
        return csv_rows(text, split.csv, most)
    if split.xml is not None:
        return xml_elements(text, split.xml, most)
    assert split.json_ is not None  # noqa: S101 -- the settings hold exactly one of the three
    return json_items(text, split.json_, most)
