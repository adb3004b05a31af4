"""Opening what a stranger sends: in whichever charset, within bounds."""

from __future__ import annotations

from guantong.problems import Problem
from guantong_adapters.soap import charsets, codes
from guantong_adapters.soap.faulting import Refused
from guantong_adapters.soap.parse import (
    MOST_NAMESPACES,
    MOST_TAGS,
    DoctypeRefused,
    Envelope,
    NotEnvelope,
    NotXml,
    envelope,
    parse_utf8,
)
from guantong_adapters.soap.serving.codes import TOO_MUCH


def opened(body: bytes, transport: str | None, configured: str) -> Envelope:
    """The envelope in *body*. Charsets are not believed (see `charsets.in_utf8`). Raises `Refused`."""
    try:
        text = charsets.in_utf8(body, transport, configured)
    except UnicodeDecodeError as error:
        details = {"charset": error.encoding, "offset": error.start}
        raise Refused(Problem(codes.WRONG_CHARSET, details=details)) from None
    _bounded(text.count(b"<"), MOST_TAGS, "tags", "标签")
    _bounded(text.count(b"xmlns"), MOST_NAMESPACES, "declarations of namespaces", "命名空间声明")
    try:
        return envelope(parse_utf8(text))
    except NotXml as error:
        raise Refused(Problem(codes.NOT_XML, details={"line": error.line, "column": error.column})) from None
    except DoctypeRefused:
        raise Refused(Problem(codes.DOCTYPE)) from None
    except NotEnvelope as error:
        blame = "VersionMismatch" if error.found == "Envelope" else "Client"
        raise Refused(Problem(codes.NOT_ENVELOPE, details={"found": error.found[:60]}), blame) from None


def _bounded(count: int, limit: int, what: str, what_zh: str) -> None:
    if count > limit:
        raise Refused(Problem(TOO_MUCH, details={"limit": limit, "what": what, "what_zh": what_zh}))
