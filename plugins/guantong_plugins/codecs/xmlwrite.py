"""Writing XML as escaped text: several times faster than building a tree, and equally exact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from guantong.record import Fields
from guantong_plugins.codecs.charset import write_text
from guantong_plugins.codecs.codes import unencodable
from guantong_plugins.codecs.culprit import XML_ILLEGAL, not_in_charset, wrong_type, xml_illegal

_NEEDS_ATTRIBUTE_ESCAPE = re.compile("[&<>\"\r\n\t]")
_NO_LISTS: Mapping[str, str] = {}
_FIRST = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = re.compile(f"[{_FIRST}][{_FIRST}0-9.\u00b7\u0300-\u036f\u203f\u2040-]*")
"""What XML 1.0 (fifth edition) calls a name, without colon."""

Unwritable = Literal["refuse", "reference"]


class XmlOptions(BaseModel):
    """What every XML codec can be told."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    declaration: bool = Field(default=True, description="Whether documents begin with <?xml … encoding=…?>.")
    unwritable: Unwritable = Field(
        default="refuse",
        description="What becomes of a character the charset lacks: refuse the record, naming the field, or"
        " write a numeric character reference (only where the receiver is known to read it).",
    )


def escape(text: str) -> str:
    """*text* as element content. `>` is escaped too, so `]]>` never arises and the whole can stand in CDATA."""
    if "&" in text or "<" in text or ">" in text or "\r" in text:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return text


def escape_attribute(text: str) -> str:
    """*text* as a double-quoted attribute's value."""
    if _NEEDS_ATTRIBUTE_ESCAPE.search(text) is None:
        return text
    text = escape(text).replace('"', "&quot;")
    return text.replace("\n", "&#10;").replace("\t", "&#9;")


def scalar(value: object, path: str) -> str:
    """*value* (text, number or boolean) as text."""
    if isinstance(value, str):
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    raise wrong_type(path, value, "a text", "文本")


def is_name(name: str) -> bool:
    """Whether XML could name an element so, without prefix."""
    return _NAME.fullmatch(name) is not None


def element_name(name: str) -> str:
    """*name*, checked to be an element's name without prefix. Raises `Unencodable`."""
    if not is_name(name):
        raise unencodable(name, "is not a name of an XML element", "不是合法的 XML 元素名")
    return name


@lru_cache(maxsize=8192)
def tags(name: str) -> tuple[str, str]:
    """The start and end tag of the element *name*. Raises `Unencodable` for what is no name."""
    return f"<{element_name(name)}>", f"</{name}>"


def write_fields(parts: list[str], fields: Fields, path: str, lists: Mapping[str, str]) -> None:
    """Append one element per field: text, nested elements, or one element per item of a list. A field named in
    *lists* becomes one element holding its items, each of the element name given there. None is left out."""
    for name, value in fields.items():
        if value is None:
            continue
        opened, closed = tags(name)
        if type(value) is str:
            parts += (opened, escape(value), closed)
        elif name in lists:
            write_list(parts, name, lists[name], value, f"{path}{name}")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                _write_item(parts, name, item, f"{path}{name}/{index}")
        elif isinstance(value, dict):
            parts.append(opened)
            write_fields(parts, value, f"{path}{name}/", _NO_LISTS)
            parts.append(closed)
        else:
            parts += (opened, escape(scalar(value, f"{path}{name}")), closed)


def write_list(parts: list[str], name: str, item: str, value: object, path: str) -> None:
    """Append the element *name* with one element *item* for each object of the list *value*."""
    if not isinstance(value, list):
        raise wrong_type(path, value, "a list of objects", "对象列表")
    opened, closed = tags(name)
    parts.append(opened)
    for index, fields in enumerate(value):
        if not isinstance(fields, dict):
            raise wrong_type(f"{path}/{index}", fields, "an object", "对象")
        _write_item(parts, item, fields, f"{path}/{index}")
    parts.append(closed)


def _write_item(parts: list[str], name: str, item: object, path: str) -> None:
    opened, closed = tags(name)
    parts.append(opened)
    if isinstance(item, dict) and "" not in item:
        write_fields(parts, item, f"{path}/", _NO_LISTS)
    elif isinstance(item, dict) and len(item) > 1:
        raise unencodable(path, "an item is either a text or an object", "列表项应为文本或对象")
    else:
        text = item[""] if isinstance(item, dict) else item
        parts.append("" if text is None else escape(scalar(text, path)))
    parts.append(closed)


def finish(parts: list[str], fields: Mapping[str, Any], charset: str, unwritable: Unwritable) -> bytes:
    """The document's bytes. Raises `Unencodable`, naming the field of *fields* at fault."""
    document = "".join(parts)
    # What is printable is legal; the precise test is several times slower and rarely needed.
    if not document.isprintable() and XML_ILLEGAL.search(document) is not None:
        raise xml_illegal(fields)
    try:
        return write_text(document, charset, references=unwritable == "reference")
    except UnicodeEncodeError:
        raise not_in_charset(fields, charset) from None


def declaration(charset: str) -> str:
    """The XML declaration for *charset*."""
    return f'<?xml version="1.0" encoding="{"UTF-8" if charset == "utf-8" else charset.upper()}"?>'
