"""What a codec is: a plugin that turns a record's bytes into named native fields and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel

from guantong.record import Native


class Undecodable(Exception):
    """The bytes are not what the codec reads. `code` is a stable problem code; the texts quote no personal
    data: they name a position, never the content."""

    def __init__(self, code: str, reason: str, reason_zh: str) -> None:
        self.code = code
        self.reason = reason
        self.reason_zh = reason_zh
        super().__init__(reason)


class Unencodable(Exception):
    """A value cannot be written in this codec or charset. `path` names the native field."""

    def __init__(self, path: str, reason: str, reason_zh: str) -> None:
        self.path = path
        self.reason = reason
        self.reason_zh = reason_zh
        super().__init__(f"{path}: {reason}")


class Codec(Protocol):
    """Decodes and encodes one wire form. Pure; bounded in depth, count and expansion.

    One that writes texts percent-encoded says so by an attribute `percent = True`: attachments are put into its bytes
    that way. One that writes some fields as numbers or booleans may name them, in attributes `numbers` and `booleans`:
    mappings then hand whole numbers on as they are, and a record that holds no text for any of them is `Typed`. One whose
    bodies are packed has a method `unpacked(body)`, which says at once how many bytes they become: what is large is decoded
    in a thread."""

    def decode(self, body: bytes, kind: str | None, charset: str | None = None) -> Sequence[Native]:
        """The native records in *body*; *kind* is the record kind and *charset* the charset where the
        transport named them. A kind that neither the transport nor the body names is "".
        Raises `Undecodable`."""
        ...

    def encode(self, native: Native) -> bytes:
        """The bytes of *native*. Raises `Unencodable`, never replaces a character silently."""
        ...


@runtime_checkable
class Describes(Protocol):
    """A codec whose bodies a JSON Schema can describe."""

    def describe(self, records: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """The schema of a body, made of the schema of each kind of record in it."""
        ...


@dataclass(frozen=True, slots=True)
class CodecSpec:
    """The one declaration of a codec: `options` is the pydantic model of its keys in `dialect.yaml`;
    `make(options, charset)` builds it for a charset such as `utf-8` or `gb18030`."""

    name: str
    title_en: str
    title_zh: str
    options: type[BaseModel]
    make: Callable[[Any, str], Codec]
