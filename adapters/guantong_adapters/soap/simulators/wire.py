"""SOAP as the other side writes it: by hand, sharing nothing with the adapter it talks to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

from aiohttp import web
from lxml import etree

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_ENCODING = re.compile(rb"""^<\?xml[^>]*encoding=["']([\w-]+)["']""")


class Malformed(Exception):
    """The request is no SOAP 1.1 call."""


class Blamed(Exception):
    """The other side answered with a fault that blames the caller: sending it again would not help."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the operation's local name, its arguments' texts by name, the charset it came in."""

    operation: str
    arguments: dict[str, str]
    charset: str


def read_xml(text: str) -> etree._Element:
    """The root element of a document out of *text*. Raises `Malformed`."""
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError:
        raise Malformed("not well-formed") from None


def _decode(body: bytes, charset: str | None) -> tuple[str, str]:
    declared = _ENCODING.match(body)
    name = charset or (declared[1].decode("ascii") if declared else "utf-8")
    try:
        return body.decode(name), name
    except (LookupError, UnicodeDecodeError):
        raise Malformed(f"not in the charset {name}") from None


async def read_call(request: web.Request) -> Call:
    """The call in *request*. Raises `Malformed`."""
    text, charset = _decode(await request.read(), request.charset)
    return Call(*_content(text), charset)


def _content(text: str) -> tuple[str, dict[str, str]]:
    operation = read_xml(text).find(f"{{{_ENVELOPE}}}Body/*")
    if operation is None:
        raise Malformed("an empty body")
    arguments = {etree.QName(child).localname: child.text or "" for child in operation}
    return etree.QName(operation).localname, arguments


def write_call(operation: str, namespace: str, argument: str, document: str, charset: str) -> bytes:
    """A call with one argument in CDATA."""
    inside = document.replace("]]>", "]]]]><![CDATA[>")
    return (
        f'<?xml version="1.0" encoding="{charset}"?>\n'
        f'<soapenv:Envelope xmlns:soapenv="{_ENVELOPE}" xmlns:app="{namespace}"><soapenv:Header/><soapenv:Body>'
        f"<app:{operation}><{argument}><![CDATA[{inside}]]></{argument}></app:{operation}>"
        "</soapenv:Body></soapenv:Envelope>"
    ).encode(charset)


def answer(call: Call, namespace: str, text: str) -> web.Response:
    """Return *text* to *call*, escaped, in the charset of the call."""
    body = (
        f'<?xml version="1.0" encoding="{call.charset}"?>'
        f'<soapenv:Envelope xmlns:soapenv="{_ENVELOPE}"><soapenv:Body>'
        f'<ns:{call.operation}Response xmlns:ns="{namespace}"><ns:return>{escape(text)}</ns:return>'
        f"</ns:{call.operation}Response></soapenv:Body></soapenv:Envelope>"
    )
    headers = {"Content-Type": f"text/xml; charset={call.charset}"}
    return web.Response(body=body.encode(call.charset), headers=headers)


def fault(reason: str) -> web.Response:
    """A SOAP 1.1 fault that blames the caller."""
    body = (
        f'<soapenv:Envelope xmlns:soapenv="{_ENVELOPE}"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>soapenv:Client</faultcode><faultstring>{escape(reason)}</faultstring>"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    return web.Response(status=500, text=body, content_type="text/xml", charset="utf-8")


def read_answer(body: bytes, charset: str | None) -> str:
    """The text returned by a call of ours. Raises `Malformed`, also for a fault of theirs, and `Blamed`."""
    text, _ = _decode(body, charset)
    operation, values = _content(text)
    if operation == "Fault":
        raise Malformed("a fault of theirs") if "Server" in values.get("faultcode", "") else Blamed
    return next(iter(values.values()), "")
