"""A request held to the WSDL: every place that does not fit, not only the first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain

from lxml import etree

from guantong_adapters.soap.calls.texts import Checks
from guantong_adapters.soap.calls.unfit import Want
from guantong_adapters.soap.parse import local
from guantong_adapters.soap.wsdl.model import UNBOUNDED, XSI, Anything, Complex, Element, Group, Part, Type

MOST = 500
"""Mistakes that are told of one request."""


class Judge:
    """Holds elements to the types of one WSDL."""

    def __init__(self, types: Mapping[str, Type]) -> None:
        self._types = types
        self._checks = Checks(types)

    def mistakes(self, element: etree._Element, declared: Element) -> list[str]:
        """What does not fit in *element*, in Chinese and English, each with its path; values are not quoted."""
        found = chain(elsewhere(element, declared.namespace, declared.name), self._element(element, declared, declared.name))
        return [one for _, one in zip(range(MOST), found, strict=False)]

    def _element(self, element: etree._Element, declared: Element, path: str) -> Iterator[str]:
        if element.get(f"{{{XSI}}}nil") in ("true", "1") and declared.nillable:
            return
        type_ = self._types.get(self._said(element, declared.type))
        if not isinstance(type_, Complex):
            yield from self._text(element, declared.type, path)
            return
        for one in type_.attributes:
            if one.required and not any(etree.QName(str(name)).localname == one.name for name in element.attrib):
                yield _line(f"{path}/@{one.name}", Want.PRESENT)
        if type_.text:
            yield from self._text(element, type_.text, path)
        elif type_.array:
            for number, child in enumerate(element, 1):
                yield from self._element(child, Element(name=local(child), namespace="", type=type_.array), f"{path}/{local(child)}[{number}]")
        elif type_.content is not None:
            yield from self._content(element, type_.content, path)
        elif len(element):
            yield from (_line(f"{path}/{local(child)}", Want.ABSENT) for child in element)

    def _said(self, element: etree._Element, key: str) -> str:
        """The key of the type that `xsi:type` says, where it may stand for the declared one."""
        said = element.get(f"{{{XSI}}}type", "").rpartition(":")[2]
        type_ = self._types.get(key)
        derived = type_.derived if isinstance(type_, Complex) else ()
        return next((one for one in derived if said and one.rpartition("}")[2] == said), key)

    def _content(self, element: etree._Element, content: Group, path: str) -> Iterator[str]:
        known = {one.name: one for one in _elements(content)}
        counts = Counter(local(child) for child in element)
        for child in element:
            name = local(child)
            if name in known:
                yield from elsewhere(child, known[name].namespace, f"{path}/{name}")
                yield from self._element(child, known[name], f"{path}/{name}")
            elif not _takes_anything(content):
                yield _line(f"{path}/{name}", Want.ABSENT)
        yield from _missing(content, counts, path)

    def _text(self, element: etree._Element, key: str, path: str) -> Iterator[str]:
        if len(element):
            yield _line(path, Want.TEXT)
            return
        check, want, detail = self._checks.of(key)
        text = element.text or ""
        text = text if self._checks.keeps_space(key) else text.strip()
        if check is not None and not check(text):
            yield _line(path, want, detail)


def elsewhere(element: etree._Element, namespace: str, path: str) -> Iterator[str]:
    """That *element* is in another namespace than the WSDL puts it in: both are named."""
    came = etree.QName(element).namespace or ""
    if came != namespace:
        yield (f"{path}：命名空间应为 {namespace or '空'}，实际为 {came or '空'} · "
               f"expected the namespace {namespace or '(none)'}, found {came or '(none)'}")


def _missing(part: Part, counts: Counter[str], path: str) -> Iterator[str]:
    """What must be there and is not, or is there too often."""
    if isinstance(part, Anything):
        return
    if isinstance(part, Element):
        if counts[part.name] < part.least:
            yield _line(f"{path}/{part.name}", Want.PRESENT if not counts[part.name] else Want.MORE)
        elif part.most not in (UNBOUNDED,) and counts[part.name] > part.most:
            yield _line(f"{path}/{part.name}", Want.ONCE if part.most == 1 else Want.FEWER)
        return
    there = any(counts[one.name] for one in _elements(part))
    if not there and not part.least:
        return
    if part.most != 1:  # it repeats as a whole: counts say nothing of one turn
        return
    if part.kind != "choice":
        for inner in part.parts:
            yield from _missing(inner, counts, path)
        return
    taken = [inner for inner in part.parts if any(counts[one.name] for one in _elements(inner))]
    may_be_none = any(not isinstance(inner, Anything) and not inner.least for inner in part.parts)
    if len(taken) > 1 or (not taken and not may_be_none):
        yield _line(path, Want.ONE, ", ".join(one.name for one in _elements(part)))
    elif taken:
        yield from _missing(taken[0], counts, path)


def _elements(part: Part) -> Iterator[Element]:
    if isinstance(part, Element):
        yield part
    elif isinstance(part, Group):
        for inner in part.parts:
            yield from _elements(inner)


def _takes_anything(part: Part) -> bool:
    return isinstance(part, Anything) or (isinstance(part, Group) and any(_takes_anything(inner) for inner in part.parts))


def _line(path: str, want: Want, detail: str = "") -> str:
    expected, expected_zh = want.value
    more = f"（{detail}）" if detail else ""
    return f"{path}：应为{expected_zh}{more} · expected {expected}{f' ({detail})' if detail else ''}"
