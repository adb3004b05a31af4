"""Receipts by question and by message: what the target says later, however it says it and whenever."""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path

import orjson
import pytest
from tests.journey.played import Act, Played, reply
from tests.journey.world import HALL, Clock, D, World, only, step, world

from guantong.journey.accept import accept
from guantong.journey.receipts import receive_once
from guantong.journey.states import DeliveryState, MessageState
from guantong.operations import Act as Word
from guantong.record import Acceptance, Answer, NotSent, Outgoing, Record, Verdict
from guantong.store import FindingFilter

COUNTY, PORTAL = "east.approval", "city.portal"
RULES = """
      reply:
        decode: json
        rules:
          - {when: {field: {state: "1"}}, means: confirmed}
          - {when: {field: {state: "2"}}, means: returned, reason: why}
          - {when: {field: {state: "4"}}, means: token_expired}
"""
ASKED = {HALL: f"    receipt:\n      by: query\n      every: 5s\n      within: 1h{RULES}"}
MESSAGE = {HALL: f"""
    receipt:
      by: message
      within: 1h
      message:
        from: {PORTAL}
        record: receipt
        key: key
        serial: {{province: no}}
        event: {{at: about, of: {{S: case.step, A: case.application}}}}
        version: ver{RULES}"""}


class Judging(Played):
    """A hall that answers what became of a delivery by what *states* holds, pending where it holds nothing."""

    def __init__(self) -> None:
        super().__init__(HALL)
        self.states: dict[int, Answer] = {}
        self.once: deque[Answer] = deque()

    async def query(self, outgoing: Outgoing) -> Answer:
        self.asked.append(outgoing)
        return self.once.popleft() if self.once else self.states.get(outgoing.delivery, reply("0"))


async def look(it: World) -> int:
    return await receive_once(it.engine, it.system(HALL), it.hall)


def findings(it: World, *, settled: bool = False) -> list[str]:
    return [row.kind for row in it.reader.findings(FindingFilter(settled=settled))]


async def test_what_was_sent_is_asked_about_until_the_target_decides(tmp_path: Path) -> None:
    """Confirmed, returned with the reason, or not yet; what is decided is asked no more."""
    hall = Judging()
    async with world(tmp_path, more=ASKED, played={HALL: hall}) as it:
        for code in ("1", "2", "3"):
            await it.tell(COUNTY, step(code, "P1"))
        await it.quiet()
        assert it.states(HALL) == [D.SENT] * 3
        first, second, third = (row.id for row in it.deliveries(HALL))
        hall.states = {first: reply("0", state="1"), second: reply("0", state="2", why="材料不齐")}
        assert await look(it) == 2
        assert it.states(HALL) == [D.CONFIRMED, D.RETURNED, D.SENT]
        row = it.reader.delivery(second)
        assert row is not None
        assert "材料不齐" in row.reason
        assert findings(it) == ["sent_back"]  # the delivery is final and stands in no list: somebody must tell the source
        hall.asked.clear()
        assert await look(it) == 0
        assert [(one.delivery, one.key, one.fields["code"]) for one in hall.asked] == [(third, f"GT{third:014d}", "3")]


async def test_a_spent_token_is_renewed_and_the_question_asked_again(tmp_path: Path) -> None:
    """As for any other call."""
    hall = Judging()
    async with world(tmp_path, more=ASKED, played={HALL: hall}) as it:
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        hall.once.append(reply("0", state="4"))
        hall.states[only(it).id] = reply("0", state="1")
        assert await look(it) == 1
        assert (hall.renewed, only(it).state) == (1, D.CONFIRMED)


async def test_a_target_that_cannot_be_reached_is_left_alone_until_the_next_look(tmp_path: Path) -> None:
    """One round of questions, as many as it takes at once, not thousands."""
    hall = Judging()
    async with world(tmp_path, more=ASKED, played={HALL: hall}) as it:
        for number in range(10):
            await it.tell(COUNTY, step(str(number), f"P{number}"))
        await it.quiet()
        hall.states = {row.id: NotSent("refused") for row in it.deliveries(HALL)}
        assert await look(it) == 0
        assert len(hall.asked) == it.system(HALL).delivery.concurrency


async def test_a_receipt_that_never_comes_is_a_finding_once_however_it_would_come(tmp_path: Path) -> None:
    """Asked for or waited for: overdue is overdue."""
    for name, more in (("asked", ASKED), ("message", MESSAGE)):
        clock = Clock()
        async with world(tmp_path / name, more=more, clock=clock, played={HALL: Judging()}) as it:
            await it.tell(COUNTY, step("1", "P1"))
            await it.quiet()
            await look(it)
            assert findings(it) == []
            await it.later(3_601)
            for _ in range(2):
                await look(it)
            assert findings(it) == ["receipt_overdue"]


async def receipt(it: World, state: str = "1", **named: str) -> Verdict:
    body = orjson.dumps({"type": "receipt", "state": state, "why": "材料不齐", **named})
    return await accept(it.engine, Record(PORTAL, body))


@pytest.fixture
def judged() -> dict[str, DeliveryState]:
    return {"1": D.CONFIRMED, "2": D.RETURNED}


@pytest.mark.parametrize("state", ["1", "2"])
@pytest.mark.parametrize("named", [
    {"key": "GT00000000000001"}, {"key": " GT00000000000001 "}, {"no": "P1", "about": "S", "ver": "1"}, {"no": "P1", "about": "S"},
    {"key": "none of ours", "no": "P1", "about": "S"},
])
async def test_a_message_judges_what_it_names(
    tmp_path: Path, state: str, named: dict[str, str], judged: dict[str, DeliveryState]
) -> None:
    """By our key, or by a number of the case, the event and the version; it comes from another system of the
    target's, is kept as what it is, and has its line in the case's journal."""
    async with world(tmp_path, more=MESSAGE) as it:
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        verdict = await receipt(it, state, **named)
        assert (verdict.acceptance, only(it).state) == (Acceptance.ROUTED, judged[state])
        assert it.message_states() == [MessageState.ROUTED, MessageState.RECEIPT]
        told = ["receipt", judged[state]] + ["finding"] * (state == "2")  # what was sent back somebody must tell the source
        assert it.journal("P1")[-len(told):] == told
        assert findings(it) == ["sent_back"] * (state == "2")


async def test_not_decided_yet_changes_nothing(tmp_path: Path) -> None:
    """A message may say that it is still being looked at."""
    async with world(tmp_path, more=MESSAGE) as it:
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        await receipt(it, "9", no="P1", about="S")
        assert (only(it).state, findings(it)) == (D.SENT, [])


async def test_the_same_receipt_twice_is_once_and_another_is_a_contradiction(tmp_path: Path) -> None:
    """What is final stays; that a target says otherwise is told."""
    async with world(tmp_path, more=MESSAGE) as it:
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        for _ in range(2):
            await receipt(it, "1", no="P1", about="S")
        assert (only(it).state, findings(it)) == (D.CONFIRMED, [])
        await receipt(it, "2", no="P1", about="S")
        assert (only(it).state, findings(it)) == (D.CONFIRMED, ["receipt_contradicts"])


@pytest.mark.parametrize("named", [
    {"no": "P9", "about": "S"}, {"no": "P1", "about": "A"}, {"no": "P1", "about": "?"}, {"no": "P1", "about": "S", "ver": "7"},
    {"key": "GT00000000000099"}, {"key": "GT" + "9" * 30}, {},
])
async def test_a_receipt_for_what_was_not_sent_is_a_finding(tmp_path: Path, named: dict[str, str]) -> None:
    """Once for each thing it names; nothing is touched by it, and it is taken all the same."""
    async with world(tmp_path, more=MESSAGE) as it:
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        for _ in range(2):
            assert (await receipt(it, **named)).acceptance is Acceptance.ROUTED
        assert (findings(it), only(it).state) == (["receipt_unknown"], D.SENT)


async def test_a_receipt_before_anything_was_sent_is_a_finding(tmp_path: Path) -> None:
    """The hall is held: nothing left us that it could judge."""
    more = {HALL: MESSAGE[HALL] + "    hold: true\n"}
    async with world(tmp_path, more=more) as it:
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        await receipt(it, no="P1", about="S")
        assert (findings(it), only(it).state) == (["receipt_unknown"], D.WAITING)


@pytest.mark.parametrize("policy", ["retry", "hold"])
@pytest.mark.parametrize("state", ["1", "2"])
async def test_a_receipt_may_be_faster_than_the_reply(
    tmp_path: Path, policy: str, state: str, judged: dict[str, DeliveryState]
) -> None:
    """It holds; the reply's number is learnt all the same, what was sent is kept, and the next of the case goes."""
    async with world(tmp_path, more=MESSAGE, delivery={HALL: f"unknown: {policy}"}) as it:
        it.hall.gate = asyncio.Event()
        it.hall.replies["apply"] = {"minted": "P1"}
        await it.tell("west.approval", {"type": "apply", "own": "W1", "title": "A"})
        await it.until(lambda: len(it.hall.sent) == 1)
        await receipt(it, state, key="GT00000000000001")
        assert it.states(HALL) == [judged[state]]
        await it.tell("west.approval", step("1", own="W1"))
        it.hall.gate.set()
        await it.quiet()
        assert it.states(HALL) == [judged[state], D.SENT]
        assert it.reader.subjects_by_number("P1") == it.reader.subjects_by_number("W1")
        row = it.reader.delivery(1)
        assert row is not None
        assert (row.body is not None, row.kind) == (True, "apply")


@pytest.mark.parametrize(("policy", "script", "before"), [
    ("hold", [Act.LOST], D.UNKNOWN), ("retry", [Act.LOST], D.RETRYING), ("retry", [Act.LOST] * 5, D.DEAD),
])
async def test_a_receipt_tells_what_a_lost_reply_did_not(
    tmp_path: Path, policy: str, script: list[Act], before: DeliveryState
) -> None:
    """It took effect: nothing is sent again, nobody need look it up, and those behind go on."""
    async with world(tmp_path, more=MESSAGE, delivery={HALL: f"unknown: {policy}"}) as it:
        it.hall.script.extend(script)
        await it.tell(COUNTY, step("1", "P1"))
        await it.tell(COUNTY, step("2", "P1"))
        await it.quiet()
        for _ in script[1:]:
            await it.later(60)
        assert it.states(HALL) == [before, D.BLOCKED]
        sent = len(it.hall.sent)
        await receipt(it, no="P1", about="S")
        await it.later(60)
        assert it.states(HALL) == [D.CONFIRMED, D.SENT]
        assert len(it.hall.sent) == sent + 1


async def test_a_receipt_for_what_a_newer_version_replaced_changes_nothing(tmp_path: Path) -> None:
    """A final state stays; the newer version waits for its own."""
    async with world(tmp_path, more=MESSAGE) as it:
        it.hall.script.append(Act.BUSY)
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        await it.tell(COUNTY, step("1", "P1", title="B", ver=2))
        await it.later(10)
        assert it.states(HALL) == [D.SUPERSEDED, D.SENT]
        await receipt(it, no="P1", about="S", ver="1")
        assert (it.states(HALL), findings(it)) == ([D.SUPERSEDED, D.SENT], [])
        await receipt(it, no="P1", about="S", ver="2")
        assert it.states(HALL) == [D.SUPERSEDED, D.CONFIRMED]


async def test_a_late_receipt_settles_its_finding(tmp_path: Path) -> None:
    """What was overdue has come."""
    clock = Clock()
    async with world(tmp_path, more=MESSAGE, clock=clock) as it:
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        await it.later(3_601)
        await look(it)
        assert findings(it) == ["receipt_overdue"]
        await receipt(it, no="P1", about="S")
        assert (findings(it), findings(it, settled=True), only(it).state) == ([], ["receipt_overdue"], D.CONFIRMED)


async def test_a_package_may_hold_receipts_and_events(tmp_path: Path) -> None:
    """One message, kept once; parked for its events it is whole when it is replayed."""
    async with world(tmp_path, more=MESSAGE) as it:
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        mixed = [{"type": "receipt", "state": "1", "no": "P1", "about": "S"}, {"type": "apply", "no": "P2", "region": "445202"}]
        parked = await it.tell(PORTAL, *mixed)
        assert (parked.acceptance, it.states(HALL)) == (Acceptance.PARKED, [D.SENT]), "an application has a title"
        path = tmp_path / "mappings/plain/case.application.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("  title: title", "  title: [title, no]"), encoding="utf-8")
    async with world(tmp_path, played=it.played) as it:
        (done,) = await it.act(Word.REPLAY, "M2")
        assert (done.state, it.states(HALL)) == ("routed", [D.CONFIRMED])
        both = await it.tell(PORTAL, mixed[0], {**mixed[1], "no": "P3", "title": "A"})
        assert both.acceptance is Acceptance.ROUTED
        assert it.message_states()[-1] is MessageState.ROUTED


@pytest.mark.parametrize("place", ["receipt:before-commit", "receipt:after-commit"])
async def test_a_crash_while_judging_is_judged_once(tmp_path: Path, place: str) -> None:
    """The hub dies before or after what the target said is kept: asked again, it says the same; one line tells of it."""
    hall = Judging()
    async with world(tmp_path, more=ASKED, played={HALL: hall}) as it:

        def crash(at: str) -> None:
            if at == place:
                raise asyncio.CancelledError

        it.engine.crash_at = crash
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        hall.states[1] = reply("0", state="2", why="材料不齐")
        with pytest.raises(asyncio.CancelledError):
            await look(it)
    async with world(tmp_path, played=it.played, clock=it.clock) as it:
        await look(it)
        assert (only(it).state, it.journal("P1").count("returned"), findings(it)) == (D.RETURNED, 1, ["sent_back"])


@pytest.mark.parametrize("place", ["accept:before-commit", "accept:after-commit"])
async def test_a_crash_while_a_receipt_is_taken_loses_none(tmp_path: Path, place: str) -> None:
    """Not acknowledged, it comes again; acknowledged or not, it judges once."""
    async with world(tmp_path, more=MESSAGE) as it:
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()

        def crash(at: str) -> None:
            if at == place:
                raise asyncio.CancelledError

        it.engine.crash_at = crash
        with pytest.raises(asyncio.CancelledError):
            await receipt(it, no="P1", about="S")
    async with world(tmp_path, played=it.played, clock=it.clock) as it:
        await receipt(it, no="P1", about="S")
        assert (only(it).state, it.journal("P1").count("confirmed"), findings(it)) == (D.CONFIRMED, 2, [])  # and the watch
