"""Texts as PostgreSQL takes them: it keeps no NUL, which a record may well hold; it is kept under another name.

Escaping is one to one: what comes back is what was kept.
"""

from __future__ import annotations

import psycopg
from psycopg.abc import Buffer
from psycopg.pq import Format
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper
from psycopg.types.string import StrDumperUnknown, TextLoader

MARK = "\x1a"
_NUL, _MARK = f"{MARK}0", f"{MARK}1"


def escaped(text: str) -> str:
    """*text* without NUL."""
    return text.replace(MARK, _MARK).replace("\x00", _NUL)


def unescaped(text: str) -> str:
    """What *text* was before it was `escaped`."""
    return text.replace(_NUL, "\x00").replace(_MARK, MARK)


class _TextDumper(StrDumperUnknown):
    def dump(self, obj: str) -> Buffer | None:
        return (escaped(obj) if "\x00" in obj or MARK in obj else obj).encode()


class _TextLoader(TextLoader):
    def load(self, data: Buffer) -> str:
        text = str(data, "utf-8")
        return unescaped(text) if MARK in text else text


class _TextBinaryLoader(_TextLoader):
    format = Format.BINARY


def adapt(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Have *connection* write and read texts so; and write every integer as one type, so that a statement is prepared
    once and not for each size of its numbers."""
    connection.adapters.register_dumper(str, _TextDumper)
    connection.adapters.register_dumper(int, Int8Dumper)  # what lists are written by; else a list's type is that of the first one's size
    connection.adapters.register_dumper(int, Int8BinaryDumper)
    connection.adapters.register_loader("text", _TextLoader)
    connection.adapters.register_loader("text", _TextBinaryLoader)
