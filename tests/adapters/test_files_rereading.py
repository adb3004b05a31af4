"""File drop, read again for a backfill: the archive, day by day, oldest first, moving nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.filepeers import RARE, Clock, Peer, context, opened
from tests.adapters.test_files_poll import AT, take

from guantong.adapter import Mark, Polled
from guantong.blobs.intake import Intake
from guantong.blobs.keeping import Blobs
from guantong.problems import ProblemsError
from guantong.record import Acceptance, Verdict
from guantong.vault import Vault
from guantong_adapters.files import rereading
from guantong_adapters.files.adapter import Files, open_files
from guantong_adapters.files.plugin import register_adapters
from guantong_adapters.files.settings import FilesSettings
from guantong_plugins.blobs.folder import BlobFolder

DUPLICATE = Verdict(Acceptance.DUPLICATE)
DAY = 86_400.0
OUT_AND_BACK: list[dict[str, Any]] = [
    {"folder": "out", "match": "SL_*.xml", "kind": "EX_GDBS_SL", "complete": {"marker": "{name}.ok"}},
    {"folder": "back", "match": "*.json", "kind_in_name": "^(?P<kind>[A-Z]+)_[0-9]+\\.json$", "charset": "gbk"},
]


@contextlib.asynccontextmanager
async def rereader(peer: Peer, blobs: Blobs | None = None, **settings: Any) -> AsyncIterator[Files]:
    """The adapter, opened for one run of a backfill."""
    for name in ("in", "out", "back"):
        os.makedirs(peer.path(name), exist_ok=True)
    again = replace(context(peer, **settings), rereading=True)
    files = await open_files(replace(again, keep=partial(Intake, blobs)) if blobs else again)
    try:
        yield files
    finally:
        await files.close()


async def everything(files: Files, since: str = "", limit: int = 2) -> list[Polled]:
    """All batches there are, marked as the hub does."""
    batches = []
    while (polled := await files.poll(since, limit)).records or polled.refused:
        await files.mark([*(Mark(record.ref or "", DUPLICATE) for record in polled.records), *polled.refused])
        batches.append(polled)
        since = polled.cursor
    return batches


def names(batches: list[Polled]) -> list[str]:
    return [(record.ref or "").partition("#")[0] for polled in batches for record in polled.records]


async def test_what_was_put_away_is_read_again_as_it_was_and_stays(peer: Peer) -> None:
    """Over two days and two folders: the same bodies, kinds and charsets, markers left out, nothing moved or written; a
    file renamed because its name was taken is told by the name it had."""
    clock = Clock()
    settings: dict[str, Any] = {"poll": OUT_AND_BACK, "send": {}}
    name, before = "县" if peer.names == "gbk" else RARE, []
    async with opened(peer, clock, **settings) as files:
        for day in range(2):
            at = AT + day * DAY
            for number, body in enumerate((b"<A/>", b"<B/>")):
                peer.put(f"out/SL_{name}{number}.xml", b"%s%d" % (body, day), at + number)
                peer.put(f"out/SL_{name}{number}.xml.ok", b"", at + number)
            for again in range(2):
                peer.put("back/BJ_9.json", b"[%d]" % (day * 10 + again), at + 60 + again)
                before += await take(files)
            clock.now += DAY
    tree = peer.tree()
    assert [path.partition("/")[0] for path in tree] == ["archive"] * 12
    async with rereader(peer, **settings) as files:
        batches = await everything(files)
    found = [record for polled in batches for record in polled.records]
    assert [(record.body, record.kind, record.charset) for record in found] == [
        (record.body, record.kind, record.charset) for record in before]
    assert [len(polled.records) for polled in batches] == [2, 2, 2, 2]
    assert [polled.refused for polled in batches] == [[], [], [], []]
    assert peer.tree() == tree


async def test_a_run_goes_on_after_the_file_it_read_last(peer: Peer) -> None:
    """Over a new connection, whether that file is still there or not; a cursor of nobody's begins at the beginning."""
    for number in range(5):
        peer.put(f"archive/2014-07-1{number // 3}/{number}.xml", b"<A/>%d" % number, AT + number * 60)
    peer.put("archive/other/9.xml", b"<Z/>", AT)
    async with rereader(peer) as files:
        polled = await files.poll("", 2)
    async with rereader(peer) as files:
        assert names(await everything(files, polled.cursor)) == [
            "archive/2014-07-10/2.xml", "archive/2014-07-11/3.xml", "archive/2014-07-11/4.xml"]
    peer.delete("archive/2014-07-10/1.xml")
    async with rereader(peer) as files:
        assert names(await everything(files, polled.cursor))[0] == "archive/2014-07-10/2.xml"
        assert len(names(await everything(files, "nobody's"))) == 4


async def test_a_file_that_several_folders_may_have_held_is_refused_where_they_are_read_differently(peer: Peer) -> None:
    """With the folders it may have come from; where they are read alike, it is read."""
    peer.put("archive/2014-07-10/a.xml", b"<A/>", AT)
    both: dict[str, Any] = {"send": {}, "poll": [{"folder": "out"}, {"folder": "back", "kind": "EX_GDBS_SL"}]}
    async with rereader(peer, **both) as files:
        (polled,) = await everything(files)
    (mark,) = polled.refused
    assert (polled.records, mark.verdict.code, mark.verdict.reason) == ([], "GT440", (
        "nothing tells into which of the folders out, back the file was put, and they are read differently; give the folders "
        "`match:` patterns of which one alone fits, or put the file into its folder again"))
    assert mark.verdict.reason_zh == (
        "无法判断该归档文件原属于 out, back 中哪个文件夹，而这些文件夹的读取规则不同; 请为这些文件夹写出互不重叠的 `match:`，或将该文件重新放入原文件夹")
    alike: dict[str, Any] = {"send": {}, "poll": [{"folder": "out"}, {"folder": "back"}]}
    async with rereader(peer, **alike) as files:
        assert names(await everything(files)) == ["archive/2014-07-10/a.xml"]


async def test_files_of_several_folders_are_kept_apart_and_read_again_by_their_own_rules(peer: Peer) -> None:
    """Of one name, at one time, read differently: each lies in the day under its folder, beside what an earlier version put into
    the day; a run goes on between them."""
    both: dict[str, Any] = {"send": {}, "poll": [{"folder": "out"}, {"folder": "back/2014", "kind": "EX_GDBS_SL"}]}
    peer.put("archive/2014-07-15/a.xml", b"<O/>", AT - 60)
    peer.put("back/2014/half.tmp", b"", AT)
    async with opened(peer, Clock(), **both) as files:
        peer.put("out/a.xml", b"<A/>", AT)
        peer.put("back/2014/a.xml", b"<B/>", AT + 60)
        await take(files)
    assert peer.tree() == ["archive/2014-07-15/a.xml", "archive/2014-07-15/back/2014/a.xml", "archive/2014-07-15/out/a.xml",
                           "back/2014/half.tmp"]
    async with rereader(peer, **both) as files:
        first = await files.poll("", 2)
    assert [mark.verdict.code for mark in first.refused] == ["GT440"]
    assert [(record.body, record.kind) for record in first.records] == [(b"<A/>", None)]
    async with rereader(peer, **both) as files:
        (rest,) = await everything(files, first.cursor)
    assert [(record.body, record.kind) for record in rest.records] == [(b"<B/>", "EX_GDBS_SL")]


async def test_attachments_are_read_again_with_their_record_or_not_at_all(peer: Peer, tmp_path: Path) -> None:
    """Those of another record are not taken for it, and where nobody can tell, the record is refused."""
    blobs = Blobs(BlobFolder(tmp_path / "blobs"), Vault(bytes(32), bytes(32)), 1 << 20)
    for name in ("A1.xml", "A1.xml.ok", "A1_x.pdf", "A1_2.xml", "B.xml", "B.1f2e3d4c.xml", "B_y.pdf", "C.xml", "C.1f2e3d4c.xml"):
        peer.put(f"archive/2014-07-10/{name}", name.encode(), AT)
    poll = [{"folder": "out", "match": "*.xml", "complete": {"marker": "{name}.ok"}, "beside": {"into": "BODY"}}]
    async with rereader(peer, blobs, poll=poll, order="name") as files:
        (polled,) = await everything(files, limit=10)
    assert [(record.body, [part.name for part in record.parts]) for record in polled.records] == [
        (b"A1.xml", ["x.pdf"]), (b"A1_2.xml", []), (b"C.1f2e3d4c.xml", []), (b"C.xml", [])]
    assert [(mark.ref.partition("#")[0], mark.verdict.code) for mark in polled.refused] == [
        ("archive/2014-07-10/B.1f2e3d4c.xml", "GT441"), ("archive/2014-07-10/B.xml", "GT441")]


async def test_what_is_empty_too_large_or_goes_meanwhile_is_refused_and_counted(peer: Peer) -> None:
    """Nothing of the archive is left out in silence."""
    for name, body in (("1.xml", b""), ("2.xml", b"x" * 11), ("3.xml", b"<A/>"), ("4.xml", b"<B/>")):
        peer.put(f"archive/2014-07-10/{name}", body, AT)
    async with rereader(peer, largest=10, order="name") as files:
        first = await files.poll("", 2)
        peer.delete("archive/2014-07-10/3.xml")
        second = await files.poll(first.cursor, 2)
    assert [mark.verdict.code for mark in (*first.refused, *second.refused)] == ["GT578", "GT577", "GT442"]
    assert [record.body for record in second.records] == [b"<B/>"]


async def test_a_day_that_cannot_be_listed_whole_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything of it is read."""
    monkeypatch.setattr(rereading, "MOST_LISTED", 2)
    peer = Peer(tmp_path, {"local": {"folder": str(tmp_path)}})
    for name in ("1.xml", "2.xml"):
        peer.put(f"archive/2014-07-10/{name}", b"<A/>", AT)
    async with rereader(peer) as files:
        with pytest.raises(ProblemsError) as told:
            await files.poll("", 10)
    assert told.value.problems[0].line() == (
        "huilai.approval: 'archive/2014-07-10' holds 2 entries or more, of which only so many can be listed; move some of them into "
        "the folder of another day; the backfill then goes on [GT443]")


async def test_an_archive_that_is_not_there_yet_holds_nothing(peer: Peer) -> None:
    """Nothing was put away: no mistake."""
    async with rereader(peer) as files:
        assert await everything(files) == []


@pytest.mark.parametrize(("settings", "able"), [
    ({"poll": [{"folder": "out"}]}, True), ({"poll": [{"folder": "out"}], "taken": "delete"}, False), ({}, False),
])
def test_only_what_keeps_an_archive_is_read_again(settings: dict[str, Any], able: bool) -> None:
    """What is deleted when it was taken, or only written, is not."""
    (spec,) = register_adapters()
    assert spec.rereads(FilesSettings.model_validate({"place": {"local": {"folder": "/srv/x"}}, **settings})) is able
