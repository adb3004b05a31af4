"""Which characters a table's columns can hold: what a database would refuse, or write as a question mark, is found before anything is sent.

A character is told by its code point, and never with the value round it: values are personal data.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

_MYSQL = {"utf8": "utf-8-bmp", "utf8mb3": "utf-8-bmp", "ucs2": "utf-8-bmp", "gbk": "gbk", "gb2312": "gb2312", "ascii": "ascii"}
"""What columns declare there, by Python's names; those of the basic plane alone, which Python has no name for, as `utf-8-bmp`. Only
charsets of which both have the very same characters: of others the server is asked, and its answer read."""
_POSTGRESQL = {"EUC_CN": "gb2312"}
"""The server's encodings, likewise."""
_BYTES = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+")
_BMP = "utf-8-bmp"


class Unwritable(UnicodeError):
    """A column's charset has not the character: `column`, the `charset`, and the `character` as U+4DAE."""

    def __init__(self, column: str, character: str, charset: str = "") -> None:
        self.column = column
        self.character = character
        self.charset = charset
        super().__init__(f"{column}: {character}")


def charsets_of(connection: Connection, columns: Sequence[Mapping[str, Any]], options: Mapping[str, Any]) -> dict[str, str]:
    """The charset of each column of text, by its real name, as far as the database declares it; *columns* and *options* are those
    of SQLAlchemy's inspection."""
    product = connection.dialect.name
    if product in ("mysql", "mariadb"):
        usual = str(options.get(f"{product}_default charset") or options.get("mysql_default charset") or "")
        return {each["name"]: found for each in columns if hasattr(each["type"], "charset")
                and (found := _of_mysql(each["type"], usual))}
    if product == "postgresql":
        encoding = _POSTGRESQL.get(str(connection.execute(text("SHOW server_encoding")).scalar()), "")
        return {each["name"]: encoding for each in columns if encoding}
    return {}


def _of_mysql(type_: Any, usual: str) -> str:
    """Of one column: what it says itself, what its collation begins with, or the table's."""
    said = type_.charset or str(getattr(type_, "collation", None) or "").partition("_")[0] or usual
    return _MYSQL.get(str(said).lower(), "")


def unwritable(value: str, charset: str) -> str:
    """The first character of *value* that *charset* has not, as U+4DAE; "" where it has them all."""
    if charset == _BMP:
        return next((shown(one) for one in value if ord(one) > 0xFFFF), "")
    try:
        codecs.encode(value, charset)
    except UnicodeEncodeError as error:
        return shown(value[error.start])
    return ""


def shown(character: str) -> str:
    """A character by its code point."""
    return f"U+{ord(character):04X}"


def quoted_character(message: str) -> str:
    """The character whose bytes a database quotes in its error, as U+4DAE; "" where it quotes none."""
    found = _BYTES.search(message)
    if found is None:
        return ""
    raw = bytes.fromhex(found[0].replace("\\x", ""))
    for length in range(1, min(4, len(raw)) + 1):
        try:
            return shown(raw[:length].decode("utf-8"))
        except UnicodeDecodeError:
            continue
    return ""
