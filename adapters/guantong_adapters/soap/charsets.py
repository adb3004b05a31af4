"""Charsets as they are declared in practice, and the text of a request that declares one."""

from __future__ import annotations

import codecs
import re

_NAMES = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8",
    # GB 18030 contains the older two, and senders that declare them write characters beyond them.
    "gb18030": "gb18030", "gb-18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030",
}
_UTF8_HAN = re.compile(rb"[\xe3-\xe9][\x80-\xbf]{2}")
_CERTAIN = 4
"""So many Chinese characters in valid UTF-8 are no GB 18030 by chance (1 in 10⁷)."""
_DECLARATION = re.compile(rb"""\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z][\w.-]{0,39})["'][^>]*?\?>""")


def canonical(name: str) -> str | None:
    """`utf-8` or `gb18030` for the ways they are declared, None for any other charset."""
    return _NAMES.get(name.strip().strip("\"'").lower())


def declared(body: bytes) -> str | None:
    """The encoding named by the XML declaration at the start of *body*."""
    match = _DECLARATION.match(body.removeprefix(codecs.BOM_UTF8)[:200])
    return match[1].decode("ascii") if match else None


def in_utf8(body: bytes, transport: str | None, configured: str) -> bytes:
    """An answer in UTF-8, whatever it says of its charset.

    Declarations are often wrong. A byte-order mark decides; else UTF-8 where anything names it or the text is so
    long that no other charset passes for it; else what the document declares, what the transport declares, what
    is configured. The first in which every byte is valid is taken. Raises `UnicodeDecodeError` when there is none.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    if transport is not None and _NAMES.get(transport.lower()) == "utf-8":
        try:
            return _recoded(body, "utf-8")  # as nearly every answer is
        except UnicodeDecodeError:
            pass  # it is no UTF-8 whatever the transport says: the others are tried below
    named = (declared(body), transport, configured)
    known = list(dict.fromkeys(name for name in (canonical(one) for one in named if one) if name))
    if "utf-8" in known or len(_UTF8_HAN.findall(body)) >= _CERTAIN:
        known = ["utf-8", *(name for name in known if name != "utf-8")]
    for charset in known[:-1]:
        try:
            return _recoded(body, charset)
        except UnicodeDecodeError:
            continue
    return _recoded(body, known[-1])


def _recoded(body: bytes, charset: str) -> bytes:
    text = body.decode(charset)
    return body if charset == "utf-8" else text.encode("utf-8")
