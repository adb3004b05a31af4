"""A file's copy in parts: each a smaller file of the same form and charset."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from guantong_adapters.files.splitting.packing import packed
from guantong_adapters.files.splitting.settings import Split
from guantong_adapters.files.splitting.shell import Records, Shell, no_text, too_large
from guantong_adapters.files.splitting.textfile import TextFile
from guantong_adapters.files.splitting.workbook import WorkbookFile

Groups = Generator[tuple[list[str], Shell | None], None, None]
"""The records of each part; with the last, what is around them all."""


class Splittable(Protocol):
    """A file that has records, all of them the same each time they are asked for. `charset` is that of its parts."""

    charset: str

    def records(self) -> Records: ...

    def close(self) -> None: ...


class Survey(NamedTuple):
    """What one look through a file found."""

    shell: Shell
    records: int
    parts: int
    charset: str


def splittable(file: BinaryIO, split: Split, charset: str | None, most: int, folder: Path | None) -> Splittable:
    """The file as *split* says; what it needs aside lies in *folder*. Raises `Unsplittable`."""
    if split.xlsx is not None:
        return WorkbookFile(file, split.xlsx, most, split.largest, folder)
    return TextFile(file, split, charset, most)


def groups(records: Records, split: Split, most: int) -> Groups:
    """The same file gives the same parts. At most a quarter of *most* characters go together: none has more than four bytes. Raises
    `Unsplittable`."""
    group: list[str] = []
    size = 0
    with closing(records):
        while not isinstance(record := _next(records), Shell):
            if group and (len(group) == split.each or size + len(record) > most // 4):
                yield group, None
                group, size = [], 0
            group.append(record)
            size += len(record)
        yield group, record


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
    if survey.shell.book is not None:
        made = packed(made, survey.shell.book)
    if len(made) > most:
        raise too_large(most, "a record with what is around it", "一条记录连同其外层")
    return made
