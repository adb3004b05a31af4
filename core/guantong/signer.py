"""What a signer is: a plugin that proves who sent a request, and checks the same of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Protocol

from pydantic import BeforeValidator

from guantong.scheme import SchemeChoice, SchemeSpec, named


class SignatureRefused(Exception):
    """The signature does not hold. The reasons, in English and Chinese, say which check failed and never what was expected."""

    def __init__(self, reason: str, reason_zh: str) -> None:
        self.reason = reason
        self.reason_zh = reason_zh
        super().__init__(reason)


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


class SignerChoice(SchemeChoice):
    """A signature scheme."""

    kind: ClassVar[str] = "signer"
    kind_zh: ClassVar[str] = "签名方式"


class SignWith(SignerChoice):
    """The scheme by which we prove ourselves: its name (`x-tif`), or a table where it takes options."""


class VerifyWith(SignerChoice):
    """The scheme by which others prove themselves to us: its name (`x-tif`), or a table where it takes options."""


Signing = Annotated[SignWith, BeforeValidator(named)]
"""What settings hold where we sign: a scheme's name, or a table."""

Verifying = Annotated[VerifyWith, BeforeValidator(named)]
"""What settings hold where we verify: a scheme's name, or a table."""


def none_told(_options: Any) -> Mapping[str, Mapping[str, str]]:
    """A signer that does not describe what it adds."""
    return {}


@dataclass(frozen=True, slots=True)
class SignerSpec(SchemeSpec[Signer]):
    """The one declaration of a signer. Besides `secrets` it may need others in one direction only: `to_sign`,
    `to_verify`. `proofs` tells what a request carries for its options: OpenAPI Security Schemes by name, all of which
    must be there."""

    to_sign: Sequence[str] = ()
    to_verify: Sequence[str] = ()
    proofs: Callable[[Any], Mapping[str, Mapping[str, str]]] = none_told

    def describe(self, choice: SchemeChoice) -> Mapping[str, Mapping[str, str]]:
        """What a request proven by *choice* carries, as OpenAPI Security Schemes by name."""
        return self.proofs(self.options.model_validate(choice.options))

    def needs(self, choice: SchemeChoice) -> frozenset[str]:
        """The secrets a system must give for *choice*, in its direction."""
        return frozenset((*self.secrets, *(self.to_verify if isinstance(choice, VerifyWith) else self.to_sign)))
