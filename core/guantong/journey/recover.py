"""Recovery: what a start does with what the last run left."""

from __future__ import annotations

from functools import partial

from guantong.clock import NEVER
from guantong.journey.codes import NO_KNOWN_END
from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.journey.states import DeliveryState
from guantong.problems import Problem
from guantong.store import DeliveryRow, Entry, Transaction

BATCH = 500


async def recover(engine: Engine) -> int:
    """Every attempt that was on the wire when the last run ended becomes `unknown` (DESIGN promise 2).
    What is unknown is asked about, or left to a person, by the policy in force now. Where others share the store, it is
    those of nobody who lives. Returns how many attempts there were."""
    found = await engine.crew.join() if engine.crew is not None else 0
    while engine.crew is None and (rows := engine.reader.in_state(DeliveryState.SENDING, limit=BATCH)):
        await engine.store.write(partial(left_unknown, engine, rows))
        found += len(rows)
    after = 0
    while rows := engine.reader.in_state(DeliveryState.UNKNOWN, limit=BATCH, after=after):
        after = rows[-1].id
        changed = [row for row in rows if (row.due < NEVER) is not _asks(engine, row)]
        if changed:
            await engine.store.write(partial(_by_policy, engine, changed))
    return found


def _asks(engine: Engine, row: DeliveryRow) -> bool:
    system = engine.configuration.systems.get(row.target)
    return system is not None and system.delivery.unknown == "query" and system.shadow is None


def _by_policy(engine: Engine, rows: list[DeliveryRow], tx: Transaction) -> None:
    at = engine.clock()
    for row in rows:
        tx.move(row.id, row.state, at=at, due=at if _asks(engine, row) else NEVER, attempts=row.attempts,
                code=row.code, reason=row.reason)


def left_unknown(engine: Engine, rows: list[DeliveryRow], tx: Transaction) -> None:
    """Nobody knows how these attempts ended: whoever made them has."""
    at = engine.clock()
    for row in rows:
        details = {"target": row.target, "answer": "the hub stopped while sending", "answer_zh": "推送途中系统停止", "delivery": row.id}
        problem = Problem(NO_KNOWN_END, details=details)
        tx.move(row.id, DeliveryState.UNKNOWN, at=at, due=at if _asks(engine, row) else NEVER, attempts=row.attempts + 1,
                code=problem.code.id, reason=f"{problem.message('zh')}；{problem.hint('zh')}")
        tx.note(Entry(at, "unknown", subject=row.subject, delivery=row.id, system=row.target, actor=HUB_ACTOR,
                      detail={"event": row.name, "event_id": row.event, "attempt": row.attempts + 1, "code": problem.code.id}))
