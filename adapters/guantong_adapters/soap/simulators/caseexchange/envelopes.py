"""Envelopes as the service reads and writes them: SOAP 1.1 and 1.2, in the charset of the call."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from aiohttp import web
from lxml import etree

from guantong_adapters.soap.simulators.wire import Malformed, read_xml

NS = "http://yunlan.example.invalid/caseexchange/"
TYPES = f"{NS}types"
QUERY = "QueryCase"
"""The operation that tells whether a record is there. Its fields stand in the operation itself."""
_ENVELOPES = {
    "http://schemas.xmlsoap.org/soap/envelope/": "1.1", "http://www.w3.org/2003/05/soap-envelope": "1.2",
}
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*encoding=["']([\w-]+)["']""")
_CODES_12 = {"Client": "Sender", "Server": "Receiver"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what is called, its record, its header, and how it came."""

    operation: str
    record: etree._Element
    header: dict[str, str]
    version: str
    charset: str


async def read_call(request: web.Request) -> Call:
    """The call in *request*. Raises `Malformed`."""
    body = await request.read()
    said = _ENCODING.match(body)
    charset = request.charset or (said[1].decode("ascii") if said else "utf-8")
    try:
        root = read_xml(body.decode(charset))
    except (LookupError, UnicodeDecodeError):
        raise Malformed(f"not in the charset {charset}") from None
    space = etree.QName(root).namespace or ""
    if space not in _ENVELOPES:
        raise Malformed("no SOAP envelope")
    called = root.find(f"{{{space}}}Body/*")
    asks = called is not None and called.tag == f"{{{NS}}}{QUERY}"
    record = called if asks else called.find(f"{{{NS}}}record") if called is not None else None
    if called is None or record is None or etree.QName(called).namespace != NS:
        raise Malformed("an operation of this service with its record expected")
    header = {
        etree.QName(one).localname: one.text or "" for one in root.iterfind(f"{{{space}}}Header/{{{NS}}}AuthHeader/*")
    }
    return Call(etree.QName(called).localname, record, header, _ENVELOPES[space], charset)


def fields_of(element: etree._Element) -> dict[str, Any]:
    """What an element of the service's types holds: texts, elements, lists of materials."""
    found: dict[str, Any] = {f"@{name}": value for name, value in _attributes(element)}
    for child in element:
        if etree.QName(child).namespace not in (TYPES, NS):
            raise Malformed(f"an element that is not of {TYPES}")
        name = etree.QName(child).localname
        if name == "Material":
            found.setdefault(name, []).append(fields_of(child))
        elif len(child):
            found[name] = fields_of(child)
        else:
            nil = child.get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true"
            found[name] = None if nil else child.text or ""
            found |= {f"{name}@{key}": value for key, value in _attributes(child)}
    return found


def _attributes(element: etree._Element) -> list[tuple[str, str]]:
    return [(str(name), str(value)) for name, value in element.attrib.items() if not str(name).startswith("{")]


def answer(call: Call, code: int, message: str, serial: str) -> web.Response:
    """The receipt of *call*."""
    number = f"<c:CaseNo>{serial}</c:CaseNo>" if serial else (
        '<c:CaseNo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>'
    )
    return _enveloped(
        call.version, call.charset, 200,
        f'<s:{call.operation}Response xmlns:s="{NS}" xmlns:c="{TYPES}"><s:Receipt><c:Code>{code}</c:Code>'
        f"<c:Message>{escape(message)}</c:Message>{number}</s:Receipt></s:{call.operation}Response>",
    )


def fault(version: str, charset: str, status: int, said: tuple[str, str, str]) -> web.Response:
    """A fault: its code (`Client`, `Client.Authentication`, `Server` …), its reason, the XML of its detail."""
    code, reason, detail = said
    main, _, sub = code.partition(".")
    if version == "1.1":
        inside = (
            f"<e:Fault><faultcode>e:{code}</faultcode><faultstring>{escape(reason)}</faultstring>"
            f"<detail>{detail}</detail></e:Fault>"
        )
    else:
        subcode = f'<e:Subcode><e:Value xmlns:s="{NS}">s:{sub}</e:Value></e:Subcode>' if sub else ""
        inside = (
            f"<e:Fault><e:Code><e:Value>e:{_CODES_12.get(main, main)}</e:Value>{subcode}</e:Code>"
            f'<e:Reason><e:Text xml:lang="zh">{escape(reason)}</e:Text></e:Reason><e:Detail>{detail}</e:Detail></e:Fault>'
        )
    return _enveloped(version, charset, status, inside)


def invalid(code: int, message: str) -> str:
    """The detail of a fault that the service declares."""
    return (
        f'<c:InvalidCase xmlns:c="{TYPES}"><c:Code>{code}</c:Code><c:Message>{escape(message)}</c:Message></c:InvalidCase>'
    )


def _enveloped(version: str, charset: str, status: int, inside: str) -> web.Response:
    space = next(name for name, known in _ENVELOPES.items() if known == version)
    text = f'<?xml version="1.0" encoding="{charset}"?><e:Envelope xmlns:e="{space}"><e:Body>{inside}</e:Body></e:Envelope>'
    kind = "text/xml" if version == "1.1" else "application/soap+xml"
    return web.Response(status=status, body=text.encode(charset), headers={"Content-Type": f"{kind}; charset={charset}"})
