"""A file's bytes as text with plain line ends, and back the way they were."""

from __future__ import annotations

from dataclasses import dataclass

from guantong.mapping.excel.layout import Layout, cut
from guantong.mapping.excel.rows import SheetKind

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Source:
    """A file: its text with \\n, and what else its bytes show: a byte order mark, Windows' line ends, no
    line end at the end."""

    text: str
    marked: bool = False
    windows: bool = False
    unended: bool = False

    @classmethod
    def of(cls, body: bytes) -> Source:
        """Raises `UnicodeDecodeError` where the bytes are no UTF-8."""
        text = body.decode("utf-8-sig")
        windows = "\r\n" in text and text.count("\r\n") == text.count("\n")
        plain = text.replace("\r\n", "\n")
        return cls(plain, body.startswith(_BOM), windows, bool(plain) and not plain.endswith("\n"))

    def layout(self, kind: SheetKind) -> Layout:
        """The file cut into the entries that have rows of their own. Its text parses."""
        return cut(self.text, kind.opens)

    def bytes(self, text: str) -> bytes:
        """The bytes of another text in the manner of this file."""
        if self.unended and text.endswith("\n"):
            text = text[:-1]
        if self.windows:
            text = text.replace("\n", "\r\n")
        return (_BOM if self.marked else b"") + text.encode()
