"""The SQL of the embedded store: `schema.sql`, and the named statements of `queries.sql`.

What stands in braces there is one of the conditions below. A partial index is used only by queries that say
its condition in the same words; and SQLite evaluates `IN (…)` over more than two values by building a table
of them at every INSERT and UPDATE of the row, which alternatives do not.
"""

from __future__ import annotations

import re
from importlib.resources import files

_NAME = re.compile(r"^-- (\w+): .+$", re.MULTILINE)


def _any_of(*states: str) -> str:
    return "(" + " OR ".join(f"state = '{state}'" for state in states) + ")"


CONDITIONS = {
    "unfinished": _any_of("waiting", "blocked", "sending", "retrying", "unknown", "dead"),
    "to_do": _any_of("waiting", "retrying", "unknown"),
    "to_look_at": _any_of("blocked", "sending", "unknown", "dead", "sent"),
    "to_join": "(state = 'joined' AND code <> '')",
    "needs_a_person": _any_of("parked", "conflict", "unrouted"),
    "running": _any_of("running", "stopped", "overdue"),
    "looked_at": "look_at < 9000000000000000",
    "shadowed": "state = 'shadowed'",
    "odd": "(settled_at = 0 AND ordinary = 0)",
}


def sql(name: str) -> str:
    """The text of the SQL file *name* beside this module, its conditions written out."""
    text = files(__package__ or __name__).joinpath(name).read_text(encoding="utf-8")
    return text.format(**CONDITIONS)


def load(name: str) -> dict[str, str]:
    """Statements of the SQL file *name* beside this module, by the name on the comment above each."""
    parts = _NAME.split(sql(name))
    return {key: body.strip().rstrip(";") for key, body in zip(parts[1::2], parts[2::2], strict=True)}


SQL = load("queries.sql")
