"""Writing Markdown: tables, headings, and what must be escaped in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MADE = "<!-- Made by docs/generate.py from the code. Change the code, then: make docs -->\n"


def page(title: str, *parts: str) -> str:
    """A whole page: the notice, the title, and *parts* with a blank line between."""
    return "\n".join([MADE, f"# {title}\n", *(f"{part.strip()}\n" for part in parts if part.strip())])


def cell(text: object) -> str:
    """*text* as the content of a table cell."""
    return str(text).replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").strip()


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; empty text when there are no rows."""
    lines = [f"| {' | '.join(cell(value) for value in row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(header)} |", f"|{'---|' * len(header)}", *lines])


def code(text: object) -> str:
    """*text* as inline code, or nothing when it is empty."""
    return f"`{text}`" if str(text) else ""


def paragraph(text: str) -> str:
    """A docstring as Markdown: its own line breaks joined, its blank lines kept."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))
