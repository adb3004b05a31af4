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
    """Every attempt that was on the wire when the last run ended becomes `unknown` (DESIGN promise 2), and
    due times that lie too far ahead (the clock was wrong) are brought back. Returns how many attempts."""
    found = 0
    while rows := engine.reader.in_state(DeliveryState.SENDING, limit=BATCH):
        await engine.store.write(partial(_unknown, engine, rows))
        found += len(rows)
    return found


def _unknown(engine: Engine, rows: list[DeliveryRow], tx: Transaction) -> None:
    at = engine.clock()
    for row in rows:
        system = engine.configuration.systems.get(row.target)
        asks = system is not None and system.delivery.unknown == "query"
        details = {"target": row.target, "answer": "the hub stopped while sending", "delivery": row.id}
        problem = Problem(NO_KNOWN_END, details={**details, "answer": "推送途中系统停止"})
        tx.move(row.id, DeliveryState.UNKNOWN, at=at, due=at if asks else NEVER, attempts=row.attempts + 1,
                code=problem.code.id, reason=f"{problem.message('zh')}；{problem.hint('zh')}")
        tx.note(Entry(at, "unknown", subject=row.subject, delivery=row.id, system=row.target, actor=HUB_ACTOR,
                      detail={"event": row.name, "attempt": row.attempts + 1, "code": problem.code.id}))
