"""Comments as the text of a cell, and back: one line of the cell for each comment."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.mapping.excel.layout import Entry


def shown_lead(lead: str, within: Sequence[str] = ()) -> str:
    """The comment lines of *lead*, then those *within* the entry, without their # and first blank."""
    lines = (line.strip() for line in lead.split("\n"))
    return tidy("\n".join(_bare(line) for line in (*lines, *within) if line.startswith("#")))


def shown_behind(behind: str) -> str:
    """The comment behind an entry, without its # and first blank."""
    return _bare(behind.strip()) if behind.strip() else ""


def lead_of(entry: Entry) -> str:
    """What the cell of comments above an entry shows."""
    return shown_lead(entry.lead, entry.comments)


def written_lead(shown: str, indent: int, under: str = "") -> str:
    """The lines of a cell of comments at *indent*. Of the lines *under* they replace, those that are no
    comment (blank ones, `---`) stay before them."""
    blank = " " * indent
    kept = [f"{line}\n" for line in under.split("\n")[:-1] if not line.strip().startswith("#")]
    return "".join(kept) + "".join(f"{blank}# {line}".rstrip() + "\n" for line in tidy(shown).split("\n") if shown)


def written_behind(shown: str, under: str = "") -> str:
    """A comment behind an entry, after as many blanks as before."""
    if not shown:
        return ""
    gap = under[: len(under) - len(under.lstrip())] if under.strip() else "  "
    return f"{gap}# {' '.join(tidy(shown).split(chr(10)))}"


def tidy(shown: str) -> str:
    """A cell of comments as it will read again: no blanks at the ends of its lines."""
    return "\n".join(line.rstrip() for line in shown.strip("\n").split("\n"))


def _bare(comment: str) -> str:
    return comment[1:].removeprefix(" ").rstrip()
