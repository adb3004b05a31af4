"""The types of a WSDL's schemas, which xmlschema reads, as plain data."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from xmlschema import XMLSchema10
from xmlschema.validators import XsdAnyElement, XsdComplexType, XsdElement, XsdGroup, XsdList, XsdUnion

from guantong_adapters.soap.wsdl.codes import TOO_LARGE
from guantong_adapters.soap.wsdl.facets import NotHeld, bounds_of, patterns_of
from guantong_adapters.soap.wsdl.model import (
    ANY_TYPE,
    ENCODING_11,
    ENCODING_12,
    STRING,
    UNBOUNDED,
    XSD,
    Anything,
    Attribute,
    Bound,
    Complex,
    Element,
    Group,
    Part,
    Pattern,
    Simple,
    Type,
)
from guantong_adapters.soap.wsdl.refusal import refused

MOST_TYPES = 5_000
MOST_PARTS = 100_000
_MOST_REMARKS = 20
_ARRAYS = (f"{{{ENCODING_11}}}Array", f"{{{ENCODING_12}}}Array")
_ARRAY_TYPE = "{http://schemas.xmlsoap.org/wsdl/}arrayType"


class Types:
    """The schemas of one WSDL: its elements and types are looked up by their full names (`{namespace}name`).

    *schemas* are whole `xs:schema` documents that name no locations. What is used is collected in `read`.
    """

    def __init__(self, schemas: Sequence[str]) -> None:
        self._maps, self.remarks = _load(schemas)
        self.read: dict[str, Type] = {}
        self._keys: dict[int, str] = {}
        self._waiting: list[Any] = []
        self._parts = 0
        self._derived: Mapping[str, list[Any]] = _derived(self._maps.types.values())

    def element(self, name: str) -> Element | None:
        """The global element *name*, or None."""
        found = self._maps.elements.get(name)
        if found is None:
            return None
        element = self._element(found, 1, 1)
        self._finish()
        return element

    def typed(self, element: str, name: str) -> Element | None:
        """An element without a namespace of the type *name*, or None where there is none."""
        found = self._maps.types.get(name)
        if found is None:
            return None
        key = self._key(found)
        self._finish()
        return Element(name=element, namespace="", type=key)

    def _finish(self) -> None:
        """Read the types that were referred to and not read yet."""
        while self._waiting:
            found = self._waiting.pop()
            key = self._keys[id(found)]
            self.read[key] = self._complex(found) if isinstance(found, XsdComplexType) else self._simple(found)

    def _key(self, found: Any) -> str:
        key = self._keys.get(id(found))
        if key is None:
            if len(self._keys) >= MOST_TYPES:
                raise refused(TOO_LARGE, what=f"more than {MOST_TYPES} types", what_zh=f"类型超过 {MOST_TYPES} 个")
            key = found.name if found.name else f"#{len(self._keys) + 1}"
            self._keys[id(found)] = key
            if key != ANY_TYPE:
                self._waiting.append(found)
        return key

    def _simple(self, found: Any) -> Simple:
        namespace, name = split(found.name or "")
        shortest, longest = _lengths(found)
        items, members = "", tuple[str, ...]()
        origin = _collection(found)
        if isinstance(origin, XsdList):
            items = self._key(origin.item_type)
        elif isinstance(origin, XsdUnion):
            members = tuple(self._key(member) for member in origin.member_types)
        values = tuple(str(value) for value in found.enumeration or ())
        base = "" if items or members else _built_in(found)
        patterns, bounds = self._facets(found, base)
        return Simple(
            name=name, namespace=namespace, base=base, values=values, shortest=shortest, longest=longest, items=items,
            members=members, patterns=patterns, bounds=bounds,
        )

    def _facets(self, found: Any, base: str) -> tuple[tuple[Pattern, ...], tuple[Bound, ...]]:
        """The facets that can be held; of the others, a remark is kept."""
        patterns, bounds = tuple[Pattern, ...](), tuple[Bound, ...]()
        try:
            patterns = patterns_of(_own(found))
            bounds = bounds_of(_own(found), base) if base else ()
        except NotHeld as error:
            self.remarks = (*self.remarks, f"{found.name or 'a type without a name'}: not held: {error}"[:300])[:_MOST_REMARKS]
        return patterns, bounds

    def _complex(self, found: Any) -> Complex:
        namespace, name = split(found.name or "")
        attributes, any_attribute = self._attributes(found)
        content: Group | None = None
        text = ""
        if found.has_simple_content():
            text = self._key(found.content)
        elif isinstance(found.content, XsdGroup):
            content = self._group(found.content)
        array = self._array(found)
        return Complex(
            name=name, namespace=namespace, content=None if array else content, text=text, attributes=attributes,
            any_attribute=any_attribute, mixed=bool(found.mixed) and not text, abstract=bool(found.abstract),
            derived=tuple(self._key(one) for one in self._derived.get(found.name or "", ())), array=array,
            anonymous=not found.name,
        )

    def _attributes(self, found: Any) -> tuple[tuple[Attribute, ...], bool]:
        attributes, any_attribute = [], False
        for name, one in found.attributes.items():
            if name is None:
                any_attribute = True
            elif one.use != "prohibited" and split(name)[0] not in (ENCODING_11, ENCODING_12):
                namespace, short = split(name)
                type_ = self._key(one.type) if one.type is not None else STRING
                attributes.append(
                    Attribute(name=short, namespace=namespace, type=type_, required=one.use == "required")
                )
        return tuple(attributes), any_attribute

    def _array(self, found: Any) -> str:
        """The key of the type of the items, where *found* is an array of the SOAP encoding."""
        if not any(base.name in _ARRAYS for base in _line(found)):
            return ""
        for base in _line(found):
            for attribute in base.attributes.values():
                said = attribute.elem.get(_ARRAY_TYPE) if attribute.elem is not None else None
                if said:
                    item = self._maps.types.get(said.partition("[")[0])
                    return self._key(item) if item is not None else ANY_TYPE
        if isinstance(found.content, XsdGroup) and found.name not in _ARRAYS:
            for part in found.content.iter_elements():
                if isinstance(part, XsdElement):
                    return self._key(part.type)
        return ANY_TYPE

    def _group(self, found: Any) -> Group | None:
        parts = tuple(self._members(found))
        if not parts:
            return None
        return Group(kind=found.model, parts=parts, least=found.min_occurs, most=_most(found))

    def _members(self, found: Any) -> Iterator[Part]:
        for one in found:
            self._parts += 1
            if self._parts > MOST_PARTS:
                raise refused(TOO_LARGE, what=f"more than {MOST_PARTS} elements", what_zh=f"元素超过 {MOST_PARTS} 个")
            if one.max_occurs == 0:
                continue
            if isinstance(one, XsdElement) and split(one.name)[0] != XSD:
                yield self._substitutable(one)
            elif isinstance(one, XsdElement | XsdAnyElement):  # a schema beside its data is anything, too
                yield Anything(least=one.min_occurs, most=_most(one))
            elif isinstance(one, XsdGroup):
                group = self._group(one)
                if group is not None:
                    yield group

    def _substitutable(self, one: Any) -> Part:
        """The element, or a choice among those that may stand in for it."""
        head = one.ref if one.ref is not None else one
        others = sorted(self._substitutes(head), key=lambda each: str(each.name))
        if not others:
            return self._element(one, one.min_occurs, _most(one))
        either = [*(() if head.abstract else (head,)), *others]
        parts = tuple(self._element(each, 1, 1) for each in either)
        return Group(kind="choice", parts=parts, least=one.min_occurs, most=_most(one))

    def _substitutes(self, head: Any) -> set[Any]:
        if head.name is None or not head.is_global():
            return set()
        found: set[Any] = set()
        for one in self._maps.substitution_groups.get(head.name, ()):
            if one is not head and not one.abstract:
                found.add(one)
        return found

    def _element(self, one: Any, least: int, most: int) -> Element:
        namespace, name = split(one.name)
        return Element(
            name=name, namespace=namespace, type=self._key(one.type), least=least, most=most,
            nillable=bool(one.nillable), fixed=one.fixed,
        )


def split(name: str) -> tuple[str, str]:
    """The namespace and the local name of `{namespace}name`."""
    if name.startswith("{"):
        namespace, _, local = name[1:].partition("}")
        return namespace, local
    return "", name


def _load(schemas: Sequence[str]) -> tuple[Any, tuple[str, ...]]:
    """The components of *schemas*, and what xmlschema found odd in them. Nothing is fetched."""
    first, *others = schemas or ['<schema xmlns="http://www.w3.org/2001/XMLSchema"/>']
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # imports that name no location: what they import is among the schemas
        schema = XMLSchema10(first, validation="lax", allow="none", defuse="always", build=False, use_fallback=False)
        for other in others:
            schema.add_schema(other)
        schema.build()
    odd = {str(getattr(error, "message", error)).splitlines()[0][:200] for error in schema.maps.all_errors}
    return schema.maps, tuple(sorted(odd))[:_MOST_REMARKS]


def _most(particle: Any) -> int:
    return UNBOUNDED if particle.max_occurs is None else int(particle.max_occurs)


def _line(found: Any) -> Iterator[Any]:
    """A type and those it is derived from, among complex types."""
    seen = 0
    while isinstance(found, XsdComplexType) and seen < 64:
        yield found
        found, seen = found.base_type, seen + 1


def _derived(types: Iterable[Any]) -> dict[str, list[Any]]:
    """The complex types derived from each other one, by its name."""
    derived: dict[str, list[Any]] = {}
    for one in types:
        for base in list(_line(one))[1:]:
            if base.name and split(base.name)[0] not in (XSD, ENCODING_11, ENCODING_12):
                derived.setdefault(base.name, []).append(one)
    return derived


def _own(found: Any) -> Iterator[Any]:
    """A simple type and those it is derived from, up to the built-in one."""
    seen = 0
    while found is not None and split(found.name or "")[0] != XSD and seen < 64:
        yield found
        found, seen = found.base_type, seen + 1


def _lengths(found: Any) -> tuple[int, int]:
    """The least and the greatest length of a text of the type."""
    exact = getattr(found, "length", None)
    least, most = getattr(found, "min_length", None), getattr(found, "max_length", None)
    shortest = exact if least is None else least
    longest = exact if most is None else most
    return shortest or 0, UNBOUNDED if longest is None else longest


def _collection(found: Any) -> Any:
    """The list or union that *found* is, or restricts; None for a type of single values."""
    for _ in range(64):
        if found is None or isinstance(found, XsdList | XsdUnion):
            return found
        found = found.base_type
    return None


def _built_in(found: Any) -> str:
    """The built-in type that *found* is, or comes from."""
    while found is not None:
        namespace, name = split(found.name or "")
        if namespace == XSD:
            return name
        if namespace in (ENCODING_11, ENCODING_12) and found.base_type is None:
            return "string"
        found = found.base_type
    return "anySimpleType"
