"""The record in a form that calls us: the bytes of one field, as they were sent.

A form is read before its sender is proven where the key is one of its fields, so what is read of its heads is bounded:
libraries for mail make gigabytes of half a megabyte of header.
"""

from __future__ import annotations

import binascii
import re
from urllib.parse import unquote_to_bytes

from guantong.problems import Code
from guantong_adapters.http.parameters import parameter
from guantong_adapters.rest import codes

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MOST_FIELDS = 1000
MOST_HEAD = 64 * 1024
"""Bytes of the heads of all parts of a form; a browser's have a hundred each."""
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_FOLDED = re.compile(rb"\r?\n[ \t]+")


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
    if body.count(b"\n--") >= MOST_FIELDS:
        raise _refused(f"it has over {MOST_FIELDS} fields", f"字段超过 {MOST_FIELDS} 个")
    parts = _parts(body, parameter(content_type, "boundary"))
    if not parts:
        raise _refused("its parts cannot be told apart", "无法区分各部分")
    left = MOST_HEAD
    for part in parts:
        head, content = _opened(part, left)
        left -= len(head)
        fields = _fields(head)
        if parameter(fields.get("content-disposition", ""), "name") == name:
            return _plain(content, fields.get("content-transfer-encoding", ""))
    return None


def _parts(body: bytes, boundary: str) -> list[bytes]:
    """What stands between the lines of the boundary (RFC 2046, 5.1.1), also where lines end in LF alone; the last part ends
    with the body where its sender forgot to say so."""
    if not boundary:
        return []
    line = re.compile(rb"(?:^|\r?\n)--" + re.escape(boundary.encode("latin-1", "replace")) + rb"(--)?[ \t]*(?=\r?\n|$)")
    found = list(line.finditer(body))
    last = next((number for number, one in enumerate(found) if one[1]), len(found))
    ends = [one.start() for one in found[1:last + 1]]
    return [body[one.end():end] for one, end in zip(found[:last], [*ends, len(body)], strict=False)]


def _opened(part: bytes, most: int) -> tuple[bytes, bytes]:
    """A part's head and content. It begins with the end of the boundary's line."""
    end = _EMPTY_LINE.search(part, 0, most)
    if end is None and len(part) >= most:
        raise _refused(f"the heads of its parts have over {MOST_HEAD} bytes", f"各部分的头超过 {MOST_HEAD} 字节")
    return (part[:end.start()], part[end.end():]) if end else (part, b"")


def _fields(head: bytes) -> dict[str, str]:
    """The fields of a part's head by name, in lower case."""
    lines = _FOLDED.sub(b" ", head).decode("utf-8", "replace").splitlines()
    return {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _plain(content: bytes, encoding: str) -> bytes | None:
    """The content as it was before a sender encoded it for mail; None where it is not so encoded."""
    try:
        match encoding.lower():
            case "base64":
                return binascii.a2b_base64(content)
            case "quoted-printable":
                return binascii.a2b_qp(content)
            case _:
                return content
    except binascii.Error:
        return None


def _refused(what: str, what_zh: str) -> NoField:
    return NoField(codes.NOT_A_FORM, what=what, what_zh=what_zh, expected=f"{URLENCODED} / {MULTIPART}")
