"""Problems: what is wrong with a file or a record, said so that its owner can mend it.

A problem names where (file, line, column, path), what was expected, what came and what to do, in
English and Chinese, under a stable code. Each area of the product declares its codes once, as `Code`
objects in a module named `codes.py`; the reference page of errors is generated from them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Language = Literal["en", "zh"]
Severity = Literal["error", "warning"]

_codes: dict[str, Code] = {}


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of problem. `en`, `zh` and the hints are `str.format` templates over the problem's details."""

    id: str
    en: str
    zh: str
    hint_en: str = ""
    hint_zh: str = ""
    severity: Severity = "error"

    def __post_init__(self) -> None:
        if self.id in _codes and _codes[self.id] != self:
            raise ValueError(f"problem code {self.id} is declared twice")
        _codes[self.id] = self


def all_codes() -> Mapping[str, Code]:
    """Every code declared by the modules imported so far, by id."""
    return dict(sorted(_codes.items()))


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file. Lines and columns count from 1; 0 means unknown."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `path` is the dotted path inside the file or record; `details` fill the code's texts."""

    code: Code
    place: Place = field(default_factory=Place)
    path: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def message(self, language: Language = "en") -> str:
        return (self.code.zh if language == "zh" else self.code.en).format(**self.details)

    def hint(self, language: Language = "en") -> str:
        return (self.code.hint_zh if language == "zh" else self.code.hint_en).format(**self.details)

    def line(self, language: Language = "en") -> str:
        """The whole problem on one line: `file:line:column path: message; hint [code]`."""
        where = " ".join(part for part in (str(self.place), self.path) if part)
        text = "; ".join(part for part in (self.message(language), self.hint(language)) if part)
        return f"{where}: {text} [{self.code.id}]" if where else f"{text} [{self.code.id}]"

    @property
    def identity(self) -> tuple[str, Place, str, str]:
        """What tells it from others, to say each once: unlike the problem itself, it goes into a set."""
        return self.code.id, self.place, self.path, repr(self.details)

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`."""
        return {
            "code": self.code.id, "severity": self.code.severity,
            "file": self.place.file, "line": self.place.line, "column": self.place.column,
            "path": self.path, "message": self.message("en"), "message_zh": self.message("zh"),
            "hint": self.hint("en"), "hint_zh": self.hint("zh"),
        }


class ProblemsError(Exception):
    """All the problems of one piece of work at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.line() for problem in self.problems))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once, by file, line and column."""
    once = {(problem.line(), problem.place): problem for problem in problems}
    return sorted(
        once.values(),
        key=lambda problem: (problem.place.file, problem.place.line, problem.place.column, problem.path),
    )


def summary(problems: Sequence[Problem], language: Language = "en", most: int = 20, *, placed: bool = True) -> str:
    """The first *most* problems, each as its line, and how many more there are; without the place in files of ours where
    *placed* is false, for whoever sent the record."""
    lines = [(problem if placed else replace(problem, place=Place())).line(language) for problem in problems[:most]]
    if more := len(problems) - len(lines):
        lines.append(f"另有 {more} 个问题" if language == "zh" else f"and {more} more")
    return " | ".join(lines)


def told(error: Exception) -> str:
    """What a log may say of *error*: the located problems where it is one of ours, else only its type (a
    library's text may quote a value)."""
    if isinstance(error, ProblemsError):
        return " | ".join(problem.line() for problem in error.problems)
    return type(error).__name__


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like *name*, or the empty string: for "did you mean"."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.65)
    return matches[0] if matches else ""
