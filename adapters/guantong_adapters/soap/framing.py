"""Writing SOAP: escapes, envelopes, faults. Everything here yields text or bytes ready to send."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from guantong_adapters.soap.parse import SOAP_11, SOAP_12, Version

_NAMESPACES: dict[Version, str] = {"1.1": SOAP_11, "1.2": SOAP_12}
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_FAULT_CODES_12 = {"Client": "Sender", "Server": "Receiver"}
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_UNWRITABLE_BYTES = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20)])


class Unwritable(ValueError):
    """The text holds a character that no XML document can hold."""


def escaped(text: str) -> str:
    """*text* as element content. Raises `Unwritable`."""
    if _UNWRITABLE.search(text):
        raise Unwritable("a control character cannot be written in XML")
    return escape(text, {"\r": "&#13;"})


def escaped_bytes(body: bytes) -> bytes:
    """*body*, in UTF-8 or GB 18030, as element content. No byte escaped here is ever part of a longer
    character in either charset. Raises `Unwritable`."""
    _check(body)
    return (
        body.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;").replace(b"\r", b"&#13;")
    )


def cdata_bytes(body: bytes) -> bytes:
    """*body* as CDATA, its own `]]>` split over two sections. Raises `Unwritable`."""
    _check(body)
    return b"<![CDATA[" + body.replace(b"]]>", b"]]]]><![CDATA[>") + b"]]>"


def _check(body: bytes) -> None:
    if len(body.translate(None, _UNWRITABLE_BYTES)) != len(body):
        raise Unwritable("a control character cannot be written in XML")


def opening(version: Version, charset: str) -> str:
    """Everything before the body's content."""
    return f'<?xml version="1.0" encoding="{charset.upper()}"?><s:Envelope xmlns:s="{_NAMESPACES[version]}"><s:Body>'


BODY = "<s:Body>"
"""What `opening` ends with."""
CLOSING = "</s:Body></s:Envelope>"


def content_type(version: Version, charset: str, action: str | None = None) -> dict[str, str]:
    """The HTTP headers that name the content; *action* (SOAPAction) only for requests."""
    if version == "1.1":
        headers = {"Content-Type": f"text/xml; charset={charset.upper()}"}
        return headers if action is None else headers | {"SOAPAction": f'"{action}"'}
    suffix = f'; action="{action}"' if action else ""
    return {"Content-Type": f"application/soap+xml; charset={charset.upper()}{suffix}"}


def wrapper(name: str, namespace: str, qualified: bool) -> tuple[str, str, str]:
    """How a call's (or an answer's) outer element opens and closes, and the prefix of its children."""
    if not namespace:
        return f"<{name}>", f"</{name}>", ""
    return f"<q:{name} xmlns:q={quoteattr(namespace)}>", f"</q:{name}>", "q:" if qualified else ""


def fault(version: Version, code: str, reason: str, detail: Mapping[str, str]) -> str:
    """A whole SOAP fault in UTF-8. *code* is Client, Server, VersionMismatch or MustUnderstand."""
    return fault_around(version, code, reason, detail_of(detail))


def detail_of(texts: Mapping[str, str]) -> str:
    """The detail of a fault of ours: texts by name."""
    return "".join(f"<{name}>{escaped(value)}</{name}>" for name, value in texts.items())


def fault_around(
    version: Version, code: str, reason: str, inside: str, header: str = "", charset: str = "utf-8", subcode: str = "",
) -> str:
    """A whole SOAP fault whose detail is the XML *inside*, with the XML *header* in its header. A *subcode* of WS-Security is
    the code itself in SOAP 1.1, as WSS 1.1 (12) has it."""
    if version == "1.1":
        detail = f"<detail>{inside}</detail>" if inside else ""
        said = f'<faultcode xmlns:wsse="{_WSSE}">wsse:{subcode}' if subcode else f"<faultcode>s:{code}"
        body = f"<s:Fault>{said}</faultcode><faultstring>{escaped(reason)}</faultstring>{detail}</s:Fault>"
    else:
        said = f'<s:Subcode><s:Value xmlns:wsse="{_WSSE}">wsse:{subcode}</s:Value></s:Subcode>' if subcode else ""
        detail = f"<s:Detail>{inside}</s:Detail>" if inside else ""
        body = (
            f"<s:Fault><s:Code><s:Value>s:{_FAULT_CODES_12.get(code, code)}</s:Value>{said}</s:Code><s:Reason>"
            f'<s:Text xml:lang="zh">{escaped(reason)}</s:Text></s:Reason>{detail}</s:Fault>'
        )
    start = opening(version, charset)
    if header:
        start = f"{start.removesuffix('<s:Body>')}<s:Header>{header}</s:Header><s:Body>"
    return start + body + CLOSING
