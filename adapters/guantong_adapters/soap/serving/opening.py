"""Opening what a stranger sends: in whichever charset, within bounds."""

from __future__ import annotations

from guantong.problems import Problem
from guantong_adapters.soap import charsets, codes
from guantong_adapters.soap.faulting import Refused
from guantong_adapters.soap.intake import envelope_of
from guantong_adapters.soap.parse import MOST_NAMESPACES, MOST_TAGS, Envelope, parse_utf8
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
    return envelope_of(lambda: parse_utf8(text))


def _bounded(count: int, limit: int, what: str, what_zh: str) -> None:
    if count > limit:
        raise Refused(Problem(TOO_MUCH, details={"limit": limit, "what": what, "what_zh": what_zh}))
