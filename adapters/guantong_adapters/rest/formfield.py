"""The record in a form that calls us: the bytes of one field, as they were sent."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import unquote_to_bytes

from guantong.problems import Code
from guantong_adapters.rest import codes

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MOST_FIELDS = 1000


class NoField(Exception):
    """The body does not hold the record; code and details say why and quote nothing of it."""

    def __init__(self, code: Code, **details: object) -> None:
        self.code = code
        self.details = details
        super().__init__(code.id)


def field_of(body: bytes, content_type: str, name: str) -> bytes:
    """The bytes of the first field called *name* in a form of either kind. Raises `NoField`."""
    media = content_type.partition(";")[0].strip().lower()
    if media == URLENCODED:
        found = _urlencoded(body, name.encode())
    elif media == MULTIPART:
        found = _multipart(body, content_type, name)
    else:
        raise _refused("its content type is another", "内容类型不符")
    if found is None:
        raise NoField(codes.NO_FORM_FIELD, field=name)
    return found


def _urlencoded(body: bytes, name: bytes) -> bytes | None:
    if body.count(b"&") >= MOST_FIELDS:
        raise _refused(f"it has over {MOST_FIELDS} fields", f"字段超过 {MOST_FIELDS} 个")
    for pair in body.split(b"&"):
        key, _, value = pair.partition(b"=")
        if unquote_to_bytes(key.replace(b"+", b" ")) == name:
            return unquote_to_bytes(value.replace(b"+", b" "))
    return None


def _multipart(body: bytes, content_type: str, name: str) -> bytes | None:
    if body.count(b"\r\n--") >= MOST_FIELDS:
        raise _refused(f"it has over {MOST_FIELDS} fields", f"字段超过 {MOST_FIELDS} 个")
    head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    form = BytesParser(policy=HTTP).parsebytes(head + body)
    if not form.is_multipart():
        raise _refused("its parts cannot be told apart", "无法区分各部分")
    for part in form.iter_parts():
        if part.get_param("name", header="content-disposition") == name:
            payload = part.get_payload(decode=True)
            return payload if isinstance(payload, bytes) else None
    return None


def _refused(what: str, what_zh: str) -> NoField:
    return NoField(codes.NOT_A_FORM, what=what, what_zh=what_zh, expected=f"{URLENCODED} / {MULTIPART}")
