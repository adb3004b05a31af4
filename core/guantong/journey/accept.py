"""ACCEPT: a record comes in, and is durably ours when the sender hears so.

Read `accept` from top to bottom: it is the whole way in. Decoding and mapping happen before, the reply
after, ONE short transaction that correlates, dedupes, routes and journals.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import structlog

from guantong.config.configuration import System
from guantong.journey.admit import Admitted, admit, park, turn_away
from guantong.journey.codes import FULL, NOT_STORED, OUR_MISTAKE
from guantong.journey.engine import Engine
from guantong.journey.rowsadded import look_at_messages, overtaken
from guantong.journey.translate import Refused, decode, refusal_of, to_events
from guantong.log import where
from guantong.mapping import Untranslatable
from guantong.mapping.codes import WAITS_FOR_ROW
from guantong.mapping.outcome import waits_for_row
from guantong.problems import Problem
from guantong.record import Acceptance, Record, Verdict
from guantong.store import StoreFailed, Transaction

Admission: TypeAlias = Callable[[Transaction], Admitted]
LOUD = frozenset({Acceptance.PARKED, Acceptance.CONFLICT, Acceptance.UNROUTED, Acceptance.REFUSED})
log = structlog.get_logger("guantong.accept")


async def accept(engine: Engine, record: Record) -> Verdict:
    """Take *record* in; the verdict is true once it is returned, and durable (DESIGN promise 1).

    Records handed in one after the other are accepted in that order: nothing before the store's queue
    waits. Never raises for a bad record or a store that cannot write.
    """
    source = engine.system(record.system)
    if engine.accepting >= engine.configuration.hub.queue.accepting:
        return _come_again(Problem(FULL))
    engine.accepting += 1
    try:
        admission = admission_of(engine, source, record)
        engine.crash_at("accept:before-commit")
        admitted = await engine.store.write(admission)
        engine.crash_at("accept:after-commit")
        engine.lines.announce(admitted.ready)
        _tell(record.system, admitted)
        if admitted.verdict.code == WAITS_FOR_ROW.id and overtaken(engine, source):
            await _look_again(engine, admitted.verdict.message)
        return admitted.verdict
    except StoreFailed as error:
        return _come_again(Problem(NOT_STORED, details={"what": str(error)}))
    finally:
        engine.accepting -= 1


async def _look_again(engine: Engine, message: int) -> None:
    """The tables changed while this one was on its way to be parked."""
    row = engine.reader.message(message)
    if row is not None:
        await look_at_messages(engine, [row])


def admission_of(engine: Engine, source: System, record: Record) -> Admission:
    """What the transaction is to do with *record*: turn it away (unparsable, or of an unknown kind), park it
    (it parses but cannot be told), or admit its events."""
    kind = record.kind or ""
    try:
        natives = decode(source, record)
        kind = natives[0].kind
        events = to_events(source, natives, engine.configuration.model, engine.vault)
    except Refused as refusal:
        return partial(turn_away, engine, record.system, refusal.verdict())
    except Untranslatable as error:
        if source.on_unmappable == "refuse" and not waits_for_row(error.problems):
            return partial(turn_away, engine, record.system, refusal_of(error.problems).verdict())
        problems = error.problems
    except Exception as error:  # noqa: BLE001 -- a mistake of ours must lose no record
        log.error("accept.failed", system=source.id, error=type(error).__name__, where=where(error))
        problems = (Problem(OUR_MISTAKE, details={"step": "accept", "what": type(error).__name__}),)
    else:
        return partial(admit, engine, record, kind, engine.vault.seal(record.body), events)
    sealed, digest = engine.vault.seal(record.body), engine.vault.digest(record.body)
    return partial(park, engine, record, kind, sealed, digest, problems)


def _tell(system: str, admitted: Admitted) -> None:
    """Normal operation is quiet; what a person will have to look at is told, by numbers only."""
    verdict = admitted.verdict
    if verdict.acceptance in LOUD:
        log.warning(f"message.{verdict.acceptance}", system=system, message=f"M{verdict.message}",
                    code=verdict.code, trace=[f"C{subject}" for subject in admitted.subjects])


def _come_again(problem: Problem) -> Verdict:
    return Verdict(Acceptance.REFUSED, code=problem.code.id, reason=problem.message("en"),
                   reason_zh=problem.message("zh"), again=True)
