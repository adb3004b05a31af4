"""Rows as records: every column as text, in one canonical JSON form, so that equal rows are equal bytes."""

from __future__ import annotations

import datetime
import decimal
import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

import orjson

from guantong.problems import Place, Problem, ProblemsError
from guantong_adapters.table import codes
from guantong_adapters.table.cells import Cells
from guantong_adapters.table.layout import Layout
from guantong_adapters.table.settings import TableSettings

Row = dict[str, str | None]
_FOLDED = frozenset({"oracle", "dm"})
"""Products whose plain names are upper case, which SQLAlchemy gives in lower case."""


class RowReader:
    """Turns rows of one table into records. CHAR columns lose their padding blanks, `beside` names columns that are
    no part of the record, and columns their table spells otherwise get the name we know them by."""

    def __init__(self, settings: TableSettings, layout: Layout | None, beside: Collection[str], dialect: str) -> None:
        self._cells = Cells(settings, dialect)
        self._folded = dialect in _FOLDED
        self._padded = layout.padded if layout is not None and settings.strip_padding else frozenset()
        self._ours = layout.ours() if layout is not None else {their: our for our, their in settings.aliases.items()}
        found = [layout.find(name) or name if layout is not None else name for name in beside]
        self._left_out = frozenset(name.lower() for name in found)

    def body(self, row: Mapping[str, Any]) -> bytes:
        """The row as canonical JSON: names as the database gives them, sorted; text, or null for NULL.

        Bytes that are not text in the declared charset are put in as they came: the record is then not
        JSON, and is refused where records are read, with the position, instead of being guessed at."""
        fields = dict(sorted(self.texts(row).items()))
        try:
            return orjson.dumps(fields)
        except TypeError:  # text that is no Unicode: only raw bytes kept by `_text` are
            packed = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
            return packed.encode("utf-8", "surrogateescape")

    def texts(self, row: Mapping[str, Any]) -> Row:
        """The row's columns as texts, by the names we know them by."""
        return {
            self._ours.get(name) or self._name(name): self._text(name, value) for name, value in row.items()
            if name.lower() not in self._left_out
        }

    def _name(self, name: str) -> str:
        return name.upper() if self._folded and name.islower() else name

    def _text(self, name: str, value: Any) -> str | None:
        if value is None:
            return None
        if isinstance(value, bytes | bytearray | memoryview):
            return self._cells.read_bytes(bytes(value))
        text = as_text(value)
        return self._cells.read(text.rstrip(" ") if name in self._padded else text)


def as_text(value: Any) -> str:
    """A column's value as text: `2014-07-15 10:30:00`, `120.50`, `1`; text as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    return str(value)


def digest(body: bytes) -> bytes:
    """What tells one content of a row from another: 16 bytes."""
    return hashlib.blake2b(body, digest_size=16).digest()


def read_row(body: bytes) -> Row:
    """The columns of an encoded record that is to be written. Lists and groups become their JSON text.
    Raises `ProblemsError` when the record is no flat JSON object."""
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _no_row(f"position {error.pos}") from None
    if not isinstance(fields, dict):
        raise _no_row(type(fields).__name__)
    return {name: _column(value) for name, value in fields.items()}


def _no_row(what: str) -> ProblemsError:
    return ProblemsError([Problem(codes.NOT_A_ROW, Place(), details={"what": what})])


def _column(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def cut(text: str, most: int, charset: str) -> str:
    """*text* in at most *most* bytes of *charset*, ending in "…" where it was cut. Characters the charset has
    not become "?": this is our own message, not a business value."""
    kept = text.encode(charset, "replace")
    if len(kept) <= most:
        return kept.decode(charset)
    end = "…".encode(charset, "replace")
    shorter = text
    while shorter and len(shorter.encode(charset, "replace")) + len(end) > most:
        shorter = shorter[:-1]
    return (shorter.encode(charset, "replace") + end).decode(charset)
