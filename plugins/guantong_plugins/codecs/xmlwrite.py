"""Writing XML as escaped text: several times faster than building a tree, and equally exact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from guantong_plugins.codecs.codes import unencodable
from guantong_plugins.codecs.culprit import XML_ILLEGAL, not_in_charset, wrong_type, xml_illegal

_NEEDS_ESCAPE = re.compile("[&<>\r]")
_NEEDS_ATTRIBUTE_ESCAPE = re.compile("[&<>\"\r\n\t]")
_NAME = re.compile(r"[^\W\d][\w.\-]*")

Unwritable = Literal["refuse", "reference"]


class XmlOptions(BaseModel):
    """What every XML codec can be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    declaration: bool = Field(default=True, description="Whether documents begin with <?xml … encoding=…?>.")
    unwritable: Unwritable = Field(
        default="refuse",
        description="What becomes of a character the charset lacks: refuse the record, naming the field, or"
        " write a numeric character reference (only where the receiver is known to read it).",
    )


def escape(text: str) -> str:
    """*text* as element content. `>` is escaped too, so `]]>` never arises and the whole can stand in CDATA."""
    if _NEEDS_ESCAPE.search(text) is None:
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


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


@lru_cache(maxsize=4096)
def element_name(name: str) -> str:
    """*name*, checked to be an element's name without prefix. Raises `Unencodable`."""
    if _NAME.fullmatch(name) is None:
        raise unencodable(name, "is not a name of an XML element", "不是合法的 XML 元素名")
    return name


def write_value(parts: list[str], name: str, value: object, path: str) -> None:
    """Append `<name>…</name>`: text, nested elements, or one element per item of a list. None is left out."""
    if value is None:
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            text_only = isinstance(item, dict) and len(item) == 1 and "" in item
            write_value(parts, name, item[""] if text_only else item, f"{path}/{index}")
        return
    tag = element_name(name)
    if isinstance(value, dict):
        parts.append(f"<{tag}>")
        for inner, item in value.items():
            write_value(parts, inner, item, f"{path}/{inner}")
        parts.append(f"</{tag}>")
        return
    parts.append(f"<{tag}>{escape(scalar(value, path))}</{tag}>")


def write_list(parts: list[str], item: str, value: object, path: str) -> None:
    """Append one element named *item* for each object of the list *value*."""
    if not isinstance(value, list):
        raise wrong_type(path, value, "a list of objects", "对象列表")
    for index, fields in enumerate(value):
        if not isinstance(fields, dict):
            raise wrong_type(f"{path}/{index}", fields, "an object", "对象")
        write_value(parts, item, fields, f"{path}/{index}")


def finish(parts: list[str], fields: Mapping[str, Any], charset: str, unwritable: Unwritable) -> bytes:
    """The document's bytes. Raises `Unencodable`, naming the field of *fields* at fault."""
    document = "".join(parts)
    if XML_ILLEGAL.search(document) is not None:
        raise xml_illegal(fields)
    try:
        return document.encode(charset, "strict" if unwritable == "refuse" else "xmlcharrefreplace")
    except UnicodeEncodeError:
        raise not_in_charset(fields, charset) from None


def declaration(charset: str) -> str:
    """The XML declaration for *charset*."""
    return f'<?xml version="1.0" encoding="{"UTF-8" if charset == "utf-8" else charset.upper()}"?>'
