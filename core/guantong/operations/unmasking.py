"""Unmasking: personal values are shown in clear only after the journal says who looks at what, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guantong.journey.engine import Engine
from guantong.store import Entry, Transaction

LONGEST = 500
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class Unmasking:
    """Who wants to see which values, and why: those of whole subjects (cases), of a message or a delivery among them where
    one is named (0: none is), and of one field where that is. *searched*: they were looked for by a person's number,
    and no value is shown."""

    actor: str
    reason: str
    subjects: Sequence[int]
    message: int = 0
    delivery: int = 0
    field: str = ""
    searched: bool = False


async def journal_unmasking(engine: Engine, asked: Unmasking) -> None:
    """Keep in the journal what is about to be shown, a line for each subject. Raises `StoreFailed`: then nothing may be."""
    at = engine.clock()

    def note(tx: Transaction) -> None:
        for subject in asked.subjects or (0,):
            tx.note(Entry(at, "searched" if asked.searched else "unmasked", subject=subject, message=asked.message, delivery=asked.delivery, actor=asked.actor,
                          detail={"why": asked.reason[:LONGEST], **({"field": asked.field[:LONGEST]} if asked.field else {})}))

    await engine.store.write(note)
