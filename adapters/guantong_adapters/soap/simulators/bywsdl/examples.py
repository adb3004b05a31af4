"""An example of an element, made from its type: everything that may stand there, once."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from guantong_adapters.soap.wsdl.model import Anything, Complex, Element, Group, Part, Simple, Type

DEEPEST = 6
"""Optional elements below so many others are left out: types may contain themselves."""
LEFT_OUT = 20
"""Nothing stands deeper, required or not."""
_TEXTS = {
    "boolean": "true", "decimal": "1.00", "float": "1.0", "double": "1.0", "dateTime": "2026-01-05T09:00:00+08:00", "date": "2026-01-05",
    "time": "09:00:00", "duration": "P1D", "base64Binary": "56S65L6L", "hexBinary": "00", "anyURI": "http://example.invalid/",
    "gYear": "2026", "gYearMonth": "2026-01", "language": "zh", "QName": "example",
}
_WHOLE = ("int", "long", "short", "byte", "integer", "nonNegativeInteger", "positiveInteger", "unsignedInt", "unsignedLong",
          "unsignedShort", "unsignedByte")


def example(element: Element, types: Mapping[str, Type], depth: int = 0) -> etree._Element:
    """The element with an example of its content."""
    made = etree.Element(f"{{{element.namespace}}}{element.name}" if element.namespace else element.name)
    type_ = types.get(element.type)
    if not isinstance(type_, Complex):
        made.text = element.fixed if element.fixed is not None else text_of(type_, element.type, types)
        return made
    for one in type_.attributes:
        if one.required or depth < DEEPEST:
            made.set(f"{{{one.namespace}}}{one.name}" if one.namespace else one.name, text_of(types.get(one.type), one.type, types))
    if type_.text:
        made.text = text_of(types.get(type_.text), type_.text, types)
    if type_.content is not None and depth < LEFT_OUT:
        for part in _chosen(type_.content, depth):
            made.append(example(part, types, depth + 1))
    return made


def _chosen(part: Part, depth: int) -> list[Element]:
    """The elements of a part that the example has: of a choice the first, of what repeats as many as must be."""
    if isinstance(part, Anything) or (not part.least and depth >= DEEPEST):
        return []
    if isinstance(part, Element):
        return [part] * max(1, min(part.least, 3))
    parts = part.parts[:1] if part.kind == "choice" else part.parts
    return [element for inner in parts for element in _chosen(inner, depth)] if isinstance(part, Group) else []


def text_of(type_: Type | None, key: str, types: Mapping[str, Type]) -> str:
    """A text of a simple type."""
    if not isinstance(type_, Simple):
        return _builtin(key.rpartition("}")[2])
    if type_.values:
        return type_.values[0]
    inner = type_.items or next(iter(type_.members), "")
    if inner:
        return text_of(types.get(inner), inner, types)
    text = _builtin(type_.base)
    if type_.base in _TEXTS or type_.base in _WHOLE:
        return text
    text = text * -(-type_.shortest // len(text)) if len(text) < type_.shortest else text
    return text[: type_.longest] if type_.longest >= 0 else text


def _builtin(base: str) -> str:
    if base in _WHOLE:
        return "1"
    return {"negativeInteger": "-1", "nonPositiveInteger": "0"}.get(base) or _TEXTS.get(base, "示例")
