"""Operators' acts: replay, discard, settle what is unknown, decide conflicts, settle findings.

Systems and routes are held and released by their names, cases frozen, thawed and redacted by any of their numbers. Each act names its objects, does all of them it can, and says for each what happened. The same acts run
inside a running hub (asked over its local socket) and, when it is stopped, under its lock. Ids are
`M<number>` for messages, `D<number>` or plain numbers for deliveries, `F<number>` for findings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from guantong.journey.engine import Engine
from guantong.operations import deliveries, findings, freezing, holding, messages, redacting, returning
from guantong.operations.codes import NO_SUCH_ACT, NOT_FOUND, NOT_KEPT
from guantong.operations.done import Done, Worked
from guantong.operations.idents import named
from guantong.problems import Problem
from guantong.store import StoreFailed, Transaction

AT_ONCE = 200  # deliveries handed to the store together


class Act(StrEnum):
    """What may be done, by the word used on the command line and in the journal."""

    REPLAY = "replay"
    DISCARD = "discard"
    TOOK_EFFECT = "took-effect"
    DID_NOT = "did-not"
    KEEP_NEW = "keep-new"
    KEEP_OLD = "keep-old"
    RESTORE = "restore"
    SETTLE = "settle"
    RETURN = "return"
    HOLD = "hold"
    HOLD_INBOUND = "hold-inbound"
    RELEASE = "release"
    FREEZE = "freeze"
    THAW = "thaw"
    REDACT = "redact"


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants what done, to which objects, and why."""

    act: Act
    ids: Sequence[str]
    actor: str
    reason: str = ""


_WRONG_KIND = {
    "message": {"what": "a message", "what_zh": "报文", "expected": "deliveries (D34)", "expected_zh": "推送（D34）"},
    "finding": {"what": "a finding", "what_zh": "疑点", "expected": "messages (M12) or deliveries (D34)",
                "expected_zh": "报文（M12）或推送（D34）"},
    "settled": {"what": "no finding", "what_zh": "报文或推送", "expected": "findings (F56)", "expected_zh": "疑点（F56）"},
    "delivery": {"what": "a delivery", "what_zh": "推送", "expected": "messages (M12)", "expected_zh": "报文（M12）"},
}


async def carry_out(engine: Engine, order: Order) -> list[Done]:
    """Do *order*, object by object, each in its own transaction; one that cannot be done stops no other. Deliveries are
    handed in some at a time, in their order, and share commits."""
    done: list[Done] = []
    for start in range(0, len(order.ids), AT_ONCE):
        some = order.ids[start:start + AT_ONCE]
        if all((found := named(ident)) is not None and found[0] == "delivery" for ident in some):
            done += await asyncio.gather(*(_one(engine, order, ident) for ident in some))
        else:
            done += [await _one(engine, order, ident) for ident in some]
    return done


async def _one(engine: Engine, order: Order, ident: str) -> Done:
    if order.act in (Act.HOLD, Act.HOLD_INBOUND):
        return await holding.hold(engine, ident, order.actor, order.reason, inbound=order.act is Act.HOLD_INBOUND)
    if order.act is Act.RELEASE:
        return await holding.release(engine, ident, order.actor, order.reason)
    if order.act in (Act.FREEZE, Act.THAW):
        return await (freezing.freeze if order.act is Act.FREEZE else freezing.thaw)(engine, ident, order.actor, order.reason)
    if order.act is Act.REDACT:
        return await redacting.redact(engine, ident, order.actor, order.reason)
    found = named(ident)
    if found is None:
        verb = "findings" if order.act is Act.SETTLE else "dead"
        details = {"what": "object", "what_zh": "对象", "id": ident[:40], "verb": verb}
        return Done(ident, problem=Problem(NOT_FOUND, details=details))
    kind, number = found
    work: partial[Worked] | Done | None
    if order.act is Act.RETURN:
        work = await returning.work_for(engine, kind, number, order.actor, order.reason)
    elif kind == "finding":
        work = findings.work_for(engine, order.act, number, order.actor, order.reason)
    elif kind == "message":
        work = await messages.work_for(engine, order.act, number, order.actor, order.reason)
    else:
        work = deliveries.work_for(engine, order.act, number, order.actor, order.reason)
    if isinstance(work, Done):
        return work
    if work is None:
        wrong = _WRONG_KIND["settled" if order.act is Act.SETTLE else kind]
        return Done(ident, problem=Problem(NO_SUCH_ACT, details={"id": ident, **wrong}))
    try:
        worked: Worked = await engine.store.write(partial(_run, work))
    except StoreFailed as error:
        return Done(ident, problem=Problem(NOT_KEPT, details={"id": ident, "what": str(error)}))
    engine.lines.announce(worked.ready)
    return worked.done


def _run(work: partial[Worked], tx: Transaction) -> Worked:
    return work(tx)
