"""Secrets: values that never appear in a log, an error or a file of ours."""

from __future__ import annotations


class Secret:
    """A secret text. Only `reveal` shows it; `repr`, `str` and formatting show `***`."""

    __slots__ = ("_value", "source")

    def __init__(self, value: str, source: str = "") -> None:
        self._value = value
        self.source = source

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is not pickled")
