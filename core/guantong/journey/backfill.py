"""Backfill (存量办件): reading a polled system's stock again, from its beginning, behind everything that is fresh.

Each run has a connection, a cursor and a folder of its own: what the daily reading remembers is left alone. Records go
through ACCEPT as ever, marked with their run; their deliveries are low. The cursor is kept after its batch is durable: a
run that was cut short reads that batch again, and it is a duplicate.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Literal

import structlog

from guantong.adapter import Connection, Mark, Polled, Polls
from guantong.backfillstore import BackfillOrder, BackfillRow, Progress
from guantong.clock import SHANGHAI
from guantong.config.configuration import Configuration, System
from guantong.journey.accept import accept
from guantong.journey.backfillmemory import RunFolders
from guantong.journey.engine import Engine
from guantong.journey.facts import facts_of
from guantong.journey.pace import Pace
from guantong.journey.translate import Refused, decode
from guantong.mapping import Untranslatable
from guantong.problems import told
from guantong.record import Acceptance, Record, Verdict
from guantong.stopping import stop
from guantong.store import Entry, Transaction

BATCH = 200
MOST_LOW = 200  # low deliveries that may wait in the lines before more is read: the source keeps the rest
MOST_REFUSED = 100  # of one run that are named in its result
LOOK_AGAIN = 0.2  # seconds between looks whether there is room
COME_AGAIN = 5.0  # seconds before a source that cannot be read, or a full hub, is tried again
log = structlog.get_logger("guantong.backfill")

SKIPPED = Verdict(Acceptance.STALE)
"""What the run's own memory is told of a record outside the span."""
Opens = Callable[[System, BackfillRow], Awaitable[Connection]]
"""Opens a connection of its own to a system, or to the files exported from it, for one run."""


@dataclass(frozen=True, slots=True)
class Span:
    """The time that counts, in UTC milliseconds: from `since`, before `until` (0: to the end)."""

    since: int
    until: int

    def holds(self, occurred: str) -> bool:
        """Whether something told as *occurred* lies inside; what tells no time does."""
        try:
            moment = datetime.fromisoformat(occurred)
        except ValueError:
            return True
        at = (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).timestamp() * 1000
        return at >= self.since and (not self.until or at < self.until)


class Runs(Exception):
    """A run of `system` is under way."""

    def __init__(self, system: str) -> None:
        self.system = system
        super().__init__(system)


class Backfills:
    """The runs of one hub: those that are asked for, and those an earlier one left unfinished."""

    def __init__(self, engine: Engine, opens: Opens, folders: RunFolders) -> None:
        self._engine = engine
        self._opens = opens
        self._folders = folders
        self._beginning = asyncio.Lock()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._refused: dict[int, list[Mark]] = {}

    def refused(self, run: int) -> list[dict[str, str]]:
        """What a run refused since the hub began, the first of it, by its place at the source (a file and where in it, a row) and
        the code that says why. The journal has all of it."""
        return [{"place": mark.ref, "code": mark.verdict.code} for mark in self._refused.get(run, ())]

    def resume(self) -> int:
        """Go on with what was cut short; how many runs."""
        rows = self._engine.reader.backfills_running()
        self._folders.sweep([row.id for row in rows])
        for row in rows:
            doing = self._tasks.get(row.id)
            if row.order.system in self._engine.configuration.systems and (doing is None or doing.done()):
                self._go(row)
        return len(rows)

    async def keep(self) -> None:
        """Do what is to be done, also of what another process is asked for, until cancelled."""
        try:
            while True:
                self.resume()
                await asyncio.sleep(COME_AGAIN)
        finally:
            await self.close()

    async def begin(self, orders: Sequence[BackfillOrder]) -> list[int]:
        """Begin a run for each and return their numbers. Raises `Runs`, and begins none, where one of a system of theirs is
        running."""
        async with self._beginning:
            running = {row.order.system for row in self._engine.reader.backfills_running()}
            for order in orders:
                if order.system in running:
                    raise Runs(order.system)
            begun = await self._engine.store.write(partial(_begin, self._engine, orders))
        for row in map(self._engine.reader.backfill, begun):
            if row is not None and self._engine.crew is None:  # else by whoever has that duty
                self._go(row)
        return begun

    async def close(self) -> None:
        """Stop reading; the next start goes on."""
        await stop(self._tasks.values())

    def _go(self, row: BackfillRow) -> None:
        self._tasks[row.id] = asyncio.create_task(self._run(row), name=f"backfill {row.id}")

    def _note(self, run: int, refused: Sequence[Mark]) -> None:
        kept = self._refused.setdefault(run, [])
        kept += refused[: MOST_REFUSED - len(kept)]

    async def _run(self, row: BackfillRow) -> None:
        """Read until there is no more. A source that cannot be read is logged once and tried again."""
        system, lost, ended, progress = self._engine.system(row.order.system), False, False, row.progress
        unsure = False
        while not ended:
            connection: Connection | None = None
            try:
                if unsure:  # how far it is
                    kept = self._engine.reader.backfill(row.id)
                    progress, unsure = (kept.progress if kept is not None else progress), False
                connection = await self._opens(system, row)
                progress = await fill(self._engine, system, connection, row, progress, partial(self._note, row.id))
                await self._engine.store.write(partial(_end, self._engine, row))
            except Exception as error:  # noqa: BLE001 -- a source of any kind may fail in any way; it is asked again
                if not lost:
                    log.warning("backfill.lost", system=system.id, run=row.id, error=told(error))
                lost = unsure = True
            else:
                ended = True
            finally:
                if connection is not None:
                    await connection.close()
            if not ended:
                await asyncio.sleep(COME_AGAIN)
        log.info("backfill.read", system=system.id, run=row.id, records=progress.read)
        await asyncio.to_thread(self._folders.remove, system.id, row.id)


async def fill(engine: Engine, system: System, connection: Connection, row: BackfillRow, progress: Progress,
               note: Callable[[Sequence[Mark]], None]) -> Progress:
    """Read *connection* from *progress* on to its end, record by record; how far it got. What is refused is told to *note*. Raises whatever the source
    raises; what was kept until then is kept."""
    if not isinstance(connection, Polls):
        raise TypeError(f"{system.id} is not read by us")
    pace = Pace(row.order.rate)
    while True:
        await engine.holds.may_read(system.id)
        polled = await connection.poll(progress.cursor, BATCH)
        if not polled.records and not polled.refused:
            return progress
        progress, marks = await _batch(engine, system, row, polled, progress, pace)
        await connection.mark(marks)
        engine.crash_at("backfill:before-cursor")
        refused = [mark for mark in marks if not mark.verdict.taken]
        await engine.store.write(partial(_moved, engine, row, progress, refused))
        note(refused)
        engine.crash_at("backfill:after-cursor")


async def _batch(engine: Engine, system: System, row: BackfillRow, polled: Polled, progress: Progress,
                 pace: Pace) -> tuple[Progress, list[Mark]]:
    """Accept what of one batch lies in the span; how far that is, and what to mark."""
    span = Span(row.order.since, row.order.until)
    marks, skipped, refused = list(polled.refused), 0, len(polled.refused)
    for record in polled.records:
        if inside_of(engine.configuration, system, record, span) == "outside":  # what cannot be told is parked, for a person
            skipped += 1
            marks.append(Mark(record.ref or "", SKIPPED))
            continue
        verdict = await _accepted(engine, record._replace(backfill=row.id), pace)
        refused += not verdict.taken
        marks.append(Mark(record.ref or "", verdict))
    read = progress.read + len(polled.records) + len(polled.refused)
    return Progress(polled.cursor, read, progress.skipped + skipped, progress.refused + refused), marks


async def _accepted(engine: Engine, record: Record, pace: Pace) -> Verdict:
    """Accept *record* when its turn has come: not faster than the rate, not while what came before still waits
    behind fresh traffic, nor while its system is held `--inbound`."""
    await engine.holds.may_read(record.system)
    while engine.lines.low() >= MOST_LOW:  # noqa: ASYNC110 -- lines tell nobody that they have room: no cost where nobody asks
        await asyncio.sleep(LOOK_AGAIN)
    await asyncio.sleep(pace.delay(monotonic()))
    pace.sending(monotonic())
    while (verdict := await accept(engine, record)).again:  # noqa: ASYNC110 -- the hub is full, or its disk: come again later
        await asyncio.sleep(COME_AGAIN)
    return verdict


def inside_of(configuration: Configuration, system: System, record: Record, span: Span) -> Literal["inside", "outside", "untold"]:
    """Whether any event of *record* lies in *span*; or that it cannot be told."""
    try:
        natives = [native for native in decode(system, record) if native.kind not in system.receipts_heard]
        found = [(translated.event, translated.values) for native in natives
                 for translated in system.dialect.inward(native, facts_of(system))]
    except (Refused, Untranslatable):
        return "untold"
    dated = configuration.model.events
    times = [next((str(values[path]) for path in dated[event].dated if path in values), "") for event, values in found]
    return "inside" if any(span.holds(time) for time in times) else "outside"


def _begin(engine: Engine, orders: Sequence[BackfillOrder], tx: Transaction) -> list[int]:
    at = engine.clock()
    runs: list[int] = []
    for order in orders:
        runs.append(tx.add_backfill(order, at))
        tx.note(Entry(at, "backfill_begun", system=order.system, actor=order.actor,
                      detail={"run": runs[-1], "since": order.since, "until": order.until,
                              **({"folder": order.folder} if order.folder else {}), **({"why": order.why} if order.why else {})}))
    return runs


def _moved(engine: Engine, row: BackfillRow, progress: Progress, refused: Sequence[Mark], tx: Transaction) -> None:
    """Keep how far the run is, and what was refused on the way: by its handle at the source, which is no content."""
    tx.move_backfill(row.id, progress)
    at = engine.clock()
    for mark in refused:
        tx.note(Entry(at, "backfill_refused", system=row.order.system, actor=row.order.actor,
                      detail={"run": row.id, "place": mark.ref, "code": mark.verdict.code}))


def _end(engine: Engine, row: BackfillRow, tx: Transaction) -> None:
    at = engine.clock()
    tx.end_backfill(row.id, at)
    tx.note(Entry(at, "backfill_read", system=row.order.system, actor=row.order.actor, detail={"run": row.id}))
