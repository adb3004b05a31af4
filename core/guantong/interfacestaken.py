"""Taking up changed descriptions of interfaces (WSDLs) at a reload: where the settings and mappings in force fit one, it is journaled,
kept, and used from the next call on; where they do not, the one in use stays, and every mistake is told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import structlog

from guantong.adapter import Connection, InterfaceChanged
from guantong.config.interfaces import spoken_to
from guantong.interfacewatch import keep_change
from guantong.journey.engine import Engine
from guantong.offered import InterfaceRefused, TakesUp
from guantong.problems import Problem, ProblemsError, summary
from guantong.store import Entry, StoreFailed, Transaction

PATIENCE = 10.0
"""Seconds for one system; all are asked at once."""
log = structlog.get_logger("guantong.interfaces")


@dataclass(frozen=True, slots=True)
class Interface:
    """What became of one system's changed description. `hindered` says why it could not be looked at."""

    system: str
    state: Literal["taken", "would_take", "refused", "not_looked_at"]
    changed: InterfaceChanged | None = None
    problems: Sequence[Problem] = ()
    hindered: str = ""

    def as_json(self) -> dict[str, Any]:
        changed = self.changed
        return {
            "system": self.system, "state": self.state, "location": changed.location if changed else "",
            "version": changed.version if changed else "", "changes": list(changed.differences) if changed else [],
            "hindered": self.hindered, "problems": [one.as_json() for one in self.problems],
        }


class Interfaces:
    """Takes up the changed interfaces of one hub's systems."""

    def __init__(self, engine: Engine, connections: Mapping[str, Connection]) -> None:
        self._engine = engine
        self._connections = connections
        self._refused: dict[str, str] = {}

    async def take_up(self, actor: str, why: str, *, dry_run: bool) -> list[Interface]:
        """Look at every system's interface, and take up what differs and fits. Never raises for what hinders it: it is told."""
        able = [(system, one) for system, one in self._connections.items() if isinstance(one, TakesUp) and system in self._engine.configuration.systems]
        looked = await asyncio.gather(*(self._one(system, connection, actor, why, dry_run=dry_run) for system, connection in able))
        return [one for one in looked if one is not None]

    async def _one(self, system: str, connection: TakesUp, actor: str, why: str, *, dry_run: bool) -> Interface | None:
        configuration = self._engine.configuration
        spoken = spoken_to(configuration.systems[system], configuration.routes, list(configuration.model.events))
        try:
            async with asyncio.timeout(PATIENCE):
                offered = await connection.offered(spoken)
            if offered is None or dry_run:
                return Interface(system, "would_take", offered.changed) if offered is not None else None
            await offered.keep()
            await self._engine.store.write(partial(self._note, "interface_taken", system, offered.changed, actor, why))
        except InterfaceRefused as refused:
            return await self._turned_down(system, refused, actor, why, dry_run=dry_run)
        except (ProblemsError, StoreFailed) as error:
            return Interface(system, "not_looked_at", hindered=summary(error.problems) if isinstance(error, ProblemsError) else str(error))
        except TimeoutError:
            return Interface(system, "not_looked_at", hindered=f"no answer within {PATIENCE:g} s")
        offered.use()
        self._refused.pop(system, None)
        log.info("interface.taken", system=system, location=offered.changed.location, changes=list(offered.changed.differences))
        return Interface(system, "taken", offered.changed)

    async def _turned_down(self, system: str, refused: InterfaceRefused, actor: str, why: str, *, dry_run: bool) -> Interface:
        """The one in use stays. The log and the journal hear of the same version once."""
        told = Interface(system, "refused", refused.changed, refused.problems)
        if dry_run or self._refused.get(system) == refused.changed.version:
            return told
        try:
            await self._engine.store.write(partial(self._note, "interface_refused", system, refused.changed, actor, why))
        except StoreFailed as error:
            log.error("interface.not_noted", system=system, error=str(error))
            return told
        self._refused[system] = refused.changed.version
        log.warning("interface.refused", system=system, location=refused.changed.location, problems=summary(refused.problems))
        return told

    def _note(self, what: str, system: str, changed: InterfaceChanged, actor: str, why: str, tx: Transaction) -> None:
        detail = {"location": changed.location, "version": changed.version, "changes": "; ".join(changed.differences), "why": why}
        tx.note(Entry(self._engine.clock(), what, system=system, actor=actor, detail=detail))
        keep_change(self._engine, system, changed if what == "interface_refused" else None, tx)
