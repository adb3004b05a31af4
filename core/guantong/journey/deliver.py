"""DELIVER: one delivery has its turn on the line of its target.

Read `deliver` from top to bottom: it is the whole way out. Mapping and sending happen outside any
transaction; before sending to a target that cannot tell a repetition, the intent is committed; afterwards
ONE short transaction holds outcome, links, next in line and journal.
"""

from __future__ import annotations

import asyncio

import structlog

from guantong.adapter import Connection
from guantong.blobs.folding import Folded
from guantong.codec import Undecodable
from guantong.config.configuration import System
from guantong.config.reply import Meaning, ReplyRules
from guantong.foretold import Foretold
from guantong.journey.codes import OUR_MISTAKE
from guantong.journey.conclude import Kept, TakenAway, conclude, intend
from guantong.journey.enclosing import Unloadable, load
from guantong.journey.engine import Engine
from guantong.journey.holds import held_by, not_held_meanwhile, set_aside
from guantong.journey.judge import Judgement
from guantong.journey.keys import key_of
from guantong.journey.prepare import Parcel, prepare
from guantong.journey.ready import Ready
from guantong.journey.rowsadded import look_at_deliveries, overtaken
from guantong.journey.settle import Outcome, died, settle, settle_query, unsent
from guantong.journey.speaking import ask, send
from guantong.journey.states import DeliveryState
from guantong.journey.translate import case_serials
from guantong.log import where
from guantong.mapping import Untranslatable
from guantong.problems import Problem, ProblemsError
from guantong.record import Outgoing
from guantong.store import Serial, StoreFailed

STORE_PAUSE = 1.0  # seconds before an outcome is handed again to a store that could not keep it
LOUD = frozenset({DeliveryState.DEAD, DeliveryState.UNKNOWN})
SILENT_TOO_LONG = Judgement(Meaning.TRANSIENT, "this process was silent for too long, and may have been taken for dead", sent=False,
                            reason_zh="本进程失联过久，可能已被视为停止")
"""Of an attempt that is not made, though it was intended: another may be at it by now."""
log = structlog.get_logger("guantong.deliver")


async def deliver(engine: Engine, system: System, connection: Connection, ready: Ready) -> Judgement | None:
    """Give *ready* its turn: send it, or ask about it; keep the outcome; announce what may follow.

    Returns the judgement for the circuit breaker, None when the target was not spoken to. Raises
    `StoreFailed` when the store could not be read, or the intent not be kept: nothing was sent then.
    """
    parcel = _prepare(engine, system, ready)
    if isinstance(parcel, Outcome):
        await _conclude(engine, ready, parcel, None, ())
        if parcel.waits_for_row and overtaken(engine, system):
            await _look_again(engine, ready.delivery)
        await not_held_meanwhile(engine, ready, parcel)
        return None
    kept = Kept(parcel.kind, ready.body or engine.vault.seal_seeded(parcel.folded or Folded(parcel.body)), parcel.plan, parcel.sites)
    outgoing = _outgoing(system, ready, parcel)
    if parcel.folded is not None:
        try:
            outgoing = await _loaded(engine, system, parcel, parcel.folded, outgoing)
        except Unloadable as error:
            await _conclude(engine, ready, died(ready, error.problems[0], engine.clock()), None, ())
            return None
    if system.shadow is not None:
        await _conclude(engine, ready, unsent(system, ready, engine.clock()), None if ready.body else kept, ())
        return None
    if ready.state is DeliveryState.UNKNOWN:
        judgement = await ask(system, connection, outgoing, system.query or ReplyRules())
        outcome = settle_query(judgement, system, ready, engine.clock(), engine.clock.age(ready.accepted_at))
    else:
        if system.delivery.unknown != "retry":
            try:
                await engine.store.write(Foretold(intend, engine, ready, kept).about(deliveries=(ready.delivery,)))
            except TakenAway:
                log.warning("deliver.taken_away", system=system.id, delivery=ready.delivery)
                return None
            ready.state = DeliveryState.SENDING
        engine.crash_at("deliver:before-send")
        may_send = engine.crew is None or engine.crew.may_act()
        try:
            judgement = await send(system, connection, outgoing) if may_send else SILENT_TOO_LONG
        except ProblemsError as error:
            # The adapter cannot even begin: nothing left us, and only a person can mend it.
            await _conclude(engine, ready, died(ready, error.problems[0], engine.clock()), kept, ())
            return None
        engine.crash_at("deliver:after-send")
        outcome = settle(judgement, system, ready, engine.clock(), engine.clock.age(ready.accepted_at))
    serials = _serials(engine, system, ready, judgement) if _took(outcome) else ()
    await _conclude(engine, ready, outcome, None if ready.body else kept, serials)
    return None if judgement is SILENT_TOO_LONG else judgement


async def _loaded(engine: Engine, system: System, parcel: Parcel, folded: Folded, outgoing: Outgoing) -> Outgoing:
    """*outgoing* with the contents of its event. Raises `Unloadable`."""
    loaded = await asyncio.to_thread(load, engine, system, folded, parcel.fields, parcel.values)
    return outgoing._replace(body=loaded.body, fields=loaded.fields, attached=loaded.attached)


async def _look_again(engine: Engine, delivery: int) -> None:
    """The tables changed while this one was on its way to wait for them."""
    row = engine.reader.delivery(delivery)
    if row is not None:
        await look_at_deliveries(engine, [row], own_turn=True)


def _prepare(engine: Engine, system: System, ready: Ready) -> Parcel | Outcome:
    try:
        hold = held_by(engine, ready)
        return prepare(engine, system, ready) if hold is None else set_aside(ready, hold)
    except StoreFailed:
        raise  # it cannot be read now: no fault of this delivery
    except Exception as error:  # noqa: BLE001 -- a mistake of ours costs this delivery, never its line
        log.error("deliver.prepare_failed", system=system.id, delivery=ready.delivery,
                  error=type(error).__name__, where=where(error))
        problem = Problem(OUR_MISTAKE, details={"step": "prepare", "what": type(error).__name__})
        return died(ready, problem, engine.clock())


async def _conclude(engine: Engine, ready: Ready, outcome: Outcome, kept: Kept | None,
                    serials: tuple[Serial, ...]) -> None:
    """Keep the outcome. A store that cannot write is waited for: nobody else knows how the attempt ended."""
    engine.crash_at("deliver:before-commit")
    while True:
        try:
            work = Foretold(conclude, engine, ready, outcome, kept, serials, own_turn=True)
            freed = await engine.store.write(work.about(serials=serials, deliveries=(ready.delivery,)))
        except StoreFailed as error:
            log.error("deliver.not_kept", system=ready.target, delivery=ready.delivery, error=str(error))
            await asyncio.sleep(STORE_PAUSE)
        else:
            break
    engine.crash_at("deliver:after-commit")
    engine.lines.announce(freed)
    if outcome.state in LOUD:
        log.warning(f"delivery.{outcome.state}", system=ready.target, delivery=ready.delivery,
                    trace=f"C{ready.subject}", code=outcome.code)


def _took(outcome: Outcome) -> bool:
    return outcome.state in (DeliveryState.CONFIRMED, DeliveryState.SENT)


def _outgoing(system: System, ready: Ready, parcel: Parcel) -> Outgoing:
    return Outgoing(
        delivery=ready.delivery, attempt=ready.attempts + 1, event=ready.name, kind=parcel.kind,
        body=parcel.body, fields=parcel.fields, key=key_of(ready.delivery), timeout=system.delivery.timeout,
    )


def _serials(engine: Engine, system: System, ready: Ready, judgement: Judgement) -> tuple[Serial, ...]:
    """The numbers the target gave in its reply, by the mapping's `reply:`."""
    if judgement.reply is None or not system.dialect.reads_reply(ready.name):
        return ()
    try:
        native = system.dialect.decode_reply(judgement.reply, judgement.charset)
        values = system.dialect.reply(ready.name, native)
        return tuple(case_serials(system.id, values, engine.configuration.model))
    except (Undecodable, Untranslatable) as error:
        # Judged a success by its text: it took effect, though its numbers cannot be read.
        code = error.code if isinstance(error, Undecodable) else error.problems[0].code.id
        log.warning("reply.unread", system=system.id, delivery=ready.delivery, code=code)
        return ()
