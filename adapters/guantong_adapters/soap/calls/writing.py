"""Compiling the types of a WSDL into functions that write.

Each complex type becomes one `Content`, made once and shared by all elements of the type, so that types which
contain themselves are no special case. Everything that is the same in every message (tags, prefixes, nil) is a
constant by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from guantong.problems import nearest
from guantong.record import Fields
from guantong_adapters.soap.calls.generic import write_fields, written_attribute
from guantong_adapters.soap.calls.names import Prefixes
from guantong_adapters.soap.calls.particles import (
    Add,
    Branch,
    Leaf,
    One,
    Put,
    choice,
    in_order,
    leaves,
    optional,
    parallel,
    repeated,
    single,
)
from guantong_adapters.soap.calls.texts import Checks, attribute_text, escaped, text_of
from guantong_adapters.soap.calls.unfit import Unfit, Want, kind_of
from guantong_adapters.soap.wsdl.codes import UNSUPPORTED
from guantong_adapters.soap.wsdl.model import (
    ANY_TYPE,
    ENCODING_11,
    ENCODING_12,
    UNBOUNDED,
    XSD,
    XSI,
    Anything,
    Attribute,
    Complex,
    Element,
    Group,
    Part,
    Type,
)
from guantong_adapters.soap.wsdl.refusal import refused

TYPE = "@xsi:type"
"""The key of a record that names the type of the element it stands for, where another than the declared may."""


class Content:
    """What the elements of one complex type hold. Filled after it is made: types may contain themselves."""

    __slots__ = ("abstract", "any_attribute", "attributes", "derived", "known", "name", "plain", "put", "type_name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.type_name = ""
        self.abstract = False
        self.plain = False
        self.put: Put = _nothing
        self.known: frozenset[str] = frozenset()
        self.attributes: tuple[tuple[str, Callable[[object], str], bool], ...] = ()
        self.any_attribute = False
        self.derived: dict[str, Content] = {}


class Writer:
    """Compiles the elements of one message. *encoding* is the namespace of the SOAP encoding where the message
    is encoded: every element then names its type."""

    def __init__(self, types: Mapping[str, Type], prefixes: Prefixes, encoding: str = "") -> None:
        self._types = types
        self._prefixes = prefixes
        self._encoding = encoding
        self._checks = Checks(types)
        self._contents: dict[str, Content] = {}

    def part(self, part: Part) -> tuple[Put, frozenset[str], frozenset[str]]:
        """A part as a function, the names it may hold and those it must. Raises `ProblemsError` for what is not
        supported."""
        return self._part(part, many=False, free=False)

    def one(self, element: Element) -> One:
        """A function that writes the element from its value."""
        name = element.name
        type_ = self._types.get(element.type)
        if element.type == ANY_TYPE:
            return self._anything(element)
        if isinstance(type_, Complex):
            if type_.array or self._is_bare_array(type_):
                return self._array(element, type_)
            if not type_.text:
                return self._object(element, type_)
            return self._text_with_attributes(element, type_)
        leaf = self._leaf(element)

        def write(add: Add, value: Any) -> None:
            if value.__class__ is dict and "" in value:
                if len(value) > 1:
                    extra = next(key for key in value if key)
                    raise Unfit(extra, Want.ABSENT).under(name)
                value = value[""]
            add(leaf.without(none=True) if value is None else leaf.text(value))

        return write

    def is_object(self, element: Element) -> bool:
        """Whether the element holds elements, so that its fields can be the record's own."""
        type_ = self._types.get(element.type)
        return isinstance(type_, Complex) and not type_.text and not type_.array and not self._is_bare_array(type_)

    def _part(self, part: Part, *, many: bool, free: bool) -> tuple[Put, frozenset[str], frozenset[str]]:
        """*many*: it stands in a group that repeats; *free*: it may be absent whatever it says itself."""
        if isinstance(part, Group):
            return self._group(part, many=many, free=free)
        if isinstance(part, Anything):
            return _nothing, frozenset(), frozenset()
        return self._occurring(part, many=many, free=free)

    def _occurring(self, element: Element, *, many: bool, free: bool) -> tuple[Put, frozenset[str], frozenset[str]]:
        name = element.name
        least = 0 if free else element.least
        nil = self._nil(element) if element.nillable or self._encoding else None
        names = self._names(element)
        if many or element.most != 1:
            most = UNBOUNDED if many else element.most
            put = repeated(name, self.one(element), least, most, nil)
            return put, names, frozenset({name} if least else ())
        required = frozenset({name} if least and nil is None else ())
        if self._is_leaf(element):
            return leaves([self._leaf(element, least=least)]), names, required
        type_ = self._types.get(element.type)
        absent = "" if not least else nil
        if isinstance(type_, Complex) and type_.text:
            return self._beside(element, type_, absent, nil), names, required
        return single(name, self.one(element), absent, nil), names, required

    def _group(self, group: Group, *, many: bool, free: bool) -> tuple[Put, frozenset[str], frozenset[str]]:
        many = many or group.most != 1
        if many and group.kind != "choice" and len(group.parts) > 1:
            return self._parallel(group, free=free)
        absent = free or group.least == 0
        if group.kind == "choice" and not many:
            branches = [Branch(names, needed, put) for put, names, needed in (
                self._part(part, many=False, free=False) for part in group.parts)]
            names = frozenset[str]().union(*(branch.names for branch in branches))
            put = choice(branches, required=not absent and not self._opens(group))
            return put, names, frozenset()
        made, run = [], []
        names, needed = frozenset[str](), frozenset[str]()
        each_free = (absent and len(group.parts) == 1) or (many and group.kind == "choice")
        for part in group.parts:
            put, own, must = self._part(part, many=many, free=each_free)
            if own & names:
                self._refuse(f"the element {min(own & names)!r} twice in one sequence", f"同一序列中重复的元素 {min(own & names)!r}")
            names, needed = names | own, needed | must
            if isinstance(part, Element) and not many and part.most == 1 and self._is_leaf(part):
                run.append(self._leaf(part, least=0 if each_free else part.least))
                continue
            if run:
                made.append(leaves(run))
                run = []
            made.append(put)
        if run:
            made.append(leaves(run))
        put = in_order(made)
        if absent and not each_free:
            return optional(names, put), names, frozenset()
        return put, names, needed

    def _parallel(self, group: Group, *, free: bool) -> tuple[Put, frozenset[str], frozenset[str]]:
        parts = []
        for part in group.parts:
            if not isinstance(part, Element) or part.least != 1 or part.most != 1:
                self._refuse("a repeated sequence of optional or repeated parts", "可重复的序列中含可选或可重复的部分")
            parts.append((part.name, self.one(part)))
        names = frozenset(name for name, _ in parts)
        required = group.least > 0 and not free
        return parallel(parts, required=required), names, names if required else frozenset()

    def _opens(self, group: Group) -> bool:
        """Whether a choice has a place for anything: then none of its elements need be there."""
        return any(isinstance(part, Anything) for part in group.parts)

    def _names(self, element: Element) -> frozenset[str]:
        type_ = self._types.get(element.type)
        if isinstance(type_, Complex) and type_.text:
            return frozenset({element.name, *(f"{element.name}@{one.name}" for one in type_.attributes)})
        return frozenset({element.name})

    def _is_leaf(self, element: Element) -> bool:
        return element.type != ANY_TYPE and not isinstance(self._types.get(element.type), Complex)

    def _leaf(self, element: Element, *, least: int = 1) -> Leaf:
        tag, said = self._tag(element), self._said_type(element.type)
        check, want, detail = self._checks.of(element.type)
        if element.fixed is not None:
            fixed = element.fixed
            check, want, detail = fixed.__eq__, Want.FIXED, fixed
        nil = self._nil(element) if element.nillable or self._encoding else None
        return Leaf(
            element.name, f"<{tag}{said}>", f"</{tag}>", check, (want, detail),
            absent="" if not least else nil, nil=nil,
        )

    def _tag(self, element: Element) -> str:
        return self._prefixes.name(element.namespace, element.name)

    def _nil(self, element: Element) -> str:
        return f'<{self._tag(element)} {self._prefixes.name(XSI, "nil")}="true"/>'

    def _said_type(self, key: str) -> str:
        """The attribute that names the type, in an encoded message."""
        if not self._encoding:
            return ""
        type_ = self._types.get(key)
        namespace, name = (type_.namespace, type_.name) if type_ is not None and type_.name else (XSD, "string")
        return f' {self._prefixes.name(XSI, "type")}="{self._prefixes.name(namespace, name)}"'

    def _is_bare_array(self, type_: Complex) -> bool:
        return type_.name == "Array" and type_.namespace in (ENCODING_11, ENCODING_12)

    def _anything(self, element: Element) -> One:
        tag, name = self._tag(element), element.name
        said = f' {self._prefixes.name(XSI, "type")}="{self._prefixes.name(XSD, "string")}"' if self._encoding else ""

        def write(add: Add, value: Any) -> None:
            fields = value if isinstance(value, dict) else {"": value}
            try:
                attributes = "".join(written_attribute(key[1:], one) for key, one in fields.items() if key.startswith("@"))
                text = fields.get("")
                content = write_fields(fields) if text is None else escaped(text_of(text, ""), "")
            except Unfit as error:
                raise error.under(name) from None
            add(f"<{tag}{attributes}{said if text is not None else ''}>{content}</{tag}>")

        return write

    def _array(self, element: Element, type_: Complex) -> One:
        """An array of the SOAP encoding (SOAP 1.1, 5.4.2; SOAP 1.2 part 2, 3.1.6)."""
        tag, name = self._tag(element), element.name
        item_key = type_.array or ANY_TYPE
        one = self.one(Element(name="item", namespace="", type=item_key, nillable=True))
        item = self._types.get(item_key)
        known = item is not None and item.name
        of = self._prefixes.name(item.namespace, item.name) if item is not None and known else self._prefixes.name(XSD, "anyType")
        space = self._encoding or ENCODING_11
        if space == ENCODING_12:
            sized = f' {self._prefixes.name(space, "itemType")}="{of}" {self._prefixes.name(space, "arraySize")}="%d"'
        else:
            sized = f' {self._prefixes.name(space, "arrayType")}="{of}[%d]"'
        said = f' {self._prefixes.name(XSI, "type")}="{self._prefixes.name(space, "Array")}"' if self._encoding else ""
        nil = f'<item {self._prefixes.name(XSI, "nil")}="true"/>'

        def write(add: Add, value: Any) -> None:
            if not isinstance(value, list):
                raise Unfit(name, Want.ITEMS, kind_of(value))
            add(f"<{tag}{said}{sized % len(value)}>")
            for number, each in enumerate(value):
                try:
                    if each is None:
                        add(nil)
                    else:
                        one(add, each)
                except Unfit as error:
                    error.path[:1] = [name, str(number)]
                    raise
            add(f"</{tag}>")

        return write

    def _text_with_attributes(self, element: Element, type_: Complex) -> One:
        """An element of text with attributes, as an item: the text is "", the attributes `@name`."""
        content = self._content(element.type)
        leaf = self._leaf(Element(name=element.name, namespace=element.namespace, type=type_.text, nillable=element.nillable))
        tag, name = self._tag(element), element.name

        def write(add: Add, value: Any) -> None:
            fields = value if isinstance(value, dict) else {"": value}
            try:
                said, taken = attributes(content, fields)
                if taken + ("" in fields) != len(fields):
                    raise unknown(fields, frozenset({"", *(f"@{one[0]}" for one in content.attributes)}))
            except Unfit as error:
                raise error.under(name) from None
            text = fields.get("")
            whole = leaf.without(none=True) if text is None else leaf.text(text)
            add(f"<{tag}{said}{whole[len(tag) + 1:]}" if whole else "")

        return write

    def _beside(self, element: Element, type_: Complex, absent: str | None, nil: str | None) -> Put:
        """An element of text with attributes, which stand beside it in the record."""
        one, name = self._text_with_attributes(element, type_), element.name
        keys = [(f"{name}@{attribute.name}", f"@{attribute.name}") for attribute in type_.attributes]

        def put(add: Add, fields: Fields) -> int:
            given = {short: fields[key] for key, short in keys if key in fields}
            value = fields.get(name)
            if value is None and not given:
                said = nil if name in fields and nil is not None else absent
                if said is None:
                    raise Unfit(name, Want.PRESENT, ("nothing", "空"))
                add(said)
                return int(name in fields)
            one(add, {**given, "": "" if value is None else value})
            return len(given) + (name in fields)

        return put

    def _object(self, element: Element, type_: Complex) -> One:
        tag, name = self._tag(element), element.name
        content = self._content(element.type)
        start, end = f"<{tag}>", f"</{tag}>"
        typed = self._encoding != ""
        xsi_type = self._prefixes.name(XSI, "type") if typed or type_.derived or type_.abstract else ""

        def write(add: Add, value: Any) -> None:
            if not isinstance(value, dict):
                raise Unfit(name, Want.OBJECT, kind_of(value))
            try:
                if content.plain and TYPE not in value:
                    add(start)
                    if content.put(add, value) != len(value):
                        raise unknown(value, content.known)
                    add(end)
                    return
                own = content if TYPE not in value else _standing_in(content, value[TYPE])
                if own.abstract:
                    raise Unfit(TYPE, Want.TYPE, ("nothing", "空"), ", ".join(sorted(content.derived)))
                said, taken = attributes(own, value)
                if typed or own is not content:
                    said = f' {xsi_type}="{own.type_name}"{said}'
                add(f"<{tag}{said}>")
                taken += own.put(add, value) + (TYPE in value)
                if taken != len(value):
                    raise unknown(value, own.known)
                add(end)
            except Unfit as error:
                raise error.under(name) from None

        return write

    def _content(self, key: str) -> Content:
        content = self._contents.get(key)
        if content is not None:
            return content
        type_ = self._types[key]
        content = self._contents[key] = Content(type_.name)
        if not isinstance(type_, Complex):
            return content
        content.abstract = type_.abstract
        content.any_attribute = type_.any_attribute
        content.attributes = tuple(self._attribute(one) for one in type_.attributes)
        own = frozenset(f"@{one.name}" for one in type_.attributes)
        if type_.name and (type_.derived or type_.abstract or self._encoding or self._stands_in(key)):
            content.type_name = self._prefixes.name(type_.namespace, type_.name)
        content.derived = {self._types[one].name: self._content(one) for one in type_.derived}
        if type_.content is not None:
            put, names, _ = self._part(type_.content, many=False, free=False)
            content.known = own | names | {TYPE}
            content.put = _open(put, content.known) if has_anything(type_.content) or type_.mixed else put
        elif type_.mixed:
            content.put = _open(_nothing, own)
            content.known = own
        else:
            content.known = own | {TYPE}
        content.plain = not (type_.attributes or type_.any_attribute or type_.abstract or self._encoding)
        return content

    def _stands_in(self, key: str) -> bool:
        return any(isinstance(one, Complex) and key in one.derived for one in self._types.values())

    def _attribute(self, one: Attribute) -> tuple[str, Callable[[object], str], bool]:
        check, want, detail = self._checks.of(one.type)
        name, written = one.name, self._prefixes.name(one.namespace, one.name)

        def write(value: object) -> str:
            text = text_of(value, f"@{name}")
            if check is not None and not check(text):
                raise Unfit(f"@{name}", want, kind_of(value), detail)
            return f' {written}="{attribute_text(text, f"@{name}")}"'

        return name, write, one.required

    def _refuse(self, what: str, what_zh: str) -> NoReturn:
        raise refused(UNSUPPORTED, what=what, what_zh=what_zh)


def attributes(content: Content, fields: Fields) -> tuple[str, int]:
    """The attributes of an element as they stand in its start tag, and how many keys they are. Raises `Unfit`."""
    said, taken = "", 0
    for name, write, required in content.attributes:
        key = f"@{name}"
        if fields.get(key) is not None:
            said += write(fields[key])
        elif required:
            raise Unfit(f"@{name}", Want.PRESENT, ("nothing", "空"))
        taken += key in fields
    if content.any_attribute:
        known = {f"@{name}" for name, _, _ in content.attributes}
        for key, value in fields.items():
            if key.startswith("@") and key not in known and key != TYPE:
                said += written_attribute(key[1:], value)
                taken += 1
    return said, taken


def unknown(fields: Fields, known: frozenset[str]) -> Unfit:
    """What to say of the first key that has no place."""
    extra = next(key for key in fields if key not in known)
    return Unfit(extra, Want.ABSENT, kind_of(fields[extra]), nearest(extra, known))


def has_anything(part: Part) -> bool:
    """Whether elements that the schema does not name have a place in *part*."""
    if isinstance(part, Group):
        return any(has_anything(one) for one in part.parts)
    return isinstance(part, Anything)


def _open(put: Put, known: frozenset[str]) -> Put:
    """Besides what *put* takes, everything else is written by its name alone; the text of the element first."""

    def write(add: Add, fields: Fields) -> int:
        text = fields.get("")
        if text is not None:
            add(escaped(text_of(text, ""), ""))
        taken = put(add, fields)
        others = {key: value for key, value in fields.items() if key not in known and not key.startswith("@") and key}
        if others:
            add(write_fields(others))
        return taken + len(others) + ("" in fields)

    return write


def _standing_in(content: Content, named: object) -> Content:
    """The type named in a record, among those that may stand for the declared one."""
    if named == content.name:
        return content
    found = content.derived.get(named) if isinstance(named, str) else None
    if found is None:
        raise Unfit(TYPE, Want.TYPE, kind_of(named), ", ".join(sorted(content.derived)))
    return found


def _nothing(_add: Add, _fields: Fields) -> int:
    return 0
