"""The WSDL of a door that is told by hand: one operation, one argument, one text in return. From it the vendor's tools make a client."""

from __future__ import annotations

from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from aiohttp import web

from guantong.adapter import SystemContext
from guantong_adapters.soap.serving.publishing import NotPublished, Published
from guantong_adapters.soap.settings import Receive, SoapSettings
from guantong_adapters.soap.wsdl.documents import Documents

_WSDL, _XSD = "http://schemas.xmlsoap.org/wsdl/", "http://www.w3.org/2001/XMLSchema"
_BINDINGS = (("Soap", f"{_WSDL}soap/"), ("Soap12", f"{_WSDL}soap12/"))
_HERE = "urn:guantong:door"


def namespace_of(settings: SoapSettings, receive: Receive) -> str:
    """The namespace of the operation; "" where it is in none, and no WSDL can describe it."""
    return receive.namespace if receive.namespace is not None else settings.namespace


def wsdl_of(settings: SoapSettings, receive: Receive) -> bytes:
    """The WSDL 1.1 (document/literal, wrapped) of the door, for SOAP 1.1 and 1.2."""
    name, space = receive.operation, namespace_of(settings, receive)
    form = "qualified" if settings.qualified else "unqualified"
    proof = f"HTTP header {receive.key.header}" if receive.key else f"signature {receive.verify.scheme}" if receive.verify else ""
    types = "".join(
        f'<xs:element name="{element}"><xs:complexType><xs:sequence><xs:element name="{inner}" type="xs:string"/></xs:sequence>'
        "</xs:complexType></xs:element>" for element, inner in ((name, receive.argument), (f"{name}Response", receive.return_element)))
    messages = "".join(f'<message name="{element}"><part name="parameters" element="t:{element}"/></message>' for element in (name, f"{name}Response"))
    bindings = "".join(
        f'<binding name="{name}{suffix}" type="t:{name}Port"><b:binding xmlns:b="{uri}" transport="http://schemas.xmlsoap.org/soap/http" '
        f'style="document"/><operation name="{name}"><b:operation xmlns:b="{uri}" soapAction=""/><input><b:body xmlns:b="{uri}" use="literal"/>'
        f'</input><output><b:body xmlns:b="{uri}" use="literal"/></output></operation></binding>' for suffix, uri in _BINDINGS)
    ports = "".join(f'<port name="{name}{suffix}" binding="t:{name}{suffix}"><b:address xmlns:b="{uri}" location="{_HERE}"/></port>'
                    for suffix, uri in _BINDINGS)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><definitions xmlns="{_WSDL}" xmlns:t={quoteattr(space)} targetNamespace={quoteattr(space)}>'
        f"<documentation>{escape(f'{receive.argument}: the whole record as text; proof: {proof}')}</documentation>"
        f'<types><xs:schema xmlns:xs="{_XSD}" targetNamespace={quoteattr(space)} elementFormDefault="{form}">{types}</xs:schema></types>{messages}'
        f'<portType name="{name}Port"><operation name="{name}"><input message="t:{name}"/><output message="t:{name}Response"/></operation></portType>'
        f'{bindings}<service name="{name}Service">{ports}</service></definitions>').encode()


class Description:
    """Hands out the WSDL of one door."""

    def __init__(self, context: SystemContext, settings: SoapSettings, receive: Receive) -> None:
        self._context = context
        documents = Documents(_HERE, {_HERE: wsdl_of(settings, receive)})
        self._published = Published(documents, lambda path: f"{context.address}{quote(path)}" if context.address else "")

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The WSDL, at `?wsdl`; it says nothing that a caller need not know."""
        try:
            text = self._published.document(request)
        except NotPublished as refused:
            self._context.refused(refused.problem.code.id)
            return web.Response(status=refused.status, text=refused.problem.line())
        return web.Response(body=text, headers={"Content-Type": "text/xml; charset=utf-8"})
