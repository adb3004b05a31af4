"""What is held (暂停推送), as the running hub knows it, and what a held route means for one delivery.

A held system's line rests: nothing of it is moved. A held route's deliveries have their turn like any other's and are set
aside in it: they wait until somebody acts, under `ROUTE_HELD`, and block those behind them as ever. So the line's memory
stays bounded, and what other routes bring goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

import orjson

from guantong.clock import NEVER, shown
from guantong.holdstore import Hold
from guantong.journey.codes import ROUTE_HELD
from guantong.journey.ready import Ready, from_row
from guantong.journey.settle import Outcome
from guantong.journey.states import DeliveryState
from guantong.problems import Problem
from guantong.store import DeliveryRow, Transaction

if TYPE_CHECKING:
    from guantong.journey.engine import Engine

BATCH = 500


class Holds:
    """What is held. The store is the truth: it is told of a change once that is durable."""

    def __init__(self, found: Iterable[Hold] = ()) -> None:
        self._held = {one.name: one for one in found}
        self._changed = asyncio.Event()
        self.routes = any(one.is_route for one in self._held.values())
        """Whether any route is held."""

    def of(self, name: str) -> Hold | None:
        """The hold of a system or route."""
        return self._held.get(name)

    def put(self, hold: Hold) -> None:
        """From now on it is held."""
        self._held[hold.name] = hold
        self._tell()

    def drop(self, name: str) -> None:
        """From now on it is not."""
        self._held.pop(name, None)
        self._tell()

    def unread(self, system: str) -> bool:
        """Whether *system* is held `--inbound`."""
        hold = self._held.get(system)
        return hold is not None and hold.inbound

    def renew(self, found: Iterable[Hold]) -> None:
        """What is held as the store has it: another process may have held or released something."""
        self._held = {one.name: one for one in found}
        self._tell()

    async def may_read(self, system: str) -> None:
        """Return once *system* may be read: at once, unless it is held `--inbound`."""
        while self.unread(system):
            await self._changed.wait()

    async def not_to_be_read(self, system: str) -> None:
        """Return once it is held `--inbound`."""
        while not self.unread(system):
            await self._changed.wait()

    def _tell(self) -> None:
        self.routes = any(one.is_route for one in self._held.values())
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def held_by(engine: Engine, ready: Ready) -> Hold | None:
    """The hold of the route that made this delivery, where there is one. An attempt without a known end is looked after
    all the same: what was sent is settled."""
    if not engine.holds.routes or ready.state is DeliveryState.UNKNOWN:
        return None
    event = engine.reader.event(ready.event)
    message = engine.reader.message(event.message) if event is not None else None
    if event is None or message is None or message.system not in engine.configuration.systems:
        return None
    values = ready.values if ready.values is not None else orjson.loads(engine.vault.open(event.body))
    parties = partial(engine.reader.parties, ready.subject)
    route = engine.router.route_of(message.system, ready.name, ready.target, values, parties)
    return None if route is None else engine.holds.of(route)


def set_aside(ready: Ready, hold: Hold) -> Outcome:
    """The outcome of a turn under a held route: it waits until the route is released."""
    details = {"route": hold.name, "by": hold.actor, "since": shown(hold.at), "why": hold.reason}
    return Outcome(DeliveryState.WAITING, NEVER, ready.attempts, Problem(ROUTE_HELD, details=details))


async def let_go(engine: Engine) -> int:
    """Let those go that were set aside and are under no held route any more; how many did. Raises `StoreFailed`."""
    gone = 0
    for system in engine.configuration.systems:
        after = 0
        while rows := engine.reader.awaiting(system, NEVER, BATCH, after):
            after = rows[-1].id
            free = [row.id for row in rows if row.code == ROUTE_HELD.id and held_by(engine, from_row(row)) is None]
            if free:
                ready = await engine.store.write(partial(_free, engine, free))
                engine.lines.announce(ready)
                gone += len(ready)
    return gone


async def not_held_meanwhile(engine: Engine, ready: Ready, outcome: Outcome) -> None:
    """The route was released while this delivery was on its way to be set aside: it goes on."""
    if outcome.problem is not None and outcome.problem.code is ROUTE_HELD and held_by(engine, ready) is None:
        engine.lines.announce(await engine.store.write(partial(_free, engine, [ready.delivery], own_turn=True)))


def _free(engine: Engine, deliveries: Iterable[int], tx: Transaction, *, own_turn: bool = False) -> list[Ready]:
    at = engine.clock()
    ready = []
    for delivery in deliveries:
        row = tx.delivery(delivery)
        if row is None or not _set_aside(row):
            continue
        if not own_turn and not engine.lines.withdraw(tx, row):
            continue  # its turn is not over: it sees for itself that the route was released
        tx.move(row.id, row.state, at=at, due=at, attempts=row.attempts)
        row.due = at
        ready.append(from_row(row))
    return ready


def _set_aside(row: DeliveryRow) -> bool:
    return row.state is DeliveryState.WAITING and row.due >= NEVER and row.code == ROUTE_HELD.id
