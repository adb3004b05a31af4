"""Sweeping: contents that no message needs go after the grace time, all others stay."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from tests.journey.world import World, world

from guantong.journey.states import MessageState
from guantong.journey.sweeping import sweep
from guantong.store import NewMessage, Transaction

DAY_MS = 86_400_000


def _keep(names: list[str], tx: Transaction) -> None:
    tx.refer(tx.add_message(NewMessage("city.hall", 1, "", MessageState.ROUTED, b"")), names)


def _later(it: World, after: int = DAY_MS) -> None:
    """A day and more after these were kept."""
    store = it.engine.blobs.store
    kept = max(one.kept_at for one in store.held(1 << 40))
    it.clock.now = int(kept * 1000) + after + 60_000


async def test_what_nothing_needs_is_deleted_after_the_grace_time(tmp_path: Path) -> None:
    """Not before, and it is journaled by number."""
    async with world(tmp_path) as it:
        blobs = it.engine.blobs
        orphan, needed = blobs.put([b"orphan"]), blobs.put([b"needed"])
        await it.engine.store.write(partial(_keep, [blobs.name(needed.sha256)]))
        _later(it, 0)
        assert await sweep(it.engine) == 0
        _later(it)
        assert await sweep(it.engine) == 1
        assert (blobs.exists(orphan), blobs.exists(needed)) == (False, True)
        assert await sweep(it.engine) == 0


async def test_more_than_a_page_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page by page, in bounded memory."""
    monkeypatch.setattr("guantong.journey.sweeping.PAGE", 3)
    async with world(tmp_path) as it:
        for number in range(8):
            it.engine.blobs.put([b"%d" % number])
        _later(it)
        assert await sweep(it.engine) == 8
        assert list(it.engine.blobs.store.held(1 << 40)) == []
