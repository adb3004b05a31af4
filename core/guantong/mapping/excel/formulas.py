"""Cells of delimited text that office programs would take for formulas.

A .csv says nothing of types: what begins with = + - @ is run when the file is opened (CWE-1236), and the cells are
other people's texts. They are written behind an apostrophe, which office programs show, and read back without it.
"""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def as_text(cell: str) -> str:
    """*cell* as no program takes it for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def as_meant(written: str) -> str:
    """The cell that `as_text` wrote so."""
    return written[1:] if written.startswith("'") and _FORMULA.match(written) else written
