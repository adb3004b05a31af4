"""What a value function is: a named, versioned, pure change of one value (`trim@1`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


class ValueRefused(Exception):
    """The function cannot take this value. The text says what was expected and quotes nothing personal."""


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """The one declaration of a value function. `apply` takes and returns text; `inverse` undoes it on the
    way out, or is None where `lossy` says why nothing can. `examples` are pairs (given, expected) that run
    as tests. A published (name, version) never changes meaning."""

    name: str
    version: int
    title_en: str
    title_zh: str
    apply: Callable[[str], str]
    inverse: Callable[[str], str] | None
    lossy: str
    examples: Sequence[tuple[str, str]]
