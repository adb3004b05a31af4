"""What a cipher is: a plugin that hides a record from those it passes, as a system's interface wants it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Protocol

from pydantic import BeforeValidator

from guantong.scheme import SchemeChoice, SchemeSpec, named


class CipherRefused(Exception):
    """What came is none of the cipher's texts. The reasons, in English and Chinese, quote nothing of it."""

    def __init__(self, reason: str, reason_zh: str) -> None:
        self.reason = reason
        self.reason_zh = reason_zh
        super().__init__(reason)


class Cipher(Protocol):
    """Seals and opens with one system's keys. Safe to use from several tasks."""

    def seal(self, body: bytes) -> bytes:
        """*body* as the other side expects it: ASCII text that stands in XML, JSON and forms as it is."""
        ...

    def open(self, sealed: bytes) -> bytes:
        """The bytes in *sealed*. Raises `CipherRefused`."""
        ...


class CipherChoice(SchemeChoice):
    """The cipher both sides have agreed on: its name (`sm4-cbc`), or a table where it takes options."""

    kind: ClassVar[str] = "cipher"
    kind_zh: ClassVar[str] = "加密方式"


Ciphering = Annotated[CipherChoice, BeforeValidator(named)]
"""What settings hold where records are hidden: a cipher's name, or a table."""


@dataclass(frozen=True, slots=True)
class CipherSpec(SchemeSpec[Cipher]):
    """The one declaration of a cipher."""
