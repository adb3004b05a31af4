"""Charsets: which one a body is in, and writing text in one.

Declarations are often wrong, so they are checked, in this order: a byte-order mark decides; else UTF-8 where
anything (the document, the transport, the configuration) names it, since other charsets practically never
pass for UTF-8 while GB18030 takes almost any bytes; else what the document declares, what the transport
declares, what is configured. The first in which every byte is valid is taken. What is UTF-8 where nothing
names it is refused, since it would be read as other characters without an error. Nothing is ever replaced.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from guantong_plugins.codecs.codes import CHARSET_CONTRADICTED, NO_CHARSET_FITS, undecodable

_BELIEVED = {
    "utf-8": "utf-8", "utf8": "utf-8",
    # What is labelled GB 2312 or GBK is read as its superset: real senders use characters beyond the label.
    "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "gb_2312-80": "gb18030", "cp936": "gb18030",
    "x-gbk": "gb18030", "ms936": "gb18030", "big5": "big5", "big5-hkscs": "big5hkscs",
}
"""Declared names that are believed. Others (iso-8859-1, us-ascii, utf-16 without its mark …) are what
servers and libraries write when nobody set a charset."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_UTF8_HAN = re.compile(rb"[\xe3-\xe9][\x80-\xbf]{2}")
_CERTAIN_HAN = 4
"""A valid UTF-8 body with so many Chinese characters is no GB18030 text that passes by chance (1 in 10⁷)."""


_GB2312 = str.maketrans({"—": "\u2015", "·": "\u30fb", "\u2015": "\ufdd0", "\u30fb": "\ufdd1"})
"""Python's GB 2312 has two rows of the standard under other characters than GBK, GB18030 and every receiver: the
dash and the middle dot of people's names. What it has there instead is not in the standard."""
_NOT_IN_GB2312 = {"\u2015": "&#8213;", "\u30fb": "&#12539;"}


def read_text(
    body: bytes, declared: str | None, transport: str | None, configured: str, *, marks: bool = True
) -> str:
    """The text of *body*, without byte-order mark; without *marks* it has none, and what looks like one is text.
    Raises `Undecodable`, naming the first bad byte."""
    if body.isascii():
        return body.decode("ascii")
    for mark, charset in _MARKS if marks else ():
        if body.startswith(mark):
            return _strict(body[len(mark):], charset, len(mark))
    candidates = list(dict.fromkeys(_names(declared, transport, configured)))
    if "utf-8" in candidates:
        candidates.remove("utf-8")
        candidates.insert(0, "utf-8")
    elif _certainly_utf8(body):
        raise undecodable(CHARSET_CONTRADICTED, charset=candidates[0].upper())
    for charset in candidates:
        try:
            return body.decode(charset)
        except UnicodeDecodeError:
            continue
    return _strict(body, candidates[0], 0)


def begins_with_mark(text: str, charset: str) -> bool:
    """Whether the bytes of *text* in *charset* would be read as beginning with a byte-order mark, its own or another
    charset's: 锘縗 in GB18030 begins as UTF-8 may."""
    if "".encode(charset):  # it writes a mark of its own, and that one is read
        return text.startswith("\ufeff")
    return text[:4].encode(charset, "ignore").startswith(tuple(mark for mark, _ in _MARKS))


def _names(*names: str | None) -> Iterator[str]:
    """The believed charsets among *names*; the last, the configured one, is believed whatever it is."""
    for name in names[:-1]:
        if name and name.lower() in _BELIEVED:
            yield _BELIEVED[name.lower()]
    configured = names[-1] or "utf-8"
    yield _BELIEVED.get(configured.lower(), configured)


def _strict(body: bytes, charset: str, offset: int) -> str:
    try:
        return body.decode(charset)
    except UnicodeDecodeError as error:
        byte = f"0x{body[error.start]:02X}"
        raise undecodable(
            NO_CHARSET_FITS, charset=charset.upper(), byte=byte, position=error.start + offset
        ) from None


def _certainly_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return len(_UTF8_HAN.findall(body)) >= _CERTAIN_HAN


def write_text(text: str, charset: str, *, references: bool = False) -> bytes:
    """The bytes of *text* in *charset*; with *references*, numeric character references for what it lacks.
    Raises `UnicodeEncodeError`, which tells the position."""
    if charset == "gb2312":
        for char, reference in _NOT_IN_GB2312.items() if references else ():
            text = text.replace(char, reference)
        text = text.translate(_GB2312)
    return text.encode(charset, "xmlcharrefreplace" if references else "strict")


def written_text(body: bytes, charset: str) -> str:
    """The text of bytes that we wrote in *charset*."""
    return body.decode(_BELIEVED.get(charset, charset))


def known_charset(name: str) -> str:
    """The codec name of a configured charset. Raises `ValueError` for an unknown one."""
    try:
        "".encode(name)  # refuses the codecs that are no charsets, too
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError(f"expected a charset such as utf-8 or gb18030, got {name!r}") from None
