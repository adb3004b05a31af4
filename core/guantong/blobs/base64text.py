"""Base64 as systems really write it: cut into lines, behind a data address, without its padding, with junk in between."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

_PIECE = 1 << 20  # characters decoded at a time; a multiple of four
_ADDRESS = re.compile(r"\s*data:[\w.+/;=-]{0,200},")
_BLANK = re.compile(r"\s+")
_JUNK = re.compile(r"[^A-Za-z0-9+/]+")
_URL = str.maketrans("-_", "+/")


class NotBase64(Exception):
    """The text is no Base64 (RFC 4648)."""


class Base64Text(NamedTuple):
    """A text free of everything but Base64's alphabet; `junk` counts the other characters that stood in it (blanks
    and padding do not count), `exact` says that it is just what an encoder writes."""

    text: str
    junk: int
    exact: bool

    def decoded(self) -> Iterator[bytes]:
        """The bytes, piece by piece."""
        for start in range(0, len(self.text), _PIECE):
            piece = self.text[start:start + _PIECE]
            yield base64.b64decode(piece + "=" * (-len(piece) % 4))


def read_base64(text: str) -> Base64Text:
    """*text* as Base64, of the usual alphabet or that of addresses. Raises `NotBase64` where what remains cannot be
    any; whether junk may be passed over is for who knows a digest."""
    match = _ADDRESS.match(text)
    bare = _BLANK.sub("", text[match.end():] if match else text).rstrip("=")
    if "-" in bare or "_" in bare:
        bare = bare.translate(_URL)
    clean = _JUNK.sub("", bare)
    if not clean or len(clean) % 4 == 1:
        raise NotBase64
    exact = clean + "=" * (-len(clean) % 4) == text
    if exact:  # an encoder leaves no bits over at the end
        tail = clean[-(len(clean) % 4 or 4):]
        exact = base64.b64encode(_decoded_tail(tail)).decode().rstrip("=") == tail
    return Base64Text(clean, len(bare) - len(clean), exact)


class Base64Pieces:
    """A text of Base64 that comes piece by piece, decoded as it comes. Only blanks are passed over. Raises `NotBase64`."""

    def __init__(self) -> None:
        self._left = ""
        self._begun = self._ended = False

    def add(self, text: str) -> bytes:
        """The bytes that *text* completes."""
        if not self._begun and (match := _ADDRESS.match(text)):
            text = text[match.end():]
        bare = _BLANK.sub("", text).translate(_URL)
        clean = bare.rstrip("=")
        if _JUNK.search(clean) or (clean and self._ended):
            raise NotBase64
        self._begun, self._ended = self._begun or bool(clean), self._ended or clean != bare
        whole = self._left + clean
        end = len(whole) - len(whole) % 4
        self._left = whole[end:]
        return base64.b64decode(whole[:end])

    def end(self) -> bytes:
        """The last bytes."""
        if not self._begun or len(self._left) == 1:
            raise NotBase64
        return _decoded_tail(self._left)


def _decoded_tail(tail: str) -> bytes:
    try:
        return base64.b64decode(tail + "=" * (-len(tail) % 4))
    except binascii.Error:  # pragma: no cover -- the alphabet and the length were looked at
        raise NotBase64 from None
