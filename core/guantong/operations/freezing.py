"""Acts on cases: freeze (证据保全), so that nothing of one is pruned, and thaw."""

from __future__ import annotations

from functools import partial

from guantong.clock import shown
from guantong.journey.engine import Engine
from guantong.operations.codes import FROZEN_BEFORE, NO_SUCH_CASE, NOT_FROZEN, NOT_KEPT
from guantong.operations.done import Done
from guantong.operations.tracing import find_subjects
from guantong.problems import Problem
from guantong.retention.walk import CURSOR
from guantong.retentionstore import Frozen
from guantong.store import Entry, StoreFailed, Transaction


async def freeze(engine: Engine, key: str, actor: str, why: str) -> Done:
    """Keep everything of a case, by any of its numbers, whatever its period, until it is thawed."""
    return await _each(engine, key, "frozen", partial(_freeze, engine.clock(), actor, why))


async def thaw(engine: Engine, key: str, actor: str, why: str) -> Done:
    """A frozen case is kept as long as its period, again."""
    return await _each(engine, key, "thawed", partial(_thaw, engine.clock(), actor, why))


async def _each(engine: Engine, key: str, state: str, work: partial[Problem | None]) -> Done:
    subjects = find_subjects(engine.reader, key)
    if not subjects:
        return Done(key, problem=Problem(NO_SUCH_CASE, details={"id": key[:60]}))
    try:
        problems = [await engine.store.write(partial(work, subject)) for subject in subjects]
    except StoreFailed as error:
        return Done(key, problem=Problem(NOT_KEPT, details={"id": key, "what": str(error)}))
    problem = next((one for one in problems if one is not None), None)
    return Done(key, problem=problem) if problem is not None and None not in problems else Done(key, state)


def _freeze(at: int, actor: str, why: str, subject: int, tx: Transaction) -> Problem | None:
    known = tx.frozen(subject)
    if known is not None:
        return Problem(FROZEN_BEFORE, details={"id": f"C{subject}", "since": shown(known.at), "by": known.actor, "why": known.why})
    tx.freeze(Frozen(subject, at, actor, why))
    tx.note(Entry(at, "frozen", subject=subject, actor=actor, detail={"why": why}))
    return None


def _thaw(at: int, actor: str, why: str, subject: int, tx: Transaction) -> Problem | None:
    known = tx.frozen(subject)
    if known is None:
        return Problem(NOT_FROZEN, details={"id": f"C{subject}"})
    tx.thaw(subject)
    tx.set_cursor(CURSOR, "")  # what was passed while it was frozen is looked at again
    tx.note(Entry(at, "thawed", subject=subject, actor=actor, detail={"why": why, "frozen_since": known.at, "frozen_by": known.actor}))
    return None
