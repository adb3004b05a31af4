"""The records of a WSDL's operations as a draft takes them: every field at the path by which it is written, with its type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from guantong.mapping.draft.schema import MAX_FIELDS, FieldSketch, RecordSketch
from guantong.problems import Place
from guantong_adapters.soap.fitting.levels import Levels
from guantong_adapters.soap.wsdl.model import (
    UNBOUNDED,
    Complex,
    Element,
    Group,
    Message,
    Operation,
    Part,
    Simple,
    Type,
)

_DEEPEST = 6
FORMS = {"dateTime": "iso", "date": "yyyy-MM-dd"}
"""How times are written in the types of XML Schema that hold them."""
_AS_TEXT = "yyyy-MM-dd HH:mm:ss"
"""How a time is written where the schema says no more than that it is a text."""
Told = Mapping[str, FieldSketch]
"""What documentation says of fields, by their paths without `@`."""


def sketch(operation: Operation, types: Mapping[str, Type], title: str, file: str, told: Told) -> RecordSketch:
    """The record of an operation; *told* is what is documented of its fields."""
    fields = fields_of(operation.request, types)
    return RecordSketch(operation.name, title, tuple(_with_words(one, told) for one in fields), Place(file))


def fields_of(message: Message, types: Mapping[str, Type]) -> list[FieldSketch]:
    """The fields of a message."""
    return list(_Sketches(types).of_message(message))[:MAX_FIELDS]


def _with_words(one: FieldSketch, told: Told) -> FieldSketch:
    known = told.get(one.name.replace("@", ""))
    if known is None:
        return one
    meanings = dict(known.values)
    values = tuple((text, meanings.get(text, meaning)) for text, meaning in one.values)
    return replace(one, label=known.label, remark=known.remark, values=values or known.values,
                   items=tuple(_with_words(item, {inner.name: inner for inner in known.items}) for item in one.items))


class _Sketches:
    def __init__(self, types: Mapping[str, Type]) -> None:
        self._types = types
        self._levels = Levels(types)
        self._left = 4 * MAX_FIELDS

    def of_message(self, message: Message) -> Iterator[FieldSketch]:
        if message.style == "document" and len(message.parts) == 1 and self._levels.holds_fields(message.parts[0].type):
            yield from self._inside(message.parts[0].type, "", 0, needed=True)
            return
        for part in message.parts:
            yield from self._element(part, "", 0, needed=True)

    def _inside(self, key: str, prefix: str, depth: int, *, needed: bool) -> Iterator[FieldSketch]:
        type_ = self._types.get(key)
        if not isinstance(type_, Complex) or depth > _DEEPEST or self._left <= 0:
            return
        for one in type_.attributes:
            yield self._leaf(f"{prefix}@{one.name}", one.type, needed=needed and one.required)
        for element, required in _elements(type_.content, needed=needed):
            yield from self._element(element, prefix, depth, needed=required)

    def _element(self, element: Element, prefix: str, depth: int, *, needed: bool) -> Iterator[FieldSketch]:
        self._left -= 1
        path, type_ = f"{prefix}{element.name}", self._types.get(element.type)
        required = needed and element.least > 0 and not element.nillable
        if element.most != 1 or (isinstance(type_, Complex) and type_.array):
            key = type_.array if isinstance(type_, Complex) and type_.array else element.type
            items = tuple(self._inside(key, "", depth + 1, needed=True)) or (self._leaf("", key, needed=True),)
            yield FieldSketch(path, "", "list", required, many=True, items=items)
        elif isinstance(type_, Complex) and type_.text:
            yield self._leaf(path, type_.text, needed=required)
            yield from (self._leaf(f"{path}@{one.name}", one.type, needed=required and one.required) for one in type_.attributes)
        elif isinstance(type_, Complex):
            yield from self._inside(element.type, f"{path}/", depth + 1, needed=required)
        else:
            yield self._leaf(path, element.type, needed=required)

    def _leaf(self, path: str, key: str, *, needed: bool) -> FieldSketch:
        type_ = self._types.get(key)
        base = type_.base if isinstance(type_, Simple) else key.rpartition("}")[2]
        shown, values = base or "string", tuple[tuple[str, str], ...]()
        if isinstance(type_, Simple):
            values = tuple((text, text) for text in type_.values)
            if type_.longest != UNBOUNDED:
                shown = f"{shown}({type_.longest})"
        form = FORMS.get(base, _AS_TEXT if base in ("", "string", "normalizedString", "token") and not values else "")
        return FieldSketch(path, "", shown, needed, values=values, form=form)


def _elements(part: Part | None, *, needed: bool) -> Iterator[tuple[Element, bool]]:
    """The elements of a part, each with whether it must be there; of what repeats as a whole, as lists."""
    if isinstance(part, Element):
        yield part, needed
    elif isinstance(part, Group):
        inside = needed and part.least > 0 and part.kind != "choice"
        for one in part.parts:
            for element, required in _elements(one, needed=inside):
                yield (element if part.most == 1 else Element(
                    name=element.name, namespace=element.namespace, type=element.type, least=element.least, most=UNBOUNDED)), required
