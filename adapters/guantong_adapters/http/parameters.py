"""The parameters of headers that strangers write: `form-data; name="a"`, `text/xml; charset=GBK`."""

from __future__ import annotations

from email.message import Message
from email.utils import collapse_rfc2231_value

from aiohttp import web


def media_type(request: web.BaseRequest) -> str:
    """What a request says it brings (`text/xml`), without parameters. aiohttp's own reading fails at brackets in brackets."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower() or "application/octet-stream"


def charset_of(request: web.BaseRequest) -> str | None:
    """The charset that a request declares, as it is written; None where it declares none."""
    return parameter(request.headers.get("Content-Type", ""), "charset") or None


def parameter(value: str, name: str) -> str:
    """The parameter *name* of a header's *value*; "" where it is not there or cannot be read. Raises nothing."""
    message = Message()  # of the old policy, which reads a header no further than it is asked for
    message["content-type"] = value.replace("\r", " ").replace("\n", " ")
    try:
        found = message.get_param(name, "")
        return collapse_rfc2231_value(found) if isinstance(found, tuple) else str(found or "")
    except (TypeError, UnicodeError):  # RFC 2231 in disorder, or in a charset that fails: the library does not expect it
        return ""
