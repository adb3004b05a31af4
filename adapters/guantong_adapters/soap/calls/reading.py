"""Compiling the types of a WSDL into functions that read.

What comes is taken liberally, as long as nothing of it is lost or guessed: elements may stand in any order and
miss their namespace; what the schema does not name is read by its name alone; values are the texts that came.
Only what would make the record ambiguous is refused: a second element where there may be one, elements where a
text belongs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from lxml import etree

from guantong.record import Fields
from guantong_adapters.soap.calls.generic import add_element, attributes_of, read_fields
from guantong_adapters.soap.calls.texts import Checks
from guantong_adapters.soap.calls.unfit import Unfit, Want
from guantong_adapters.soap.calls.writing import TYPE
from guantong_adapters.soap.wsdl.model import (
    ANY_TYPE,
    ENCODING_11,
    ENCODING_12,
    XSI,
    Complex,
    Element,
    Group,
    Part,
    Type,
)

Take = Callable[[etree._Element], Any]
_NIL, _TYPE = f"{{{XSI}}}nil", f"{{{XSI}}}type"
_TRUE = ("true", "1")


class Entry(NamedTuple):
    """How one element of a type is read: under its name, as a list where it may repeat. `take` is None for a
    text whose spaces count, the most common of all; `beside` says that its attributes stand beside it."""

    name: str
    many: bool
    take: Take | None
    beside: bool = False


class Shape:
    """What elements of one complex type may hold. Filled after it is made: types may contain themselves."""

    __slots__ = ("by_name", "by_tag", "derived", "mixed", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.by_tag: dict[str, Entry] = {}
        self.by_name: dict[str, Entry] = {}
        self.derived: dict[str, Shape] = {}
        self.mixed = False


class Reader:
    """Compiles the elements of one message."""

    def __init__(self, types: Mapping[str, Type]) -> None:
        self._types = types
        self._checks = Checks(types)
        self._shapes: dict[str, Shape] = {}

    def take(self, element: Element) -> Take:
        """A function that reads the value of the element."""
        type_ = self._types.get(element.type)
        if element.type == ANY_TYPE:
            return _anything
        if not isinstance(type_, Complex):
            return _kept if self._checks.keeps_space(element.type) else _trimmed
        if type_.array or (type_.name == "Array" and type_.namespace in (ENCODING_11, ENCODING_12)):
            return self._array(type_.array or ANY_TYPE)
        if type_.text:
            return _kept if self._checks.keeps_space(type_.text) else _trimmed
        return self._object(self._shape(element.type))

    def fields(self, elements: tuple[Element, ...]) -> Callable[[etree._Element], Fields]:
        """A function that reads the fields of an element in which *elements* stand."""
        shape = Shape("")
        for element in elements:
            self._enter(shape, element, many=False)
        return lambda around: _read(shape, around)

    def _object(self, shape: Shape) -> Take:
        def take(element: etree._Element) -> Any:
            own = shape
            if shape.derived:
                named = element.get(_TYPE)
                if named is not None:
                    name = named.rpartition(":")[2]
                    own = shape.derived.get(name, shape)
            if not len(element) and not element.text and element.get(_NIL) in _TRUE:
                return None
            fields = _read(own, element)
            if own is not shape:
                fields[TYPE] = own.name
            return fields

        return take

    def _shape(self, key: str) -> Shape:
        shape = self._shapes.get(key)
        if shape is not None:
            return shape
        type_ = self._types[key]
        shape = self._shapes[key] = Shape(type_.name)
        if isinstance(type_, Complex):
            shape.mixed = type_.mixed
            for element, many in _elements(type_.content, many=False):
                self._enter(shape, element, many=many)
            shape.derived = {self._types[one].name: self._shape(one) for one in type_.derived}
        return shape

    def _enter(self, shape: Shape, element: Element, *, many: bool) -> None:
        many = many or element.most != 1
        take: Take | None = self.take(element)
        type_ = self._types.get(element.type)
        beside = isinstance(type_, Complex) and bool(type_.text) and bool(type_.attributes or type_.any_attribute)
        if many and take in (_kept, _trimmed):
            take = _kept_item if take is _kept else _trimmed_item
        elif take is _kept and not beside:
            take = None
        entry = Entry(element.name, many, take, beside and not many)
        tag = f"{{{element.namespace}}}{element.name}" if element.namespace else element.name
        shape.by_tag[tag] = entry
        shape.by_name[element.name] = entry

    def _array(self, item: str) -> Take:
        of = Element(name="item", namespace="", type=item)
        take = self.take(of)
        if take in (_kept, _trimmed):
            take = _kept_item if take is _kept else _trimmed_item

        def read(element: etree._Element) -> Any:
            if not len(element) and element.get(_NIL) in _TRUE:
                return None
            return [_as_item(take(child)) for child in element]

        return read


def _as_item(value: Any) -> Fields:
    return value if isinstance(value, dict) else {"": value}


def _elements(part: Part | None, *, many: bool) -> Iterator[tuple[Element, bool]]:
    """The elements in *part*, and whether each may repeat because a group around it does."""
    if isinstance(part, Group):
        for one in part.parts:
            yield from _elements(one, many=many or part.most != 1)
    elif isinstance(part, Element):
        yield part, many


def _read(shape: Shape, element: etree._Element) -> Fields:
    """The fields of one element."""
    fields: Fields = {}
    for key, said in attributes_of(element) if element.attrib else ():
        fields[f"@{key}"] = said
    by_tag, by_name = shape.by_tag, shape.by_name
    if shape.mixed and element.text and element.text.strip():
        fields[""] = element.text
    for child in element:
        tag: Any = child.tag
        entry = by_tag.get(tag)
        if entry is None:
            entry = by_name.get(tag.rpartition("}")[2])
            if entry is None:
                add_element(fields, child)
                continue
        name, many, take, beside = entry
        if take is None:
            value: Any = child.text
            if value is None:
                value = None if child.get(_NIL) in _TRUE else ""
            if len(child):
                raise Unfit(name, Want.TEXT, ("elements", "元素"))
        else:
            try:
                value = take(child)
            except Unfit as error:
                raise (error if error.path[:1] == [name] else error.under(name)) from None
        if many:
            fields.setdefault(name, []).append(_as_item(value))
        elif name in fields:
            raise Unfit(name, Want.ONCE, ("it twice", "重复出现"))
        else:
            fields[name] = value
            if beside:
                for key, said in attributes_of(child):
                    fields[f"{name}@{key}"] = said
    return fields


def _kept(element: etree._Element) -> str | None:
    if len(element):
        raise Unfit("", Want.TEXT, ("elements", "元素"))
    text = element.text
    if text is None:
        return None if element.get(_NIL) in _TRUE else ""
    return text


def _trimmed(element: etree._Element) -> str | None:
    text = _kept(element)
    return None if text is None else text.strip()


def _kept_item(element: etree._Element) -> Fields:
    return {**_attributes(element), "": _kept(element)}


def _trimmed_item(element: etree._Element) -> Fields:
    return {**_attributes(element), "": _trimmed(element)}


def _attributes(element: etree._Element) -> Fields:
    return {f"@{name}": value for name, value in attributes_of(element)}


def _anything(element: etree._Element) -> Any:
    """What no type describes: a text, or fields by their names."""
    fields = read_fields(element)
    if not len(element) and not any(key.startswith("@") for key in fields):
        return _kept(element)
    return fields
