"""What a value function is: a named, versioned, pure change of one value (`trim@1`).

A function may be given constants where a mapping names it, as words after its name: `pad_left 6 0`. What is
given is declared (`Parameter`), checked when the mapping loads, and part of the name under which the step is
known from then on (`pad_left@1 6 0`): in lineage, in traces, in the plan's id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

_WORD = re.compile(r"""\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"']\S*))(?=\s|$)""")
_BARE = re.compile(r"""[^\s"']\S*""")


class ValueRefused(Exception):
    """The function cannot take this value. The texts, English and Chinese, say what was expected and quote
    nothing personal."""

    def __init__(self, what: str, what_zh: str = "") -> None:
        self.zh = what_zh or what
        super().__init__(what)


class WrongArguments(Exception):
    """What a mapping gives a function is not what it declares: why, in English and Chinese."""

    def __init__(self, what: str, what_zh: str) -> None:
        self.zh = what_zh
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One constant that a mapping gives a function.

    `text`: of `least` to `most` characters, one of `choices` where there are any. `integer`: from `least` to
    `most`. A `default` stands for what is left out; only the last parameters may have one.
    """

    name: str
    type: Literal["text", "integer"]
    en: str
    zh: str
    least: int = 1
    most: int = 200
    choices: tuple[str, ...] = ()
    default: str | None = None

    def read(self, word: str) -> str | int:
        """The constant in *word*. Raises `WrongArguments`."""
        if self.choices and word not in self.choices:
            listed = ", ".join(self.choices)
            raise WrongArguments(f"expected one of {listed} for {self.name}, got {word!r}",
                                 f"{self.name} 应为 {listed} 之一，实际为 {word!r}")
        if self.type == "integer":
            number = int(word) if word.isascii() and word.isdigit() and len(word) < 10 else -1
            if not self.least <= number <= self.most:
                raise WrongArguments(
                    f"expected a whole number from {self.least} to {self.most} for {self.name}, got {word!r}",
                    f"{self.name} 应为 {self.least} 至 {self.most} 的整数，实际为 {word!r}",
                )
            return number
        if not self.least <= len(word) <= self.most:
            few, few_zh = f"{self.least} to {self.most} characters", f"{self.least} 至 {self.most} 个字符"
            if self.least == self.most == 1:
                few, few_zh = "1 character", "1 个字符"
            raise WrongArguments(f"expected {few} for {self.name}, got {len(word)}",
                                 f"{self.name} 应为 {few_zh}，实际为 {len(word)} 个")
        return word


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """The one declaration of a value function.

    `apply` takes and returns text; what the mapping gives comes before the text: `apply(6, "0", text)`.
    `inverse`, called alike, undoes it on the way out, or is None where `lossy` says why nothing can: then
    inverse(apply(x)) is x for every x that `apply` does not refuse. Both are pure, and give a text or raise
    `ValueRefused`. `examples` are pairs (given, expected), called with `sample`; they run as tests.
    `idempotent` says that a second time changes nothing. A published (name, version) never changes meaning.
    """

    name: str
    version: int
    title_en: str
    title_zh: str
    apply: Callable[..., str]
    inverse: Callable[..., str] | None
    lossy: str
    examples: Sequence[tuple[str, str]]
    parameters: Sequence[Parameter] = ()
    sample: Sequence[str] = ()
    idempotent: bool = False

    @property
    def signature(self) -> str:
        """How a mapping calls it: `pad_left WIDTH [FILL]`."""
        said = (one.name.upper() if one.default is None else f"[{one.name.upper()}]" for one in self.parameters)
        return " ".join((self.name, *said))

    def call(self, words: Sequence[str]) -> Call:
        """The function with the constants in *words*. Raises `WrongArguments`."""
        needed = sum(one.default is None for one in self.parameters)
        if not needed <= len(words) <= len(self.parameters):
            raise WrongArguments(f"expected {self.signature}, got {_few(len(words))}",
                                 f"应写作 {self.signature}，实际给出 {len(words)} 个参数")
        given = [*words, *(one.default or "" for one in self.parameters[len(words):])]
        return Call(self, tuple(one.read(word) for one, word in zip(self.parameters, given, strict=True)))


@dataclass(frozen=True, slots=True)
class Call:
    """One function as a mapping calls it."""

    spec: FunctionSpec
    arguments: tuple[str | int, ...] = ()

    @property
    def name(self) -> str:
        """`trim@1`, `pad_left@1 6 0`."""
        return " ".join((f"{self.spec.name}@{self.spec.version}", *map(_shown, self.arguments)))

    @property
    def apply(self) -> Callable[[str], str]:
        """The function of the text alone."""
        return partial(self.spec.apply, *self.arguments) if self.arguments else self.spec.apply

    @property
    def inverse(self) -> Callable[[str], str] | None:
        """What undoes it, or None."""
        undo = self.spec.inverse
        return partial(undo, *self.arguments) if undo is not None and self.arguments else undo


def split_call(text: str) -> list[str]:
    """The name and the arguments in *text*: words between blanks, in single or double quotes where they hold
    blanks or nothing. Raises `WrongArguments`."""
    found: list[str] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        word = _WORD.match(text, position)
        if word is None:
            raise WrongArguments("the quotes do not pair", "引号不成对")
        found.append(next(part for part in word.groups() if part is not None))
        position = word.end()
    return found


def choose(name: str, functions: Iterable[FunctionSpec]) -> FunctionSpec | None:
    """The function called *name*: `trim@1`, or `trim` for its newest version."""
    bare, _, version = name.partition("@")
    named = [spec for spec in functions if spec.name == bare and version in ("", str(spec.version))]
    return max(named, key=lambda spec: spec.version, default=None)


def _shown(argument: str | int) -> str:
    word = str(argument)
    if _BARE.fullmatch(word):
        return word
    return f"'{word}'" if '"' in word else f'"{word}"'


def _few(count: int) -> str:
    return "1 argument" if count == 1 else f"{count or 'no'} arguments"
