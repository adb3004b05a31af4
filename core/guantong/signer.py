"""What a signer is: a plugin that proves who sent a request, and checks the same of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from guantong.secret import Secret


class SignatureRefused(Exception):
    """The signature does not hold. The text says which check failed and never what was expected."""


class Signer(Protocol):
    """Signs and verifies one scheme with one system's secrets. Pure but for the clock it is handed.

    A signer whose proof leaves the body out says so by `covers_body = False`: doors then verify before they
    read anything of a body, with an empty one."""

    def sign(self, body: bytes, now: float) -> Mapping[str, str]:
        """Headers (or envelope fields) that prove *body* at Unix time *now* in seconds."""
        ...

    def verify(self, headers: Mapping[str, str], body: bytes, now: float) -> None:
        """Raise `SignatureRefused` unless *headers* (names in lower case) prove *body*."""
        ...


def covers_body(signer: Signer) -> bool:
    """Whether *signer* must see the body to verify it. True where it does not say."""
    return bool(getattr(signer, "covers_body", True))


@dataclass(frozen=True, slots=True)
class SignerSpec:
    """The one declaration of a signer: its name, the secrets it needs, how it is made from them."""

    name: str
    title_en: str
    title_zh: str
    standard: str
    secrets: Sequence[str]
    make: Callable[[Mapping[str, Secret]], Signer]
