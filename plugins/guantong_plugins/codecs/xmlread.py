"""Reading XML that strangers sent: no DOCTYPE, no entities, bounded depth and count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from lxml import etree

from guantong.record import Fields
from guantong.xmlbounds import LONGEST, MOST_LEVELS, Bound, bound
from guantong_plugins.codecs.charset import read_text
from guantong_plugins.codecs.codes import (
    DOCTYPE,
    DUPLICATE_NAME,
    LONG_NAME,
    LONG_TEXT,
    NOT_XML,
    TOO_DEEP,
    TOO_MANY,
    Shape,
    misshapen,
    undecodable,
)
from guantong_plugins.codecs.limits import MAX_DEPTH, MAX_NAME, MAX_VALUES

_DECLARED = re.compile(rb"""^[\xef\xbb\xbf\s]*<\?xml[^>]{0,80}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_BEFORE = re.compile(r"^\s*(?:<\?xml\b[^>]*\?>\s*)?")
_INK = re.compile(r"[^\n]")
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_NO_LISTS: Mapping[str, str] = {}


def parse_xml(body: bytes, transport: str | None, configured: str) -> etree._Element:
    """The root element of the document in *body*. Raises `Undecodable`. Comments and processing instructions
    are left out; CDATA and escaped text are the same."""
    return parse_text(document_text(body, transport, configured))


def document_text(body: bytes, transport: str | None, configured: str) -> str:
    """The text of the document in *body*, in the charset it is really in, whatever it declares."""
    declared = _DECLARED.match(body)
    return read_text(body, declared[1].decode("ascii") if declared else None, transport, configured)


def parse_text(text: str) -> etree._Element:
    """The root element of the document *text*, whose declared encoding no longer matters."""
    text = _BEFORE.sub(_blank, text, count=1).rstrip()
    _refuse_doctype(text)
    if len(text) > 2 * MAX_VALUES and _marks(text) > 2 * MAX_VALUES:
        raise undecodable(TOO_MANY, limit=MAX_VALUES)
    # A parser per document: it costs a microsecond, and one shared between threads would be a lock.
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False,
        remove_comments=True, remove_pis=True, collect_ids=False,
    )
    try:
        return etree.fromstring(text.encode("utf-8", "surrogatepass"), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        exceeded = bound(error)
        if exceeded is Bound.DEPTH:
            raise undecodable(TOO_DEEP, limit=MOST_LEVELS) from None
        if exceeded is not None:
            raise undecodable(LONG_TEXT, line=line or 1, limit=LONGEST) from None
        raise undecodable(NOT_XML, line=line or 1, column=column) from None


def _blank(before: re.Match[str]) -> str:
    """As long as it was, so that lines and columns are those of the document that came."""
    return _INK.sub(" ", before[0])


def _marks(text: str) -> int:
    """Tags, or attributes where there are more of those."""
    return max(text.count("<"), text.count('="') + text.count("='"))


def _refuse_doctype(text: str) -> None:
    """A DOCTYPE stands before the root element; inside it `<!` begins only CDATA and comments."""
    position = 0
    while True:
        start = text.find("<", position)
        if text.startswith("<?", start):
            end = text.find("?>", start)
        elif text.startswith("<!--", start):
            end = text.find("-->", start)
        elif text.startswith("<!", start):
            raise undecodable(DOCTYPE, line=text.count("\n", 0, start) + 1, column=start - text.rfind("\n", 0, start))
        else:
            return
        if end < 0:
            return
        position = end + 2


@lru_cache(maxsize=8192)
def _local(tag: str) -> str:
    if len(tag) > MAX_NAME:
        raise undecodable(LONG_NAME, length=len(tag), limit=MAX_NAME)
    return tag.rpartition("}")[2].strip()


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return _local(element.tag)


def descend(root: etree._Element, path: Iterable[str]) -> etree._Element | None:
    """The element below *root* on the way of these names, the first of each, whatever their namespaces; None where it
    ends."""
    found = root
    for name in path:
        inner = next((child for child in found if local(child) == name), None)
        if inner is None:
            return None
        found = inner
    return found


def leaf(element: etree._Element, path: str) -> str | None:
    """The text of an element without children; None for `xsi:nil`."""
    if len(element):
        raise misshapen(path, Shape.TEXT, Shape.ELEMENT)
    text = element.text
    if text is None:
        return None if element.get(_NIL, "").strip() in ("true", "1") else ""
    return text


def check_holds_elements(element: etree._Element, path: str) -> None:
    """Raise `Undecodable` for text before the first element, which would be lost."""
    text = element.text
    if text is not None and not text.isspace():
        raise misshapen(path, Shape.ELEMENT, Shape.MIXED)


def read_fields(element: etree._Element, path: str, depth: int, lists: Mapping[str, str]) -> Fields:
    """The fields that *element*, at level *depth* from 1, holds: one per child, by local name.

    A child named in *lists* is the list of its children, each of the element name given there. Any other
    that repeats is a list too, its texts as `{"": text}`. Raises `Undecodable`.
    """
    if depth >= MAX_DEPTH:
        raise undecodable(TOO_DEEP, limit=MAX_DEPTH)
    check_holds_elements(element, path)
    fields: Fields = {}
    for child in element:
        name = _local(child.tag)
        value: Any
        if name in lists:
            if name in fields:
                raise undecodable(DUPLICATE_NAME, path=name)
            value = read_items(child, lists[name], name, depth + 1)
        elif len(child):
            value = read_fields(child, f"{path}/{name}", depth + 1, _NO_LISTS)
        else:
            value = child.text
            if value is None:
                value = leaf(child, name)
        tail = child.tail
        if tail is not None and not tail.isspace():
            raise misshapen(path, Shape.ELEMENT, Shape.MIXED)
        if name not in fields:
            fields[name] = value
            continue
        if not isinstance(fields[name], list):
            fields[name] = [_item(fields[name])]
        fields[name].append(_item(value))
    return fields


def read_items(element: etree._Element, item: str, path: str, depth: int) -> list[Fields]:
    """The items of the list *element*: one object per child, all of them named *item*."""
    check_holds_elements(element, path)
    items: list[Fields] = []
    for child in element:
        if _local(child.tag) != item:
            raise misshapen(path, (item, item), Shape.OTHER)
        items.append(read_fields(child, f"{path}/{len(items)}", depth + 1, _NO_LISTS))
        if child.tail is not None and not child.tail.isspace():
            raise misshapen(path, Shape.ELEMENT, Shape.MIXED)
    return items


def _item(value: Fields | str | None) -> Fields:
    return value if isinstance(value, dict) else {"": value}
