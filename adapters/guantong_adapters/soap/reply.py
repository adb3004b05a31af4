"""Reading the answer to a call: the text inside it, a fault, or whatever came instead of SOAP."""

from __future__ import annotations

from lxml import etree

from guantong.record import Reply
from guantong_adapters.soap import charsets
from guantong_adapters.soap.parse import (
    DoctypeRefused,
    Envelope,
    NotEnvelope,
    NotXml,
    envelope,
    find,
    local,
    parse_utf8,
    text_of,
)
from guantong_adapters.soap.written import Check


def read_reply(
    reply: Reply, return_element: str | None, charset: str, record_charset: str, check: Check | None = None
) -> Reply:
    """Free an HTTP answer from SOAP. *charset* is assumed where the answer declares none.

    The body becomes the returned text (a fault's reason, with its code in `meta["fault"]`), written in
    *record_charset*, which `meta["charset"]` names. What is no SOAP envelope (an error page, a redirect,
    text in another charset) is passed on as it came, marked `meta["soap"] = "no"`. Raises what *check* does.
    """
    try:
        opened = _open(reply, charset)
    except (UnicodeDecodeError, NotXml, DoctypeRefused, NotEnvelope):
        return Reply(reply.body, {**reply.meta, "soap": "no"})
    if check is not None:
        check(opened)
    meta: dict[str, str] = {**reply.meta, "charset": record_charset}
    content = opened.content
    if content is None:
        return Reply(b"", meta)
    if local(content) == "Fault":
        code, reason = _fault(content)
        return Reply(reason.encode(record_charset), {**meta, "fault": code})
    return Reply(_returned(content, return_element).encode(record_charset), meta)


def _open(reply: Reply, charset: str) -> Envelope:
    return envelope(parse_utf8(charsets.in_utf8(reply.body, reply.meta.get("charset"), charset)))


def _returned(content: etree._Element, return_element: str | None) -> str:
    if return_element is not None:
        found = find(content, return_element)
        return text_of(found) if found is not None else ""
    return text_of(content[0]) if len(content) else content.text or ""


def _fault(content: etree._Element) -> tuple[str, str]:
    """The code (without its prefix) and the reason of a SOAP 1.1 or 1.2 fault."""
    code, reason = find(content, "faultcode"), find(content, "faultstring")
    if code is None:
        code, reason = find(content, "Value"), find(content, "Text")
    name = (code.text or "").strip() if code is not None else ""
    return name.rpartition(":")[2] or "unknown", text_of(reason) if reason is not None else ""
