"""Pressure: when the doors take nothing more, and what they say then (backpressure).

A record is refused before anything of it is kept, so that its sender keeps it: when the disk runs full, when too much
waits, when what could be sent has been due for too long, or when one system has too much in hand at once. What is
measured by asking is asked every few seconds beside the loop; a record in between goes by the last answer.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterable

import structlog

from guantong.config.hub import QueueLimits
from guantong.journey.codes import DISK_LOW, FULL, LATE, SHARE_TAKEN, TOO_DEEP
from guantong.journey.engine import Engine
from guantong.problems import Problem
from guantong.store import Reader

LOOK_EVERY = 2.0  # seconds
MIB = 1024 * 1024
log = structlog.get_logger("guantong.pressure")


class Pressure:
    """What stands against taking more. `problem` is what the last look found (None: nothing)."""

    def __init__(self, limits: QueueLimits) -> None:
        self._limits = limits
        self._in_hand: Counter[str] = Counter()
        self._all = 0
        self.taken = 0
        """How many records were taken in hand since the hub began."""
        self.problem: Problem | None = None

    def against(self, system: str) -> Problem | None:
        """Why a record of *system* cannot be taken now; None: it can."""
        if self._all >= self._limits.accepting:
            return Problem(FULL)
        if self._in_hand[system] >= self._limits.each:
            return Problem(SHARE_TAKEN, details={"system": system, "limit": self._limits.each})
        return self.problem

    def take(self, system: str) -> None:
        """A record of *system* is in hand."""
        self._all += 1
        self.taken += 1
        self._in_hand[system] += 1

    def let_go(self, system: str) -> None:
        """It no longer is."""
        self._all -= 1
        self._in_hand[system] -= 1

    @property
    def in_hand(self) -> int:
        """How many records are in hand."""
        return self._all


async def watch_forever(engine: Engine) -> None:
    """Look until cancelled, at once and every `LOOK_EVERY` seconds; tell when it begins and when it is over."""
    reader = engine.store.reader()
    try:
        while True:
            told = engine.pressure.problem
            try:
                found = await asyncio.to_thread(look, engine, reader, _sent_to(engine))
            except Exception as error:  # noqa: BLE001 -- a store that cannot be read refuses by itself; the watch goes on
                log.error("pressure.not_seen", error=type(error).__name__)
            else:
                engine.pressure.problem = found
                if found is not None and (told is None or told.code is not found.code):
                    log.warning("doors.closed", code=found.code.id, why=found.message("zh"))
                elif found is None and told is not None:
                    log.info("doors.opened", code=told.code.id)
            await asyncio.sleep(LOOK_EVERY)
    finally:
        reader.close()


def _sent_to(engine: Engine) -> list[str]:
    """The systems to which deliveries go now. Whoever has no lines knows only which are held."""
    if engine.crew is None or engine.lines.targets:
        return engine.lines.sent_to()
    return [name for name, system in engine.configuration.systems.items() if not system.hold and engine.holds.of(name) is None]


def look(engine: Engine, reader: Reader, targets: Iterable[str]) -> Problem | None:
    """What stands against taking more: the disk first, then what waits, then how late the *targets* are, systems to
    which deliveries go now. Reads the disk and the store; runs beside the loop."""
    limits = engine.configuration.hub.queue
    disk = os.statvfs(engine.configuration.home / "var")
    free = disk.f_bavail * disk.f_frsize
    if free < limits.free:
        return Problem(DISK_LOW, details={"free": free // MIB, "limit": limits.free // MIB})
    if reader.unfinished(limits.waiting) >= limits.waiting:
        return Problem(TOO_DEEP, details={"limit": limits.waiting})
    if limits.late is None:
        return None
    now = engine.clock()
    for target in targets:
        first = next(iter(reader.due(target, 1)), None)
        late = (now - first.due) / 1000 if first is not None else 0.0
        if late > limits.late:
            return Problem(LATE, details={"system": target, "late": round(late), "limit": round(limits.late)})
    return None
