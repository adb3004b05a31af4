"""Taking a time stamp in is an act: the journal says who did, of which checkpoint, and what the authority said."""

from __future__ import annotations

from dataclasses import dataclass

from guantong.journey.engine import Engine
from guantong.store import Entry


@dataclass(frozen=True, slots=True)
class Stamped:
    """A time stamp that was checked: by whom it was brought, for the checkpoint of `size` entries, at which time (UTC milliseconds), by
    which authority, and the SHA-256 of its file."""

    actor: str
    size: int
    at: int
    tsa: str
    sha256: str


async def journal_stamp(engine: Engine, made: Stamped) -> None:
    """Keep in the journal that a time stamp was taken in. Raises `StoreFailed`."""
    detail = {"checkpoint": made.size, "stamped_at": made.at, "tsa": made.tsa, "sha256": made.sha256}
    entry = Entry(engine.clock(), "stamped", actor=made.actor, detail=detail)
    await engine.store.write(lambda tx: tx.note(entry))
