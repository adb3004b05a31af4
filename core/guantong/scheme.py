"""What a scheme is: a plugin that settings choose by name, with options and secrets of its own. Signers prove,
ciphers hide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from guantong.secret import Secret

Made = TypeVar("Made")


class UnfitSecret(Exception):
    """A secret is none the scheme can use. The texts say what it should be and never what it is."""

    def __init__(self, name: str, expected: str, expected_zh: str) -> None:
        self.name = name
        self.expected = expected
        self.expected_zh = expected_zh
        super().__init__(f"{name}: expected {expected}")


class NoOptions(BaseModel):
    """The options of a scheme that has none."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")


class SchemeChoice(BaseModel):
    """A scheme by its name, and its options where it has any. `kind` says among which plugins it is found."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")
    kind: ClassVar[str]
    kind_zh: ClassVar[str]

    scheme: str
    options: dict[str, Any] = {}


def named(value: Any) -> Any:
    """The short form of a choice: `x-tif` for `{scheme: x-tif}`."""
    return {"scheme": value} if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class SchemeSpec(Generic[Made]):
    """The one declaration of a scheme: its name, the secrets it needs (those in `optional` it only uses), the
    model of its options, how it is made of both.

    `check` looks at secrets (and options) before anything runs and raises `UnfitSecret` for the first of no use.
    `module` is a library it imports only when made; the extra named in `extra` brings it."""

    name: str
    title_en: str
    title_zh: str
    standard: str
    secrets: Sequence[str]
    make: Callable[[Mapping[str, Secret], Any], Made]
    options: type[BaseModel] = NoOptions
    optional: Sequence[str] = ()
    check: Callable[[Mapping[str, Secret], Any], None] | None = None
    module: str = ""
    extra: str = ""

    def needs(self, choice: SchemeChoice) -> frozenset[str]:  # noqa: ARG002  for schemes whose ways differ
        """The secrets a system must give for *choice*."""
        return frozenset(self.secrets)

    def unfit(self, choice: SchemeChoice, secrets: Mapping[str, Secret]) -> UnfitSecret | None:
        """What is wrong with the secrets of *choice*, as far as that can be told."""
        if self.check is None or not self.needs(choice) <= secrets.keys():
            return None
        try:
            self.check(secrets, self.options.model_validate(choice.options))
        except UnfitSecret as error:
            return error
        except ValidationError:
            return None  # the options are told of where they stand
        return None

    def open(self, choice: SchemeChoice, secrets: Mapping[str, Secret]) -> Made:
        """What *choice* asks for; `guantong check` has held its options to the model."""
        return self.make(secrets, self.options.model_validate(choice.options))
