"""What a delivery waits for: a value of its case before it goes, a receipt after it was taken."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.journey.played import Act
from tests.journey.world import HALL, Clock, D, apply, only, step, world

from guantong.adapter import Receipt
from guantong.journey.flow import Rates
from guantong.journey.receipts import receive_once
from guantong.operations.figures import queue_figures
from guantong.store import FindingFilter


async def test_a_value_of_the_case_is_waited_for_and_learnt_from_a_reply(tmp_path: Path) -> None:
    """The hall mints the number when it takes the application: what needs it goes as soon as the reply told
    it, without a look at the clock."""
    async with world(tmp_path) as it:
        it.hall.replies["apply"] = {"minted": "P1"}
        it.hall.gate = asyncio.Event()
        await it.tell("east.approval", step("0", own="E1"))
        await it.quiet()
        assert (it.states(HALL), it.deliveries(HALL)[0].code) == ([D.WAITING], "GT416")
        await it.tell("west.approval", apply(own="W1"))
        await it.tell("west.approval", step("1", own="W1"))
        await it.until(lambda: len(it.hall.sent) == 1)
        assert it.states(HALL) == [D.WAITING, D.WAITING, D.BLOCKED]
        it.hall.gate.set()
        await it.quiet()
        assert it.hall.texts() == ["apply A", "step 1"]
        assert it.hall.effects[1].fields["no"] == "P1"
        assert it.reader.subjects_by_number("P1") == it.reader.subjects_by_number("W1")
        assert "linked" in it.journal("W1")


async def test_waiting_for_a_value_ends(tmp_path: Path) -> None:
    """After the time the mapping allows it is dead, and says which value never came; meanwhile it is looked
    for, and makes no noise in the journal."""
    async with world(tmp_path) as it:
        await it.tell("east.approval", step("1", own="E1"))
        await it.tell("east.approval", step("2", own="E1"))
        for _ in range(5):
            await it.later(60)
        assert it.states(HALL) == [D.WAITING, D.BLOCKED]
        told = queue_figures(it.reader, it.engine.configuration, {}, it.clock(), {HALL: Rates(1.0, 0.0, 60.0)})["systems"][HALL]
        assert told["awaiting_values"] == [{"way": "out", "reason": it.deliveries(HALL)[0].reason, "count": 1}]
        assert (told["forecast"]["verdict"], told["forecast"]["depth"]) == ("waits", 1)
        await it.later(300)
        assert (it.states(HALL), it.deliveries(HALL)[0].code) == ([D.DEAD, D.BLOCKED], "GT410")
        assert "serial.province" in it.deliveries(HALL)[0].reason
        assert "waiting" not in it.journal("E1")
        assert it.hall.sent == []


async def test_a_value_learnt_from_another_event_lets_what_waits_go(tmp_path: Path) -> None:
    """An event that carries both numbers links them."""
    async with world(tmp_path) as it:
        await it.tell("east.approval", step("1", own="E1"))
        await it.quiet()
        await it.tell("east.approval", step("2", "P1", "E1"))
        await it.later(1)
        assert it.hall.texts() == ["step 1", "step 2"]


async def test_receipts_confirm_or_return(tmp_path: Path) -> None:
    """Taken is not yet confirmed where a receipt is to come; those behind do not wait for it; a return is
    final and says why."""
    more = {HALL: "    receipt: {by: column, every: 5s, within: 1h}\n"}
    async with world(tmp_path, more=more) as it:
        for code in ("1", "2", "3"):
            await it.tell("east.approval", step(code, "P1"))
        await it.quiet()
        assert it.states(HALL) == [D.SENT] * 3
        assert it.hall.texts() == ["step 1", "step 2", "step 3"]
        first, second, third = (row.id for row in it.deliveries(HALL))
        it.hall.judgements = {first: Receipt(first, True), second: Receipt(second, False, "材料不齐"),
                              999: Receipt(999, True)}
        assert await receive_once(it.engine, it.system(HALL), it.hall) == 2
        assert it.states(HALL) == [D.CONFIRMED, D.RETURNED, D.SENT]
        row = it.reader.delivery(second)
        assert row is not None
        assert (row.code, "材料不齐" in row.reason) == ("GT415", True)
        it.hall.judgements = {first: Receipt(first, False), third: Receipt(third, True)}
        assert await receive_once(it.engine, it.system(HALL), it.hall) == 1
        assert it.states(HALL) == [D.CONFIRMED, D.RETURNED, D.CONFIRMED], "a final state is never downgraded"


async def test_a_missing_receipt_is_a_finding_once(tmp_path: Path) -> None:
    """Counted from when the target took it, told once, also over a restart; a late receipt still counts."""
    more = {HALL: "    receipt: {by: column, every: 5s, within: 1h}\n"}
    clock = Clock()
    async with world(tmp_path, more=more, clock=clock) as it:
        it.hall.script.append(Act.DOWN)
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        await it.later(7_200)  # the hall was away for two hours
        assert it.states(HALL) == [D.SENT]
        await receive_once(it.engine, it.system(HALL), it.hall)
        assert "finding" not in it.journal("P1")
        await it.later(3_601)
        for _ in range(2):
            await receive_once(it.engine, it.system(HALL), it.hall)
        assert (it.journal("P1").count("finding"), only(it).code) == (1, "GT419")
        (row,) = it.reader.findings(FindingFilter())
        assert (row.kind, row.system, row.region, row.delivery) == ("receipt_overdue", HALL, "445200", only(it).id)
        far = it.played
    async with world(tmp_path, played=far, clock=clock) as it:
        await receive_once(it.engine, it.system(HALL), it.hall)
        assert it.journal("P1").count("finding") == 1
        it.hall.judgements = {only(it).id: Receipt(only(it).id, True)}
        assert await receive_once(it.engine, it.system(HALL), it.hall) == 1
        assert (only(it).state, only(it).code) == (D.CONFIRMED, "")
        (row,) = it.reader.findings(FindingFilter(settled=True))
        assert (row.kind, row.settled_by, row.why) == ("receipt_overdue", "hub", "回执已到（逾期）")
