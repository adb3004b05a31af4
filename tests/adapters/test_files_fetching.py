"""Attachments fetched by the path that a record names, at every kind of place: whole files below one folder, and nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.adapters.fetched import fetched
from tests.adapters.filepeers import Clock, Peer, context, opened
from tests.journey.attachments import FILES, material
from tests.journey.world import world

from guantong.adapter import Fetches, Wanted
from guantong.problems import ProblemsError
from guantong.record import Acceptance, Answer, NotSent, Oversized, Reply
from guantong_adapters.files.adapter import Files
from guantong_adapters.files.settings import FilesSettings

CONTENT = b"%PDF-1.4\n" + bytes(range(256)) * 4000
FOUND = Reply(CONTENT, {"result": "found"})
MISSING = Reply(b"", {"result": "missing"})
PLAIN: dict[str, Any] = {"folder": "out", "path": "{ATTACH_PATH}"}


@asynccontextmanager
async def files_at(peer: Peer, clock: Clock | None = None, **fetch: Any) -> AsyncIterator[Files]:
    async with opened(peer, clock, send={}, poll=[], fetch={**PLAIN, **fetch}) as files:
        assert isinstance(files, Fetches)
        yield files


async def got(files: Files, path: Any = "2014/07/扫描件.pdf", limit: int = len(CONTENT), **fields: Any) -> Answer:
    return await fetched(files, "EX_GDBS_SBCL", {"ATTACH_PATH": path, **fields}, limit)


async def test_a_file_is_found_by_its_path_in_the_charset_of_the_names(peer: Peer) -> None:
    """In folders, to the byte of the limit; with either divider, and with dots and doubled dividers that lead nowhere."""
    peer.put("out/2014/07/扫描件.pdf", CONTENT)
    async with files_at(peer) as files:
        for path in ("2014/07/扫描件.pdf", "2014\\07\\扫描件.pdf", "./2014//07/扫描件.pdf", " 2014/07/扫描件.pdf "):
            assert await got(files, path) == FOUND
        assert await got(files, limit=len(CONTENT) - 1) == Oversized(f"the file has {len(CONTENT)} bytes", f"文件为 {len(CONTENT)} 字节")
        for path in ("2014/07/none.pdf", "none/07/x.pdf", "2014/07", "2014/07/扫描件.pdf/x", "2014/07/\U0001f600.pdf"):
            assert await got(files, path) == MISSING


async def test_what_stands_before_every_path_is_taken_off(peer: Peer) -> None:
    """As a county's program stores it: a path of its own machine, or of a share; parts of it may be other fields."""
    peer.put("out/1000/a.pdf", CONTENT)
    for prefix, path in (("/data/upload/", "/data/upload/a.pdf"), ("D:\\upload\\", "D:\\upload\\a.pdf"), ("\\\\10.1.2.3\\share\\", "\\\\10.1.2.3\\share\\a.pdf")):
        async with files_at(peer, path="{SBLSH}/{ATTACH_PATH}", prefix=prefix) as files:
            assert await got(files, path, SBLSH="1000") == FOUND


@pytest.mark.parametrize(("path", "why"), [
    ("../in/secret.pdf", "it climbs up by .."), ("2014/../../in/secret.pdf", "it climbs up by .."), ("..\\in\\secret.pdf", "it climbs up by .."),
    ("/etc/passwd", "absolute"), ("\\\\10.1.2.3\\share\\a.pdf", "absolute"), ("D:\\upload\\a.pdf", "absolute"), ("c:a.pdf", "absolute"),
    ("2014/a\r\nDELE b.pdf", "it holds control characters"), ("a\x00.pdf", "it holds control characters"),
    (".ssh", "a hidden or temporary name"), ("2014/a.pdf.tmp", "a hidden or temporary name"), ("2014/A.PART", "a hidden or temporary name"),
    ("/".join("x" * 21), "too long, or empty"), ("x" * 1001, "too long, or empty"), ("./.", "too long, or empty"),
])
async def test_a_path_that_leads_elsewhere_is_refused_before_anything_is_looked_at(tmp_path: Path, path: str, why: str) -> None:
    """With its reason, at the setting that says where attachments are."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/secret.pdf").write_bytes(b"secret")
    async with files_at(Peer(tmp_path, {"local": {"folder": str(tmp_path)}})) as files:
        with pytest.raises(ProblemsError) as refused:
            await got(files, path)
    (problem,) = refused.value.problems
    assert (problem.code.id, problem.details["what"], problem.path) == ("GT444", why, "huilai.approval.settings.fetch.path")
    assert problem.message().startswith("the record names a file by a path that is not taken: ")
    assert "\n" not in problem.line()


@pytest.mark.parametrize("value", ["", "  ", None, ["a"], {"a": "b"}])
async def test_a_record_that_names_no_path_is_told(tmp_path: Path, value: Any) -> None:
    """By the field that lacks."""
    async with files_at(Peer(tmp_path, {"local": {"folder": str(tmp_path)}})) as files:
        with pytest.raises(ProblemsError, match="GT576"):
            await got(files, value)


@pytest.mark.parametrize("peer", ["local", "local-gbk", "sftp"], indirect=True)
async def test_links_are_not_followed(peer: Peer, tmp_path: Path) -> None:
    """Neither in place of the file nor of a folder nor a pipe. (An FTP server follows links itself and tells nobody.)"""
    away = tmp_path / "elsewhere"
    away.mkdir()
    (away / "a.pdf").write_bytes(CONTENT)
    peer.put("out/2014/b.pdf", CONTENT)
    os.symlink(away, peer.path("out/linked"))
    os.symlink(away / "a.pdf", peer.path("out/2014/a.pdf"))
    os.mkfifo(peer.path("out/2014/pipe.pdf"))
    async with files_at(peer) as files:
        for path in ("linked/a.pdf", "2014/a.pdf", "2014/pipe.pdf"):
            assert await got(files, path) == MISSING
        assert await got(files, "2014/b.pdf") == FOUND


async def test_a_folder_that_becomes_a_link_between_the_look_and_the_opening_is_not_followed(tmp_path: Path) -> None:
    """On a folder of this machine, where a link may lead anywhere: each folder is opened in the one before it."""
    drop, away = tmp_path / "drop", tmp_path / "elsewhere"
    peer = Peer(drop, {"local": {"folder": str(drop)}})
    peer.put("out/2014/a.pdf", CONTENT)
    away.mkdir()
    (away / "a.pdf").write_bytes(b"another's")
    async with files_at(peer) as files:
        copy = files._driver.copy

        async def swapped(*args: Any, **more: Any) -> int:
            os.rename(drop / "out/2014", drop / "out/2013")
            os.symlink(away, drop / "out/2014")
            return await copy(*args, **more)

        files._driver.copy = swapped  # type: ignore[method-assign]  # somebody who is fast
        assert await got(files, "2014/a.pdf") == MISSING


async def test_a_file_without_its_marker_is_asked_for_again(peer: Peer) -> None:
    """A marker older than its file is an earlier file's; an empty file is not whole."""
    peer.put("out/a.pdf", CONTENT, 1000)
    async with files_at(peer, complete={"marker": "{name}.ok"}) as files:
        lacks = NotSent("the file is not known to be whole: its marker is not there", "尚不能确定文件已写完：标记文件尚未出现")
        assert await got(files, "a.pdf") == lacks
        peer.put("out/a.pdf.ok", b"", 900)
        assert await got(files, "a.pdf") == lacks
        peer.put("out/a.pdf.ok", b"", 1000)
        assert await got(files, "a.pdf") == FOUND
        peer.put("out/a.pdf", b"")
        assert await got(files, "a.pdf") == NotSent("the file is not known to be whole: it is empty", "尚不能确定文件已写完：文件为空")


async def test_a_file_that_must_rest_is_taken_when_two_looks_saw_the_same(tmp_path: Path) -> None:
    """So far apart as is said; a change begins anew."""
    peer, clock = Peer(tmp_path, {"local": {"folder": str(tmp_path)}}), Clock()
    peer.put("out/a.pdf", CONTENT[:5000], 1000)
    async with files_at(peer, clock, complete={"unchanged_for": "30s"}) as files:
        ends = []
        for seconds, more in ((0, b""), (29, b""), (0, CONTENT[5000:]), (1, b""), (30, b"")):
            clock.now += seconds
            if more:
                peer.put("out/a.pdf", CONTENT, 1000)
            ends.append(await got(files, "a.pdf"))
    waits = NotSent("the file is not known to be whole: it was not seen unchanged for 30 s", "尚不能确定文件已写完：尚未满 30 秒未变")
    assert ends == [waits, waits, waits, waits, FOUND]


async def test_a_file_that_changes_while_it_is_read_is_asked_for_again(peer: Peer) -> None:
    """Grown, cut, or replaced by another of the same size: nothing of it is taken for whole."""
    async with files_at(peer) as files:
        for number, changed in enumerate((CONTENT + b"more", CONTENT[:100], CONTENT[::-1])):
            path = f"out/{number}.pdf"
            peer.put(path, CONTENT, 1000)
            at_once: list[bytes] = [changed]

            async def write(_piece: bytes, path: str = path, at_once: list[bytes] = at_once) -> None:
                if at_once:
                    await asyncio.to_thread(peer.put, path, at_once.pop(), 2000)

            end = await files.fetch(Wanted("M", {"ATTACH_PATH": f"{number}.pdf"}, 5.0, 1 << 24, write))
            assert isinstance(end, NotSent)
            assert end.reason.startswith("the file is not known to be whole: it ")


async def test_a_place_that_is_away_or_refuses_is_told_and_asked_again(tmp_path: Path) -> None:
    """With what it said; nothing is parked for it."""
    drop = tmp_path / "drop"
    peer = Peer(drop, {"local": {"folder": str(drop)}})
    peer.put("out/a.pdf", CONTENT)
    async with files_at(peer) as files:
        drop.rename(tmp_path / "away")
        assert await got(files, "a.pdf") == NotSent(
            "the place of the files does not answer (its folder is not there)", "文件交换位置无法连接（该文件夹不存在）")


async def test_records_that_name_files_go_through_the_hub_with_them(peer: Peer, tmp_path: Path) -> None:
    """As attachments that came inside; what is refused parks the record with its place, what is not whole lets it come again."""
    east = "east.approval"
    policy = "    settings: {fetch: true}\n    fetch: {into: file, named_by: ref, largest: 4MiB}\n"
    peer.put("out/2014/身份证.pdf", CONTENT)
    async with files_at(peer, path="{ref}") as files, world(tmp_path / "home", files=FILES, more={east: policy}) as it:
        it.engine.fetchers[east] = files
        good = await it.tell(east, material(None, "1", ref="2014/身份证.pdf"))
        bad = await it.tell(east, material(None, "2", ref="../../身份证.pdf"))
        gone = await it.tell(east, material(None, "3", ref="2014/户口簿.pdf"))
        peer.put("out/2014/half.pdf", b"")
        half = await it.tell(east, material(None, "4", ref="2014/half.pdf"))
        await it.quiet()
        blobs = [path.stat().st_size for path in (tmp_path / "home/var/blobs").rglob("*") if path.is_file()]
    assert [one.acceptance for one in (good, bad, gone, half)] == [
        Acceptance.ROUTED, Acceptance.PARKED, Acceptance.PARKED, Acceptance.REFUSED]
    assert (bad.code, gone.code, half.code, half.again) == ("GT444", "GT859", "GT858", True)
    assert bad.reason == (
        "huilai.approval.settings.fetch.path: the record names a file by a path that is not taken: '../../身份证.pdf' (it climbs up by ..); paths are "
        "relative to `settings.fetch.folder`, without links or ..; name what stands before them in `prefix:`, then replay [GT444]")
    assert [size > len(CONTENT) for size in blobs] == [True]


@pytest.mark.parametrize("fetch", [
    {"path": "a.pdf"}, {"path": "/{A}"}, {"path": "../{A}"}, {"path": "{A}\\x"}, {"folder": "../x", "path": "{A}"}, {"path": "{A"}, {},
])
def test_a_setting_that_names_nothing_or_leads_elsewhere_is_refused(fetch: dict[str, Any]) -> None:
    """Before anything is read by it."""
    with pytest.raises(ValidationError):
        FilesSettings.model_validate({"place": {"local": {"folder": "/srv"}}, "fetch": fetch})


async def test_a_folder_of_attachments_that_is_not_there_is_told_by_the_probe(tmp_path: Path) -> None:
    """At its setting, as any other folder."""
    peer = Peer(tmp_path, {"local": {"folder": str(tmp_path)}})
    files = Files(replace(context(peer, send={}, poll=[], fetch={"folder": "scans", "path": "{A}"})))
    try:
        (step,) = await files.probe()
        assert step.problem is not None
        assert (step.category, step.problem.path) == ("folder", "huilai.approval.settings.fetch.folder")
    finally:
        await files.close()
