"""Handing over: contents that came beside a record, put where they belong in it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from guantong.blobs.blob import Blob
from guantong.blobs.folding import Part
from guantong.journey.codes import PART_UNCLAIMED
from guantong.mapping import Untranslatable
from guantong.problems import Problem
from guantong.record import Native


def hand_over(natives: Sequence[Native], parts: Sequence[Part]) -> dict[str, Blob]:
    """Put every part into the record it belongs in, as a word that only we know; the blobs by word.
    Raises `Untranslatable` for a part that no record claims, or several do."""
    handed: dict[str, Blob] = {}
    problems = []
    for part in parts:
        claiming = claimants(natives, part)
        if not _is_clear(part, claiming):
            details = {"name": part.name[:60] or part.field, "field": part.named_by or "-", "count": len(claiming)}
            problems.append(Problem(PART_UNCLAIMED, path=part.field, details=details))
            continue
        word = secrets.token_hex(24)
        for native in claiming:
            native.fields[part.field] = word
        handed[word] = part.blob
    if problems:
        raise Untranslatable(tuple(problems))
    return handed


def refer(natives: Sequence[Native], parts: Sequence[Part]) -> None:
    """Put references to the parts where they belong; none for one that no record claims, or several do."""
    for part in parts:
        claiming = claimants(natives, part)
        for native in claiming if _is_clear(part, claiming) else ():
            native.fields[part.field] = str(part.blob)


def claimants(natives: Sequence[Native], part: Part) -> list[Native]:
    """The records that a part may belong in."""
    return [native for native in natives if not part.named_by or native.fields.get(part.named_by) == part.name]


def _is_clear(part: Part, claiming: Sequence[Native]) -> bool:
    return len(claiming) == 1 or bool(part.shared and claiming)
