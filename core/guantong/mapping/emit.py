"""Writing Python source: lines with depth, and the constants the lines speak of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from guantong.mapping.rules import Rule

DISPLAYED = 15
"""Entries up to which a dictionary is written in one piece: CPython builds longer ones entry by entry, growing them
on the way, where a copy of a blank one has its size at once."""


class Odd(Exception):
    """Raised by generated code for whatever is not the common case: the interpreter then takes the record."""


class Emitter:
    """Collects the lines of one function. Texts get into source only through `repr` (comments: without what is not printable);
    everything else is a
    named constant of the function's globals."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._depth = 0
        self._names = 0
        self.globals: dict[str, Any] = {"Odd": Odd}

    def line(self, text: str) -> None:
        """Add one line at the present depth."""
        self._lines.append(" " * self._depth + text)

    def about(self, rule: Rule) -> None:
        """A comment before the lines of a rule: where it stands, so that a reader can follow."""
        said = f"{rule.place.file}:{rule.place.line} {rule.path or rule.native}"
        self.line("# " + "".join(each if each.isprintable() else repr(each)[1:-1] for each in said))

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Lines added inside are one deeper, under *head*."""
        self.line(head)
        self._depth += 1
        before = len(self._lines)
        yield
        if len(self._lines) == before:
            self.line("pass")
        self._depth -= 1

    def name(self, prefix: str) -> str:
        """A name not used before."""
        self._names += 1
        return f"{prefix}{self._names}"

    def constant(self, prefix: str, value: Any) -> str:
        """The name of a global that holds *value*; an equal set gets the same name."""
        for name, known in self.globals.items():
            if known is value or (type(value) is frozenset and type(known) is frozenset and known == value):
                return name
        name = self.name(prefix)
        self.globals[name] = value
        return name

    def dictionary(self, local: str, entries: Mapping[str, str]) -> None:
        """Lines that leave in *local* a dictionary of these names and expressions, in this order."""
        if len(entries) <= DISPLAYED:
            self.line(f"{local} = {{{', '.join(f'{name!r}: {value}' for name, value in entries.items())}}}")
            return
        self.line(f"{local} = {self.constant('blank', dict.fromkeys(entries).copy)}()")
        for name, value in entries.items():
            self.line(f"{local}[{name!r}] = {value}")

    @property
    def source(self) -> str:
        """The lines, as one module."""
        return "\n".join(self._lines) + "\n"

    def compile(self, function: str, shown: str, text: str = "") -> Callable[..., Any]:
        """Run the module once and give the function it defines. *shown* is the file that tracebacks name, *text* what
        stands there where it has more comments than the source."""
        code = compile(text or self.source, shown, "exec")
        exec(code, self.globals)  # noqa: S102 - source written here; texts of files enter only through repr
        made: Callable[..., Any] = self.globals[function]
        return made
