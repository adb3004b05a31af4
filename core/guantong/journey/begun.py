"""What a hub begins to work by, journaled where it is not what the last one began with: settings, mappings, matters.

Whoever changed files under `config/` (a place added, a holiday, a route) did so with an editor or a command; from which
moment on that was in force, and what was before, the journal tells.
"""

from __future__ import annotations

from functools import partial

import orjson

from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.store import Entry, Transaction

CURSOR = "begun"
"""Under this name the store keeps what the last hub began with."""


async def begin_by(engine: Engine) -> bool:
    """Journal what is in force from now on; whether it is another than at the last start. Raises `StoreFailed`."""
    config = engine.configuration
    now = {"settings": config.settings_version, "mappings": config.mappings_version, "matters": engine.matters.number}
    kept = engine.reader.cursor(CURSOR)
    before = orjson.loads(kept) if kept else {}
    if before == now:
        return False
    await engine.store.write(partial(_note, engine.clock(), before, now))
    return True


def _note(at: int, before: dict[str, object], now: dict[str, object], tx: Transaction) -> None:
    tx.note(Entry(at, "begun", actor=HUB_ACTOR, detail={"before": before, "after": now}))
    tx.set_cursor(CURSOR, orjson.dumps(now).decode())
