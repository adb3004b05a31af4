"""The act on cases that cannot be taken back: redact, so that nothing of what one's records said is kept, before its period is over.

What the journal says stays, and so does what binds us to it: that there were such records is provable, what they said is not to be
found out any more.
"""

from __future__ import annotations

from functools import partial

from guantong.journey.engine import Engine
from guantong.operations.codes import NO_SUCH_CASE, NOT_KEPT, NOTHING_LEFT, STAYS
from guantong.operations.done import Done
from guantong.operations.tracing import find_subjects
from guantong.problems import Problem
from guantong.retention.holdings import Held, Stage, Why, held_of_case
from guantong.retention.pruning import counted, empty
from guantong.retention.walk import told_of
from guantong.store import Entry, Reader, StoreFailed, Transaction

WHY: dict[Why, tuple[str, str]] = {
    Why.FROZEN: ("it is frozen", "已保全"), Why.FINDING: ("a finding about it is not settled", "疑点未消除"),
    Why.IN_FLIGHT: ("something of it is still under way", "尚有推送未完成"), Why.FOR_A_PERSON: ("a record of it waits for a person", "有报文待人工处理"),
    Why.BACKFILL: ("a backfill that brought it is under way", "所属补传正在进行"), Why.MATTER: ("the catalogue is to take it", "待入事项目录"),
}


async def redact(engine: Engine, key: str, actor: str, why: str) -> Done:
    """Forget what the records of a case said, by any of its numbers, and what was sent of it."""
    subjects = find_subjects(engine.reader, key)
    if not subjects:
        return Done(key, problem=Problem(NO_SUCH_CASE, details={"id": key[:60]}))
    running = frozenset(run.id for run in engine.reader.backfills_running())
    try:
        problems = [await engine.store.write(partial(_redact, engine.clock(), actor, why, subject, told_of(engine.reader, subject), running))
                    for subject in subjects]
    except StoreFailed as error:
        return Done(key, problem=Problem(NOT_KEPT, details={"id": key, "what": str(error)}))
    problem = next((one for one in problems if one is not None), None)
    return Done(key, problem=problem) if problem is not None and None not in problems else Done(key, "redacted")


def redactable(reader: Reader, subject: int) -> Held | Problem:
    """What would go of the case *subject*, or why nothing does."""
    running = frozenset(run.id for run in reader.backfills_running())
    return _held(subject, held_of_case(reader, subject, told_of(reader, subject), Stage.CONTENTS, running))


def _held(subject: int, held: Held | Why) -> Held | Problem:
    if isinstance(held, Why):
        what, what_zh = WHY[held]
        return Problem(STAYS, details={"id": f"C{subject}", "what": what, "what_zh": what_zh})
    return held if held.size or held.blobs else Problem(NOTHING_LEFT, details={"id": f"C{subject}"})


def _redact(at: int, actor: str, why: str, subject: int, told: list[tuple[int, int]], running: frozenset[int],
            tx: Transaction) -> Problem | None:
    held = _held(subject, held_of_case(tx, subject, told, Stage.CONTENTS, running))
    if isinstance(held, Problem):
        return held
    emptied = empty(held, subject, tx)
    tx.note(Entry(at, "redacted", subject=subject, actor=actor, detail={
        "stage": Stage.CONTENTS, "why": why, "counts": counted(held), "emptied": emptied}))
    return None
