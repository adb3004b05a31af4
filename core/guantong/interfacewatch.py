"""Looking again at the descriptions of interfaces of which we use a kept copy: a change is a finding and a line of the log, once. The
hub goes on with the copy it has, until it is told otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

import structlog

from guantong.adapter import Connection, InterfaceChanged, Rechecks
from guantong.config.interfaces import spoken_to
from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.journey.findingkinds import INTERFACE_CHANGED
from guantong.journey.findings import no_longer, note_finding
from guantong.problems import ProblemsError, summary
from guantong.store import FindingFilter, NewFinding, StoreFailed, Transaction

PATIENCE = 60.0
"""Seconds for one system."""
log = structlog.get_logger("guantong.interfaces")


class InterfaceWatch:
    """Looks at the interfaces of one hub's systems, one at a time. `run` repeats it."""

    def __init__(self, engine: Engine, connections: Mapping[str, Connection]) -> None:
        self._engine = engine
        self._connections = connections
        self._one = asyncio.Lock()

    async def run(self, every: float) -> None:
        """Look until cancelled: at the start and every *every* seconds. What hinders it is logged once."""
        told: dict[str, str] = {}
        while True:
            for system in self._connections:
                said = await self.look(system)
                if said and said != told.get(system):
                    log.warning("interface.not_looked_at", system=system, error=said)
                told[system] = said
            await asyncio.sleep(every)

    async def look(self, system: str) -> str:
        """Look at one system's interface; what hindered that, "" where nothing did."""
        engine, connection = self._engine, self._connections[system]
        configured = engine.configuration.systems.get(system)
        if configured is None or not isinstance(connection, Rechecks):
            return ""
        spoken = spoken_to(configured, engine.configuration.routes, list(engine.configuration.model.events))
        async with self._one:
            try:
                async with asyncio.timeout(PATIENCE):
                    changed = await connection.recheck([plan.kind_out for plan in spoken.plans])
                new = await engine.store.write(partial(keep_change, engine, system, changed))
            except (ProblemsError, StoreFailed) as error:
                return summary(error.problems) if isinstance(error, ProblemsError) else str(error)
            except TimeoutError:
                return f"no answer within {PATIENCE:g} s"
        if changed is not None and new:
            log.warning("interface.changed", system=system, location=changed.location, changes=list(changed.differences))
        return ""


def keep_change(engine: Engine, system: str, changed: InterfaceChanged | None, tx: Transaction) -> bool:
    """Note the change, settle those that are over; whether it is new."""
    now = engine.clock()
    identity = f"{system} {changed.version}" if changed is not None else ""
    for row in _open(engine, system):
        if row != identity:
            no_longer(tx, INTERFACE_CHANGED, 0, row, now, "已不同于此版 no longer so")
    if changed is None:
        return False
    differences: Sequence[str] = changed.differences or ("其他内容 what is not used here",)
    detail = {"location": changed.location, "changes": "; ".join(differences), "actor": HUB_ACTOR}
    return bool(note_finding(tx, NewFinding(INTERFACE_CHANGED, now, 0, identity, system, detail=detail)))


def _open(engine: Engine, system: str) -> list[str]:
    rows = engine.reader.findings(FindingFilter(kind=INTERFACE_CHANGED.name, system=system))
    return [row.identity for row in rows]
