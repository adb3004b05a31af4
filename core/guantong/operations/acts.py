"""Operators' acts: replay, discard, settle what is unknown, decide conflicts.

Each act names its objects, does all of them it can, and says for each what happened. The same acts run
inside a running hub (asked over its local socket) and, when it is stopped, under its lock. Ids are
`M<number>` for messages and plain numbers for deliveries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from guantong.journey.engine import Engine
from guantong.operations import deliveries, messages
from guantong.operations.codes import NOT_FOUND, NOT_KEPT
from guantong.operations.done import Done, Worked
from guantong.operations.idents import number_in
from guantong.problems import Problem
from guantong.store import StoreFailed, Transaction


class Act(StrEnum):
    """What may be done, by the word used on the command line and in the journal."""

    REPLAY = "replay"
    DISCARD = "discard"
    TOOK_EFFECT = "took-effect"
    DID_NOT = "did-not"
    KEEP_NEW = "keep-new"
    KEEP_OLD = "keep-old"


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants what done, to which objects, and why."""

    act: Act
    ids: Sequence[str]
    actor: str
    reason: str = ""


async def carry_out(engine: Engine, order: Order) -> list[Done]:
    """Do *order*, object by object, each in its own transaction; one that cannot be done stops no other."""
    return [await _one(engine, order, ident) for ident in order.ids]


async def _one(engine: Engine, order: Order, ident: str) -> Done:
    of_message = ident[:1] in ("M", "m")
    number = number_in(ident[1:] if of_message else ident)
    if number is None:
        return Done(ident, problem=_no_such(ident))
    if of_message:
        work = messages.work_for(engine, order.act, number, order.actor, order.reason)
    else:
        work = deliveries.work_for(engine, order.act, number, order.actor, order.reason)
    if isinstance(work, Done):
        return work
    if work is None:
        return Done(ident, problem=_no_such(ident))
    try:
        worked: Worked = await engine.store.write(partial(_run, work))
    except StoreFailed as error:
        return Done(ident, problem=Problem(NOT_KEPT, details={"id": ident, "what": str(error)}))
    engine.lines.announce(worked.ready)
    return worked.done


def _run(work: partial[Worked], tx: Transaction) -> Worked:
    return work(tx)


def _no_such(ident: str) -> Problem:
    return Problem(NOT_FOUND, details={"what": "object", "what_zh": "对象", "id": ident, "verb": "dead"})
