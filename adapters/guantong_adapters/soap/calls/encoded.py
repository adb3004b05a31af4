"""Encoded messages (SOAP 1.1, section 5; SOAP 1.2 part 2, section 3): values that stand once and are referred to.

An element may say `href="#id1"` (`enc:ref="id1"` in SOAP 1.2) instead of holding its value, which then stands
elsewhere in the body. Such references are resolved before reading, within bounds: a few kilobytes of references
to references would else unfold to gigabytes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

from lxml import etree

from guantong_adapters.soap.calls.unfit import Unfit, Want
from guantong_adapters.soap.wsdl.model import ENCODING_12

MOST_ELEMENTS = 50_000
"""Of a body whose references are resolved."""
DEEPEST = 64
_REF_12, _ID_12 = f"{{{ENCODING_12}}}ref", f"{{{ENCODING_12}}}id"


def resolve(body: etree._Element) -> None:
    """Put every value of *body* where it is referred to. Raises `Unfit` for a reference to nothing, to itself, or
    for more than is read."""
    known: dict[str, etree._Element] = {}
    waiting = False
    for element in body.iter():
        name = element.get("id") or element.get(_ID_12)
        if name is not None:
            known.setdefault(name, element)
        waiting = waiting or _target(element) is not None
    first = next(_children(body), None)
    if waiting and first is not None:
        _Resolver(known).fill(first, ())
    if known:
        etree.strip_attributes(body, "id", _ID_12)  # they name places in the message, not in the record


class _Resolver:
    """Copies what is referred to, and counts."""

    def __init__(self, known: dict[str, etree._Element]) -> None:
        # Of before anything was resolved: copies are made of these.
        self._known = {name: copy.deepcopy(element) for name, element in known.items()}
        self._left = MOST_ELEMENTS

    def fill(self, element: etree._Element, inside: tuple[str, ...]) -> None:
        """Resolve the references in *element*, which stands inside those named."""
        name = etree.QName(element).localname
        self._left -= 1
        if self._left < 0 or len(inside) > DEEPEST:
            raise Unfit(name, Want.LESS_DEEP, ("too many references", "过多的引用"))
        target = _target(element)
        if target is not None:
            found = self._known.get(target)
            if found is None or target in inside:
                came = ("none of that name", "无此元素") if found is None else ("a reference to itself", "对自身的引用")
                raise Unfit(name, Want.REFERENCE, came)
            self._take(element, found)
            inside = (*inside, target)
        for child in list(_children(element)):
            self.fill(child, inside)

    def _take(self, element: etree._Element, found: etree._Element) -> None:
        """Give *element* the content of *found*."""
        for key in ("href", _REF_12):
            if key in element.attrib:
                del element.attrib[key]
        for name, value in found.attrib.items():
            if name not in ("id", _ID_12):
                element.set(name, value)
        element.text = found.text
        for child in found:
            self._left -= 1
            if self._left < 0:
                raise Unfit(etree.QName(element).localname, Want.LESS_DEEP, ("too many references", "过多的引用"))
            element.append(copy.deepcopy(child))


def _target(element: etree._Element) -> str | None:
    said = element.get("href")
    if said is not None and said.startswith("#"):
        return said[1:]
    return element.get(_REF_12)


def _children(element: etree._Element) -> Iterator[etree._Element]:
    return (child for child in element if isinstance(child.tag, str))
