"""Contents that records only refer to: fetched before the record's transaction, or the record comes again, or waits."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.journey.attachments import FILES, PDF, md5
from tests.journey.attachments import material as inside
from tests.journey.home import write_home
from tests.journey.world import World, plugged, world

from guantong.config import load
from guantong.journey.states import MessageState
from guantong.mapping.kept import Kept, kept_in
from guantong.operations import Act as Word
from guantong.operations.lineage import Lineage, Verdict
from guantong.operations.versions import Versions
from guantong.plugins import registry
from guantong.record import Acceptance, NotSent, Oversized, Reply, Unsure
from guantong.store import FindingFilter

EAST = "east.approval"
FETCH = "    settings: {fetch: true}\n    fetch: {into: file, named_by: ref, timeout: 5s, largest: 1MiB}\n"
PUT = "; 请来源系统补上该附件，然后执行 guantong dead replay [GT859]"
HALF = ("`fetch:` says which contents are fetched and how they are judged, `settings.fetch:` where they are, here or at the system that "
        "`fetch.from` names [GT857]")
FOUND = Reply(PDF, {"status": "200", "content_type": "application/pdf"})


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, files=FILES, more={EAST: FETCH}) as made:
        made.east.kept["F1"] = FOUND
        yield made


def referring(ref: str = "F1", **more: Any) -> dict[str, Any]:
    """A material that only names its content."""
    return inside(None, ref=ref, **{"md5": md5(PDF), **more})


def arrived(it: World) -> list[bytes]:
    """The contents the hall got, in order."""
    return [base64.b64decode(orjson.loads(one.body)["file"]) for one in it.hall.sent]


async def test_a_content_that_is_only_referred_to_is_fetched_and_arrives(it: World) -> None:
    """As if it had come in the record, byte for byte; the record is kept as it came, and its lineage holds."""
    verdict = await it.tell(EAST, referring())
    await it.quiet()
    assert verdict.acceptance is Acceptance.ROUTED
    assert arrived(it) == [PDF]
    (wanted,) = it.east.fetched
    assert (wanted.kind, wanted.fields["ref"], wanted.timeout, wanted.limit) == ("material", "F1", 5.0, 1 << 20)
    row = it.reader.message(1)
    assert row is not None
    assert orjson.loads(it.engine.vault.open(row.body)) == referring()
    assert (await it.tell(EAST, referring())).acceptance is Acceptance.DUPLICATE
    holds(it, 1)


@pytest.mark.parametrize("file", ["无", "", "  ", None])
async def test_an_empty_field_is_none_and_one_that_is_not_is_left(it: World, file: str | None) -> None:
    """What a system writes where there is no file calls for the content; a content that came does not."""
    await it.tell(EAST, {**referring(), "file": file})
    await it.tell(EAST, inside(PDF, seq="2", ref="F1"))
    await it.tell(EAST, inside(None, seq="3", ref=" "))
    assert len(it.east.fetched) == 1


@pytest.mark.parametrize(("answer", "what", "what_zh"), [
    (Unsure("connection reset", "连接被重置"), "connection reset", "连接被重置"),
    (NotSent("no connection to 10.1.2.3:80"), "no connection to 10.1.2.3:80", "no connection to 10.1.2.3:80"),  # by whom no Chinese is given
    (Reply(b"busy", {"status": "503"}), "HTTP 503: busy", "HTTP 503: busy"),
    (Reply(b"<HTML>Bad Gateway</HTML>", {"status": "502"}), "HTTP 502 (HTML)", "HTTP 502 (HTML)"),
])
async def test_what_may_be_there_later_lets_the_record_come_again(it: World, answer: Any, what: str, what_zh: str) -> None:
    """Nothing of it is kept; the next time it is taken."""
    it.east.kept["F1"] = answer
    verdict = await it.tell(EAST, referring())
    assert (verdict.acceptance, verdict.again, verdict.code) == (Acceptance.REFUSED, True, "GT858")
    assert verdict.reason == f"an attachment cannot be fetched from {EAST} for now: {what}"
    assert verdict.reason_zh == f"暂时无法从 {EAST} 取回附件：{what_zh}"
    assert it.reader.message(1) is None
    it.east.kept["F1"] = FOUND
    assert (await it.tell(EAST, referring())).acceptance is Acceptance.ROUTED


@pytest.mark.parametrize(("answer", "more", "code", "reason"), [
    (Reply(b"no such file", {"status": "404"}), {}, "GT859", f"file: {EAST} 没有附件 F1：HTTP 404: no such file{PUT}"),
    (Reply(b'{"code":1}', {"status": "200", "content_type": "application/json"}), {}, "GT859", f'file: {EAST} 没有附件 F1：{{"code":1}}{PUT}'),
    (Reply(b"<html><body>Please log in</body></html>", {"status": "404", "content_type": "text/html; charset=utf-8"}), {}, "GT859",
     f"file: {EAST} 没有附件 F1：HTTP 404 (HTML){PUT}"),
    (Reply(b" <!DOCTYPE html><title>404</title>", {"status": "404"}), {}, "GT859", f"file: {EAST} 没有附件 F1：HTTP 404 (HTML){PUT}"),
    (Reply(b"", {"result": "missing"}), {}, "GT859", f"file: {EAST} 没有附件 F1：对方未说明原因{PUT}"),
    (Oversized("the answer is longer than 1048576 bytes"), {}, "GT833", "file: file 超过 1048576 字节; 请发送较小的附件，或调大 blobs.largest [GT833]"),
    (Reply(bytes((1 << 20) + 1), {"status": "200"}), {}, "GT833", "file: file 超过 1048576 字节; 请发送较小的附件，或调大 blobs.largest [GT833]"),
    (FOUND, {"md5": "0" * 32}, "GT831", (f"attachment.body: attachment.body 的内容（{len(PDF)} 字节）校验值为 {md5(PDF)}，来源声明为 {'0' * 32}"
     "; 附件在传输中被改动或截断：请重新发送该附件 [GT831]")),
])
async def test_what_is_surely_not_there_or_wrong_parks_the_record(it: World, answer: Any, more: dict[str, str], code: str,
                                                                  reason: str) -> None:
    """With a plain reason; the record itself is kept, and replay fetches anew."""
    it.east.kept["F1"] = answer
    verdict = await it.tell(EAST, referring(**more))
    assert (verdict.acceptance, verdict.code) == (Acceptance.PARKED, code)
    assert verdict.reason_zh == reason
    again = await it.act(Word.REPLAY, f"M{verdict.message}")
    assert [one.problem is None for one in again] == [False]
    assert it.message_states() == [MessageState.PARKED]


async def test_a_replay_fetches_what_its_owner_has_put_there(it: World) -> None:
    """And keeps it with the record: its lineage holds as if it had been there at first."""
    kept = it.east.kept.pop("F1")
    await it.tell(EAST, referring())
    it.east.kept["F1"] = Unsure("connection reset")
    (done,) = await it.act(Word.REPLAY, "M1")
    assert done.problem is not None
    assert done.problem.code.id == "GT858"
    it.east.kept["F1"] = kept
    (done,) = await it.act(Word.REPLAY, "M1")
    await it.quiet()
    assert (done.problem, it.message_states()) == (None, [MessageState.ROUTED])
    assert arrived(it) == [PDF]
    holds(it, 1)


async def test_several_records_may_name_one_content(it: World) -> None:
    """It is fetched once and stands in each of them."""
    await it.tell(EAST, referring(seq="1"), referring(seq="2"))
    await it.quiet()
    assert arrived(it) == [PDF, PDF]
    assert len(it.east.fetched) == 1


async def test_what_comes_behind_a_fetching_waits_its_turn_and_others_do_not(it: World) -> None:
    """Order of arrival holds within the system, and nothing of the store is held meanwhile."""
    it.east.gate = asyncio.Event()
    first = asyncio.create_task(it.tell(EAST, referring()))
    await it.until(lambda: bool(it.east.fetched))
    behind = asyncio.create_task(it.tell(EAST, inside(PDF, seq="2")))
    other = await it.tell("west.approval", {"type": "step", "no": "P9", "title": "x", "code": "1"})
    assert other.acceptance is Acceptance.ROUTED
    assert not behind.done()
    it.east.gate.set()
    assert [(await task).message for task in (first, behind)] == [2, 3]


async def test_a_system_without_the_declaration_passes_its_references_on(tmp_path: Path) -> None:
    """As they came: nothing is fetched."""
    async with world(tmp_path, files=FILES) as it:
        assert (await it.tell(EAST, referring())).acceptance is Acceptance.ROUTED
        await it.quiet()
        assert (it.east.fetched, "file" in orjson.loads(it.hall.sent[0].body)) == ([], False)


PATIENT = "    settings: {fetch: true}\n    fetch: {into: file, named_by: ref, for: 1h}\n"
AWAY = Unsure("connection reset", "连接被重置")


def open_findings(it: World) -> list[tuple[str, str, int]]:
    return [(one.kind, one.system, one.message) for one in it.reader.findings(FindingFilter())]


async def test_a_record_whose_attachment_stays_away_is_waited_for_no_longer_than_said(tmp_path: Path) -> None:
    """Then it parks, with its place, what holds it up and for how long; what the system sends after it goes through."""
    async with world(tmp_path, files=FILES, more={EAST: PATIENT}) as it:
        it.east.kept["F1"] = AWAY
        assert (await it.tell(EAST, referring())).again
        it.clock.now += 3_599_000
        assert (await it.tell(EAST, referring())).again
        assert open_findings(it) == []
        it.clock.now += 1_000
        verdict = await it.tell(EAST, referring())
        assert (verdict.acceptance, verdict.code) == (Acceptance.PARKED, "GT772")
        assert verdict.reason == (f"file: the attachment F1 cannot be fetched from {EAST}, for 1 h by now: connection reset; see to it that "
                                  f"{EAST} gives its attachments; then: guantong dead replay [GT772]")
        assert verdict.reason_zh == (f"file: 附件 F1 已连续 1 小时无法从 {EAST} 取回：连接被重置; 请使 {EAST} 恢复提供附件，"
                                     "然后执行 guantong dead replay [GT772]")
        assert open_findings(it) == [("attachments_withheld", EAST, verdict.message)]
        assert (await it.tell(EAST, inside(PDF, seq="2"))).acceptance is Acceptance.ROUTED


async def test_after_a_long_silence_no_record_waits_all_of_it_again(tmp_path: Path) -> None:
    """The time counts from when the system first gave nothing; one answer of it begins another."""
    async with world(tmp_path, files=FILES, more={EAST: PATIENT}) as it:
        it.east.kept |= {"F1": AWAY, "F2": AWAY, "F3": FOUND}
        await it.tell(EAST, referring())
        it.clock.now += 3_600_000
        assert (await it.tell(EAST, referring("F2", seq="2"))).acceptance is Acceptance.PARKED
        assert (await it.tell(EAST, referring("F3", seq="3"))).acceptance is Acceptance.ROUTED
        assert (await it.tell(EAST, referring("F2", seq="4"))).again
        assert open_findings(it) == []


async def test_one_attachment_that_never_comes_is_given_up_though_others_come(tmp_path: Path) -> None:
    """The time counts for each record, too."""
    async with world(tmp_path, files=FILES, more={EAST: PATIENT}) as it:
        it.east.kept |= {"F1": AWAY, "F2": FOUND}
        await it.tell(EAST, referring())
        it.clock.now += 3_000_000
        assert (await it.tell(EAST, referring("F2", seq="2"))).acceptance is Acceptance.ROUTED
        it.clock.now += 600_000
        assert (await it.tell(EAST, referring())).acceptance is Acceptance.PARKED


async def test_what_was_given_up_is_fetched_by_a_replay_and_the_finding_settles(tmp_path: Path) -> None:
    """Also after a restart, which forgets how long was waited."""
    played: dict[str, Any] = {}
    async with world(tmp_path, files=FILES, more={EAST: PATIENT}, played=played) as it:
        it.east.kept["F1"] = AWAY
        await it.tell(EAST, referring())
        it.clock.now += 3_600_000
        await it.tell(EAST, referring())
    async with world(tmp_path, played=played) as it:
        assert len(open_findings(it)) == 1
        it.east.kept["F1"] = FOUND
        (done,) = await it.act(Word.REPLAY, "M1")
        await it.quiet()
        assert (done.problem, it.message_states(), arrived(it), open_findings(it)) == (None, [MessageState.ROUTED], [PDF], [])


ELSEWHERE = {
    EAST: "    fetch: {into: file, named_by: ref, from: west.approval}\n", "west.approval": "    settings: {fetch: true}\n",
}


async def test_contents_may_lie_at_another_system(tmp_path: Path) -> None:
    """They are asked for there, by the fields of the record, and arrive as if their sender had them; what is not there is said of it."""
    async with world(tmp_path, files=FILES, more=ELSEWHERE) as it:
        west = it.played["west.approval"]
        west.kept |= {"F1": FOUND, "F2": AWAY}
        assert (await it.tell(EAST, referring())).acceptance is Acceptance.ROUTED
        await it.quiet()
        assert (arrived(it), it.east.fetched, [one.fields["ref"] for one in west.fetched]) == ([PDF], [], ["F1"])
        assert (await it.tell(EAST, referring("F2", seq="2"))).reason.startswith("an attachment cannot be fetched from west.approval")
        gone = await it.tell(EAST, referring("F3", seq="3"))
        assert gone.reason.startswith("file: west.approval does not have the attachment F3")
        holds(it, 1)


@pytest.mark.parametrize(("more", "said"), [
    ({**ELSEWHERE, EAST: ELSEWHERE[EAST].replace("west.approval", "west.aproval")}, [
        "config/counties/east.yaml:9:46 systems.approval.fetch.from: there is no system 'west.aproval'; did you mean 'west.approval'? [GT109]",
        ("config/counties/west.yaml:9:23 systems.approval.settings.fetch: `settings.fetch` needs its other half: `fetch:` is not declared, and "
        f"no other system's `fetch.from` names this one; {HALF}")]),
    ({EAST: ELSEWHERE[EAST]}, [
        ("config/counties/east.yaml:9:46 systems.approval.fetch.from: `fetch.from` needs its other half: west.approval has no "
        f"`settings.fetch:`; {HALF}")]),
])
def test_a_system_that_gives_nothing_is_told_by_check(tmp_path: Path, more: dict[str, str], said: list[str]) -> None:
    """At the system that would fetch, and at one whose contents nobody fetches."""
    write_home(tmp_path, files=FILES, more=more)
    problems = load(tmp_path, plugged({}), {}).problems
    assert [one.line() for one in problems if one.code.severity == "error"] == said


def holds(it: World, message: int) -> None:
    """Every value of the message can be recomputed."""
    kept, specs = it.engine.configuration, registry()
    versions = Versions(kept.dialects, Kept(kept_in(kept.home), specs.codecs, specs.functions))
    hops = Lineage(it.reader, it.engine.vault, kept, versions).of_message(message)
    assert [one.verdict for one in hops] == [Verdict.SAME]
