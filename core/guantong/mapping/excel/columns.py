"""The columns of a sheet, by their letters and by their numbers: A is 1."""

from __future__ import annotations


def letters(column: int) -> str:
    """The letters of a column."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def number(name: str) -> int:
    """The number of the column of these letters, large or small."""
    column = 0
    for letter in name.upper():
        column = column * 26 + ord(letter) - 64
    return column
