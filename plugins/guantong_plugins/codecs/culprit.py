"""Finding the field that cannot be written.

Whole documents are written and checked at once, for speed; only when that fails is the culprit looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from guantong.codec import Unencodable
from guantong_plugins.codecs.charset import write_text
from guantong_plugins.codecs.codes import unencodable

XML_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters no XML document can carry, not even as references."""


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in *value* with its path (`SBCLQD/0/CLMC`)."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from texts(inner, f"{path}/{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts(inner, f"{path}/{index}")


def xml_illegal(fields: Mapping[str, Any]) -> Unencodable:
    """Name the field with a character that XML cannot carry."""
    for path, text in texts(fields):
        if found := XML_ILLEGAL.search(text):
            shown = f"U+{ord(found[0]):04X}"
            return unencodable(
                path, f"the character {shown} at position {found.start()} cannot stand in XML",
                f"第 {found.start()} 个字符 {shown} 不能出现在 XML 中",
            )
    return unencodable("", "a field name holds a character that cannot stand in XML", "字段名含有 XML 不允许的字符")


def not_in_charset(fields: Mapping[str, Any], charset: str) -> Unencodable:
    """Name the field with a character that *charset* cannot write."""
    for path, text in texts(fields):
        try:
            write_text(text, charset)
        except UnicodeEncodeError as error:
            shown = f"U+{ord(text[error.start]):04X}"
            return unencodable(
                path, f"the character {shown} at position {error.start} does not exist in {charset.upper()}",
                f"第 {error.start} 个字符 {shown} 在 {charset.upper()} 中不存在",
            )
    return unencodable("", f"a field name cannot be written in {charset.upper()}", f"字段名无法用 {charset.upper()} 写出")


def wrong_type(path: str, value: object, expected: str, expected_zh: str) -> Unencodable:
    """A value of a type that this wire form cannot carry."""
    came = type(value).__name__
    return unencodable(path, f"expected {expected}, got {came}", f"应为{expected_zh}，实际为 {came}")
