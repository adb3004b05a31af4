"""One message of an operation, compiled: its record becomes the content of a SOAP body, and back.

The record holds what the message says and nothing of how it is framed: of style `document`, the fields of the
one element in the body (a wrapper, mostly); of style `rpc`, one field for each part. Where the body holds a bare
text or list, it stands under the element's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml import etree

from guantong.record import Fields
from guantong_adapters.soap.calls.encoded import resolve
from guantong_adapters.soap.calls.names import Prefixes
from guantong_adapters.soap.calls.particles import in_order
from guantong_adapters.soap.calls.reading import Reader
from guantong_adapters.soap.calls.unfit import NOTHING, Unfit, Want
from guantong_adapters.soap.calls.writing import Writer, unknown
from guantong_adapters.soap.parse import SOAP_11, SOAP_12
from guantong_adapters.soap.wsdl.codes import TOO_LARGE
from guantong_adapters.soap.wsdl.model import (
    ENCODING_11,
    ENCODING_12,
    Complex,
    Element,
    Message,
    Operation,
    Port,
    Type,
    Version,
)
from guantong_adapters.soap.wsdl.refusal import refused

Write = Callable[[Fields], str]
"""The content of a SOAP body from a record. Raises `Unfit`."""
Read = Callable[[etree._Element], Fields]
"""The record from a SOAP body (the element `Body` itself). Raises `Unfit`."""
_ENVELOPES: Mapping[Version, str] = {"1.1": SOAP_11, "1.2": SOAP_12}
_ENCODINGS: Mapping[Version, str] = {"1.1": ENCODING_11, "1.2": ENCODING_12}


class CompiledMessage:
    """Both directions of one message. `element` is the full name of the first element in the body
    (`{namespace}name`), "" where the body is empty: by it a server knows what is called. *returned* says that it is a reply."""

    def __init__(self, message: Message, types: Mapping[str, Type], version: Version, *, returned: bool = False) -> None:
        self.element = _first(message)
        try:
            self.write: Write = _writer(message, types, version)
            self.read: Read = _reader(message, types, returned=returned)
        except RecursionError:
            what = "types nested too deeply", "类型嵌套过深"
            raise refused(TOO_LARGE, what=what[0], what_zh=what[1]) from None


class CompiledOperation:
    """One operation: its name, its action (as in the header `SOAPAction`), its messages. `reply` is None where the
    operation is one-way; `faults` are the declared details of its faults, by the names of their elements."""

    def __init__(self, operation: Operation, types: Mapping[str, Type], version: Version) -> None:
        self.name = operation.name
        self.action = operation.action
        self.version: Version = version
        self.request = CompiledMessage(operation.request, types, version)
        self.reply = None if operation.reply is None else CompiledMessage(operation.reply, types, version, returned=True)
        self.headers = {one.name: CompiledElement(one, types) for one in operation.request.headers}
        self.faults = {one.name: CompiledElement(one, types) for one in operation.faults}


class CompiledElement:
    """An element that stands by itself (a header, the detail of a fault): as text from its fields, and back. `take`
    gives the value of the element it is handed: fields, or a text."""

    def __init__(self, element: Element, types: Mapping[str, Type]) -> None:
        self.name, self.namespace = element.name, element.namespace
        self.write: Write = _writer(Message(style="document", parts=(element,)), types, "1.1")
        self.take = Reader(types).take(element)


def compile_operations(port: Port, types: Mapping[str, Type]) -> dict[str, CompiledOperation]:
    """The operations of a port by name. Raises `ProblemsError` for what is not supported."""
    return {one.name: CompiledOperation(one, types, port.version) for one in port.operations}


def _first(message: Message) -> str:
    if message.style == "rpc":
        return f"{{{message.namespace}}}{message.wrapper}" if message.namespace else message.wrapper
    if not message.parts:
        return ""
    first = message.parts[0]
    return f"{{{first.namespace}}}{first.name}" if first.namespace else first.name


def _writer(message: Message, types: Mapping[str, Type], version: Version) -> Write:
    prefixes = Prefixes()
    encoding = _ENCODINGS[version] if message.use == "encoded" else ""
    writer = Writer(types, prefixes, encoding)
    if message.style == "rpc":
        return _rpc(message, writer, prefixes, (encoding, _ENVELOPES[version]))
    if not message.parts:
        return _empty
    if len(message.parts) == 1 and writer.is_object(message.parts[0]):
        one = writer.one(message.parts[0])
        tag = prefixes.name(message.parts[0].namespace, message.parts[0].name)
        declared = prefixes.declarations()

        def write(fields: Fields) -> str:
            made: list[str] = []
            try:
                one(made.append, fields)
            except Unfit as error:
                error.path[:1] = []  # the record is the element: its name leads to nothing in it
                raise
            made[0] = _declaring(made[0], tag, declared)
            return "".join(made)

        return write
    return _parts(message, writer, prefixes)


def _parts(message: Message, writer: Writer, prefixes: Prefixes) -> Write:
    """The elements of a body by their names: texts and lists, or several."""
    made = [(part.name, writer.one(part), prefixes.name(part.namespace, part.name)) for part in message.parts]
    declared, known = prefixes.declarations(), frozenset(part.name for part in message.parts)

    def write(fields: Fields) -> str:
        written: list[str] = []
        for name, one, tag in made:
            if name not in fields:
                raise Unfit(name, Want.PRESENT, NOTHING)
            first = len(written)
            one(written.append, fields[name])
            written[first] = _declaring(written[first], tag, declared)
        if len(fields) != len(known):
            raise unknown(fields, known)
        return "".join(written)

    return write


def _declaring(start: str, tag: str, declared: str) -> str:
    """A start tag with the namespaces of everything in it."""
    return f"<{tag}{declared}{start[len(tag) + 1:]}"


def _rpc(message: Message, writer: Writer, prefixes: Prefixes, how: tuple[str, str]) -> Write:
    encoding, envelope = how
    tag = prefixes.name(message.namespace, message.wrapper)
    parts = [writer.part(part) for part in message.parts]
    put = in_order([one for one, _, _ in parts]) if parts else None
    known = frozenset[str]().union(*(names for _, names, _ in parts))
    style = f' e:encodingStyle="{encoding}" xmlns:e="{envelope}"' if encoding else ""
    start, end = f"<{tag}{prefixes.declarations()}{style}>", f"</{tag}>"

    def write(fields: Fields) -> str:
        made = [start]
        taken = put(made.append, fields) if put is not None else 0
        if taken != len(fields):
            raise unknown(fields, known)
        made.append(end)
        return "".join(made)

    return write


def _empty(fields: Fields) -> str:
    if fields:
        raise unknown(fields, frozenset())
    return ""


def _reader(message: Message, types: Mapping[str, Type], *, returned: bool) -> Read:
    reader = Reader(types)
    if message.style == "rpc":
        inner = reader.fields(message.parts)
        encoded = message.use == "encoded"

        # The name of the one value that is returned says nothing (SOAP 1.1, 7.1): SOAP::Lite makes one up.
        one = message.parts[0].name if returned and len(message.parts) == 1 else ""

        def read_rpc(body: etree._Element) -> Fields:
            if encoded:
                resolve(body)
            if not len(body):
                return {}
            content = _content(body, message.wrapper)
            if one and len(content) == 1:
                content[0].tag = one
            return inner(content)

        return read_rpc
    if len(message.parts) == 1 and _is_object(message.parts[0], types):
        take, name = reader.take(message.parts[0]), message.parts[0].name

        def read(body: etree._Element) -> Fields:
            return take(_content(body, name)) or {}

        return read
    return reader.fields(message.parts)


def _content(body: etree._Element, name: str) -> etree._Element:
    """The element in the body. Its name is not looked at: many servers answer with another than they declare."""
    if not len(body):
        raise Unfit("", Want.ELEMENT, NOTHING, name)
    return body[0]


def _is_object(element: Element, types: Mapping[str, Type]) -> bool:
    type_ = types.get(element.type)
    bare = isinstance(type_, Complex) and type_.name == "Array" and type_.namespace in (ENCODING_11, ENCODING_12)
    return isinstance(type_, Complex) and not type_.text and not type_.array and not bare

