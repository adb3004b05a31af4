"""Every night the hub holds the books of the day before against its own; a night that was missed is caught up.

It is done in a thread with a loop of its own: neither a slow source nor a million rows keep the traffic waiting.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from functools import partial

import structlog

from guantong.blobstore import BlobMissing, BlobsFailed
from guantong.config.configuration import System
from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.plugins import Registry
from guantong.problems import ProblemsError, told
from guantong.reconcile.books import Around
from guantong.reconcile.comparing import Wanted, reconcile
from guantong.reconcile.days import Days, day_of
from guantong.reconcile.findings import note_found, note_unread
from guantong.reconcile.outcome import Found, Line, agrees
from guantong.reconcilestore import Reconciliation
from guantong.retention.nightly import LONGEST, next_at
from guantong.store import Reader, StoreFailed
from guantong.vault import VaultError

CAUGHT_UP = 31
"""Days back that are done where their nights were missed."""
LOOKED_AT_AGAIN = 7
"""Days back that are done again every night while they do not agree."""
TRY_AGAIN = 3600.0
"""Seconds before books that could not be read are tried again."""
log = structlog.get_logger("guantong.reconcile")


class Stopping(Exception):
    """The hub stops: nothing of what was under way is kept."""


async def reconcile_nightly(engine: Engine, registry: Registry, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Do what is due, at the hours of the configuration, until cancelled."""
    while at := {system.id: system.reconcile.at for system in engine.configuration.systems.values() if system.reconcile and system.reconcile.at}:
        late = False
        for name, hour in at.items():
            for day in due(engine.reader, name, hour, engine.clock()):
                late |= not await one_night(engine, registry, engine.configuration.systems[name], day)
        left = min(next_at(engine.clock(), hour) for hour in at.values()) - engine.clock()
        await sleep(min(max(left, 0) / 1000 + 1, LONGEST if not late else TRY_AGAIN))


def due(reader: Reader, system: str, hour: str, now: int) -> list[date]:
    """The days to be done at *now*, oldest first: of nights that passed and were not done, and those that did not agree the
    night before."""
    night = next_at(now, hour) - 86_400_000
    last = day_of(night) - timedelta(days=1)
    kept = {date.fromisoformat(one.day): one for one in reader.reconciliations(system, CAUGHT_UP * 2)}
    begun = min(kept, default=last)
    days = [last - timedelta(days=back) for back in reversed(range(CAUGHT_UP))]
    return [day for day in days if day >= begun and (day not in kept or (
        not agrees(kept[day].counts) and kept[day].at < night and last - day < timedelta(days=LOOKED_AT_AGAIN)))]


async def one_night(engine: Engine, registry: Registry, system: System, day: date) -> bool:
    """Reconcile *day* and keep what came of it; False where that cannot be done now."""
    try:
        found = await _apart(engine, registry, Wanted(system, Days(day, day)))
    except (ProblemsError, StoreFailed, VaultError, BlobsFailed, BlobMissing, OSError) as error:
        log.warning("reconcile.failed", system=system.id, day=day.isoformat(), error=_said(error))
        code = error.problems[0].code.id if isinstance(error, ProblemsError) else type(error).__name__
        try:
            await engine.store.write(partial(note_unread, system, day, engine.clock(), code))
        except StoreFailed as failed:
            log.warning("reconcile.not_kept", system=system.id, day=day.isoformat(), error=str(failed))
        return False
    try:
        await engine.store.write(partial(note_found, system, found, Reconciliation(
            system.id, day.isoformat(), engine.clock(), HUB_ACTOR, found.counts())))
    except StoreFailed as error:
        log.warning("reconcile.not_kept", system=system.id, day=day.isoformat(), error=str(error))
        return False
    log.info("reconcile.done", system=system.id, day=day.isoformat(), agree=found.agree, source=found.source, accepted=found.accepted)
    return True


async def _apart(engine: Engine, registry: Registry, wanted: Wanted) -> Found:
    """Reconcile in a thread, which ends at its next page when this is cancelled."""
    over = threading.Event()

    def counted(_rows: int) -> None:
        if over.is_set():
            raise Stopping

    def differs(_line: Line) -> None:
        counted(1)

    def work() -> Found:
        reader = engine.store.reader()
        try:
            around = Around(engine.configuration, registry, engine.vault, counted)
            return asyncio.run(reconcile(around, reader, wanted, differs, counted))
        finally:
            reader.close()

    try:
        return await asyncio.to_thread(work)
    finally:
        over.set()


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, StoreFailed | VaultError) else told(error)
