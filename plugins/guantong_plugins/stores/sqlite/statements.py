"""The named statements of `queries.sql`."""

from __future__ import annotations

import re
from importlib.resources import files

_NAME = re.compile(r"^-- (\w+): .+$", re.MULTILINE)


def load(name: str) -> dict[str, str]:
    """Statements of the SQL file *name* beside this module, by the name on the comment above each."""
    text = files(__package__ or __name__).joinpath(name).read_text(encoding="utf-8")
    parts = _NAME.split(text)
    return {key: body.strip().rstrip(";") for key, body in zip(parts[1::2], parts[2::2], strict=True)}


SQL = load("queries.sql")
