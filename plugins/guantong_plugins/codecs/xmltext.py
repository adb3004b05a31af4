"""Text in and around documents: CDATA, documents escaped as a whole, ampersands nobody escaped."""

from __future__ import annotations

import re

from guantong_plugins.codecs.codes import Shape, misshapen
from guantong_plugins.codecs.xmlwrite import escape

_REFERENCE = re.compile(r"&(?:(lt|gt|quot|apos|amp)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));")
_BARE_AMPERSAND = re.compile(r"&(?!(?:lt|gt|quot|apos|amp|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")
_NAMED = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}
_LITERAL = re.compile(r"<!\[CDATA\[|<!--")
_LAST = 0x10FFFF


def cdata(text: str) -> str:
    """*text* as CDATA. What CDATA cannot hold (`]]>`, a carriage return) stands between two sections."""
    text = text.replace("]]>", "]]]]><![CDATA[>").replace("\r", "]]>&#13;<![CDATA[")
    return f"<![CDATA[{text}]]>"


def escaped(document: str, times: int) -> str:
    """*document* escaped as a whole, so many times."""
    for _ in range(times):
        document = escape(document)
    return document


def unescaped(text: str, times: int) -> str:
    """The document that *text* is when it was escaped as a whole so many times. Raises `Undecodable` for one
    that was not: unescaping it would turn its values into markup."""
    for _ in range(times):
        if text.lstrip("\ufeff \t\r\n").startswith("<"):
            raise misshapen("", Shape.ESCAPED, Shape.ELEMENT)
        text = _REFERENCE.sub(_referred, text)
    return text


def _referred(found: re.Match[str]) -> str:
    name, decimal, hexadecimal = found.groups()
    if name:
        return _NAMED[name]
    number = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(number) if number <= _LAST else found[0]


def ampersands_escaped(document: str) -> str:
    """*document* with `&amp;` for every `&` that begins no reference, outside CDATA and comments."""
    parts: list[str] = []
    position = 0
    while (found := _LITERAL.search(document, position)) is not None:
        parts.append(_BARE_AMPERSAND.sub("&amp;", document[position:found.start()]))
        closed = "]]>" if found[0].endswith("[") else "-->"
        end = document.find(closed, found.end())
        position = len(document) if end < 0 else end + len(closed)
        parts.append(document[found.start():position])
    parts.append(_BARE_AMPERSAND.sub("&amp;", document[position:]))
    return "".join(parts)
