"""What a pack is made of: files that are named before they are made, and made piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

Pieces = Callable[[], Iterable[bytes]]


class Part(NamedTuple):
    """A file of a pack: its name in the archive, what it is, in Chinese and English, and how it is made."""

    name: str
    zh: str
    en: str
    pieces: Pieces


def of_bytes(name: str, zh: str, en: str, content: bytes) -> Part:
    """A file that is there already."""
    return Part(name, zh, en, lambda: (content,))


def of_text(name: str, zh: str, en: str, content: str) -> Part:
    """The same of a text; people on Windows open it, so its lines end as theirs do."""
    return of_bytes(name, zh, en, ("\ufeff" + content.replace("\n", "\r\n")).encode())


def of_json(name: str, zh: str, en: str, content: Mapping[str, Any] | Sequence[Any]) -> Part:
    """A file of JSON, indented."""
    return of_bytes(name, zh, en, orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")
