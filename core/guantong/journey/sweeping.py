"""Sweeping: a content that nothing refers to is deleted. A crash between keeping it and the message's transaction, or
a refusal, leaves such contents behind; the grace time covers what is still on its way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from itertools import islice

import structlog

from guantong.blobstore import BlobsFailed, Held
from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.store import Entry, StoreFailed, Transaction

PAGE = 500  # names asked about at once
log = structlog.get_logger("guantong.blobs")


async def sweep_forever(engine: Engine) -> None:
    """Sweep until cancelled, at the start and every `blobs.sweep` seconds."""
    while True:
        try:
            await sweep(engine)
        except (BlobsFailed, StoreFailed) as error:
            log.warning("blobs.not_swept", error=str(error))
        await asyncio.sleep(engine.configuration.blobs.keys.sweep)


async def sweep(engine: Engine) -> int:
    """Delete every content that no message needs and that was kept longer than `blobs.grace` ago; returns how many
    there were. Raises `BlobsFailed`, `StoreFailed`."""
    store = engine.blobs.store
    before = engine.clock.ago(int(engine.configuration.blobs.keys.grace * 1000)) / 1000
    held = store.held(before)
    swept = 0
    while page := await asyncio.to_thread(_page, held):
        needed = engine.reader.referred([one.name for one in page])
        orphans = [one.name for one in page if one.name not in needed]
        swept += await asyncio.to_thread(_delete, engine, orphans, before)
    if swept:
        await engine.store.write(partial(_note, engine, swept))
        log.info("blobs.swept", count=swept)
    return swept


def _page(held: Iterator[Held]) -> list[Held]:
    return list(islice(held, PAGE))


def _delete(engine: Engine, names: list[str], before: float) -> int:
    return sum(engine.blobs.store.delete(name, before) for name in names)


def _note(engine: Engine, swept: int, tx: Transaction) -> None:
    tx.note(Entry(engine.clock(), "blobs_swept", actor=HUB_ACTOR, detail={"count": swept}))
