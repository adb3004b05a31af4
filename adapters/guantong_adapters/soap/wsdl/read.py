"""Reading the documents of a WSDL 1.1 (W3C Note of 15 March 2001) into plain data.

Only what calls need is kept: ports that speak SOAP 1.1 or 1.2 over HTTP, their operations, and the types of
their messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from lxml import etree

from guantong_adapters.soap.wsdl.codes import MISSING, NOT_WSDL, UNSUPPORTED
from guantong_adapters.soap.wsdl.documents import WSDL, Documents
from guantong_adapters.soap.wsdl.model import (
    Description,
    Element,
    Message,
    Operation,
    Port,
    Service,
    Style,
    Use,
    Version,
)
from guantong_adapters.soap.wsdl.refusal import refused
from guantong_adapters.soap.wsdl.schemas import schemas_in
from guantong_adapters.soap.wsdl.types import Types

_BINDINGS: dict[str, Version] = {
    "http://schemas.xmlsoap.org/wsdl/soap/": "1.1", "http://schemas.xmlsoap.org/wsdl/soap12/": "1.2",
}
_KINDS = {"message": "消息", "portType": "端口类型", "binding": "绑定", "part": "消息部分", "element": "元素", "type": "类型"}


@dataclass
class _Parts:
    """The named parts of all definitions, by their full names."""

    message: dict[str, etree._Element] = field(default_factory=dict)
    port_type: dict[str, etree._Element] = field(default_factory=dict)
    binding: dict[str, etree._Element] = field(default_factory=dict)
    services: list[etree._Element] = field(default_factory=list)


def read(documents: Documents) -> Description:
    """All that the WSDL says. Raises `ProblemsError` when it is none, or refers to what is not there."""
    parsed = documents.parsed()
    root = parsed[documents.root]
    if root.tag != f"{{{WSDL}}}definitions":
        found = etree.QName(root).localname[:60]
        raise refused(
            NOT_WSDL, documents.root, root, what=f"its root element is {found!r}",
            what_zh=f"根元素为 {found!r}",
        )
    reader = _Reader(documents.root, _collect(parsed), Types(schemas_in(parsed)))
    services = tuple(service for service in reader.services() if service.ports)
    if not services:
        raise refused(
            NOT_WSDL, documents.root, what="it has no service with a port that speaks SOAP",
            what_zh="其中没有使用 SOAP 的服务端口",
        )
    return Description(
        digest=documents.digest, services=services, types=reader.types.read, remarks=reader.types.remarks
    )


def _collect(parsed: dict[str, etree._Element]) -> _Parts:
    parts = _Parts()
    for definitions in parsed.values():
        namespace = definitions.get("targetNamespace") or ""
        for child in definitions:
            name = f"{{{namespace}}}{child.get('name') or ''}"
            match etree.QName(child).localname if etree.QName(child).namespace == WSDL else "":
                case "message":
                    parts.message.setdefault(name, child)
                case "portType":
                    parts.port_type.setdefault(name, child)
                case "binding":
                    parts.binding.setdefault(name, child)
                case "service":
                    parts.services.append(child)
    return parts


class _Reader:
    """Reads services down to the elements of their messages."""

    def __init__(self, location: str, parts: _Parts, types: Types) -> None:
        self._location = location
        self._all = parts
        self.types = types
        self._operations: dict[str, tuple[Operation, ...]] = {}

    def services(self) -> Iterator[Service]:
        for service in self._all.services:
            ports = tuple(port for child in service.iterfind(f"{{{WSDL}}}port") for port in self._port(child))
            yield Service(name=service.get("name") or "", ports=ports)

    def _port(self, element: etree._Element) -> Iterator[Port]:
        binding = self._find("binding", element, "binding")
        for namespace, version in _BINDINGS.items():
            said = binding.find(f"{{{namespace}}}binding")
            if said is None or not (said.get("transport") or "http").rstrip("/").lower().endswith("http"):
                continue
            name = str(binding.get("name"))
            if name not in self._operations:
                self._operations[name] = tuple(self._bound(binding, namespace, said))
            address = element.find(f"{{{namespace}}}address")
            yield Port(
                name=element.get("name") or "", address="" if address is None else address.get("location") or "",
                version=version, operations=self._operations[name],
            )

    def _bound(self, binding: etree._Element, namespace: str, said: etree._Element) -> Iterator[Operation]:
        """The operations of a binding."""
        port_type = self._find("portType", binding, "type")
        abstract = {one.get("name") or "": one for one in port_type.iterfind(f"{{{WSDL}}}operation")}
        default = said.get("style") or "document"
        seen: set[str] = set()
        for element in binding.iterfind(f"{{{WSDL}}}operation"):
            name = element.get("name") or ""
            if name not in abstract or name in seen:
                continue
            seen.add(name)
            own = element.find(f"{{{namespace}}}operation")
            style = cast(Style, (own.get("style") if own is not None else None) or default)
            yield self._operation(abstract[name], element, namespace, style, (own.get("soapAction") or "") if own is not None else "")

    def _operation(
        self, abstract: etree._Element, bound: etree._Element, namespace: str, style: Style, action: str
    ) -> Operation:
        name = abstract.get("name") or ""
        request = self._message(abstract, bound, "input", (namespace, style, name))
        reply = self._message(abstract, bound, "output", (namespace, style, f"{name}Response"))
        faults = tuple(
            part for fault in abstract.iterfind(f"{{{WSDL}}}fault") for part in self._elements(
                self._find("message", fault, "message"), set(), "document" if style == "document" else "rpc"
            ).values()
        )
        return Operation(
            name=name, action=action, request=request or Message(style=style), reply=reply, faults=faults
        )

    def _message(
        self, abstract: etree._Element, bound: etree._Element, direction: str, how: tuple[str, Style, str]
    ) -> Message | None:
        """The message of one direction, None where there is none. *how* is the namespace of the SOAP binding,
        the style, and the name of the element around the parts of style `rpc`."""
        soap, style, wrapper = how
        named = abstract.find(f"{{{WSDL}}}{direction}")
        if named is None:
            return None
        message = self._find("message", named, "message")
        around = bound.find(f"{{{WSDL}}}{direction}")
        body = around.find(f".//{{{soap}}}body") if around is not None else None
        headers, apart = self._headers(around, soap, message)
        wanted = (body.get("parts") or "").split() if body is not None and body.get("parts") is not None else None
        elements = self._elements(message, apart, style)
        parts = tuple(element for name, element in elements.items() if wanted is None or name in wanted)
        use = cast(Use, (body.get("use") if body is not None else None) or "literal")
        if style == "document":
            return Message(style=style, use=use, parts=parts, headers=headers)
        namespace = (body.get("namespace") if body is not None else None) or ""
        return Message(style=style, use=use, parts=parts, wrapper=wrapper, namespace=namespace, headers=headers)

    def _headers(
        self, around: etree._Element | None, soap: str, message: etree._Element
    ) -> tuple[tuple[Element, ...], set[str]]:
        """The declared headers, and the parts of *message* that stand there and not in the body."""
        headers: list[Element] = []
        apart: set[str] = set()
        for header in () if around is None else around.iterfind(f".//{{{soap}}}header"):
            holder = self._find("message", header, "message")
            part = header.get("part") or ""
            found = self._elements(holder, set(), "rpc").get(part)
            if found is None:
                raise refused(
                    MISSING, self._location, header, kind="part", kind_zh=_KINDS["part"], name=part
                )
            headers.append(found)
            if holder is message:
                apart.add(part)
        return tuple(headers), apart

    def _elements(self, message: etree._Element, apart: set[str], style: Style) -> dict[str, Element]:
        """The elements of the parts of *message* by the parts' names, without those that stand *apart*."""
        found: dict[str, Element] = {}
        for part in message.iterfind(f"{{{WSDL}}}part"):
            name = part.get("name") or ""
            if name in apart:
                continue
            if part.get("element"):
                found[name] = self._typed(part, self.types.element(_full(part, "element")), "element")
            elif part.get("type") and style == "rpc":
                found[name] = self._typed(part, self.types.typed(name, _full(part, "type")), "type")
            else:
                raise refused(
                    UNSUPPORTED, self._location, part,
                    what=f"a part {name!r} of style document that names no element",
                    what_zh=f"document 风格的消息部分 {name!r} 未指明元素",
                )
        return found

    def _typed(self, part: etree._Element, found: Element | None, kind: str) -> Element:
        """The element of a part, which refers to an element or a type of the schemas."""
        if found is None:
            raise refused(
                MISSING, self._location, part, kind=kind, kind_zh=_KINDS[kind], name=_full(part, kind)
            )
        return found

    def _find(self, kind: str, element: etree._Element, attribute: str) -> etree._Element:
        """The message, port type or binding that an attribute of *element* names."""
        name = _full(element, attribute)
        known: dict[str, etree._Element] = getattr(self._all, "port_type" if kind == "portType" else kind)
        found = known.get(name)
        if found is None:
            raise refused(
                MISSING, self._location, element, kind=kind, kind_zh=_KINDS[kind], name=name
            )
        return found


def _full(element: etree._Element, attribute: str) -> str:
    """`{namespace}name` of the prefixed name in an attribute; without a prefix it is in the default namespace."""
    prefix, _, name = (element.get(attribute) or "").strip().rpartition(":")
    namespace = element.nsmap.get(prefix or None)
    return f"{{{namespace}}}{name}" if namespace else name
