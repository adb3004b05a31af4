"""Parsing XML a vendor handed over: no DOCTYPE, no entities, no network, bounded depth and size."""

from __future__ import annotations

from lxml import etree

from guantong.mapping.draft.codes import NOT_READABLE, TOO_MUCH
from guantong.problems import Place, Problem

MAX_ELEMENTS = 200_000


def parsed(body: bytes, file: str) -> tuple[etree._Element | None, list[Problem]]:
    """The root element of *body*, or what forbids it."""
    plain = body.replace(b"\0", b"")  # also where it is UTF-16
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        return None, [_unreadable(file, "it has a DOCTYPE, which is refused", "含有 DOCTYPE 声明，不予读取")]
    if body.count(b"<") > 2 * MAX_ELEMENTS:
        what = {"what": f"over {MAX_ELEMENTS} elements", "what_zh": f"超过 {MAX_ELEMENTS} 个元素"}
        return None, [Problem(TOO_MUCH, Place(file), details=what)]
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False,
                             remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(body, parser), []
    except etree.XMLSyntaxError as error:
        line, column = error.position
        what = {"what": "it is not well-formed XML", "what_zh": "不是格式良好的 XML"}
        return None, [Problem(NOT_READABLE, Place(file, line or 1, column), details=what)]
    except ValueError:
        return None, [_unreadable(file, "its encoding is not known", "编码无法识别")]


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def line_of(element: etree._Element) -> int:
    """The line on which the element stands, 0 where it is not known."""
    line = element.sourceline
    return line if isinstance(line, int) else 0


def text_of(element: etree._Element) -> str:
    """All the text inside an element."""
    return "".join(str(part) for part in element.itertext())


def _unreadable(file: str, what: str, what_zh: str) -> Problem:
    return Problem(NOT_READABLE, Place(file), details={"what": what, "what_zh": what_zh})
