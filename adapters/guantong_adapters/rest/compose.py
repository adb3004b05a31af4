"""Composing requests: what each part holds, put together once when a system is opened."""

from __future__ import annotations

import re
import secrets as randomness
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote, quote_from_bytes

from guantong.attached import Attached
from guantong.blobstore import BlobMissing, BlobsFailed
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Fields, Outgoing
from guantong.secret import Secret
from guantong.vault import VaultError
from guantong_adapters.rest import codes
from guantong_adapters.rest.parts import VALUE, Envelope, HeaderPart, Part, Sourced

MOST_FILES = 64 * 1024 * 1024
"""Bytes of attachments in one request: it is held in memory."""
_UNFIT = re.compile(r'[\x00-\x1f\x7f"\\/]')
_BYTES = "application/octet-stream"
_TYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png", "tif": "image/tiff", "xml": "application/xml",
          "zip": "application/zip"}
SAFE = "*-._"
"""Characters that stand for themselves in a form (WHATWG URL §5)."""


class Sending(NamedTuple):
    """One attempt on its way: what is sent, its body as the interface wants it (sealed, where it does), the token
    in force and the Unix time in seconds."""

    outgoing: Outgoing
    body: bytes
    token: str
    now: float


Render = Callable[[Sending], bytes]


class Composed(NamedTuple):
    """A body and its content type."""

    body: bytes
    content_type: str


def text_of(sourced: Sourced, secrets: Mapping[str, Secret], charset: str = "utf-8") -> Render:
    """The bytes of one part. Raises `ProblemsError` (when rendering) for a field that is missing."""
    before, after = (piece.encode(charset) for piece in sourced.template.split(VALUE))
    if sourced.secret is not None or sourced.constant is not None:
        fixed = sourced.constant if sourced.secret is None else secrets[sourced.secret].reveal()
        whole = before + (fixed or "").encode(charset) + after
        return lambda _: whole
    inner = _of_field(sourced.field, charset) if sourced.field is not None else _FACTS[sourced.value or ""]
    return inner if not before and not after else lambda sending: before + inner(sending) + after


def _of_field(path: str, charset: str) -> Render:
    def render(sending: Sending) -> bytes:
        value = field_at(sending.outgoing.fields, path)
        if value is None:
            raise ProblemsError([Problem(codes.NO_PART_FIELD, Place(), "settings", {"field": path})])
        return value.encode(charset)

    return render


def field_at(fields: Fields, path: str) -> str | None:
    """The text of a native field, or None where the record has none there."""
    node: object = fields
    for part in path.split("/"):
        node = node.get(part) if isinstance(node, dict) else None
    return str(node) if isinstance(node, str | int) and node != "" else None


_FACTS: Mapping[str, Render] = {
    "body": lambda sending: sending.body,
    "kind": lambda sending: sending.outgoing.kind.encode(),
    "key": lambda sending: sending.outgoing.key.encode(),
    "token": lambda sending: sending.token.encode(),
    "timestamp": lambda sending: str(int(sending.now)).encode(),
}


def headers_of(
    declared: Mapping[str, str | HeaderPart], secrets: Mapping[str, Secret]
) -> Callable[[Sending], dict[str, str]]:
    """The headers of a request: constant ones and those of parts."""
    constant = {name: value for name, value in declared.items() if isinstance(value, str)}
    made = [(name, text_of(value, secrets)) for name, value in declared.items() if isinstance(value, HeaderPart)]
    if not made:
        return lambda _: dict(constant)
    return lambda sending: constant | {name: render(sending).decode() for name, render in made}


def parameters_of(parts: Sequence[Part], secrets: Mapping[str, Secret]) -> Callable[[Sending], str]:
    """The parameters of an address, percent-encoded: `a=1&b=2`."""
    made = [(quote(part.name, safe=""), text_of(part, secrets)) for part in parts]
    return lambda sending: "&".join(f"{name}={quote_from_bytes(render(sending), safe='')}" for name, render in made)


def envelope_of(envelope: Envelope, secrets: Mapping[str, Secret]) -> Callable[[Sending], Composed]:
    """The form that stands around a record."""
    if envelope.form == "multipart":
        return _multipart(envelope, secrets)
    return form_of(envelope.parts, secrets, envelope.charset)


def form_of(parts: Sequence[Part], secrets: Mapping[str, Secret], charset: str = "utf-8") -> Callable[[Sending], Composed]:
    """A form of *parts*, percent-encoded."""
    made = [(form_text(part.name.encode(charset)), text_of(part, secrets, charset)) for part in parts]
    content_type = f"application/x-www-form-urlencoded; charset={charset}"

    def compose(sending: Sending) -> Composed:
        body = b"&".join(name + b"=" + form_text(render(sending)) for name, render in made)
        return Composed(body, content_type)

    return compose


def form_text(text: bytes) -> bytes:
    """Bytes as they stand in a form: percent-encoded, a space as `+`."""
    return quote_from_bytes(text, safe=f"{SAFE} ").replace(" ", "+").encode("ascii")


def _multipart(envelope: Envelope, secrets: Mapping[str, Secret]) -> Callable[[Sending], Composed]:
    charset = envelope.charset
    made = [(_part_head(part, charset), text_of(part, secrets, charset)) for part in envelope.parts]

    def compose(sending: Sending) -> Composed:
        pieces = [(head, render(sending)) for head, render in made]
        if envelope.files is not None:
            pieces += _files(envelope.files, sending.outgoing.beside, charset)
        boundary = _boundary(sending.outgoing.key, [text for _, text in pieces])
        line = b"--" + boundary
        body = b"".join(line + b"\r\n" + head + b"\r\n\r\n" + text + b"\r\n" for head, text in pieces)
        return Composed(body + line + b"--\r\n", f"multipart/form-data; boundary={boundary.decode()}")

    return compose


def _files(name: str, attached: Sequence[Attached], charset: str) -> list[tuple[bytes, bytes]]:
    """The attachments, each as a file. Blocks. Raises `ProblemsError` for more than a request of ours holds, or one that
    cannot be read."""
    size = sum(one.blob.size for one in attached)
    if size > MOST_FILES:
        raise ProblemsError([Problem(codes.FILES_TOO_LARGE, Place(), "settings.envelope.files", {"size": size, "limit": MOST_FILES})])
    pieces = []
    for one in attached:
        file = _UNFIT.sub("_", one.name) or f"{one.blob.md5}.{one.blob.kind or 'bin'}"
        head = f'Content-Disposition: form-data; name="{name}"; filename="{file}"\r\nContent-Type: {_TYPES.get(one.blob.kind, _BYTES)}'
        try:
            pieces.append((head.encode(charset, "replace"), b"".join(one.read())))
        except (BlobMissing, BlobsFailed, VaultError) as error:
            raise ProblemsError([Problem(codes.FILE_GONE, Place(), "settings.envelope.files", {"what": str(error)})]) from None
    return pieces


def _part_head(part: Part, charset: str) -> bytes:
    head = f'Content-Disposition: form-data; name="{part.name}"'
    if part.file is not None:
        head += f'; filename="{part.file}"'
    if part.content_type is not None:
        head += f"\r\nContent-Type: {part.content_type}"
    return head.encode(charset)


def _boundary(key: str, texts: Sequence[bytes]) -> bytes:
    """A line that stands in none of *texts*: the same in every attempt of a delivery, unless one holds it."""
    boundary = f"guantong-{key}".encode()
    while any(boundary in text for text in texts):
        boundary = f"guantong-{randomness.token_hex(16)}".encode()
    return boundary
