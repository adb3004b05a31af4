"""What verbs print: tables that stay readable at 100 columns, and texts exactly as they are.

Values are never read as markup or emoji names. Only the last column of a table folds; where nobody looks
(a pipe, a file) lines are wide.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

WIDE = 200
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def console() -> Console:
    """Where verbs print."""
    wide = None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDE
    return _Plain(markup=False, emoji=False, highlight=False, width=wide)


class _Plain(Console):
    """A console on which texts cannot steer the terminal: what others sent us is shown there. Its own colours do."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(plain(segment.text), segment.style)


def plain(text: str) -> str:
    """*text* with a � for every character that steers a terminal or turns the direction of writing (ECMA-48 controls;
    Unicode's bidirectional overrides), which could hide what stands beside it."""
    return text if text.isascii() and text.isprintable() else _STEERING.sub("\ufffd", text)


def table(heads: Sequence[str], rows: Iterable[Sequence[str | Text]], right: Iterable[int] = (),
          gap: int = 1) -> Table:
    """A table without frames, *gap* more than one blank between columns; those numbered in *right* are flush right. All but
    the last keep to one line."""
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, gap, 0, 0), collapse_padding=True)
    flush = set(right)
    for number, head in enumerate(heads):
        last = number == len(heads) - 1
        made.add_column(Text(head), no_wrap=not last, overflow="fold" if last else "ellipsis",
                        justify="right" if number in flush else "left")
    for row in rows:
        made.add_row(*(Text(plain(cell)) if isinstance(cell, str) else cell for cell in row))
    return made


def age(seconds: float) -> str:
    """How long something waits, as people say it: `40s`, `12m`, `3h20m`, `5d4h`."""
    whole = int(seconds)
    for unit, size, below, smaller in (("d", 86400, "h", 3600), ("h", 3600, "m", 60)):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size}{unit}" + (f"{rest}{below}" if rest else "")
    return f"{whole // 60}m" if whole >= 60 else f"{whole}s"


def paragraphs(reason: str, code: str) -> list[str]:
    """The problems of a kept reason, one each, without the code that is shown apart."""
    return [part.removesuffix(f" [{code}]") for part in reason.split(" | ")]
