"""Bytes of unknown charset as text: Unicode where they are, else the Chinese national charset."""

from __future__ import annotations

import codecs

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def as_text(body: bytes) -> tuple[str, str] | None:
    """The text of *body* and its charset, or None where no charset fits."""
    for mark, charset in _MARKS:
        if body.startswith(mark):
            return _decoded(body, charset)
    return _decoded(body, "utf-8") or _decoded(body, "gb18030")


def _decoded(body: bytes, charset: str) -> tuple[str, str] | None:
    try:
        text = body.decode(charset)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else (text.replace("\r\n", "\n").replace("\r", "\n"), charset)
