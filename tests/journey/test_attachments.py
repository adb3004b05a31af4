"""Attachments: contents go round database and queue, arrive byte for byte, and are held to their digests."""

from __future__ import annotations

import asyncio
import base64
import sqlite3
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.journey.attachments import FILES, PDF, b64, material, md5
from tests.journey.played import Act
from tests.journey.world import HALL, World, configured, only, step, world

from guantong.attached import AttachedText
from guantong.blobs.blob import parse_blob
from guantong.blobs.folding import Part
from guantong.blobstore import BlobsFailed
from guantong.config.configuration import System
from guantong.journey.accept import accept
from guantong.journey.admission import admission_of
from guantong.journey.engine import Engine
from guantong.journey.states import DeliveryState, MessageState
from guantong.journey.sweeping import sweep
from guantong.mapping.kept import Kept, kept_in
from guantong.operations import Act as Word
from guantong.operations.lineage import Lineage, Verdict
from guantong.operations.versions import Versions
from guantong.plugins import registry
from guantong.record import Acceptance, Record
from guantong.store import FindingFilter

EAST = "east.approval"
M, D = MessageState, DeliveryState

@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, files=FILES) as made:
        yield made


def sent(it: World, number: int = -1) -> dict[str, Any]:
    """A record as the hall got it."""
    found: dict[str, Any] = orjson.loads(it.hall.sent[number].body)
    return found


def values(it: World, ident: int = 1) -> dict[str, Any]:
    """What is kept of an event."""
    row = it.reader.event(ident)
    assert row is not None
    found: dict[str, Any] = orjson.loads(it.engine.vault.open(row.body))
    return found


def contents(it: World) -> int:
    """How many blobs there are."""
    return len(list(it.engine.blobs.store.held(1 << 40)))


async def test_an_attachment_arrives_byte_for_byte(it: World) -> None:
    """In the record as Base64, and beside it for an adapter that wants it there."""
    verdict = await it.tell(EAST, material(name="身份证.pdf", kind="pdf"))
    await it.quiet()
    assert verdict.acceptance is Acceptance.ROUTED
    assert base64.b64decode(sent(it)["file"]) == PDF
    assert sent(it)["md5"] == md5(PDF)
    (attached,) = it.hall.sent[0].attached
    assert (attached.name, attached.type, attached.blob.md5) == ("身份证.pdf", "pdf", md5(PDF))
    assert b"".join(attached.read()) == PDF
    text = it.hall.sent[0].fields["file"]
    assert isinstance(text, AttachedText)
    assert b"".join(text.attached.read()) == PDF
    assert "file" not in orjson.loads(it.watch.sent[0].body)
    assert it.watch.sent[0].attached[0].blob == attached.blob
    assert [len(target.sent[0].beside) for target in (it.hall, it.watch)] == [0, 1]  # never both in the record and beside it


async def test_the_database_holds_nothing_of_a_content(it: World, tmp_path: Path) -> None:
    """Neither message, event nor delivery: they hold references, whose size does not grow with the content."""
    content = b"%PDF-" + bytes(range(256)) * 4000
    await it.tell(EAST, material(content))
    await it.quiet()
    await it.tell(EAST, step("9", "P1"))
    await it.quiet()
    with sqlite3.connect(tmp_path / "var/guantong.db") as store:
        for table in ("message", "event", "sent"):
            (largest,) = store.execute(f"SELECT max(length(body)) FROM {table}").fetchone()  # noqa: S608 -- three names of ours
            assert largest < 2_000, table
    store.close()
    reference = parse_blob(values(it)["attachment.body"])
    assert reference is not None
    assert (reference.size, reference.md5, reference.kind) == (len(content), md5(content), "pdf")
    row = it.reader.message(1)
    assert row is not None
    assert orjson.loads(it.engine.vault.open(row.body))["file"] == b64(content)


async def test_the_same_content_is_kept_once_and_told_as_a_duplicate(it: World) -> None:
    """Whether the same event comes again, or another case hands in the same file."""
    await it.tell(EAST, material())
    assert (await it.tell(EAST, material())).acceptance is Acceptance.DUPLICATE
    await it.tell(EAST, material(no="P2"))
    assert contents(it) == 1
    assert (await it.tell(EAST, material(PDF + b"more"))).acceptance is Acceptance.CONFLICT


@pytest.mark.parametrize("write", [
    lambda text: "\r\n".join(textwrap.wrap(text, 76)),
    lambda text: f"data:application/pdf;base64,{text}",
    lambda text: text.rstrip("="),
    lambda text: text.replace("+", "-").replace("/", "_"),
    lambda text: f"\n  {text}\n",
    lambda text: f"{text[:40]}&{text[40:]}。",
])
async def test_base64_as_systems_write_it_is_read(it: World, write: Callable[[str], str]) -> None:
    """Line breaks, data addresses, missing padding, the alphabet of addresses, junk that the MD5 proves to be junk; and
    it goes out as an encoder writes it."""
    content = PDF + b"\xfb\xff\xfe\xff?>"
    await it.tell(EAST, material(write(b64(content)), md5=md5(content).upper()))
    await it.quiet()
    assert it.message_states() == [M.ROUTED]
    assert sent(it)["file"] == b64(content)
    row = it.reader.message(1)
    assert row is not None
    assert orjson.loads(it.engine.vault.open(row.body))["file"] == write(b64(content))


NO_BASE64 = ("attachment.body: attachment.body holds {} characters that are no Base64; send the attachment as Base64 (RFC 4648), "
             "or leave the field empty where there is none [GT830]")
OTHER_MD5 = (f"attachment.body: the content of attachment.body ({len(PDF)} bytes) has the digest {md5(PDF)}, its source declares "
             f"{'0' * 32}; it was altered or cut on the way: send the attachment again [GT831]")
JUNK = ("attachment.body: attachment.body holds 1 characters that Base64 does not have, and no MD5 to prove the rest by; send it "
        "without them, or with its MD5 [GT832]")


@pytest.mark.parametrize(("record", "code", "reason"), [
    (material(PDF, md5="0" * 32), "GT831", OTHER_MD5),
    (material("见窗口纸质件"), "GT830", NO_BASE64.format(6)),
    (material("QUJD*QUJD"), "GT832", JUNK),
    (material("A"), "GT830", NO_BASE64.format(1)),
])
async def test_what_is_wrong_with_a_content_parks_its_record(it: World, record: dict[str, Any], code: str, reason: str) -> None:
    """With a plain reason; nothing of the content is kept but in the record itself."""
    verdict = await it.tell(EAST, record)
    assert (verdict.acceptance, verdict.code, verdict.reason) == (Acceptance.PARKED, code, reason)
    assert contents(it) == 0
    assert (await it.tell(EAST, record)).acceptance is Acceptance.DUPLICATE


async def test_a_source_that_wants_no_parking_is_refused(tmp_path: Path) -> None:
    """As with whatever else cannot be mapped."""
    async with world(tmp_path, files=FILES, more={EAST: "    on_unmappable: refuse\n"}) as it:
        verdict = await it.tell(EAST, material(PDF, md5="0" * 32))
        assert (verdict.acceptance, verdict.code) == (Acceptance.REFUSED, "GT831")
        assert it.message_states() == []


@pytest.mark.parametrize("word", ["无", "", None])
async def test_no_attachment_is_no_attachment(it: World, word: str | None) -> None:
    """A literal 无, nothing, or no field: the material goes on without one."""
    await it.tell(EAST, material(word))
    await it.quiet()
    assert it.states(HALL) == [D.CONFIRMED]
    assert "file" not in sent(it)
    assert it.hall.sent[0].attached == ()
    assert contents(it) == 0


async def test_another_type_than_declared_is_noted_and_refuses_nothing(it: World) -> None:
    """A finding, with the path that declares it and the type it has."""
    await it.tell(EAST, material(kind="jpg", name="照片.jpg"))
    await it.tell(EAST, material(PDF + b"2", "2", kind="电子件", name="证明.pdf"))
    assert it.message_states() == [M.ROUTED, M.ROUTED]
    found = [row for row in it.reader.findings(FindingFilter()) if row.kind == "attachment_type"]
    assert [(row.message, row.detail) for row in found] == [
        (1, {"event": "case.material", "declared_in": "attachment.type", "content": "pdf"})]


async def test_a_repetition_is_byte_for_byte(it: World) -> None:
    """Also though what is kept holds no content: attempts after a lost reply, and a replay."""
    it.hall.script.extend([Act.LOST, Act.BUSY])
    await it.tell(EAST, material())
    await it.quiet()
    for _ in range(3):
        await it.later(60)
    bodies = {one.body for one in it.hall.sent}
    assert len(it.hall.sent) == 3
    assert len(bodies) == 1
    assert base64.b64decode(orjson.loads(bodies.pop())["file"]) == PDF
    assert len(it.hall.effects) == 1


async def test_what_comes_behind_an_attachment_stays_behind(it: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeping a content takes time; of one system nothing overtakes it, while others do not wait."""
    gate, started = asyncio.Event(), asyncio.Event()
    to_thread = asyncio.to_thread

    async def slow(*given: Any) -> Any:
        started.set()
        await gate.wait()
        return await to_thread(*given)

    monkeypatch.setattr("guantong.journey.attaching.asyncio.to_thread", slow)
    first = asyncio.create_task(it.tell(EAST, material()))
    await started.wait()
    second = asyncio.create_task(it.tell(EAST, step("2", "P1")))
    other = await it.tell("west.approval", step("1", "P9"))
    assert other.acceptance is Acceptance.ROUTED
    assert not second.done()
    gate.set()
    await asyncio.gather(first, second)
    await it.quiet()
    assert [one.kind for one in it.hall.effects if one.fields["no"] == "P1"] == ["material", "step"]


async def test_once_an_attachment_is_kept_nothing_waits_for_a_turn(it: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the keeping ended: what comes after takes the short way, and every record is read once."""
    read: list[Record] = []

    def counted(engine: Engine, source: System, record: Record) -> Any:
        read.append(record)
        return admission_of(engine, source, record)

    def full() -> Any:
        raise BlobsFailed("blobs: No space left on device")

    monkeypatch.setattr("guantong.journey.accept.admission_of", counted)
    with monkeypatch.context() as patch:
        patch.setattr(it.engine.blobs.store, "begin", full)
        assert (await it.tell(EAST, material())).again
    assert EAST not in it.engine.turns
    await it.tell(EAST, material())
    assert EAST not in it.engine.turns
    await it.tell(EAST, step("2", "P1"))
    assert len(read) == 3


async def test_who_gives_up_waiting_for_a_turn_leaves_no_queue(it: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller that hangs up before its turn hinders nobody behind it, and nothing is kept for it."""
    gate, started = asyncio.Event(), asyncio.Event()
    to_thread = asyncio.to_thread

    async def slow(*given: Any) -> Any:
        started.set()
        await gate.wait()
        return await to_thread(*given)

    monkeypatch.setattr("guantong.journey.attaching.asyncio.to_thread", slow)
    first = asyncio.create_task(it.tell(EAST, material()))
    await started.wait()
    waiting = [asyncio.create_task(it.tell(EAST, step(number, "P1"))) for number in ("2", "3")]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.wait(waiting[:1])
    assert EAST in it.engine.turns
    gate.set()
    assert [(await task).acceptance for task in (first, waiting[1])] == [Acceptance.ROUTED] * 2
    assert waiting[0].cancelled()
    assert EAST not in it.engine.turns


async def test_full_blobs_ask_to_come_again(it: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a full store does: nothing is kept, and the same record is taken once there is room."""
    def full() -> Any:
        raise BlobsFailed("blobs: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(it.engine.blobs.store, "begin", full)
        verdict = await it.tell(EAST, material())
        assert (verdict.acceptance, verdict.again, verdict.code) == (Acceptance.REFUSED, True, "GT405")
    assert (await it.tell(EAST, material())).acceptance is Acceptance.ROUTED


async def test_a_content_that_is_gone_kills_its_delivery_with_the_reason(it: World) -> None:
    """And goes out once it is restored."""
    it.hall.script.append(Act.DOWN)
    await it.tell(EAST, material())
    await it.quiet()
    (file,) = [path for path in (it.engine.configuration.home / "var/blobs").rglob("*") if path.is_file()]
    away = file.rename(file.with_suffix(".away"))
    await it.later(60)
    assert (only(it).state, only(it).code) == (D.DEAD, "GT835")
    away.rename(file)
    await it.act(Word.REPLAY, f"D{only(it).id}")
    await it.quiet()
    assert base64.b64decode(sent(it)["file"]) == PDF


async def test_what_is_too_large_for_a_record_dies_with_the_reason(tmp_path: Path) -> None:
    """Where the target takes it inside; one that does not is not concerned."""
    hub = "hub: {name: 试验, listen: 127.0.0.1:0}\nblobs: {inline: 2KiB, largest: 64KiB}\n"
    files = {**FILES, "config/guantong.yaml": hub}
    async with world(tmp_path, files=files) as it:
        await it.tell(EAST, material())
        await it.quiet()
        assert (only(it).state, only(it).code) == (D.DEAD, "GT836")
        verdict = await it.tell(EAST, material(PDF * 10, "2"))
        assert (verdict.acceptance, verdict.code) == (Acceptance.PARKED, "GT833")


async def test_parts_beside_a_record_go_where_they_belong(it: World) -> None:
    """By the file's name where several records came; no record can claim what it was not sent."""
    one, two = it.engine.blobs.put([PDF]), it.engine.blobs.put([b"second"])
    records = [material(None, "1", name="a.pdf", md5=md5(PDF)), material(None, "2", name="b.txt")]
    parts = (Part("file", two, "b.txt", "name"), Part("file", one, "a.pdf", "name"))
    verdict = await accept(it.engine, Record(EAST, orjson.dumps(records), parts=parts))
    await it.quiet()
    assert verdict.acceptance is Acceptance.ROUTED
    assert [base64.b64decode(orjson.loads(each.body)["file"]) for each in it.hall.sent] == [PDF, b"second"]
    forged = await it.tell(EAST, material(str(one), "3"))
    assert (forged.acceptance, forged.code) == (Acceptance.PARKED, "GT832")


async def test_a_part_that_no_record_claims_parks_the_message(it: World) -> None:
    """With the file's name; its content is kept with the record, so that a replay has it."""
    blob = it.engine.blobs.put([PDF])
    parts = (Part("file", blob, "x.pdf", "name"),)
    verdict = await accept(it.engine, Record(EAST, orjson.dumps(material(None, name="a.pdf")), parts=parts))
    assert (verdict.acceptance, verdict.code) == (Acceptance.PARKED, "GT834")
    assert "x.pdf" in verdict.reason
    assert it.reader.referred([it.engine.blobs.name(blob.sha256)])


async def test_a_parked_record_has_its_contents_when_it_is_replayed(it: World) -> None:
    """Those that stood in it, and those that came beside it."""
    blob = it.engine.blobs.put([PDF])
    whole = material(None, name="a.pdf", ver="not a number")
    parts = (Part("file", blob),)
    assert (await accept(it.engine, Record(EAST, orjson.dumps(whole), parts=parts))).acceptance is Acceptance.PARKED
    assert (await it.tell(EAST, material(PDF + b"x", "2", ver="nor this"))).acceptance is Acceptance.PARKED
    mapping = it.engine.configuration.home / "mappings/plain/case.material.yaml"
    mapping.write_text(mapping.read_text().replace("version: {at: ver, default: 1}", "version: {at: other, default: 1}") + "ignored: [ver]\n")
    it.engine.take(configured(it.engine.configuration.home, it.played))
    done = await it.act(Word.REPLAY, "M1", "M2")
    assert [one.problem for one in done] == [None, None]
    await it.quiet()
    assert [base64.b64decode(orjson.loads(each.body)["file"]) for each in it.hall.sent] == [PDF, PDF + b"x"]


async def test_lineage_recomputes_contents(it: World) -> None:
    """In and out: what was kept as references and marks is what the records say."""
    blob = it.engine.blobs.put([b"beside"])
    await it.tell(EAST, material())
    await accept(it.engine, Record(EAST, orjson.dumps(material(None, "2")), parts=(Part("file", blob),)))
    await it.quiet()
    kept, specs = it.engine.configuration, registry()
    versions = Versions(kept.dialects, Kept(kept_in(kept.home), specs.codecs, specs.functions))
    told = Lineage(it.reader, it.engine.vault, kept, versions)
    hops = [hop for ident in (1, 2) for hop in told.of_message(ident)]
    hops += [hop for row in it.deliveries() if (hop := told.of_delivery(row.id)) is not None]
    assert {hop.way for hop in hops} == {"in", "out"}
    assert [(hop.ident, hop.differences) for hop in hops if hop.verdict is not Verdict.SAME] == []


class Killed(Exception):
    """The process ends here."""


@pytest.mark.parametrize("at", ["accept:blobs-kept", "accept:before-commit", "accept:after-commit"])
async def test_killed_at_any_step_nothing_acknowledged_is_lost(tmp_path: Path, at: str) -> None:
    """What was not acknowledged comes again and is the same."""
    async with world(tmp_path, files=FILES, start=False) as it:
        def reached(step_reached: str) -> None:
            if step_reached == at:
                raise Killed

        it.engine.crash_at = reached
        with pytest.raises(Killed):
            await it.tell(EAST, material())
        assert contents(it) == 1
    async with world(tmp_path) as it:
        again = await it.tell(EAST, material())
        assert again.acceptance is (Acceptance.DUPLICATE if at == "accept:after-commit" else Acceptance.ROUTED)
        await it.quiet()
        assert [base64.b64decode(orjson.loads(one.body)["file"]) for one in it.hall.effects] == [PDF]


async def test_a_content_whose_message_was_never_kept_is_swept(tmp_path: Path) -> None:
    """The power went between its fsync and the commit, and the sender never came again; all others stay."""
    async with world(tmp_path, files=FILES, start=False) as it:
        await it.tell(EAST, material())
        it.engine.crash_at = lambda reached: (_ for _ in ()).throw(Killed) if reached == "accept:blobs-kept" else None
        with pytest.raises(Killed):
            await it.tell(EAST, material(PDF + b"lost", "2"))
        assert contents(it) == 2
    async with world(tmp_path) as it:
        kept = max(one.kept_at for one in it.engine.blobs.store.held(1 << 40))
        it.clock.now = int(kept * 1000) + 86_400_000 + 60_000
        assert await sweep(it.engine) == 1
        await it.quiet()
        assert base64.b64decode(sent(it)["file"]) == PDF


async def test_a_codec_that_hides_the_mark_is_told(tmp_path: Path) -> None:
    """A workbook packs its texts: the delivery dies with the reason, and the mark leaves the hub nowhere."""
    files = {**FILES, "mappings/minting/dialect.yaml":
             "dialect: minting\ntitle: {zh: 厅, en: Minting}\nextends: plain\ncodec: {in: json, out: xlsx, reply: json}\noptions: {in: {kind_field: type}}\n"}
    async with world(tmp_path, files=files) as it:
        await it.tell(EAST, material())
        await it.quiet()
        assert (only(it).state, only(it).code, it.hall.sent) == (D.DEAD, "GT837", [])
