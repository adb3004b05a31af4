"""ACCEPT: a record comes in, and is durably ours when the sender hears so.

Read `accept` from top to bottom: it is the whole way in. Decoding and mapping happen before, the reply
after, ONE short transaction that correlates, dedupes, routes and journals.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from guantong.journey.admit import Admitted, admit, park, turn_away
from guantong.journey.codes import FULL, NOT_STORED
from guantong.journey.engine import Engine
from guantong.journey.translate import Refused, decode, to_events
from guantong.mapping import Untranslatable
from guantong.problems import Problem
from guantong.record import Acceptance, Record, Verdict
from guantong.store import StoreFailed


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
        try:
            natives = decode(source, record)
            events = to_events(source, natives, engine.configuration.model, engine.vault)
        except Refused as refusal:
            return await _refuse(engine, record, refusal)
        except Untranslatable as error:
            if source.on_unmappable == "refuse":
                return await _refuse(engine, record, _as_refusal(error.problems))
            return await _admit(engine, partial(park, engine, record, engine.vault.seal(record.body),
                                                engine.vault.digest(record.body), error.problems))
        kind = natives[0].kind
        return await _admit(engine, partial(admit, engine, record, kind, engine.vault.seal(record.body), events))
    except StoreFailed as error:
        engine.lines.reload()
        return _come_again(Problem(NOT_STORED, details={"what": str(error)}))
    finally:
        engine.accepting -= 1


async def _admit(engine: Engine, work: partial[Admitted]) -> Verdict:
    """The one transaction; afterwards the lines hear of what may be sent."""
    engine.crash_at("accept:before-commit")
    admitted = await engine.store.write(work)
    engine.crash_at("accept:after-commit")
    engine.lines.announce(admitted.ready)
    return admitted.verdict


async def _refuse(engine: Engine, record: Record, refusal: Refused) -> Verdict:
    """Nothing is kept but a journal line."""
    await engine.store.write(partial(turn_away, record.system, refusal.code, engine.clock()))
    return Verdict(Acceptance.REFUSED, code=refusal.code, reason=refusal.reason, reason_zh=refusal.reason_zh)


def _as_refusal(problems: Sequence[Problem]) -> Refused:
    texts = [" | ".join(problem.line(tongue) for problem in problems) for tongue in ("en", "zh")]
    return Refused(problems[0].code.id, texts[0], texts[1])


def _come_again(problem: Problem) -> Verdict:
    return Verdict(Acceptance.REFUSED, code=problem.code.id, reason=problem.message("en"),
                   reason_zh=problem.message("zh"), again=True)

