"""ACCEPT: a record comes in, and is durably ours when the sender hears so.

Read `accept` from top to bottom: it is the whole way in. Decoding and mapping happen before, the reply
after, ONE short transaction that correlates, dedupes, routes and journals.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

import structlog

from guantong.blobs.blob import Blob
from guantong.blobstore import BlobsFailed
from guantong.config.configuration import System
from guantong.journey.admit import Admitted, admit, park, turn_away
from guantong.journey.attaching import attach, hand_over, sealed_record
from guantong.journey.codes import FULL, NOT_STORED, OUR_MISTAKE
from guantong.journey.engine import Engine
from guantong.journey.fetching import ComeLater, fetch, lacking
from guantong.journey.receiptmessages import admit_receipts, split
from guantong.journey.rowsadded import look_at_messages, overtaken
from guantong.journey.translate import Incoming, Refused, decode, refusal_of, to_events
from guantong.log import where
from guantong.mapping import Untranslatable
from guantong.mapping.codes import WAITS_FOR_ROW
from guantong.mapping.outcome import waits_for_row
from guantong.problems import Problem
from guantong.record import Acceptance, Native, Record, Verdict
from guantong.store import StoreFailed, Transaction

Admission: TypeAlias = Callable[[Transaction], Admitted]


class Fetching(NamedTuple):
    """A translated record, contents of which are to be fetched from its source first: those that these natives name."""

    kind: str
    natives: Sequence[Native]


class Attaching(NamedTuple):
    """A translated record, contents of which are to be kept before its transaction: those among the values of its
    events, and those handed over beside it."""

    kind: str
    events: Sequence[Incoming]
    handed: Mapping[str, Blob]
    receipts: Sequence[Native] = ()


LOUD = frozenset({Acceptance.PARKED, Acceptance.CONFLICT, Acceptance.UNROUTED, Acceptance.REFUSED})
log = structlog.get_logger("guantong.accept")


async def accept(engine: Engine, record: Record) -> Verdict:
    """Take *record* in; the verdict is true once it is returned, and durable (DESIGN promise 1).

    Records handed in one after the other are accepted in that order: nothing before the store's queue
    waits, but for attachments, and then all of that system wait their turn. Never raises for a bad record or a store
    that cannot write.
    """
    source = engine.system(record.system)
    if engine.accepting >= engine.configuration.hub.queue.accepting:
        return _come_again(Problem(FULL))
    engine.accepting += 1
    try:
        admission = None if record.system in engine.turns else admission_of(engine, source, record)
        if admission is None or isinstance(admission, Attaching | Fetching):
            written = await _in_turn(engine, source, record)
        else:
            engine.crash_at("accept:before-commit")
            written = engine.store.write(admission)
        admitted = await written
        engine.crash_at("accept:after-commit")
        engine.lines.announce(admitted.ready)
        _tell(record.system, admitted)
        if admitted.verdict.code == WAITS_FOR_ROW.id and overtaken(engine, source):
            await _look_again(engine, admitted.verdict.message)
        return admitted.verdict
    except (StoreFailed, BlobsFailed) as error:
        return _come_again(Problem(NOT_STORED, details={"what": str(error)}))
    except ComeLater as error:
        return _come_again(error.problem)
    finally:
        engine.accepting -= 1


async def _in_turn(engine: Engine, source: System, record: Record) -> Awaitable[Admitted]:
    """Fetch what *record* refers to, keep what is attached to it, then hand it to the store, ahead of what came behind it."""
    async with engine.turns.setdefault(record.system, asyncio.Lock()):
        admission, bare = admission_of(engine, source, record), record
        if isinstance(admission, Fetching):
            record, admission = await _fetched(engine, source, record, admission)
        if isinstance(admission, Attaching):
            admission = await _attached(engine, source, record, admission, bare)
        engine.crash_at("accept:before-commit")
        return engine.store.write(admission)


async def _fetched(engine: Engine, source: System, record: Record, told: Fetching) -> tuple[Record, Admission | Attaching]:
    """*record* with the contents that its source keeps beside it, and what is to be done with it. Raises `ComeLater`,
    `BlobsFailed`."""
    try:
        parts = await fetch(engine, source, told.natives)
    except Untranslatable as error:
        return record, _untold(engine, source, record, told.kind, error.problems)
    except (ComeLater, BlobsFailed):
        raise
    except Exception as error:  # noqa: BLE001 -- a mistake of ours must lose no record
        return record, _mistaken(engine, source, record, told.kind, error)
    whole = record._replace(parts=(*record.parts, *parts))
    admission = admission_of(engine, source, whole)
    assert not isinstance(admission, Fetching)  # noqa: S101 -- nothing is lacking any more
    return whole, admission


async def _attached(engine: Engine, source: System, record: Record, told: Attaching, bare: Record) -> Admission:
    """What the transaction is to do with *record*, its contents kept; where one is wrong, *bare* waits, and what was
    fetched for it is fetched anew. Raises `BlobsFailed`."""
    try:
        texts = await attach(engine, told.events, told.handed)
    except Untranslatable as error:
        return _untold(engine, source, bare, told.kind, error.problems)
    except BlobsFailed:
        raise
    except Exception as error:  # noqa: BLE001 -- a mistake of ours must lose no record
        return _mistaken(engine, source, bare, told.kind, error)
    engine.crash_at("accept:blobs-kept")
    sealed = await asyncio.to_thread(sealed_record, engine, record, texts)
    if told.receipts:
        return partial(admit_receipts, engine, record, sealed, told.receipts, told.events, blobs=_beside(engine, record))
    return partial(admit, engine, record, told.kind, sealed, told.events, blobs=_beside(engine, record))


async def _look_again(engine: Engine, message: int) -> None:
    """The tables changed while this one was on its way to be parked."""
    row = engine.reader.message(message)
    if row is not None:
        await look_at_messages(engine, [row])


def admission_of(engine: Engine, source: System, record: Record) -> Admission | Attaching | Fetching:
    """What the transaction is to do with *record*: turn it away (unparsable, or of an unknown kind), park it
    (it parses but cannot be told), or admit its events and receipts; or which contents are to be fetched or kept first."""
    kind = record.kind or ""
    try:
        natives = decode(source, record)
        kind = natives[0].kind
        handed = hand_over(natives, record.parts) if record.parts else {}
        natives, receipts = split(source, natives) if source.receipts_heard else (natives, ())
        events = to_events(source, natives, engine.configuration.model, engine.vault)
        if source.fetch is not None and (missing := lacking(source.fetch, natives)):
            return Fetching(kind, missing)
    except Refused as refusal:
        return partial(turn_away, engine, record.system, refusal.verdict())
    except Untranslatable as error:
        return _untold(engine, source, record, kind, error.problems)
    except Exception as error:  # noqa: BLE001 -- a mistake of ours must lose no record
        return _mistaken(engine, source, record, kind, error)
    if handed or any(event.attached for event in events):
        return Attaching(kind, events, handed, receipts)
    sealed = engine.vault.seal(record.body)
    if receipts:
        return partial(admit_receipts, engine, record, sealed, receipts, events)
    return partial(admit, engine, record, kind, sealed, events)


def _untold(engine: Engine, source: System, record: Record, kind: str, problems: Sequence[Problem]) -> Admission:
    """Park what cannot be told, or refuse it where the source wants no parking."""
    if source.on_unmappable == "refuse" and not waits_for_row(problems):
        return partial(turn_away, engine, record.system, refusal_of(problems).verdict())
    said = record.body + b"".join(part.blob.sha256.encode() for part in record.parts)
    return partial(park, engine, record, kind, sealed_record(engine, record), engine.vault.digest(said), problems,
                   blobs=_beside(engine, record))


def _mistaken(engine: Engine, source: System, record: Record, kind: str, error: Exception) -> Admission:
    log.error("accept.failed", system=source.id, error=type(error).__name__, where=where(error))
    problem = Problem(OUR_MISTAKE, details={"step": "accept", "what": type(error).__name__})
    said = engine.vault.digest(record.body)
    return partial(park, engine, record, kind, sealed_record(engine, record), said, (problem,), blobs=_beside(engine, record))


def _beside(engine: Engine, record: Record) -> list[str]:
    return [engine.blobs.name(part.blob.sha256) for part in record.parts]


def _tell(system: str, admitted: Admitted) -> None:
    """Normal operation is quiet; what a person will have to look at is told, by numbers only."""
    verdict = admitted.verdict
    if verdict.acceptance in LOUD:
        log.warning(f"message.{verdict.acceptance}", system=system, message=f"M{verdict.message}",
                    code=verdict.code, trace=[f"C{subject}" for subject in admitted.subjects])


def _come_again(problem: Problem) -> Verdict:
    return Verdict(Acceptance.REFUSED, code=problem.code.id, reason=problem.message("en"),
                   reason_zh=problem.message("zh"), again=True)
