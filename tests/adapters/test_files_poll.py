"""File drop, reading: whole files only, oldest first, changing nothing, then put away by their end."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.adapters.filepeers import RARE, Clock, Peer, opened

from guantong.adapter import Mark
from guantong.problems import ProblemsError
from guantong.record import Acceptance, Record, Verdict
from guantong_adapters.files.place import Denied, Missing

ROUTED = Verdict(Acceptance.ROUTED, 1)
REFUSED = Verdict(Acceptance.REFUSED, 0, "GT401", "not XML at position 7", "第 7 处不是 XML")
AT = 1_405_391_000.0


def told(records: Sequence[Record]) -> list[bytes]:
    return [record.body for record in records]


def ref(path: str, body: bytes) -> str:
    return f"{path}#{hashlib.sha256(body).hexdigest()[:16]}"


async def take(files: Any, since: str = "", verdict: Verdict = ROUTED, limit: int = 10) -> list[Record]:
    """Poll and mark, as the hub does."""
    polled = await files.poll(since, limit)
    await files.mark([*(Mark(record.ref or "", verdict) for record in polled.records), *polled.refused])
    return list(polled.records)


async def test_files_are_read_byte_for_byte_oldest_first_and_go_to_the_archive_of_the_day(peer: Peer) -> None:
    """Names and bytes come as they are, GB18030 too; nothing changes until the hub has them."""
    first, second = f"<A>{RARE}</A>".encode("gb18030"), b"<B/>"
    peer.put("out/受理_2.xml", second, AT + 5)
    peer.put("out/受理_10.xml", first, AT)
    (peer.folder / "out" / "old").mkdir()
    async with opened(peer) as files:
        polled = await files.poll("", 10)
        assert [(record.system, record.body, record.kind, record.ref) for record in polled.records] == [
            ("huilai.approval", first, None, ref("out/受理_10.xml", first)),
            ("huilai.approval", second, None, ref("out/受理_2.xml", second)),
        ]
        assert peer.tree() == ["out/受理_10.xml", "out/受理_2.xml"]
        await files.mark([Mark(record.ref or "", ROUTED) for record in polled.records])
        assert peer.tree() == ["archive/2014-07-15/受理_10.xml", "archive/2014-07-15/受理_2.xml"]
        assert peer.get("archive/2014-07-15/受理_10.xml") == first
        assert (await files.poll("", 10)).records == []


async def test_a_refused_file_lies_among_the_errors_with_the_reason_beside_it(peer: Peer) -> None:
    """Both languages, the code, and the file byte for byte; nothing is deleted."""
    peer.put("out/坏.xml", b"<A><")
    async with opened(peer) as files:
        await take(files, verdict=REFUSED)
    assert peer.tree() == ["error/2014-07-15/坏.xml", "error/2014-07-15/坏.xml.reason.txt"]
    assert peer.get("error/2014-07-15/坏.xml") == b"<A><"
    assert peer.get("error/2014-07-15/坏.xml.reason.txt").decode("utf-8-sig").splitlines() == [
        "文件 file: 坏.xml", "结果 result: refused", "代码 code: GT401", "原因: 第 7 处不是 XML",
        "reason: not XML at position 7",
    ]


async def test_only_files_with_their_marker_are_read_and_both_are_put_away(peer: Peer) -> None:
    """The marker says that the file is whole; one that is older than the file says nothing of it."""
    for name in ("1.xml", "2.xml", "3.xml"):
        peer.put(f"out/{name}", name.encode(), AT)
    peer.put("out/2.xml.ok", b"", AT)
    peer.put("out/3.xml.ok", b"", AT - 60)
    async with opened(peer, poll=[{"folder": "out", "complete": {"marker": "{name}.ok"}}]) as files:
        assert told(await take(files)) == [b"2.xml"]
        assert peer.tree() == [
            "archive/2014-07-15/2.xml", "archive/2014-07-15/2.xml.ok", "out/1.xml", "out/3.xml", "out/3.xml.ok",
        ]
        peer.put("out/3.xml.ok", b"", AT + 1)
        assert told(await take(files)) == [b"3.xml"]


async def test_names_of_what_is_being_written_are_never_read(peer: Peer) -> None:
    """The endings programs use for it, hidden files, and what the settings say besides."""
    for name in ("a.xml.tmp", "b.PART", "c.xml~", ".d.xml", "e.bak", "f.filepart", "g.XML", "h.csv"):
        peer.put(f"out/{name}", name.encode())
    async with opened(peer, poll=[{"folder": "out", "match": ["*.xml", "*.bak"], "ignore": ["*.bak"]}]) as files:
        assert told(await take(files)) == [b"g.XML"]


async def test_a_growing_file_waits_until_two_looks_see_the_same(peer: Peer) -> None:
    """The looks are in the cursor and the time is the hub's: a restart in between changes nothing."""
    clock, poll = Clock(), [{"folder": "out", "complete": {"unchanged_for": "30s"}}]
    peer.put("out/a.xml", b"<A>", AT)
    async with opened(peer, clock, poll=poll) as files:
        polled = await files.poll("", 10)
        assert polled.records == []
        clock.now += 29
        peer.put("out/a.xml", b"<A></A>", AT + 20)
        polled = await files.poll(polled.cursor, 10)
        assert polled.records == []
        clock.now += 29
        again = await files.poll(polled.cursor, 10)
        assert (again.records, again.cursor) == ([], polled.cursor)
    async with opened(peer, clock, poll=poll) as files:
        clock.now -= 3600  # a clock set back starts the wait anew
        polled = await files.poll(again.cursor, 10)
        assert polled.records == []
        clock.now += 30
        assert told(await take(files, polled.cursor)) == [b"<A></A>"]


async def test_no_more_than_asked_is_read_and_names_are_in_order_as_people_number_them(peer: Peer) -> None:
    """With `order: name` the ninth comes before the tenth, over all folders."""
    for number in (10, 9, 11):
        peer.put(f"out/{number}.xml", str(number).encode(), AT)
    peer.put("back/8.xml", b"8", AT)
    poll = [{"folder": "out"}, {"folder": "back", "kind": "EX_GDBS_SL"}]
    async with opened(peer, poll=poll, order="name", send={}) as files:
        assert told(await take(files, limit=3)) == [b"8", b"9", b"10"]
        assert told(await take(files, limit=3)) == [b"11"]


async def test_the_kind_comes_from_the_folder_or_from_the_name(peer: Peer) -> None:
    """Fixed for a folder, or a part of the name, translated; a name without it leaves it to the content."""
    peer.put("out/SL_1.xml", b"1", AT)
    peer.put("out/EX_GDBS_BJ_2.xml", b"2", AT)
    peer.put("out/x.xml", b"3", AT)
    poll = [{
        "folder": "out", "kind_in_name": r"^(?P<kind>[A-Z_]+)_\d", "kinds": {"SL": "EX_GDBS_SL"},
        "charset": "gb18030",
    }]
    async with opened(peer, poll=poll, order="name") as files:
        kinds = [(record.body, record.kind, record.charset) for record in (await files.poll("", 9)).records]
    assert kinds == [(b"2", "EX_GDBS_BJ", "gb18030"), (b"1", "EX_GDBS_SL", "gb18030"), (b"3", None, "gb18030")]


async def test_a_file_beyond_the_limit_is_refused_unread_and_an_empty_one_too(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """300 MB are not read to be refused; the reason names the size, and the others do not wait."""
    peer.put("out/huge.xml", b"", AT)
    os.truncate(peer.path("out/huge.xml"), 300_000_000)
    peer.put("out/large.xml", b" " * 1048577, AT)
    os.utime(peer.path("out/huge.xml"), (AT, AT))
    peer.put("out/none.xml", b"", AT)
    peer.put("out/small.xml", b"<A/>", AT)
    read: list[str] = []
    async with opened(peer, largest="1MiB") as files:
        real = files._driver.read

        async def reading(path: str, most: int) -> bytes:
            read.append(path)
            return await real(path, most)

        monkeypatch.setattr(files._driver, "read", reading)
        polled = await files.poll("", 10)
        assert told(polled.records) == [b"<A/>"]
        assert [(mark.verdict.acceptance.value, mark.verdict.code) for mark in polled.refused] == [
            ("refused", "GT445"), ("refused", "GT577"), ("refused", "GT578"),
        ]
        assert read == ["out/small.xml"]
        await files.mark(polled.refused)
    reason = peer.get("error/2014-07-15/huge.xml.reason.txt").decode("utf-8-sig")
    assert "300000000 bytes, and no setting lets a record's file have more than 67108864; where it holds many records, have it read in parts" in reason
    assert "raise" not in reason  # there is nothing to raise
    assert "raise `largest:`" in peer.get("error/2014-07-15/large.xml.reason.txt").decode("utf-8-sig")
    assert "error/2014-07-15/none.xml" in peer.tree()
    assert os.stat(peer.path("error/2014-07-15/huge.xml")).st_size == 300_000_000


async def test_a_batch_of_large_files_is_read_in_parts(peer: Peer) -> None:
    """Memory stays bounded: at most four of the largest allowed at a time, the rest comes with the next."""
    for number in range(7):
        peer.put(f"out/{number}.xml", bytes([65 + number]) * 1000, AT)
    async with opened(peer, largest=1000) as files:
        assert len(await take(files)) == 4
        assert len(await take(files)) == 3


async def test_a_file_changed_after_it_was_read_stays_and_is_read_again(peer: Peer) -> None:
    """Putting it away would lose the new content; the same name with other content has its own reference."""
    peer.put("out/a.xml", b"<A>1</A>", AT)
    async with opened(peer) as files:
        [first] = (await files.poll("", 9)).records
        peer.put("out/a.xml", b"<A>2</A>", AT + 9)
        await files.mark([Mark(first.ref or "", ROUTED)])
        assert peer.tree() == ["out/a.xml"]
        [again] = await take(files)
    assert (first.ref, again.ref) == (ref("out/a.xml", b"<A>1</A>"), ref("out/a.xml", b"<A>2</A>"))
    assert peer.tree() == ["archive/2014-07-15/a.xml"]


async def test_what_was_put_away_before_under_the_same_name_stays(peer: Peer) -> None:
    """A name handed over again, with other content or the same, replaces nothing in the archive."""
    bodies = (b"<A>1</A>", b"<A>2</A>", b"<A>2</A>")
    async with opened(peer) as files:
        for body in bodies:
            peer.put("out/a.xml", body)
            await take(files)
    digest = hashlib.sha256(b"<A>2</A>").hexdigest()[:8]
    names = ["a.xml", f"a.{digest}.xml", f"a.{digest}.2.xml"]
    assert peer.tree() == sorted(f"archive/2014-07-15/{name}" for name in names)
    assert [peer.get(f"archive/2014-07-15/{name}") for name in names] == list(bodies)


async def test_files_of_one_name_from_several_folders_are_all_kept(peer: Peer) -> None:
    """They are put away at once, and none gets the name of another."""
    folders = [f"out/{number}" for number in range(12)]
    for folder in folders:
        peer.put(f"{folder}/受理.xml", folder.encode(), AT)
    async with opened(peer, poll=[{"folder": folder} for folder in folders]) as files:
        read = await take(files, limit=20)
    assert told(read) == [folder.encode() for folder in sorted(folders, key=folders.index)]
    kept = peer.tree()
    assert len(kept) == len(folders)
    assert {peer.get(path) for path in kept} == {folder.encode() for folder in folders}


async def test_one_file_that_cannot_be_put_away_leaves_the_others_their_place(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was under way comes to its end; what was not stays, and comes again."""
    for number in range(30):
        peer.put(f"out/{number}.xml", b"%d" % number, AT + number)
    async with opened(peer) as files:
        polled = await files.poll("", 30)
        move, moved = files._driver.move, []

        async def once(source: str, target: str) -> None:
            if source == "out/3.xml":
                raise Denied("busy", "test")
            await move(source, target)
            moved.append(source)

        monkeypatch.setattr(files._driver, "move", once)
        with pytest.raises(ProblemsError, match="busy test"):
            await files.mark([Mark(record.ref or "", ROUTED) for record in polled.records])
        left = {path for path in peer.tree() if path.startswith("out/")}
        assert "out/3.xml" in left
        assert left == {f"out/{number}.xml" for number in range(30)} - set(moved)
        assert len(moved) < 29
        monkeypatch.undo()
        assert len(await take(files, limit=30)) == len(left)
    assert all(path.startswith("archive/") for path in peer.tree())


async def test_files_that_vanish_are_left_to_whoever_took_them(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between listing and reading, and between reading and putting away."""
    peer.put("out/a.xml", b"<A/>", AT)
    peer.put("out/b.xml", b"<B/>", AT + 1)
    async with opened(peer) as files:
        real = files._driver.read

        async def reading(path: str, most: int) -> bytes:
            if path == "out/a.xml":
                peer.delete(path)
            return await real(path, most)

        monkeypatch.setattr(files._driver, "read", reading)
        polled = await files.poll("", 9)
        assert told(polled.records) == [b"<B/>"]
        peer.delete("out/b.xml")
        await files.mark([Mark(polled.records[0].ref or "", ROUTED)])
    assert peer.tree() == []


async def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_time(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a file never becomes a record, whatever convention its writer breaks."""
    peer.put("out/a.xml", b"<A>", AT)
    async with opened(peer) as files:
        real = files._driver.read

        async def reading(path: str, most: int) -> bytes:
            peer.put(path, b"<A></A>", AT + 1)
            return await real(path, most)

        monkeypatch.setattr(files._driver, "read", reading)
        assert (await files.poll("", 9)).records == []
        monkeypatch.undo()
        assert told((await files.poll("", 9)).records) == [b"<A></A>"]


async def test_files_are_deleted_only_where_the_settings_say_so(peer: Peer) -> None:
    """`taken: delete` deletes what was taken in; what was not lies among the errors all the same."""
    poll = [{"folder": "out", "complete": {"marker": "{stem}.done"}}]
    peer.put("out/a.xml", b"<A/>", AT)
    peer.put("out/a.done", b"", AT)
    async with opened(peer, poll=poll, taken="delete") as files:
        await take(files)
        assert peer.tree() == []
        peer.put("out/b.xml", b"<B", AT)
        peer.put("out/b.done", b"", AT)
        await take(files, verdict=REFUSED)
    assert peer.tree() == [f"error/2014-07-15/{name}" for name in ("b.done", "b.xml", "b.xml.reason.txt")]


async def test_a_folder_taken_away_is_said_where_the_settings_name_it(peer: Peer) -> None:
    """The source is down, and says why; it is read again when the folder is back."""
    async with opened(peer) as files:
        (peer.folder / "out").rename(peer.folder / "gone")
        with pytest.raises(ProblemsError) as caught:
            await files.poll("", 9)
        [problem] = caught.value.problems
        assert (problem.code.id, problem.path) == ("GT573", "huilai.approval.settings.poll.0.folder")
        (peer.folder / "gone").rename(peer.folder / "out")
        peer.put("out/a.xml", b"<A/>")
        assert told(await take(files)) == [b"<A/>"]


async def test_links_and_pipes_are_no_files(tmp_path: Path) -> None:
    """A link may lead to what is none of the other side's, and a pipe never ends."""
    peer = Peer(tmp_path, {"local": {"folder": str(tmp_path)}})
    async with opened(peer) as files:
        (tmp_path / "secret").write_bytes(b"secret")
        (tmp_path / "out" / "a.xml").symlink_to(tmp_path / "secret")
        os.mkfifo(tmp_path / "out" / "b.xml")
        assert (await files.poll("", 9)).records == []


async def test_a_name_that_is_none_in_the_charset_is_read_and_put_away_as_it_is(tmp_path: Path) -> None:
    """Bytes that say nothing here stand as bytes in the reference, and go back as they came."""
    peer = Peer(tmp_path, {"local": {"folder": str(tmp_path)}}, disk="latin-1")
    async with opened(peer) as files:
        peer.put("out/\xca\xdc.xml", b"<A/>")  # GBK bytes where UTF-8 is declared
        [record] = await take(files)
        assert record.ref == ref("out/\\xca\\xdc.xml", b"<A/>")
    assert peer.tree() == ["archive/2014-07-15/\xca\xdc.xml"]


async def test_a_backlog_is_listed_for_many_batches_at_once(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one listing found is read in order, batch by batch; a newcomer comes with the next listing."""
    for number in range(7):
        peer.put(f"out/{number}.xml", b"%d" % number, AT)
    listed: list[str] = []
    async with opened(peer, order="name") as files:
        real = files._driver.entries

        async def listing(folder: str) -> Any:
            if folder == "out":
                listed.append(folder)
            return await real(folder)

        monkeypatch.setattr(files._driver, "entries", listing)
        assert told(await take(files, limit=3)) == [b"0", b"1", b"2"]
        peer.put("out/2a.xml", b"2a", AT)
        assert told(await take(files, limit=3)) == [b"3", b"4", b"5"]
        assert told(await take(files, limit=3)) == [b"6"]
        assert listed == ["out", "out"]
        assert told(await take(files, limit=3)) == [b"2a"]
    assert listed == ["out"] * 4


async def test_a_listing_that_missed_an_older_file_takes_no_younger_one_before_it(
    peer: Peer, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A folder may be listed while files appear in it: what is shown late was there before, and comes first."""
    for number in range(5):
        peer.put(f"out/{number}.xml", b"%d" % number, AT + number)
    async with opened(peer) as files:
        real, listings = files._driver.entries, 0

        async def torn(folder: str) -> Any:
            nonlocal listings
            listings += 1
            unseen = {1: {"1.xml", "4.xml"}}.get(listings, set())
            return [entry for entry in await real(folder) if entry.name not in unseen]

        monkeypatch.setattr(files._driver, "entries", torn)
        assert told(await take(files)) == [b"0", b"1", b"2", b"3"]
        assert told(await take(files)) == [b"4"]


async def test_what_was_not_put_away_comes_again_before_what_follows_it(peer: Peer) -> None:
    """The hub was full, or died: order is kept, and nothing is skipped."""
    for number in range(4):
        peer.put(f"out/{number}.xml", b"%d" % number, AT)
    async with opened(peer, order="name") as files:
        first, second = (await files.poll("", 2)).records
        await files.mark([Mark(first.ref or "", ROUTED)])
        again = (await files.poll("", 2)).records
        assert told(again) == [b"1", b"2"]
        assert again[0].ref == second.ref


async def test_a_file_is_given_back_by_a_status_file_among_the_errors(peer: Peer) -> None:
    """Named after the file and its content, with the reason; said again, it stands there once; the file itself stays archived."""
    peer.put("out/受理.xml", b"<A/>")
    async with opened(peer) as files:
        [record] = await take(files)
        told = [await files.give_back(record.ref or "", "退回：身份证号有误（D1）") for _ in range(2)]
    digest = (record.ref or "").partition("#")[2]
    status = f"error/2014-07-15/{digest}-受理.xml.reason.txt"
    assert told == [status, status]
    assert peer.tree() == sorted(["archive/2014-07-15/受理.xml", status])
    assert "原因: 退回：身份证号有误（D1）" in peer.get(status).decode("utf-8-sig").splitlines()


async def test_a_file_that_is_listed_and_never_there_is_told_of_once(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server may list names otherwise than it takes them; nobody would learn why nothing comes."""
    peer.put("out/a.xml", b"<A/>", AT)
    async with opened(peer) as files:
        async def read(_path: str, _most: int) -> bytes:
            raise Missing

        monkeypatch.setattr(files._driver, "read", read)
        with structlog.testing.capture_logs() as logs:
            for _ in range(4):
                assert (await files.poll("", 10)).records == []
    assert logs == [{
        "event": "files.listed_and_not_there", "log_level": "warning", "system": "huilai.approval", "path": "out/a.xml",
        "hint": "is `charset:` that of the file names? 请核对文件名字符集 `charset:`",
    }]
