"""Handing a pack out is an act: the journal says who took which case out, whether masked, why, and the SHA-256 of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guantong.journey.engine import Engine
from guantong.store import Entry, Transaction

LONGEST = 500
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class Export:
    """A pack that was made: of which subjects (none: of a message that has none), by whom and why, and what tells it from any other."""

    actor: str
    reason: str
    subjects: Sequence[int]
    message: int
    masked: bool
    sha256: str
    size: int
    """Of the checkpoint it is proved by."""


async def journal_export(engine: Engine, made: Export) -> None:
    """Keep in the journal that a pack is about to be handed out, a line for each subject. Raises `StoreFailed`: then it may not be."""
    at = engine.clock()
    detail = {"sha256": made.sha256, "masked": made.masked, "checkpoint": made.size, **({"why": made.reason[:LONGEST]} if made.reason else {})}

    def note(tx: Transaction) -> None:
        for subject in made.subjects or (0,):
            tx.note(Entry(at, "exported", subject=subject, message=0 if subject else made.message, actor=made.actor, detail=detail))

    await engine.store.write(note)
