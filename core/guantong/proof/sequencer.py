"""The sequencer: seals what the journal got, signs what was sealed and anchors what was signed; beside the traffic, never before it.

One process of those that share a store does it at a time; one that was silent and goes on finds that another tree stands, and
begins again from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic

import structlog

from guantong.blobs.folding import Folded
from guantong.journey.engine import Engine
from guantong.journey.keptnatives import natives_of
from guantong.proof.anchoring import append
from guantong.proof.notary import Forked, checkpoint
from guantong.proof.note import SigningKey
from guantong.proof.resting import LONGEST_REST, Resting
from guantong.proof.sealer import BATCH, Batch, Sealer
from guantong.proof.tiles import Damaged
from guantong.proofstore import KeptCheckpoint
from guantong.readerbeside import reader_beside
from guantong.record import Native
from guantong.store import MessageRow, Reader, StoreFailed, Transaction

GATHERS = 0.25
"""Seconds in which lines gather while records come or go: each batch writes the newest tile anew, whatever it adds to it."""
log = structlog.get_logger("guantong.proof")


class Sequencer:
    """Of one engine; without a *key* nothing is signed. `step` is one batch, `run` repeats it."""

    def __init__(self, engine: Engine, key: SigningKey | None, steady: Callable[[], float] = monotonic,
                 resting: Callable[[Callable[[], bool]], Resting] = Resting) -> None:
        self._engine = engine
        self._key = key
        self._steady = steady
        self._resting = resting
        self._reader: Reader | None = None
        self._sealer: Sealer | None = None
        self._at_work, self._taken, self._hurries = False, 0, False
        self._sealed, self._reckoned = 0, 0.0  # the last batch: its lines, the seconds it took
        self._signed_at: float | None = None  # by the steady clock, in this process
        self._newest: KeptCheckpoint | None = None
        self._anchored: dict[str, int] = {}
        self._told: dict[str, str] = {}

    async def run(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Seal and sign until cancelled. What hinders it is logged once, and tried again."""
        try:
            while True:
                busy = False
                try:
                    busy = await self.step()
                    self._now_well("sealing")
                except StoreFailed as error:
                    self._hindered("sealing", str(error))
                except Damaged as error:
                    self._hindered("sealing", f"the stored tree is damaged: {error}; see it with guantong audit verify")
                await sleep(self._rest() if busy else self._engine.configuration.audit.every)
        finally:
            await self.close()

    def _rest(self) -> float:
        """Seconds before the next batch. Who rested on the way goes on at once where more waits; when it is quiet, half the time is
        sealing's."""
        if self._at_work:
            return 0.0 if self._sealed == BATCH else GATHERS
        return min(self._reckoned, LONGEST_REST)

    def _look(self) -> None:
        """See whether records came since the last look, or go now."""
        taken = self._engine.pressure.taken
        self._at_work = taken != self._taken or any(self._engine.lines.sending().values())
        self._taken = taken

    def _is_busy(self) -> bool:
        """Whether records came or went when it was looked, or came since; asked by the thread that seals."""
        return not self._hurries and (self._at_work or self._engine.pressure.taken != self._taken)

    async def close(self) -> None:
        """Let go of the reader."""
        sealer, reader, self._sealer, self._reader = self._sealer, self._reader, None, None
        if sealer is not None and reader is not None:
            await asyncio.to_thread(_closed, sealer, reader)

    async def step(self) -> bool:
        """Seal one batch, then sign and anchor what is due; whether any line was sealed. Raises `StoreFailed`, `Damaged`."""
        engine = self._engine
        sealer, reader = await self._opened()
        self._look()
        began = self._steady()
        batch = await asyncio.to_thread(sealer.prepare)
        self._reckoned = self._steady() - began
        self._sealed = batch.tree.size - (batch.before.size if batch.before is not None else 0) if batch is not None else 0
        if batch is not None:
            engine.crash_at("proof:before-commit")
            await engine.store.write(partial(_keep, batch))
            engine.crash_at("proof:after-commit")
        if self._key is not None and self._is_due(reader, batch):
            await self._sign(self._key, reader)
        await self._anchor()
        return batch is not None

    async def sign(self) -> KeptCheckpoint | None:
        """Seal all there is and sign it now, due or not, without a rest; the newest checkpoint there is then. Raises `StoreFailed`,
        `Damaged`, `Forked`."""
        self._hurries = True
        try:
            while await self.step():
                pass
        finally:
            self._hurries = False
        _, reader = await self._opened()
        if self._key is not None:
            await self._keep_signed(self._key, reader)
        await self._anchor()
        return self._newest

    async def _opened(self) -> tuple[Sealer, Reader]:
        if self._sealer is None or self._reader is None:
            reader = await reader_beside(self._engine.store)
            self._reader = reader
            self._sealer = Sealer(reader, self._engine.vault, self._engine.configuration.audit.hash, self._decoded,
                                  self._resting(self._is_busy))
            self._newest = reader.newest_checkpoint()
        return self._sealer, self._reader

    def _decoded(self, row: MessageRow, folded: Folded) -> Sequence[Native] | None:
        """By the configuration in force now."""
        return natives_of(self._engine.configuration, row, folded)

    def _is_due(self, reader: Reader, batch: Batch | None) -> bool:
        rules = self._engine.configuration.audit.checkpoint
        tree = batch.tree if batch is not None else reader.tree()
        new = (tree.size if tree is not None else 0) - (self._newest.size if self._newest is not None else 0)
        if new <= 0:
            return False
        rested = self._signed_at is None or self._steady() - self._signed_at >= rules.every
        return new >= rules.entries or (batch is None and rested)

    async def _sign(self, key: SigningKey, reader: Reader) -> None:
        self._signed_at = self._steady()
        try:
            await self._keep_signed(key, reader)
            self._now_well("signing")
        except Forked as error:
            self._hindered("signing", f"{error}; see it with guantong audit verify")

    async def _keep_signed(self, key: SigningKey, reader: Reader) -> None:
        kept = await asyncio.to_thread(checkpoint, reader, key, self._engine.clock())
        if kept is not None:
            self._engine.crash_at("proof:signing")
            await self._engine.store.write(partial(_keep_checkpoint, kept))
            self._engine.crash_at("proof:signed")
        self._newest = kept or await asyncio.to_thread(reader.newest_checkpoint)

    async def _anchor(self) -> None:
        """Have the newest checkpoint stand in every file that is to hold them."""
        engine, newest = self._engine, self._newest
        if newest is None:
            return
        for name in engine.configuration.audit.anchors:
            if self._anchored.get(name) == newest.size:
                continue
            try:
                await asyncio.to_thread(append, Path(engine.configuration.home / name), newest.note)
            except OSError as error:
                self._hindered(f"anchor {name}", type(error).__name__)
            else:
                self._anchored[name] = newest.size
                self._now_well(f"anchor {name}")
                engine.crash_at("proof:anchored")

    def _hindered(self, what: str, why: str) -> None:
        if self._told.get(what) != why:
            log.error("proof.hindered", what=what, why=why)
        self._told[what] = why

    def _now_well(self, what: str) -> None:
        if self._told.pop(what, None) is not None:
            log.info("proof.resumed", what=what)


def _keep(batch: Batch, tx: Transaction) -> bool:
    """Keep *batch*, unless the tree is another than it was made for."""
    if tx.tree() != batch.before:
        return False
    tx.grow_tree(batch.tree, batch.tiles, batch.commitments)
    return True


def _keep_checkpoint(kept: KeptCheckpoint, tx: Transaction) -> None:
    tx.keep_checkpoint(kept)


def _closed(sealer: Sealer, reader: Reader) -> None:
    sealer.close()
    reader.close()
