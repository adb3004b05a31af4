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
from tests.journey.world import World, world

from guantong.journey.states import MessageState
from guantong.mapping.kept import Kept, kept_in
from guantong.operations import Act as Word
from guantong.operations.lineage import Lineage, Verdict
from guantong.operations.versions import Versions
from guantong.plugins import registry
from guantong.record import Acceptance, NotSent, Oversized, Reply, Unsure

EAST = "east.approval"
FETCH = "    settings: {fetch: true}\n    fetch: {into: file, named_by: ref, timeout: 5s, largest: 1MiB}\n"
PUT = "; 请来源系统补上该附件，然后执行 guantong dead replay [GT859]"
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


@pytest.mark.parametrize(("answer", "what"), [
    (Unsure("connection reset"), "connection reset"),
    (NotSent("no connection to 10.1.2.3:80"), "no connection to 10.1.2.3:80"),
    (Reply(b"busy", {"status": "503"}), "HTTP 503: busy"),
    (Reply(b"<HTML>Bad Gateway</HTML>", {"status": "502"}), "HTTP 502 (HTML)"),
])
async def test_what_may_be_there_later_lets_the_record_come_again(it: World, answer: Any, what: str) -> None:
    """Nothing of it is kept; the next time it is taken."""
    it.east.kept["F1"] = answer
    verdict = await it.tell(EAST, referring())
    assert (verdict.acceptance, verdict.again, verdict.code) == (Acceptance.REFUSED, True, "GT858")
    assert verdict.reason == f"an attachment cannot be fetched from {EAST} for now: {what}"
    assert verdict.reason_zh == f"暂时无法从 {EAST} 取回附件：{what}"
    assert it.reader.message(1) is None
    it.east.kept["F1"] = FOUND
    assert (await it.tell(EAST, referring())).acceptance is Acceptance.ROUTED


@pytest.mark.parametrize(("answer", "more", "code", "reason"), [
    (Reply(b"no such file", {"status": "404"}), {}, "GT859", f"file: {EAST} 没有附件 F1：HTTP 404: no such file{PUT}"),
    (Reply(b'{"code":1}', {"status": "200", "content_type": "application/json"}), {}, "GT859", f'file: {EAST} 没有附件 F1：{{"code":1}}{PUT}'),
    (Reply(b"<html><body>Please log in</body></html>", {"status": "404", "content_type": "text/html; charset=utf-8"}), {}, "GT859",
     f"file: {EAST} 没有附件 F1：HTTP 404 (HTML){PUT}"),
    (Reply(b" <!DOCTYPE html><title>404</title>", {"status": "404"}), {}, "GT859", f"file: {EAST} 没有附件 F1：HTTP 404 (HTML){PUT}"),
    (Oversized("the answer is longer than 1048576 bytes"), {}, "GT833", "file: file 超过 1048576 字节; 请发送较小的附件，或调大 blobs.largest [GT833]"),
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


def holds(it: World, message: int) -> None:
    """Every value of the message can be recomputed."""
    kept, specs = it.engine.configuration, registry()
    versions = Versions(kept.dialects, Kept(kept_in(kept.home), specs.codecs, specs.functions))
    hops = Lineage(it.reader, it.engine.vault, kept, versions).of_message(message)
    assert [one.verdict for one in hops] == [Verdict.SAME]
