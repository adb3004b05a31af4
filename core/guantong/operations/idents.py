"""How operators name things: `M12` is a message, `D34` (or just 34) a delivery, `F56` a finding."""

from __future__ import annotations

from typing import Literal

MOST_DIGITS = 18


def number_in(text: str) -> int | None:
    """The number *text* is, or None where it is none that a store can hold."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


Kind = Literal["message", "delivery", "finding"]
_LETTERS: dict[str, Kind] = {"M": "message", "D": "delivery", "F": "finding"}


def named(ident: str) -> tuple[Kind, int] | None:
    """What *ident* names, and its number; None where it names nothing."""
    letter = ident[:1].upper()
    number = number_in(ident[1:] if letter in _LETTERS else ident)
    if number is None:
        return None
    return _LETTERS.get(letter, "delivery"), number


def delivery_ident(number: int) -> str:
    """The delivery's id as it is shown and journaled everywhere."""
    return f"D{number}"


def finding_ident(number: int) -> str:
    """The finding's id as it is shown everywhere."""
    return f"F{number}"
