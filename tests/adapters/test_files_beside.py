"""Attachments as files beside a record's file: streamed into the blob store and out of it, at every kind of place."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.adapters.filepeers import Peer, context, outgoing

from guantong.adapter import Mark
from guantong.attached import Attached
from guantong.blobs.folding import Part
from guantong.blobs.intake import Intake
from guantong.blobs.keeping import Blobs
from guantong.record import Acceptance, Reply, Verdict
from guantong.vault import Vault
from guantong_adapters.files.adapter import Files, open_files
from guantong_adapters.files.settings import FilesSettings
from guantong_plugins.blobs.folder import BlobFolder

ROUTED = Verdict(Acceptance.ROUTED, 1)
POLL: dict[str, Any] = {"folder": "out", "match": "*.xml", "complete": {"marker": "{name}.ok"},
                        "beside": {"into": "ATTACH_BODY", "named_by": "ATTACH_NAME"}}
SEND = {"EX_GDBS_SB": {"folder": "in", "name": "{key}.xml", "beside": "{stem}_{attachment}", "marker": "{name}.ok"}}
MIB = 1 << 20


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(BlobFolder(tmp_path / "blobs"), Vault(bytes(32), bytes(32)), 1024 * MIB)


@asynccontextmanager
async def opened(peer: Peer, blobs: Blobs, **settings: Any) -> AsyncIterator[Files]:
    for name in ("in", "out", "back"):
        os.makedirs(peer.path(name), exist_ok=True)
    files = await open_files(replace(context(peer, **{"poll": [POLL], "send": SEND, **settings}), keep=partial(Intake, blobs)))
    try:
        yield files
    finally:
        await files.close()


async def test_files_beside_a_record_come_with_it_and_are_put_away_with_it(peer: Peer, blobs: Blobs) -> None:
    """Found by its name; another record's, and what has no record yet, stay."""
    content = bytes(range(256)) * 3000
    for path, body in (("A1.xml", b"<A/>"), ("A1_身份证.pdf", content), ("A1_2.jpg", b""), ("A10.xml", b"<B/>"), ("A10_x", b"x"), ("A2_y", b"y"),
                       ("A1.xml.ok", b"")):
        peer.put(f"out/{path}", body)
    async with opened(peer, blobs) as files:
        polled = await files.poll("", 10)
        (record,) = polled.records
        assert record.parts == (Part("ATTACH_BODY", blobs.put([b""]), "2.jpg", "ATTACH_NAME"),
                                Part("ATTACH_BODY", blobs.put([content]), "身份证.pdf", "ATTACH_NAME"))
        await files.mark([Mark(record.ref or "", ROUTED)])
    assert [path.rpartition("/")[2] for path in peer.tree() if path.startswith("archive")] == ["A1.xml", "A1.xml.ok", "A1_2.jpg", "A1_身份证.pdf"]
    assert [path for path in peer.tree() if path.startswith("out")] == ["out/A10.xml", "out/A10_x", "out/A2_y"]


async def test_attachments_are_written_whole_before_their_record(peer: Peer, blobs: Blobs) -> None:
    """Byte for byte, under the delivery's name; another attempt replaces them. One that stands in the record gets no file."""
    content = b"%PDF-1.4" + bytes(range(256)) * 3000
    blob = blobs.put([content])
    async with opened(peer, blobs) as files:
        for attempt in (1, 2):
            file = Attached("身份证.pdf", "", blob, lambda: blobs.read(blob))
            sent = outgoing(7, attempt=attempt)._replace(attached=(file, replace(file, name="in the record.pdf", inside=True)))
            end = await files.send(sent)
            assert isinstance(end, Reply)
            assert b"written" in end.body
    assert peer.tree() == ["in/GT7.xml", "in/GT7.xml.ok", "in/GT7_身份证.pdf"]
    assert peer.get("in/GT7_身份证.pdf") == content


async def test_a_file_over_the_limit_turns_its_record_away(peer: Peer, blobs: Blobs) -> None:
    """With its size and the limit; nothing of it is kept."""
    blobs.largest = 100
    peer.put("out/A1.xml", b"<A/>")
    peer.put("out/A1_big", b"x" * 101)
    peer.put("out/A1.xml.ok", b"")
    async with opened(peer, blobs) as files:
        polled = await files.poll("", 10)
        assert polled.records == []
        (mark,) = polled.refused
        assert mark.verdict.code == "GT446"
        assert "the attachment 'A1_big' beside it has 101 bytes, and at most 100 are taken; raise `blobs.largest:`" in mark.verdict.reason
        await files.mark(polled.refused)
    assert list(blobs.store.held(1 << 40)) == []
    assert [path for path in peer.tree() if path.startswith("out")] == ["out/A1_big"]


async def test_300_megabytes_need_the_memory_of_a_few_pieces(tmp_path: Path, blobs: Blobs) -> None:
    """In and out again, within 8 MiB."""
    drop = tmp_path / "drop"
    (drop / "out").mkdir(parents=True)
    (drop / "out/A1.xml").write_bytes(b"<A/>")
    with (drop / "out/A1_scan.tif").open("wb") as scan:
        scan.truncate(300 * MIB)
    (drop / "out/A1.xml.ok").touch()
    tracemalloc.start()
    try:
        async with opened(Peer(drop, {"local": {"folder": str(drop)}}), blobs) as files:
            (record,) = (await files.poll("", 10)).records
            blob = record.parts[0].blob
            end = await files.send(outgoing(7, seconds=60)._replace(attached=(Attached("scan.tif", "", blob, lambda: blobs.read(blob)),)))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(end, Reply)
    assert blob.size == (drop / "in/GT7_scan.tif").stat().st_size == 300 * MIB
    assert most < 8 * MIB


@pytest.mark.parametrize("change", [
    {"poll": [{**POLL, "beside": {"into": "A", "files": "*_{stem}"}}]}, {"poll": [{**POLL, "beside": {"into": "A", "files": "a*"}}]},
    {"send": {"X": {"folder": "in", "name": "{key}.xml", "beside": "{stem}"}}}, {"poll": [{**POLL, "beside": {}}]},
])
def test_names_that_tell_nothing_are_refused(change: dict[str, Any]) -> None:
    """Before anything is read or written by them."""
    with pytest.raises(ValidationError):
        FilesSettings.model_validate({"place": {"local": {"folder": "/srv"}}, **change})
