"""Opening what a stranger sends: in whichever charset, within bounds."""

from __future__ import annotations

from guantong.problems import Problem
from guantong_adapters.soap import charsets, codes
from guantong_adapters.soap.bounds import bounded
from guantong_adapters.soap.faulting import Refused
from guantong_adapters.soap.intake import envelope_of
from guantong_adapters.soap.parse import Envelope, parse_utf8


def opened(body: bytes, transport: str | None, configured: str) -> Envelope:
    """The envelope in *body*. Charsets are not believed (see `charsets.in_utf8`). Raises `Refused`."""
    try:
        text = charsets.in_utf8(body, transport, configured)
    except UnicodeDecodeError as error:
        details = {"charset": error.encoding, "offset": error.start}
        raise Refused(Problem(codes.WRONG_CHARSET, details=details)) from None
    bounded(text)
    return envelope_of(lambda: parse_utf8(text))
