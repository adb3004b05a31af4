"""The hub: everything opened in order, running, and closed in order."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from guantong.adapter import Connection, Door, Fetches, GivesBack, Listens, Polls, Serves, SystemContext
from guantong.backfillstore import BackfillRow
from guantong.blobs.intake import Intake
from guantong.blobs.opening import open_blobs
from guantong.compartment.opening import open_connection
from guantong.config.configuration import Configuration, System
from guantong.control import Control
from guantong.crash import crash_points
from guantong.doors import build_application
from guantong.exported.connection import open_folder
from guantong.interfacestaken import Interfaces
from guantong.interfacewatch import InterfaceWatch
from guantong.journey.accept import accept
from guantong.journey.backfill import Backfills
from guantong.journey.backfillmemory import RunFolders
from guantong.journey.begun import begin_by
from guantong.journey.codes import NOT_SHARED, TICKETS_OF_ONE
from guantong.journey.crew import Crew, enlisted
from guantong.journey.deliver import deliver
from guantong.journey.engine import Engine
from guantong.journey.holds import Holds, let_go
from guantong.journey.lines import Lines
from guantong.journey.listening import Ear
from guantong.journey.polling import poll_forever
from guantong.journey.pressure import Pressure, watch_forever
from guantong.journey.receipts import receive_forever
from guantong.journey.recover import recover
from guantong.journey.routing import Router
from guantong.journey.rowsadded import look_again
from guantong.journey.shares import watch_loop
from guantong.journey.sitestaken import begin_with_sites
from guantong.journey.sweeping import sweep_forever
from guantong.journey.ticketing import Ticketing
from guantong.keyring import open_vault
from guantong.lock import lock_home
from guantong.mapping.kept import keep, kept_in
from guantong.mapping.memory import Memory
from guantong.mapping.shelf import shelve, shelve_in
from guantong.matters.filling import fill_forever
from guantong.matters.kept import read as read_matters
from guantong.opencases import CasesAsked, SomeCases
from guantong.opening import context_of
from guantong.operations.telling import Telling
from guantong.part import COMMAND, WHOLE, Part, Role
from guantong.plugins import Registry
from guantong.problems import Problem, ProblemsError
from guantong.proof.note import SigningKey
from guantong.proof.sequencer import Sequencer
from guantong.proof.setup import other_hash
from guantong.proof.signingkey import key_of_log
from guantong.reception import Refusals, serve_doors
from guantong.reception.tls import doors_tls
from guantong.reconcile.nightly import reconcile_nightly
from guantong.reload import Reloader
from guantong.retention.nightly import prune_nightly
from guantong.retention.pruning import Pruner
from guantong.stopping import stop
from guantong.supervision.watch import Watch
from guantong.testdoor.doors import TestDoors
from guantong.tickets import TicketsLost, TicketsRefused
from guantong.whereabouts import must_be_the_store, remember

log = structlog.get_logger("guantong.hub")


@asynccontextmanager
async def open_engine(configuration: Configuration, registry: Registry, part: Part = COMMAND) -> AsyncIterator[Engine]:
    """The engine of one home, under its lock, with no connection open: what writing commands need.
    Raises `HomeLocked`, `StoreRefused`, `VaultError`, and `ProblemsError` when the mappings cannot be kept, `audit.hash` is not the log's, or the store is
    not one to share and *part* is not all of it."""
    async with AsyncExitStack() as stack:
        stack.enter_context(lock_home(configuration.home, part.name))
        store = registry.stores[configuration.store.use].make(configuration.store.settings, configuration.home)
        if store.sharing is None and not part.is_whole and part.role is not Role.COMMAND:
            raise ProblemsError([Problem(NOT_SHARED, details={"part": part.name, "use": configuration.store.use})])
        must_be_the_store(configuration.home, configuration.store, registry.stores)
        await store.open()
        stack.push_async_callback(store.close)
        remember(configuration.home, configuration.store, registry.stores)
        reader = store.reader()
        stack.callback(reader.close)
        if (tree := reader.tree()) is not None and tree.hash != configuration.audit.hash:
            raise ProblemsError([other_hash(tree.hash, configuration)])
        # Keys are made for a new store only: new ones would not open what an old one holds.
        vault = open_vault(configuration.keys, create=not reader.survey_journal(0, 1))
        blobs = open_blobs(configuration, registry, vault)
        keep(kept_in(configuration.home), configuration.mappings, configuration.dialects)
        shelve(shelve_in(configuration.home), configuration.dialects)
        engine = Engine(
            configuration=configuration, store=store, reader=reader, vault=vault, blobs=blobs,
            matters=read_matters(configuration.home),
            router=Router(configuration.routes, configuration.systems), lines=Lines(),
            pressure=Pressure(configuration.hub.queue),
            crash_at=crash_points(os.environ), holds=Holds(reader.holds()),
        )
        if store.sharing is not None:
            engine.crew = Crew(engine, store.sharing, enlisted(engine, part))
            if part.role is Role.COMMAND:
                await engine.crew.join()
            stack.push_async_callback(engine.crew.leave)
        yield engine


class Hub:
    """A running hub. Made by `running`."""

    def __init__(self, engine: Engine, registry: Registry, memory: Memory, part: Part = WHOLE) -> None:
        self.engine = engine
        self._part = part
        self.connections: dict[str, Connection] = {}
        self.port = 0
        self._registry = registry
        self.reloader = Reloader(engine, registry, memory, Interfaces(engine, self.connections))
        self._run_folders = RunFolders(engine.configuration.home)
        self.backfills = Backfills(engine, self._open_again, self._run_folders)
        self._refusals = Refusals(engine)
        self._telling = Telling(engine)
        self._pruner = Pruner(engine)
        self.interfaces = InterfaceWatch(engine, self.connections)
        self._tests = TestDoors(engine)
        self._test_doors: list[Door] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._started = False

    async def open(self, stack: AsyncExitStack) -> None:
        """Recover, connect, open the doors, start the lines. What *stack* closes, it closes in reverse."""
        engine, role = self.engine, self._part.role
        engine.givers = {}
        unknown = await recover(engine)
        if engine.crew is not None:  # its lease is renewed until the lines have stopped
            stack.push_async_callback(stop, [asyncio.create_task(engine.crew.run(), name="crew")])
        await begin_by(engine, self._part.by, self._part.why)
        await begin_with_sites(engine)
        for system in engine.configuration.systems.values():
            connection = await open_connection(system, self._context(system))
            self.connections[system.id] = connection
            if system.adapter.fetches(system.settings) and isinstance(connection, Fetches):
                engine.fetchers[system.id] = connection
            if isinstance(connection, GivesBack):
                engine.givers[system.id] = connection
            stack.push_async_callback(connection.close)
            if system.test_door and role.takes_in:
                await self._open_test_door(system, stack)
        await self._open_lines(stack)
        await look_again(engine)
        await let_go(engine)
        stack.push_async_callback(self._refusals.write)
        stack.push_async_callback(self._tests.counts.write)
        self._start_tasks()
        if engine.crew is None:
            self.backfills.resume()
        stack.push_async_callback(self.backfills.close)
        stack.push_async_callback(self._stop_tasks)
        stack.push_async_callback(self.reloader.close)
        stack.push_async_callback(self._telling.close)
        control = Control(engine, self.reloader, self.backfills, self._telling, self._pruner, self._tests.overview, self._part.name)
        await control.open()
        stack.push_async_callback(control.close)
        await self._open_doors(stack)
        self._started = True
        log.info("hub.started", home=engine.configuration.hub.name, port=self.port, systems=len(self.connections), unknown=unknown,
                 **({"role": role.value, "worker": engine.crew.me} if engine.crew is not None else {}))

    async def _open_lines(self, stack: AsyncExitStack) -> None:
        engine = self.engine
        engine.lines.open(engine, self.connections if self._part.role.sends else {}, deliver)
        if engine.crew is not None:
            await engine.crew.bring_forward(engine.lines.targets)
        await self._open_tickets(stack)
        engine.lines.start()
        stack.push_async_callback(engine.lines.stop)

    async def _open_tickets(self, stack: AsyncExitStack) -> None:
        engine, chosen = self.engine, self.engine.configuration.tickets
        if chosen is None:
            return
        if engine.crew is None:
            raise ProblemsError([Problem(TICKETS_OF_ONE, path="tickets", details={"use": engine.configuration.store.use})])
        try:
            queue = self._registry.ticket_queues[chosen.use].make(chosen.settings, engine.configuration.home)
            engine.tickets = Ticketing(engine, queue)
            stack.push_async_callback(engine.tickets.close)
            await engine.tickets.opened(engine.lines.targets)
        except TicketsRefused as error:
            raise ProblemsError([error.problem]) from None

    def _context(self, system: System) -> SystemContext:
        engine = self.engine
        context = context_of(
            system, self._registry, engine.configuration, accept=partial(accept, engine),
            refused=partial(self._refusals.tell, system.id), now=lambda: engine.clock() / 1000,
        )
        return replace(
            context, folder=self._folder(system),
            keep=partial(Intake, engine.blobs),
            open_cases=partial(_open_cases, engine, system.id),
        )

    def _folder(self, system: System) -> Path:
        """What is the system's own in this home; a process of its own keeps its socket there, so each of ours has another."""
        folder = self.engine.configuration.home / "var" / "systems" / system.id
        apart = system.compartment is not None and self._part.name != WHOLE.name
        return folder / self._part.name if apart else folder

    async def _open_test_door(self, system: System, stack: AsyncExitStack) -> None:
        """Open *system* a second time, for its doors alone; in a folder of its own, where a process of its own keeps its socket."""
        context = self._context(system)
        assert context.folder is not None  # noqa: S101 -- `_context` gives one
        context = replace(context, folder=context.folder / "test")
        connection = await open_connection(system, self._tests.context(context, system))
        stack.push_async_callback(connection.close)
        if isinstance(connection, Serves):
            self._test_doors += self._tests.doors(connection)

    async def _open_again(self, system: System, run: BackfillRow) -> Connection:
        """A second connection to *system* for one run of a backfill, which remembers in a folder of its own; or to the files
        exported from it."""
        if run.order.folder:
            return open_folder(run.order.folder, system, self._registry)
        folder = self._run_folders.of(system.id, run.id)
        return await open_connection(system, replace(self._context(system), folder=folder, rereading=True))

    def _start_tasks(self) -> None:
        engine, role = self.engine, self._part.role
        self._tasks.append(asyncio.create_task(self._refusals.keep(), name="refusals"))
        if self._test_doors:
            self._tasks.append(asyncio.create_task(self._tests.counts.keep(), name="test doors"))
        self._tasks.append(asyncio.create_task(watch_forever(engine), name="pressure"))
        self._tasks.append(asyncio.create_task(watch_loop(engine.shares), name="shares"))
        if engine.crew is not None:
            engine.crew.on_reload = partial(self.reloader.soon, "其他进程已采用 another process took it up")
            engine.crew.listen(engine.lines.targets)
        if role.keeps_house:
            self._start_housekeeping()
        if role.takes_in:
            self._start_taking_in()

    def _start_housekeeping(self) -> None:
        engine = self.engine
        self._do("sweep blobs", lambda: sweep_forever(engine))
        self._do("retention", lambda: prune_nightly(engine, self._pruner))
        self._do("proof", lambda: Sequencer(engine, self._signing_key()).run())
        self._do("reconcile", lambda: reconcile_nightly(engine, self._registry))
        self._do("look at interfaces", lambda: self.interfaces.run(engine.configuration.hub.interfaces))
        matters, supervision = engine.configuration.matters, engine.configuration.supervision
        if matters is not None:
            self._do("fill the catalogue of matters", lambda: fill_forever(engine, matters.every))
        if supervision is not None:
            self._do("supervision", lambda: Watch(engine, supervision).run())

    def _signing_key(self) -> SigningKey | None:
        """What checkpoints are signed with. A home without a key that fits still carries everything, and seals it."""
        try:
            return key_of_log(self.engine.configuration, self.engine.reader.newest_checkpoint(),
                              create=self.engine.crew is None)  # several machines would make several keys
        except ProblemsError as error:
            log.error("proof.not_signed", problems=[problem.line() for problem in error.problems])
            return None

    def _start_taking_in(self) -> None:
        engine = self.engine
        if engine.crew is not None:
            self._do("backfills", self.backfills.keep)
        for system in engine.configuration.systems.values():
            connection = self.connections[system.id]
            if system.poll is not None and isinstance(connection, Polls):
                self._do(f"poll {system.id}", partial(poll_forever, engine, system, connection, partial(accept, engine)))
            if isinstance(connection, Listens):
                self._do(f"listen {system.id}", Ear(engine, system.id, connection).listen_forever)
            if system.receipt.by not in ("none", "reply"):
                self._do(f"receipts {system.id}", partial(receive_forever, engine, system, connection))

    def _do(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have *work* done from now on: by this process, or, where several share the store, by one of them at a time."""
        crew = self.engine.crew
        doing = work() if crew is None else crew.on_duty(name, work)
        self._tasks.append(asyncio.create_task(doing, name=name))

    async def _stop_tasks(self) -> None:
        await stop(self._tasks)

    async def _open_doors(self, stack: AsyncExitStack) -> None:
        hub, part = self.engine.configuration.hub, self._part
        if part.role is Role.WORKER and part.listen is None:
            return
        app = build_application(self.engine, self.connections if part.role.takes_in else None, lambda: self._started,
                                self._refusals.tell, self._telling, self._test_doors)
        host, port = part.listen or (hub.listen_host, hub.listen_port)
        tls = doors_tls(self.engine.configuration.home, hub.tls, self._refusals.tell) if hub.tls is not None else None
        self.port = await serve_doors(app, host, port, self._refusals, stack, tls)


def _open_cases(engine: Engine, system: str, asked: CasesAsked) -> SomeCases:
    return engine.reader.open_cases(system, asked, engine.clock() - int(asked.within * 1000))


@asynccontextmanager
async def running(configuration: Configuration, registry: Registry, memory: Memory | None = None,
                  part: Part = WHOLE) -> AsyncIterator[Hub]:
    """A hub, or a *part* of one, that runs until the block ends (*memory*: of the loading of *configuration*); then the doors close, what is in hand is finished or left as
    the store has it, and everything is closed in reverse order."""
    await _must_be_let_in(configuration, registry)
    async with open_engine(configuration, registry, part) as engine:
        hub = Hub(engine, registry, memory or Memory(), part)
        async with AsyncExitStack() as stack:
            await hub.open(stack)
            _tune()
            yield hub
            log.info("hub.stopping")
    log.info("hub.stopped")


async def _must_be_let_in(configuration: Configuration, registry: Registry) -> None:
    """Raises `ProblemsError` where the broker of tickets refuses us, or a queue, before anything is made of a new home."""
    chosen = configuration.tickets
    if chosen is None:
        return
    try:
        queue = registry.ticket_queues[chosen.use].make(chosen.settings, configuration.home)
        try:
            await queue.prepare([name for name, system in configuration.systems.items() if system.is_sent])
        finally:
            await queue.close()
    except TicketsRefused as error:
        raise ProblemsError([error.problem]) from None
    except TicketsLost as error:  # it is waited for
        log.debug("tickets.lost", error=str(error))


def _tune() -> None:
    """Keep pauses short: a collector that does not walk what never dies, and a quick hand-over between the
    loop and the committing thread."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1000)
    sys.setswitchinterval(0.0005)
