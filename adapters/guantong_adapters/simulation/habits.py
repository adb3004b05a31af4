"""Habits of writing that simulated counties have, as a story's quirks name them."""

from __future__ import annotations

from datetime import datetime


def written_time(text: str, habit: str | None) -> str:
    """An ISO time as someone of that *habit* writes it: `compact`, `unpadded`, `iso`, or as most do."""
    at = datetime.fromisoformat(text)
    match habit:
        case "compact":
            return at.strftime("%Y%m%d%H%M%S")
        case "unpadded":
            return f"{at.year}-{at.month}-{at.day} {at.hour}:{at.minute}:{at.second}"
        case "iso":
            return at.strftime("%Y-%m-%dT%H:%M:%S")
        case _:
            return at.strftime("%Y-%m-%d %H:%M:%S")
