"""Acts on systems and routes: hold (暂停推送) and release."""

from __future__ import annotations

from functools import partial
from typing import Any

from guantong.clock import shown
from guantong.config.configuration import Configuration
from guantong.holdstore import Hold, names_route
from guantong.journey.engine import Engine
from guantong.journey.holds import let_go
from guantong.operations.codes import (
    HELD_BEFORE,
    HELD_BY_CONFIG,
    NOT_HELD,
    NOT_KEPT,
    NOT_READ,
    NOTHING_TO_HOLD,
)
from guantong.operations.done import Done
from guantong.problems import Problem, nearest
from guantong.store import Entry, Reader, StoreFailed, Transaction


async def hold(engine: Engine, name: str, actor: str, reason: str, *, inbound: bool) -> Done:
    """Send nothing to a system, or nothing of a route, from now on; with *inbound*, do not read the system either. What is
    being sent is settled, receipts are taken, order is kept."""
    problem = _unknown(engine.configuration, name) or _cannot_hold(engine, name, inbound)
    if problem is not None:
        return Done(name, problem=problem)
    held = Hold(name, engine.clock(), actor, reason, inbound)
    try:
        await engine.store.write(partial(_hold, held))
    except StoreFailed as error:
        return Done(name, problem=Problem(NOT_KEPT, details={"id": name, "what": str(error)}))
    engine.holds.put(held)
    engine.lines.hold(name, True)
    return Done(name, "held")


async def release(engine: Engine, name: str, actor: str, reason: str) -> Done:
    """What was held goes on, each delivery from its place."""
    earlier = engine.holds.of(name)
    if earlier is None:
        problem = _unknown(engine.configuration, name)
        system = engine.configuration.systems.get(name)
        code = HELD_BY_CONFIG if system is not None and system.hold else NOT_HELD
        return Done(name, problem=problem or Problem(code, details={"name": name}))
    try:
        await engine.store.write(partial(_release, earlier, engine.clock(), actor, reason))
        engine.holds.drop(name)
        system = engine.configuration.systems.get(name)
        engine.lines.hold(name, system is not None and system.hold)
        if earlier.is_route:
            await let_go(engine)
    except StoreFailed as error:
        return Done(name, problem=Problem(NOT_KEPT, details={"id": name, "what": str(error)}))
    return Done(name, "released")


def held_routes(reader: Reader) -> list[dict[str, Any]]:
    """The routes that are held."""
    return [{"route": one.name, **told(one)} for one in reader.holds() if one.is_route]


def told(hold: Hold) -> dict[str, Any]:
    """A hold as it is told: by whom, why, since when (UTC milliseconds), whether reading rests too."""
    return {"by": hold.actor, "reason": hold.reason, "since": hold.at, "inbound": hold.inbound}


def _hold(held: Hold, tx: Transaction) -> None:
    tx.put_hold(held)
    detail = {"why": held.reason, "inbound": held.inbound, **_route(held)}
    tx.note(Entry(held.at, "held", system="" if held.is_route else held.name, actor=held.actor, detail=detail))


def _release(earlier: Hold, at: int, actor: str, reason: str, tx: Transaction) -> None:
    tx.drop_hold(earlier.name)
    detail = {"why": reason, "held_since": earlier.at, "held_by": earlier.actor, **_route(earlier)}
    tx.note(Entry(at, "released", system="" if earlier.is_route else earlier.name, actor=actor, detail=detail))


def _route(held: Hold) -> dict[str, str]:
    return {"route": held.name} if held.is_route else {}


def _unknown(config: Configuration, name: str) -> Problem | None:
    routes = sorted(route.name for route in config.routes)
    if name in (routes if names_route(name) else config.systems):
        return None
    like = nearest(name, [*config.systems, *routes])
    return Problem(NOTHING_TO_HOLD, details={
        "name": name[:60], "systems": ", ".join(sorted(config.systems)), "routes": ", ".join(routes),
        "near": f" ({like}?)" if like else ""})


def _cannot_hold(engine: Engine, name: str, inbound: bool) -> Problem | None:
    earlier = engine.holds.of(name)
    if earlier is not None and earlier.inbound == inbound:
        return Problem(HELD_BEFORE, details={"name": name, "since": shown(earlier.at), "by": earlier.actor, "why": earlier.reason})
    system = engine.configuration.systems.get(name)
    if inbound and (system is None or (system.poll is None and not system.adapter.listens(system.settings))):
        return Problem(NOT_READ, details={"name": name})
    return None
