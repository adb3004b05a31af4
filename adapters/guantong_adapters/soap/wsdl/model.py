"""A WSDL as plain data: services, ports, operations and the types their messages are made of.

It is what `read.py` makes of the documents, what is kept on disk, and all that calls are compiled from. Names
are local names; a `namespace` is "" where a name has none. Types stand once, under a key, and refer to one
another by it, so that types that contain themselves need no care.
"""

from __future__ import annotations

from typing import Literal

import msgspec

UNBOUNDED = -1
"""`most` of what may repeat without end."""
XSD = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ENCODING_11 = "http://schemas.xmlsoap.org/soap/encoding/"
ENCODING_12 = "http://www.w3.org/2003/05/soap-encoding"
ANY_TYPE = f"{{{XSD}}}anyType"
STRING = f"{{{XSD}}}string"

Version = Literal["1.1", "1.2"]
Style = Literal["document", "rpc"]
Use = Literal["literal", "encoded"]


class Plain(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Immutable plain data."""


class Pattern(Plain, frozen=True, kw_only=True):
    """A pattern that whole texts match: as the schema says it, and as RE2 does."""

    said: str
    expression: str


class Bound(Plain, frozen=True, kw_only=True):
    """One facet of digits or range: `totalDigits`, `minInclusive` … and its value as written."""

    kind: str
    value: str


class Simple(Plain, frozen=True, tag="simple", tag_field="is", kw_only=True):
    """A type of texts. `base` is the built-in type it comes from (`dateTime`, `string` …); `items` is the key of
    the type of each word of a list, `members` are those of a union. Lengths are in characters, or in words. Every one of `patterns` and `bounds` is to hold."""

    name: str
    namespace: str
    base: str = "string"
    values: tuple[str, ...] = ()
    shortest: int = 0
    longest: int = UNBOUNDED
    items: str = ""
    members: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    bounds: tuple[Bound, ...] = ()


class Element(Plain, frozen=True, tag="element", tag_field="is", kw_only=True):
    """An element where it may stand: of the type with key `type`, from `least` to `most` times. `fixed` is the
    only text it may have."""

    name: str
    namespace: str
    type: str
    least: int = 1
    most: int = 1
    nillable: bool = False
    fixed: str | None = None


class Anything(Plain, frozen=True, tag="any", tag_field="is", kw_only=True):
    """A place for elements that the schema does not name."""

    least: int = 1
    most: int = 1


class Group(Plain, frozen=True, tag="group", tag_field="is", kw_only=True):
    """Parts in order (`sequence`), in any order (`all`), or one of which is chosen (`choice`)."""

    kind: Literal["sequence", "choice", "all"]
    parts: tuple[Element | Anything | Group, ...] = ()
    least: int = 1
    most: int = 1


Part = Element | Anything | Group


class Attribute(Plain, frozen=True, kw_only=True):
    """An attribute, of the simple type with key `type`."""

    name: str
    namespace: str = ""
    type: str = STRING
    required: bool = False


class Complex(Plain, frozen=True, tag="complex", tag_field="is", kw_only=True):
    """A type of elements: its `content`, or the key of the simple type of its text (`text`), and its attributes.

    `derived` are the keys of the types that may stand in for it by `xsi:type`. An array of the SOAP encoding says
    the key of its items' type in `array`.
    """

    name: str
    namespace: str
    content: Group | None = None
    text: str = ""
    attributes: tuple[Attribute, ...] = ()
    any_attribute: bool = False
    mixed: bool = False
    abstract: bool = False
    derived: tuple[str, ...] = ()
    array: str = ""
    anonymous: bool = False


Type = Simple | Complex


class Message(Plain, frozen=True, kw_only=True):
    """What stands in the body of one message.

    Of style `document`, each of `parts` stands in the body itself (there is one, or none). Of style `rpc`, they
    stand in an element named `wrapper`.
    """

    style: Style
    use: Use = "literal"
    parts: tuple[Element, ...] = ()
    wrapper: str = ""
    namespace: str = ""
    headers: tuple[Element, ...] = ()


class Operation(Plain, frozen=True, kw_only=True):
    """One operation of a port. Without `reply` it is one-way. `faults` are the declared elements of a fault's
    detail."""

    name: str
    action: str
    request: Message
    reply: Message | None = None
    faults: tuple[Element, ...] = ()


class Port(Plain, frozen=True, kw_only=True):
    """One port that speaks SOAP: where it says it is, in which version, and what can be called."""

    name: str
    address: str
    version: Version
    operations: tuple[Operation, ...]


class Service(Plain, frozen=True, kw_only=True):
    """One service and its ports that speak SOAP."""

    name: str
    ports: tuple[Port, ...]


class Description(Plain, frozen=True, kw_only=True):
    """A whole WSDL. `digest` is of all its documents; `remarks` are what is odd in its schemas and was passed
    over."""

    digest: str
    services: tuple[Service, ...]
    types: dict[str, Simple | Complex]
    remarks: tuple[str, ...] = ()
