"""Statements that stand in SQL files: `-- name: what it is for`, then one statement."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

from guantong.retentionstore import AGELESS

_NAME = re.compile(r"^-- (\w+): .+$", re.MULTILINE)


def any_of(column: str, *words: str) -> str:
    """A condition that *column* is one of *words*. SQLite evaluates `IN (…)` over more than two values by building a table
    of them at every INSERT and UPDATE of a row with a partial index, which alternatives do not."""
    return "(" + " OR ".join(f"{column} = '{word}'" for word in words) + ")"


CONDITIONS: Mapping[str, str] = {
    "unfinished": any_of("state", "waiting", "blocked", "sending", "retrying", "unknown", "dead"),
    "to_do": any_of("state", "waiting", "retrying", "unknown"),
    "to_look_at": any_of("state", "blocked", "sending", "unknown", "dead", "sent"),
    "to_join": "(state = 'joined' AND code <> '')",
    "needs_a_person": any_of("state", "parked", "conflict", "unrouted"),
    "running": any_of("state", "running", "stopped", "overdue"),
    "looked_at": "look_at < 9000000000000000",
    "shadowed": "state = 'shadowed'",
    "went": any_of("delivery.state", "sending", "unknown", "dead", "sent", "confirmed", "returned"),
    "finished": any_of("state", "confirmed", "returned", "superseded", "discarded", "shadowed", "joined"),
    "odd": "(settled_at = 0 AND ordinary = 0)",
    "ageless": any_of("what", *AGELESS),
}
"""What stands in braces in the files. A partial index is used only by queries that say its condition in the same words."""


def sql(package: str, name: str, **more: str) -> str:
    """The text of the SQL file *name* of *package*, its conditions and *more* written out."""
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    return text.format(**{**CONDITIONS, **more})


def load(package: str, name: str, **more: str) -> dict[str, str]:
    """Statements of the SQL file *name* of *package*, by the name on the comment above each."""
    parts = _NAME.split(sql(package, name, **more))
    return {key: body.strip().rstrip(";") for key, body in zip(parts[1::2], parts[2::2], strict=True)}
