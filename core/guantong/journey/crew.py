"""This process among those that share its store (grown mode): its lease, its duties, and whose work it takes over.

A lease is renewed every few seconds. Whoever did not renew its own for so long is dead: what it was sending becomes
`unknown`, as after a start, and whatever else it had in hand anybody may take. Who could not renew its own does nothing
meanwhile: it may have been taken for dead. And it takes nobody for dead before it has been well for a whole lease: where the
store was away, everybody's has run out.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from time import monotonic

import structlog

from guantong.journey.codes import OTHER_KEYS
from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.journey.recover import left_unknown
from guantong.part import Part
from guantong.problems import Problem, ProblemsError
from guantong.sharedstore import ANYTHING, HOLDS, RELOAD, Enlisted, Pulse, Sharing, Worker
from guantong.stopping import stop
from guantong.store import Entry, StoreFailed, Transaction

BEATS = 5
"""How often a lease is renewed before it would run out."""
LOOK_EVERY = 2.0  # seconds between looks for work that nobody was told of
log = structlog.get_logger("guantong.crew")


class Crew:
    """The part of this process. It is `joined` before anything is sent, and `run` until it leaves."""

    def __init__(self, engine: Engine, sharing: Sharing, told: Enlisted) -> None:
        self._engine = engine
        self._sharing = sharing
        self._told = told
        self._lease = sharing.lease
        self._good_until = 0.0
        self._well_since = float("inf")
        self._wanted: set[str] = set()
        self._duties: frozenset[str] = frozenset()
        self._changed = asyncio.Event()
        self._targets: Sequence[str] = ()
        self.on_reload: Callable[[], None] = _nothing
        """Called when another process took up changed mappings, sites or matters."""

    @property
    def me(self) -> int:
        """The number of this worker."""
        return self._sharing.worker

    @property
    def duties(self) -> frozenset[str]:
        """What this worker alone does now."""
        return self._duties

    def may_act(self) -> bool:
        """Whether the lease runs: nobody can have taken this worker for dead."""
        return monotonic() < self._good_until

    async def join(self) -> int:
        """Say who this is, and take over from who surely ended: whoever had this name before. How many attempts were left under
        way. Raises `StoreFailed`, and `ProblemsError` where another works with other keys."""
        asked = monotonic()
        others = await self._engine.store.write(lambda tx: tx.enlist(self._told))
        self._good_until, self._well_since = asked + self._lease, asked
        strangers = [one for one in others if one.live and one.told.keys != self._told.keys]
        if strangers:
            await self.leave()
            raise ProblemsError([Problem(OTHER_KEYS, details={"host": strangers[0].told.host, "pid": strangers[0].told.pid})])
        left = 0
        for other in others:
            if other.told.name == self._told.name and other.told.host == self._told.host:
                left += await self._take_over(other, surely=True)
        return left + await self._engine.store.write(partial(_nobodys, self._engine))

    def listen(self, targets: Sequence[str]) -> None:
        """From now on hear what others tell; *targets* are those this worker sends to."""
        self._targets = targets
        self._sharing.listen(self._heard)

    async def bring_forward(self, targets: Sequence[str]) -> None:
        """A clock that was wrong may have stored times too far ahead: nothing waits longer than the longest wait from now."""
        latest = {target: int(self._engine.system(target).delivery.retry.longest * 1000) for target in targets}
        await self._engine.store.write(partial(_bring_forward, self._engine.clock(), latest))

    async def run(self) -> None:
        """Renew the lease, see who died, and look for work, until cancelled."""
        looked, seen = 0.0, self._engine.clock()
        pause = min(self._lease / BEATS, LOOK_EVERY)
        while True:
            try:
                await self.beat()
                now = self._engine.clock()
                if now < seen:
                    await self.bring_forward(self._targets)
                seen = now
                if monotonic() - looked >= LOOK_EVERY and self._targets:
                    looked = monotonic()
                    self._engine.lines.wake(self._engine.reader.due_targets(self._targets, self._engine.clock()))
            except Exception as error:  # noqa: BLE001 -- whatever it is, the next beat may succeed; without any the others take over
                level = log.debug if isinstance(error, StoreFailed) else log.error  # who writes tells that the store is away
                level("crew.no_beat", error=type(error).__name__)
                if not self.may_act():
                    self._have(frozenset())
            await asyncio.sleep(pause)

    async def beat(self) -> None:
        """Renew the lease and take over from who died. Raises `StoreFailed`."""
        asked = monotonic()
        wanted = frozenset(self._wanted - self._duties)
        pulse = await self._engine.store.write(partial(_beat, wanted))
        if not self.may_act() or pulse.lapsed:
            self._well_since = asked
        if pulse.lapsed:
            log.warning("crew.lapsed", worker=self.me)
            self._engine.lines.forget()
        self._good_until = asked + self._lease
        self._have(pulse.duties)
        living = [one for one in pulse.workers if one.live or one.id == self.me]
        self._engine.lines.divide(sum(one.told.lines for one in living) or 1)
        if asked - self._well_since >= self._lease:
            for one in pulse.workers:
                if one not in living:
                    await self._take_over(one)

    async def on_duty(self, duty: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do *work* whenever *duty* is this worker's, until cancelled."""
        self._wanted.add(duty)
        while True:
            await self._until(lambda: duty in self._duties)
            doing = asyncio.ensure_future(work())
            lost = asyncio.create_task(self._until(lambda: duty not in self._duties))
            try:
                await asyncio.wait({doing, lost}, return_when=asyncio.FIRST_COMPLETED)
                if doing.done():
                    doing.result()
                    return
            finally:
                await stop([one for one in (doing, lost) if isinstance(one, asyncio.Task)])

    async def leave(self) -> None:
        """Others need not wait until the lease runs out."""
        try:
            await self._engine.store.write(partial(_take_over, self._engine, Worker(self.me, self._told, 0, 0, True), surely=True))
        except StoreFailed as error:
            log.warning("crew.not_left", error=str(error))

    async def _take_over(self, other: Worker, *, surely: bool = False) -> int:
        left = await self._engine.store.write(partial(_take_over, self._engine, other, surely=surely))
        if left is None:
            return 0
        log.warning("crew.taken_over", worker=other.told.name, host=other.told.host, pid=other.told.pid, sending=left)
        self._engine.lines.wake([ANYTHING])
        return left

    def _heard(self, words: Sequence[str]) -> None:
        tickets = self._engine.tickets
        if tickets is None or not tickets.up or ANYTHING in words:  # else whoever is given the ticket is woken
            self._engine.lines.wake([word for word in words if word not in (HOLDS, RELOAD)])
        if RELOAD in words:
            self.on_reload()
        if HOLDS in words:
            try:
                self._engine.holds.renew(self._engine.reader.holds())
            except StoreFailed as error:
                log.debug("crew.store_failed", error=str(error))  # when it is back, this is told again
            else:
                self._engine.lines.hold_as(self._engine)

    def _have(self, duties: frozenset[str]) -> None:
        if duties != self._duties:
            self._duties = duties
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._changed.wait()


def _nothing() -> None:
    """There is nothing to reload."""


def enlisted(engine: Engine, part: Part) -> Enlisted:
    """What this process says of itself."""
    where = engine.configuration.home.resolve()
    return Enlisted(f"{where}:{part.name}", part.role, socket.gethostname(), os.getpid(), part.role.sends,
                    engine.vault.name(b"keys")[:16])


def _beat(wanted: Collection[str], tx: Transaction) -> Pulse:
    return tx.beat(wanted)


def _bring_forward(now: int, longest: Mapping[str, int], tx: Transaction) -> None:
    for target, wait in longest.items():
        tx.bring_forward(target, now + wait)


def _nobodys(engine: Engine, tx: Transaction) -> int:
    """Attempts from the days when one hub had the store to itself."""
    rows = tx.left_by(0)
    left_unknown(engine, rows, tx)
    return len(rows)


def _take_over(engine: Engine, other: Worker, tx: Transaction, *, surely: bool) -> int | None:
    """End what *other* had in hand; how many attempts are without a known end. None where it lives after all, or another
    was quicker."""
    if not tx.bury(other.id, surely=surely):
        return None
    rows = tx.left_by(other.id)
    left_unknown(engine, rows, tx)
    freed = tx.free(other.id)
    if rows or freed:
        tx.note(Entry(engine.clock(), "taken_over", actor=HUB_ACTOR, detail={
            "worker": other.id, "role": other.told.role, "host": other.told.host, "unknown": len(rows), "claims": freed}))
    return len(rows)
