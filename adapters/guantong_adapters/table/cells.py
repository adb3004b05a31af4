"""One column's value as text, and back: bytes in a charset, text under a wrong label, empty texts and NULL."""

from __future__ import annotations

import base64
import binascii

from guantong_adapters.table.settings import TableSettings

_EMPTY_IS_NULL = frozenset({"oracle", "dm"})
_WINDOWS = frozenset({"mysql", "mariadb"})
"""Products whose Latin-1 is really Windows-1252, with the five bytes that has no character for as controls."""


class Cells:
    """What the settings of one system say of its texts, for the database product *dialect*."""

    def __init__(self, settings: TableSettings, dialect: str) -> None:
        self._binary = settings.binary
        self._mislabelled = settings.mislabelled
        self._windows = dialect in _WINDOWS
        self._empty_is_null = settings.empty_is_null or dialect in _EMPTY_IS_NULL

    @property
    def mislabelled(self) -> bool:
        """Whether texts stand in columns that declare another charset."""
        return self._mislabelled is not None

    def read(self, value: str) -> str | None:
        """A text as the database gives it."""
        if value == "" and self._empty_is_null:
            return None
        return value if self._mislabelled is None else self._relabelled(value, self._mislabelled)

    def read_bytes(self, value: bytes) -> str | None:
        if self._binary == "base64":
            return base64.b64encode(value).decode("ascii")
        return self.read(_decoded(value, self._binary)) if self._mislabelled is None else _decoded(value, self._binary)

    def write(self, text: str | None, *, binary: bool) -> str | bytes | None:
        """A text as the database is to be given it, for a column of bytes or of text. Raises `UnicodeError` where the
        charset has not the character, or a column of Base64 gets none."""
        if text is None or (text == "" and self._empty_is_null):
            return None
        if binary:
            return _unpacked(text) if self._binary == "base64" else text.encode(self._binary)
        if self._mislabelled is None:
            return text
        raw = text.encode(self._mislabelled)
        return "".join(map(_windows_character, raw)) if self._windows else raw.decode("latin-1")

    def _relabelled(self, text: str, charset: str) -> str:
        try:
            raw = bytes(map(_latin_byte, text))
        except ValueError:  # no Latin-1 at all: the column was rightly labelled
            return text
        return _decoded(raw, charset)


def _decoded(raw: bytes, charset: str) -> str:
    """The text; bytes that are none stay as they came, behind a byte no text begins with."""
    try:
        return raw.decode(charset)
    except UnicodeDecodeError:
        return (b"\xff" + raw).decode("utf-8", "surrogateescape")


def _unpacked(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise UnicodeError("no Base64") from None


def _latin_byte(character: str) -> int:
    """The byte that a Latin-1 column holds for *character*, by ISO 8859-1 or by Windows-1252."""
    number = ord(character)
    if number < 256:
        return number
    [byte] = character.encode("cp1252")  # a UnicodeEncodeError is a ValueError
    return byte


def _windows_character(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)
