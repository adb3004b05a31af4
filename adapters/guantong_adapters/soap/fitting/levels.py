"""A message of a WSDL seen as the record is: what may stand at each level, under which names, and where a path leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from guantong_adapters.soap.calls.writing import has_anything
from guantong_adapters.soap.wsdl.model import (
    ANY_TYPE,
    ENCODING_11,
    ENCODING_12,
    Anything,
    Attribute,
    Complex,
    Element,
    Group,
    Message,
    Part,
    Type,
)

Path = tuple[str, ...]


class Member(NamedTuple):
    """An element that may stand at a level; `many`: it is a list in the record."""

    element: Element
    many: bool


@dataclass(frozen=True)
class Level:
    """What may stand in one object of the record. `open` takes what nobody names; `text` is the key of the type of its own text
    (an item that is a text); `parts` are what it is made of."""

    members: Mapping[str, Member] = field(default_factory=dict)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    open: bool = False
    text: str | None = None
    parts: tuple[Part, ...] = ()

    def names(self) -> list[str]:
        """Every name that may stand here."""
        return [*self.members, *(f"@{name}" for name in self.attributes)]


OPEN = Level(open=True)
"""Where anything may stand."""


@dataclass(frozen=True)
class Spot:
    """Where a path leads: the key of the type there (None: anything may stand), whether it is a list, whether it holds fields;
    `fixed` is the only text it may have."""

    type: str | None
    many: bool = False
    holds_fields: bool = False
    fixed: str | None = None


@dataclass(frozen=True)
class Lost:
    """A path that leads nowhere: the names that are known where it ends; `list` is the repeated element it goes through."""

    known: tuple[str, ...] = ()
    list: str = ""


class Levels:
    """The levels of the messages of one WSDL."""

    def __init__(self, types: Mapping[str, Type]) -> None:
        self.types = types

    def of_message(self, message: Message) -> Level:
        """The record of a message."""
        if message.style == "document" and len(message.parts) == 1 and self.holds_fields(message.parts[0].type):
            return self.of_type(message.parts[0].type)
        return Level({one.name: Member(one, one.most != 1) for one in message.parts}, parts=tuple(message.parts))

    def of_type(self, key: str) -> Level:
        """The level inside an element of the type with this key."""
        type_ = self.types.get(key)
        if key == ANY_TYPE:
            return OPEN
        if not isinstance(type_, Complex):
            return Level(text=key)
        if type_.array:
            return self.of_type(type_.array)
        own = self._own(type_)
        if not type_.derived:
            return own
        beyond = [self._own(one) for key in type_.derived if isinstance(one := self.types.get(key), Complex)]
        members = {name: one for level in (*beyond, own) for name, one in level.members.items()}
        attributes = {name: one for level in (*beyond, own) for name, one in level.attributes.items()}
        return Level(members, attributes, own.open or any(one.open for one in beyond), own.text, () if type_.abstract else own.parts)

    def _own(self, type_: Complex) -> Level:
        parts = (type_.content,) if type_.content is not None else ()
        anything = type_.mixed or type_.any_attribute or any(has_anything(one) for one in parts)
        members = {one.element.name: one for part in parts for one in members_of(part)}
        return Level(members, {one.name: one for one in type_.attributes}, anything, type_.text or None, parts)

    def holds_fields(self, key: str) -> bool:
        """Whether elements of this type hold fields, and no text of their own."""
        type_ = self.types.get(key)
        bare = isinstance(type_, Complex) and type_.name == "Array" and type_.namespace in (ENCODING_11, ENCODING_12)
        return isinstance(type_, Complex) and not type_.text and not type_.array and not bare

    def find(self, level: Level, path: Path) -> Spot | Lost:
        """Where *path* leads from *level*."""
        name, rest = path[0], path[1:]
        if not rest and (found := self._beside(level, name)) is not None:
            return found
        member = level.members.get(name)
        if member is None:
            return Spot(None) if level.open or name == "@xsi:type" else Lost(tuple(level.names()))
        key = member.element.type
        type_ = self.types.get(key)
        many = member.many or (isinstance(type_, Complex) and bool(type_.array))
        if rest:
            return Lost(list=name) if many else self.find(self.of_type(key), rest)
        if key == ANY_TYPE or (isinstance(type_, Complex) and type_.mixed):
            return Spot(None, many)
        if isinstance(type_, Complex) and type_.text:
            return Spot(type_.text, many, fixed=member.element.fixed)
        return Spot(key, many, self.holds_fields(key), member.element.fixed)

    def _beside(self, level: Level, name: str) -> Spot | None:
        """The attribute *name* (`@unit`, or `Limit@unit` beside a text), or the text of an item itself (``)."""
        element, at, attribute = name.rpartition("@")
        if name == "":
            return Spot(level.text) if level.text is not None else None
        if not at:
            return None
        if not element:
            found = level.attributes.get(attribute)
            return Spot(found.type) if found is not None else None
        member = level.members.get(element)
        type_ = self.types.get(member.element.type) if member is not None else None
        one = next((each for each in type_.attributes if each.name == attribute), None) if isinstance(type_, Complex) else None
        return Spot(one.type) if one is not None else None


def members_of(part: Part, *, many: bool = False) -> Iterator[Member]:
    """The elements that may stand in a part, each with whether it may repeat."""
    if isinstance(part, Element):
        yield Member(part, many or part.most != 1)
    elif isinstance(part, Group):
        for one in part.parts:
            yield from members_of(one, many=many or part.most != 1)


def required(levels: Levels, parts: Sequence[Part], written: Mapping[str, object], attributes: Mapping[str, Attribute]) -> Iterator[Path]:
    """What must stand in an object and is not among the names *written* in it (each with those written below it)."""
    for name, one in attributes.items():
        if one.required and f"@{name}" not in written:
            yield (f"@{name}",)
    for part in parts:
        yield from _of_part(levels, part, written)


def _of_part(levels: Levels, part: Part, written: Mapping[str, object]) -> Iterator[Path]:
    if isinstance(part, Anything):
        return
    if isinstance(part, Element):
        yield from _of_element(levels, part, written)
        return
    touched = [one for one in part.parts if _names(one) & _bare(written)]
    if not part.least and not touched:
        return
    if part.kind != "choice":
        for one in part.parts:
            yield from _of_part(levels, one, written)
    elif touched:
        yield from _of_part(levels, touched[0], written)
    elif not any(isinstance(one, Anything) or not one.least for one in part.parts):
        yield ("|".join(sorted(_names(part))),)


def _of_element(levels: Levels, element: Element, written: Mapping[str, object]) -> Iterator[Path]:
    name, type_ = element.name, levels.types.get(element.type)
    if name not in _bare(written):
        if element.least and not element.nillable:
            yield (name,)
        return
    below = written.get(name)
    if isinstance(type_, Complex) and type_.text:
        there = {key.rpartition("@")[2] for key in written if key.startswith(f"{name}@")}
        inside = {key[1:] for key in below if key.startswith("@")} if isinstance(below, Mapping) else set[str]()
        yield from ((f"{name}@{one.name}",) for one in type_.attributes if one.required and one.name not in there | inside)
    elif isinstance(below, Mapping):
        level = levels.of_type(element.type)
        yield from ((name, *path) for path in required(levels, level.parts, below, level.attributes))


def _names(part: Part) -> set[str]:
    return {one.element.name for one in members_of(part)}


def _bare(written: Mapping[str, object]) -> set[str]:
    """The elements that are written, an attribute beside a text standing for it."""
    return {key.partition("@")[0] for key in written} - {""}
