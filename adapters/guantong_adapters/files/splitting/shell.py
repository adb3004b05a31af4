"""What a file has around its records, which every part of it has, too."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from enum import Enum, auto
from typing import NamedTuple

CHARACTERS = 256 * 1024
"""How many are read at a time."""


class Hole(Enum):
    """What differs from part to part."""

    RECORDS = auto()
    COUNT = auto()


class Book(NamedTuple):
    """What a sheet's cells need of their workbook: its name, their formats (`styles.xml`), and whether days count from 1904."""

    sheet: str
    styles: bytes
    from_1904: bool


class Shell(NamedTuple):
    """Texts and holes in order, what stands between records, and how many there are as the file says. A record may say its
    own number, counted from `numbered`, by a NUL. `book`: it is a sheet of one."""

    pieces: tuple[str | Hole, ...]
    between: str = ""
    said: str | None = None
    numbered: int | None = None
    book: Book | None = None

    def around(self, records: Sequence[str]) -> str:
        """The part that holds *records*."""
        if self.numbered is not None:
            records = [record.replace("\0", str(number)) for number, record in enumerate(records, self.numbered)]
        filled = {Hole.RECORDS: self.between.join(records), Hole.COUNT: str(len(records))}
        return "".join(piece if isinstance(piece, str) else filled[piece] for piece in self.pieces)


Records = Generator[str, None, Shell]
"""The text of each record, as it stands in the file; at the end what stood around them. Raises `Unsplittable`, and `ValueError` for
what is no text in its charset."""


class Unsplittable(Exception):
    """The file is not what it was said to be; `where` says how far it was."""

    def __init__(self, what: str, what_zh: str, where: str, where_zh: str) -> None:
        self.what, self.what_zh, self.where, self.where_zh = what, what_zh, where, where_zh
        super().__init__(f"{where}: {what}")


def too_large(most: int, where: str, where_zh: str) -> Unsplittable:
    """One record, or what is around all of them, is more than a part may be."""
    return Unsplittable(f"more than {most} bytes without a record's end", f"超过 {most} 字节仍未到一条记录的结尾", where, where_zh)


def no_text(charset: str) -> Unsplittable:
    """The file is not in the charset it was said to be in."""
    return Unsplittable(f"it is no text in {charset.upper()}", f"不是 {charset.upper()} 文本", "its text", "文件内容")


def not_in(charset: str, byte: int) -> Unsplittable:
    """A byte is none of the charset's."""
    return Unsplittable(f"a byte 0x{byte:02x} that is none in {charset.upper()}", f"含不属于 {charset.upper()} 的字节 0x{byte:02x}",
                        "its text", "文件内容")
