"""How operators name things: `M12` a message, `34` (in traces `D34`) a delivery."""

from __future__ import annotations

MOST_DIGITS = 18


def number_in(text: str) -> int | None:
    """The number *text* is, or None where it is none that a store can hold."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
