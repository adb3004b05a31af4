"""What a signer is: a plugin that proves who sent a request, and checks the same of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict

from guantong.secret import Secret


class SignatureRefused(Exception):
    """The signature does not hold. The text says which check failed and never what was expected."""


class UnfitSecret(Exception):
    """A secret is none the scheme can use. The texts say what it should be and never what it is."""

    def __init__(self, name: str, expected: str, expected_zh: str) -> None:
        self.name = name
        self.expected = expected
        self.expected_zh = expected_zh
        super().__init__(f"{name}: expected {expected}")


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


class SignerChoice(BaseModel):
    """A signature scheme by name (`x-tif`), with its own keys where it has any: `{scheme: api-key, options:
    {header: X-Token}}`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scheme: str
    options: dict[str, Any] = {}


class SignWith(SignerChoice):
    """The scheme by which we prove ourselves: its name (`x-tif`), or a table where it takes options."""


class VerifyWith(SignerChoice):
    """The scheme by which others prove themselves to us: its name (`x-tif`), or a table where it takes options."""


def _by_name(value: Any) -> Any:
    return {"scheme": value} if isinstance(value, str) else value


Signing = Annotated[SignWith, BeforeValidator(_by_name)]
"""What settings hold where we sign: a scheme's name, or a table."""

Verifying = Annotated[VerifyWith, BeforeValidator(_by_name)]
"""What settings hold where we verify: a scheme's name, or a table."""


class NoOptions(BaseModel):
    """The options of a scheme that has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class SignerSpec:
    """The one declaration of a signer: its name, the secrets it needs (`secrets` always, `to_sign` and
    `to_verify` in one direction only, `optional` never), the model of its options, how it is made.

    `check` looks at secrets before anything runs and raises `UnfitSecret` for the first that is of no use.
    `module` is a library it imports only when made; the extra of that name in `extra` brings it."""

    name: str
    title_en: str
    title_zh: str
    standard: str
    secrets: Sequence[str]
    make: Callable[[Mapping[str, Secret], Any], Signer]
    options: type[BaseModel] = NoOptions
    to_sign: Sequence[str] = ()
    to_verify: Sequence[str] = ()
    optional: Sequence[str] = ()
    check: Callable[[Mapping[str, Secret]], None] | None = None
    module: str = ""
    extra: str = ""

    def needs(self, choice: SignerChoice) -> frozenset[str]:
        """The secrets a system must give for *choice*."""
        one_way = self.to_verify if isinstance(choice, VerifyWith) else self.to_sign
        return frozenset((*self.secrets, *one_way))

    def open(self, choice: SignerChoice, secrets: Mapping[str, Secret]) -> Signer:
        """The signer of *choice*, whose options `check` has held to the model."""
        return self.make(secrets, self.options.model_validate(choice.options))
