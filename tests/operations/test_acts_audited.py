"""Every act of an operator leaves a line in the journal with its actor and its reason: a new act without one fails here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
import pytest
from tests.journey.played import Act as Does
from tests.journey.world import HALL, World, step, world
from tests.operations.test_returning import Giving

from guantong.finding import FindingKind
from guantong.journey.accept import accept
from guantong.operations import Act
from guantong.record import Record
from guantong.store import NewFinding

COUNTY, WHO, WHY = "east.approval", "陈工", "原因如下"
Sets = Callable[[World], Awaitable[str]]


async def _dead(it: World) -> str:
    it.hall.script.append(Does.REFUSED)
    await it.tell(COUNTY, step("1", "P1"))
    await it.quiet()
    return "D1"


async def _unknown(it: World) -> str:
    it.hall.script.append(Does.LOST)
    await it.tell(COUNTY, step("1", "P1"))
    await it.quiet()
    return "D1"


async def _conflict(it: World) -> str:
    await it.tell(COUNTY, step("1", "P1"))
    await it.tell(COUNTY, step("1", "P1", title="B"))
    await it.quiet()
    return "M2"


async def _given_up(it: World) -> str:
    await it.act(Act.HOLD, HALL, actor="前人", why="x")
    await it.tell(COUNTY, step("1", "P1"))
    await it.act(Act.DISCARD, "D1", actor="前人", why="x")
    return "D1"


async def _found(it: World) -> str:
    kind = FindingKind("odd_thing", "Odd", "奇怪", "look", "请查看")
    await it.engine.store.write(lambda tx: tx.add_finding(NewFinding(kind, 1), reopen="hub"))
    return "F1"


async def _refused(it: World) -> str:
    it.engine.givers = {COUNTY: Giving(COUNTY)}
    it.hall.script.append(Does.REFUSED)
    await accept(it.engine, Record(COUNTY, orjson.dumps(step("1", "P1")), ref="EX:1"))
    await it.quiet()
    return "D1"


async def _nothing(_: World) -> str:
    return HALL


async def _held(it: World) -> str:
    await it.act(Act.HOLD, HALL, actor="前人", why="x")
    return HALL


async def _cased(it: World) -> str:
    await it.tell(COUNTY, step("1", "P1"))
    return "P1"


async def _delivered(it: World) -> str:
    await it.tell(COUNTY, step("1", "P1"))
    await it.quiet()
    return "P1"


async def _frozen(it: World) -> str:
    await it.tell(COUNTY, step("1", "P1"))
    await it.act(Act.FREEZE, "P1", actor="前人", why="x")
    return "C1"


CASES: dict[Act, tuple[Sets, str]] = {
    Act.REPLAY: (_dead, "replayed"), Act.DISCARD: (_dead, "discarded"), Act.RESTORE: (_given_up, "restored"),
    Act.TOOK_EFFECT: (_unknown, "decided"), Act.DID_NOT: (_unknown, "decided"), Act.KEEP_NEW: (_conflict, "chosen"),
    Act.RETURN: (_refused, "returned"), Act.KEEP_OLD: (_conflict, "discarded"), Act.SETTLE: (_found, "finding_settled"), Act.HOLD: (_nothing, "held"),
    Act.HOLD_INBOUND: (lambda _: _of(COUNTY), "held"), Act.RELEASE: (_held, "released"),
    Act.FREEZE: (_cased, "frozen"), Act.THAW: (_frozen, "thawed"), Act.REDACT: (_delivered, "redacted"),
}
"""How an object of each act comes about, and what the journal calls the act."""


async def _of(name: str) -> str:
    return name


@pytest.mark.parametrize("word", list(Act))
async def test_every_act_is_journaled_with_who_and_why(tmp_path: Path, word: Act) -> None:
    """One line of the act, by the person who did it, for the reason given, in the transaction of what was done."""
    sets, what = CASES[word]
    async with world(tmp_path, delivery={HALL: "unknown: hold"}, more={COUNTY: "    poll: {every: 1h}\n"}) as it:
        ident = await sets(it)
        (done,) = await it.act(word, ident, actor=WHO, why=WHY)
        assert done.problem is None, done.problem.line()
        lines = [entry for entry in it.reader.survey_journal(0, 1000) if entry.what == what]
        rows = [it.reader._one("journal_entry", (entry.id,)) for entry in lines]  # type: ignore[attr-defined]  # acts on systems have no subject to ask by
        mine = [(row[8], WHY in row[9]) for row in rows if row[8] == WHO]
        assert mine == [(WHO, True)]
