"""Every night, what is over is pruned, quietly beside whatever traffic there is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from guantong.clock import SHANGHAI
from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.retention.pruning import Pruner
from guantong.store import StoreFailed
from guantong.vault import VaultError

LONGEST = 600.0
"""Seconds between two looks at the clock: it may be set meanwhile."""
log = structlog.get_logger("guantong.retention")


async def prune_nightly(engine: Engine, pruner: Pruner, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Prune every day at the hour of the configuration, until cancelled; what cannot be done is tried the next night."""
    while engine.configuration.retention.at != "never":
        at = next_at(engine.clock(), engine.configuration.retention.at)
        while (left := at - engine.clock()) > 0:
            await sleep(min(left / 1000, LONGEST))
            at = min(at, next_at(engine.clock(), engine.configuration.retention.at))  # it was set back: not a day late
        try:
            done = await pruner.run(HUB_ACTOR)
        except (StoreFailed, VaultError) as error:
            log.warning("retention.failed", error=str(error))
        else:
            if done.lots:
                log.info("retention.pruned", lots=sum(done.lots.values()), messages=done.messages, bytes=done.size)


def next_at(now: int, hour: str) -> int:
    """The next time after *now* (both UTC milliseconds) that it is *hour* (`02:30`) in Shanghai."""
    here = datetime.fromtimestamp(now / 1000, UTC).astimezone(SHANGHAI)
    hours, _, minutes = hour.partition(":")
    then = here.replace(hour=int(hours), minute=int(minutes), second=0, microsecond=0)
    then += timedelta(days=0 if then > here else 1)
    return int(then.timestamp() * 1000)
