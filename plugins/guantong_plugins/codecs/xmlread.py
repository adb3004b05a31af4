"""Reading XML that strangers sent: no DOCTYPE, no entities, bounded depth and count."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from guantong_plugins.codecs.charset import read_text
from guantong_plugins.codecs.codes import (
    DOCTYPE,
    NOT_XML,
    TOO_DEEP,
    TOO_MANY,
    Shape,
    misshapen,
    undecodable,
)
from guantong_plugins.codecs.limits import MAX_DEPTH, MAX_VALUES

_DECLARED = re.compile(rb"""^[\xef\xbb\xbf\s]*<\?xml[^>]{0,80}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*\?>")
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def parse_xml(body: bytes, transport: str | None, configured: str) -> etree._Element:
    """The root element of the document in *body*. Raises `Undecodable`. Comments and processing instructions
    are left out; CDATA and escaped text are the same."""
    declared = _DECLARED.match(body)
    text = read_text(body, declared[1].decode("ascii") if declared else None, transport, configured)
    return parse_text(text)


def parse_text(text: str) -> etree._Element:
    """The root element of the document *text*, whose declared encoding no longer matters."""
    text = _DECLARATION.sub("", text, count=1).strip()
    _refuse_doctype(text)
    if text.count("<") > 2 * MAX_VALUES:
        raise undecodable(TOO_MANY, limit=MAX_VALUES)
    # A parser per document: one is not shared between threads, and making it is cheap.
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False,
        remove_comments=True, remove_pis=True, strip_cdata=True,
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "surrogatepass"), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise undecodable(NOT_XML, line=line or 1, column=column) from None
    return root


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
            raise undecodable(DOCTYPE, position=start)
        else:
            return
        if end < 0:
            return
        position = end + 2


def local(element: etree._Element) -> str:
    """The element's name without its namespace and the padding some systems write."""
    tag = element.tag
    return str(tag).rpartition("}")[2].strip()


def children(element: etree._Element, path: str, depth: int) -> Iterator[etree._Element]:
    """The child elements. Raises `Undecodable` for text between them, which would be lost, and when *depth*,
    the parent's level from 1 at the root, is already at the bound."""
    if depth >= MAX_DEPTH:
        raise undecodable(TOO_DEEP, limit=MAX_DEPTH)
    if element.text and not element.text.isspace():
        raise misshapen(path, Shape.ELEMENT, Shape.MIXED)
    for child in element:
        if child.tail and not child.tail.isspace():
            raise misshapen(path, Shape.ELEMENT, Shape.MIXED)
        yield child


def leaf(element: etree._Element, path: str) -> str | None:
    """The text of an element without children; None for `xsi:nil`."""
    if len(element):
        raise misshapen(path, Shape.TEXT, Shape.ELEMENT)
    if element.attrib and element.get(NIL, "").strip() in ("true", "1"):
        return None
    return element.text or ""
