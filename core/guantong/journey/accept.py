"""ACCEPT: a record comes in, and is durably ours when the sender hears so.

Read `accept` from top to bottom: it is the whole way in. Decoding and mapping happen before (`admission_of`), the reply
after, ONE short transaction that correlates, dedupes, routes and journals (`admit`).
"""

from __future__ import annotations

import asyncio

import structlog

from guantong.blobstore import BlobsFailed
from guantong.config.configuration import System
from guantong.journey.admission import (
    Admission,
    Attaching,
    Fetching,
    admission_of,
    admitting,
    mistaken,
    untold,
)
from guantong.journey.admit import Admitted
from guantong.journey.attaching import attach, sealed_record
from guantong.journey.codes import HELD_INBOUND, NOT_STORED
from guantong.journey.engine import Engine
from guantong.journey.fetching import ComeLater, fetch
from guantong.journey.readings import Reading
from guantong.journey.rowsadded import look_at_messages, overtaken
from guantong.journey.withholding import answered, given_up, withheld
from guantong.keptafter import WHY
from guantong.mapping import Untranslatable
from guantong.mapping.codes import WAITS_FOR_ROW
from guantong.problems import Problem
from guantong.record import Acceptance, Record, Verdict
from guantong.store import StoreFailed

LARGE = 1 << 20
"""Bytes of a body, unpacked, above which it is decoded and mapped in a thread, so that nobody else waits for it."""
LOUD = frozenset({Acceptance.PARKED, Acceptance.CONFLICT, Acceptance.UNROUTED, Acceptance.REFUSED})
log = structlog.get_logger("guantong.accept")


async def accept(engine: Engine, record: Record) -> Verdict:
    """Take *record* in; the verdict is true once it is returned, and durable (DESIGN promise 1).

    Records handed in one after the other are accepted in that order: nothing before the store's queue
    waits, but for attachments, large records and a system that is held to its share, and then all of that system wait their turn. Never
    raises for a bad record or a store that cannot write.
    """
    source = engine.system(record.system)
    against = engine.pressure.against(record.system)
    if against is None and engine.holds.unread(record.system) and source.adapter.listens(source.settings):
        against = Problem(HELD_INBOUND, details={"system": record.system})  # its line is let go; this was on its way
    reading = None if record.backfill else engine.readings.get(record.system)
    if against is None and reading is not None and reading.broken:
        against = Problem(NOT_STORED, details={"what": WHY})
    if against is not None:
        engine.turned_away.put_off(record.system, against.code.id)
        return _come_again(against, reading)
    engine.pressure.take(record.system)
    try:
        due = engine.shares.due(record.system, calls=source.poll is None and not source.adapter.listens(source.settings))
        later = due > 0.0 or record.system in engine.turns or source.dialect.weight(record.body) > LARGE
        admission = None if later else admission_of(engine, source, record)
        if admission is None or isinstance(admission, Attaching | Fetching):
            written = await _in_turn(engine, source, record, admission, due, reading)
        else:
            engine.crash_at("accept:before-commit")
            written = _written(engine, admission, reading)
        admitted = await written
        engine.crash_at("accept:after-commit")
        engine.lines.announce(admitted.ready)
        _tell(record.system, admitted)
        if admitted.verdict.acceptance is Acceptance.REFUSED:
            engine.turned_away.add(record.system, admitted.verdict.code)
        if admitted.verdict.code == WAITS_FOR_ROW.id and overtaken(engine, source):
            await _look_again(engine, admitted.verdict.message)
        return admitted.verdict
    except (StoreFailed, BlobsFailed) as error:
        return _come_again(Problem(NOT_STORED, details={"what": str(error)}), reading)
    except ComeLater as error:
        return _come_again(error.problem, reading)
    finally:
        engine.pressure.let_go(record.system)


async def _in_turn(engine: Engine, source: System, record: Record,
                   told: Attaching | Fetching | None, due: float, reading: Reading | None) -> asyncio.Future[Admitted]:
    """Wait until *record* is *due*, fetch what it refers to, keep what is attached to it, then hand it to the store, ahead of what came
    behind it. *told* is what it turned out to be, where nothing is ahead of it."""
    async with engine.turns.of(record.system):
        await engine.shares.wait(due)
        if reading is not None and reading.broken:
            raise StoreFailed(WHY)
        bare = record
        admission = await _decided(engine, source, record) if told is None else told
        if isinstance(admission, Fetching):
            record, admission = await _fetched(engine, source, record, admission)
        if isinstance(admission, Attaching):
            admission = await _attached(engine, source, record, admission, bare)
        engine.crash_at("accept:before-commit")
        return _written(engine, admission, reading)


def _written(engine: Engine, admission: Admission, reading: Reading | None) -> asyncio.Future[Admitted]:
    """Hand it to the store; where it is part of a *reading*, behind what came before it."""
    return engine.store.write(admission) if reading is None else reading.write(engine.store, admission)


async def _decided(engine: Engine, source: System, record: Record) -> Admission | Attaching | Fetching:
    """As `admission_of`; of a large record in a thread. Codecs and mappings keep nothing between two records."""
    if source.dialect.weight(record.body) > LARGE:
        return await asyncio.to_thread(admission_of, engine, source, record)
    return admission_of(engine, source, record)


async def _fetched(engine: Engine, source: System, record: Record, told: Fetching) -> tuple[Record, Admission | Attaching]:
    """*record* with the contents that its source keeps beside it, and what is to be done with it. Raises `ComeLater`
    while it is waited for, `BlobsFailed`, `StoreFailed`."""
    try:
        parts = await fetch(engine, source, told.natives)
        await answered(engine, source, record)
    except Untranslatable as error:
        await answered(engine, source, record)
        return record, untold(engine, source, record, told.kind, error.problems)
    except ComeLater as error:
        problem = given_up(engine, source, record, told.natives[0], error)
        if problem is None:
            raise
        return record, withheld(engine, source, untold(engine, source, record, told.kind, (problem,)))
    except (BlobsFailed, StoreFailed):
        raise
    except Exception as error:  # noqa: BLE001 -- a mistake of ours must lose no record
        return record, mistaken(engine, source, record, told.kind, error)
    whole = record._replace(parts=(*record.parts, *parts))
    admission = await _decided(engine, source, whole)
    assert not isinstance(admission, Fetching)  # noqa: S101 -- nothing is lacking any more
    return whole, admission


async def _attached(engine: Engine, source: System, record: Record, told: Attaching, bare: Record) -> Admission:
    """What the transaction is to do with *record*, its contents kept; where one is wrong, *bare* waits, and what was
    fetched for it is fetched anew. Raises `BlobsFailed`."""
    try:
        texts = await attach(engine, told.events, told.handed)
    except Untranslatable as error:
        return untold(engine, source, bare, told.kind, error.problems)
    except BlobsFailed:
        raise
    except Exception as error:  # noqa: BLE001 -- a mistake of ours must lose no record
        return mistaken(engine, source, bare, told.kind, error)
    engine.crash_at("accept:blobs-kept")
    sealed = await asyncio.to_thread(sealed_record, engine, record, texts)
    return admitting(engine, record, told.kind, sealed, told.events, told.receipts)


async def _look_again(engine: Engine, message: int) -> None:
    """The tables changed while this one was on its way to be parked."""
    row = engine.reader.message(message)
    if row is not None:
        await look_at_messages(engine, [row])


def _tell(system: str, admitted: Admitted) -> None:
    """Normal operation is quiet; what a person will have to look at is told, by numbers only."""
    verdict = admitted.verdict
    if verdict.acceptance in LOUD:
        known = {"message": f"M{verdict.message}"} if verdict.message else {}  # what is refused has no number
        told = {"trace": [f"C{subject}" for subject in admitted.subjects]} if admitted.subjects else {}
        log.warning(f"message.{verdict.acceptance}", system=system, code=verdict.code, **known, **told)


def _come_again(problem: Problem, reading: Reading | None) -> Verdict:
    if reading is not None:
        reading.stop()
    return Verdict(Acceptance.REFUSED, code=problem.code.id, reason=problem.message("en"),
                   reason_zh=problem.message("zh"), again=True)
