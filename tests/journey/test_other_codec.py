"""A dialect's codec is changed while deliveries are about: what was sent in the former form is neither sent again as if nothing
had been, nor a mistake of ours."""

from __future__ import annotations

from pathlib import Path

from tests.journey.home import FILES
from tests.journey.played import Act, Played, reply
from tests.journey.test_receipts import ASKED, Judging, look
from tests.journey.world import HALL, D, World, only, step, world
from tests.proof.evidence import signed
from tests.proof.test_fields import verdict

from guantong.doctor.survey import survey
from guantong.doctor.tally import Tally
from guantong.operations import Act as Word

MINTING = "mappings/minting/dialect.yaml"
XML = {MINTING: FILES[MINTING] + "codec: {in: json, out: xml-element, reply: json}\noptions: {out: {root: RECORD}}\n"}


def json_again(home: Path) -> None:
    (home / MINTING).write_text(FILES[MINTING], encoding="utf-8")


def sent(hall: Played) -> list[bytes]:
    return [one.body for one in hall.sent]


def whole(it: World) -> list[str]:
    tally = Tally()
    survey(it.reader, tally)
    return [problem.line() for problem in tally.problems()]


async def test_a_replay_after_the_codec_was_changed_is_mapped_anew(tmp_path: Path) -> None:
    """What the target refused goes in the form it reads, from the kept event; and that is what is kept, and what a further
    attempt sends byte for byte."""
    async with world(tmp_path, files=XML) as it:
        it.hall.script.append(Act.REFUSED)
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        assert (only(it).state, sent(it.hall)[0].startswith(b"<?xml")) == (D.DEAD, True)
    json_again(tmp_path)
    async with world(tmp_path) as it:
        it.hall.script.append(Act.BUSY)
        (done,) = await it.act(Word.REPLAY, only(it).id)
        assert (done.state, done.problem) == (D.WAITING, None)
        await it.quiet()
        await it.later(4)
        assert only(it).state is D.CONFIRMED
        assert sent(it.hall) == [b'{"type":"step","no":"P1","ver":"1","title":"1","code":"1"}'] * 2
        body = only(it).body
        assert body is not None
        assert it.engine.vault.open_folded(body).body == sent(it.hall)[0]
        assert whole(it) == []


async def test_an_end_nobody_knows_stays_unknown_until_it_can_be_asked_about_again(tmp_path: Path) -> None:
    """It may have taken effect: it is neither mapped anew nor asked about by fields that cannot be read; with the former codec
    it is asked about."""
    async with world(tmp_path, files=XML, delivery={HALL: "unknown: query"}) as it:
        it.hall.script.append(Act.LOST)
        it.hall.answers.append(Act.NEITHER)
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        assert only(it).state is D.UNKNOWN
    json_again(tmp_path)
    async with world(tmp_path) as it:
        await it.later(10)
        row = only(it)
        assert (row.state, row.code, it.hall.sent, it.hall.asked) == (D.UNKNOWN, "GT385", [], [])
        assert row.reason == (
            "此前推送的内容无法用数据规范 minting 现在的编解码读取：报文自第 1 个字符起不是有效的 JSON；"
            "请改回原来的编解码，以便向 city.hall 查询；或与其核实后执行 guantong unknown resolve")
    (tmp_path / MINTING).write_text(XML[MINTING], encoding="utf-8")
    async with world(tmp_path) as it:
        await it.later(20)
        assert (only(it).state, len(it.hall.asked)) == (D.CONFIRMED, 1)


async def test_one_that_cannot_be_read_costs_no_other_its_receipt(tmp_path: Path) -> None:
    """What was sent before the change is left out of the look; what was sent after it is judged."""
    hall = Judging()
    async with world(tmp_path, files=XML, more=ASKED, played={HALL: hall}) as it:
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
    json_again(tmp_path)
    async with world(tmp_path, played={HALL: hall}) as it:
        await it.tell("east.approval", step("2", "P1"))
        await it.quiet()
        hall.states = {row.id: reply("0", state="1") for row in it.deliveries(HALL)}
        assert await look(it) == 1
        assert it.states(HALL) == [D.SENT, D.CONFIRMED]


async def test_the_journal_still_proves_itself_after_what_is_sent_was_mapped_anew(tmp_path: Path) -> None:
    """Sealed and signed before and after: the line of the new attempt commits to the new bytes."""
    async with world(tmp_path, files=XML) as it:
        it.hall.script.append(Act.REFUSED)
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        await signed(it.engine)
    json_again(tmp_path)
    async with world(tmp_path) as it:
        await it.act(Word.REPLAY, only(it).id)
        await it.quiet()
        await signed(it.engine)
        assert [problem.line() for problem in verdict(it).problems] == []
