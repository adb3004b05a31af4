"""File drop, large files: read in parts from a copy, each a smaller file; put away once every part is dealt with."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.filepeers import Peer, context, opened
from tests.adapters.test_files_poll import AT, ROUTED, ref, take, told
from tests.adapters.test_files_rereading import everything, rereader

from guantong.adapter import Mark
from guantong.problems import ProblemsError
from guantong.record import Acceptance, Verdict
from guantong_adapters.files.adapter import Files, open_files

ROWS = [f"{number},{'姓名' * 10}{number}" for number in range(1, 11)]
LARGE = ("编号,姓名\n" + "\n".join(ROWS) + "\n").encode("gb18030")
PARKED = Verdict(Acceptance.PARKED, 17, "GT311", "no code for 9", "状态码“9”没有对应的译码")
CSV = [{"folder": "out", "split": {"csv": {}, "each": 3}, "charset": "gb18030"}]
SETTINGS: dict[str, Any] = {"poll": CSV, "largest": 320, "order": "name"}


def part(*numbers: int) -> bytes:
    return ("编号,姓名\n" + "".join(f"{ROWS[number - 1]}\n" for number in numbers)).encode("gb18030")


PARTS = [part(1, 2, 3), part(4, 5, 6), part(7, 8, 9), part(10)]


async def test_a_large_file_comes_part_by_part_in_its_place_and_is_put_away_after_the_last(peer: Peer) -> None:
    """Whatever lies before it comes before, whatever lies behind comes behind; the file is archived as it was."""
    for name, body in (("1.csv", b"a\n1\n"), ("2.csv", LARGE), ("3.csv", b"a\n3\n")):
        peer.put(f"out/{name}", body, AT)
    taken = []
    async with opened(peer, **SETTINGS) as files:
        while records := await take(files, limit=3):
            taken.append(records)
            assert ("out/2.csv" in peer.tree()) == (len(taken) < 3)
    assert [told(records) for records in taken] == [[b"a\n1\n"], PARTS[:3], PARTS[3:], [b"a\n3\n"]]
    assert [record.ref for record in (*taken[1], *taken[2])] == [f"{ref('out/2.csv', LARGE)}.{number}" for number in range(1, 5)]
    assert {record.charset for records in taken for record in records} == {"gb18030"}
    assert peer.tree() == [f"archive/2014-07-15/{number}.csv" for number in (1, 2, 3)]
    assert peer.get("archive/2014-07-15/2.csv") == LARGE


async def test_where_a_part_does_not_go_through_the_file_lies_among_the_errors_and_the_reason_names_the_part(peer: Peer) -> None:
    """What of it was taken is taken; handed over again, only the rest is new."""
    peer.put("out/大.csv", LARGE, AT)
    async with opened(peer, **SETTINGS) as files:
        for verdict in (ROUTED, PARKED, ROUTED, PARKED):
            await take(files, verdict=verdict, limit=1)
    assert peer.tree() == ["error/2014-07-15/大.csv", "error/2014-07-15/大.csv.reason.txt"]
    assert peer.get("error/2014-07-15/大.csv.reason.txt").decode("utf-8-sig").splitlines() == [
        "文件 file: 大.csv", "结果 result: parked", "代码 code: GT311", "报文 message: M17",
        "原因: 第 2/4 部分（M17）：状态码“9”没有对应的译码；第 4/4 部分（M17）：状态码“9”没有对应的译码",
        "reason: part 2 of 4 (M17): no code for 9; part 4 of 4 (M17): no code for 9",
    ]


async def test_after_a_restart_it_goes_on_with_the_part_that_was_not_dealt_with(peer: Peer) -> None:
    """How far it was is in the cursor, with what did not go through."""
    peer.put("out/a.csv", LARGE, AT)
    async with opened(peer, **SETTINGS) as files:
        await take(files, verdict=PARKED, limit=2)
        await files.poll("", 1)
        cursor = (await files.poll("", 1)).cursor
    async with opened(peer, **SETTINGS) as files:
        assert told(await take(files, cursor, limit=9)) == PARTS[2:]
    assert "error/2014-07-15/a.csv" in peer.tree()


async def test_another_file_of_its_name_begins_at_its_beginning(peer: Peer) -> None:
    """The cursor knows the content that it speaks of."""
    peer.put("out/a.csv", LARGE, AT)
    async with opened(peer, **SETTINGS) as files:
        await take(files, limit=2)
        cursor = (await files.poll("", 1)).cursor
    other = LARGE.replace("名1\n".encode("gb18030"), "名一\n".encode("gb18030"))
    peer.put("out/a.csv", other, AT + 1)
    async with opened(peer, **SETTINGS) as files:
        assert b"".join(told(await take(files, cursor))).count(b"\n") == len(ROWS) + 4


async def test_with_other_parts_a_file_begins_at_its_beginning(peer: Peer) -> None:
    """A count of parts of another size would leave records out."""
    peer.put("out/a.csv", LARGE, AT)
    peer.put("archive/2014-07-14/b.csv", LARGE, AT)
    other = {**SETTINGS, "poll": [{"folder": "out", "split": {"csv": {}, "each": 2}, "charset": "gb18030"}]}
    async with opened(peer, **SETTINGS) as files:
        await take(files, limit=2)
        cursor = (await files.poll("", 1)).cursor
    async with opened(peer, **other) as files:
        assert (await take(files, cursor))[0].body == part(1, 2)
    async with rereader(peer, **SETTINGS) as files:
        cursor = (await files.poll("", 2)).cursor
    async with rereader(peer, **other) as files:
        assert (await files.poll(cursor, 2)).records[0].body == part(1, 2)


async def test_a_file_of_which_all_was_dealt_with_before_a_restart_is_put_away(peer: Peer) -> None:
    """Its last part comes again, as a duplicate."""
    peer.put("out/a.csv", LARGE, AT)
    async with opened(peer, **SETTINGS) as files:
        cursor = (await files.poll("", 9)).cursor.replace('"parts":0', '"parts":4')
    async with opened(peer, **SETTINGS) as files:
        assert told(await take(files, cursor)) == PARTS[3:]
    assert peer.tree() == ["archive/2014-07-15/a.csv"]


async def test_a_part_that_is_to_come_again_does_and_none_is_left_out(peer: Peer) -> None:
    """The hub was full: what it did not mark is given again, then what follows."""
    peer.put("out/a.csv", LARGE, AT)
    async with opened(peer, **SETTINGS) as files:
        polled = await files.poll("", 3)
        await files.mark([Mark(polled.records[0].ref or "", ROUTED)])
        again = await files.poll("", 3)
        assert told(again.records) == PARTS[1:3]
        await files.mark([Mark(one.ref or "", ROUTED) for one in again.records])
        assert told(await take(files)) == PARTS[3:]
    assert peer.tree() == ["archive/2014-07-15/a.csv"]


async def test_a_file_that_cannot_be_put_away_gives_its_last_parts_again(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are duplicates then; the file goes where it belongs as soon as it can."""
    peer.put("out/a.csv", LARGE, AT)
    async with opened(peer, **SETTINGS) as files:
        with monkeypatch.context() as broken:
            broken.setattr(files._driver, "move", _lost)
            with pytest.raises(OSError, match="no way"):
                await take(files)
        assert PARTS[3] in told(await take(files))
    assert peer.tree() == ["archive/2014-07-15/a.csv"]


async def _lost(_source: str, _target: str) -> None:
    raise OSError("no way")


async def test_of_a_file_that_is_wrong_anywhere_nothing_is_taken(peer: Peer) -> None:
    """It is looked through before the first part is given; the reason says where."""
    reason = ("the file cannot be read in parts: line 12: the quotes do not pair; nothing of it was taken; correct `split:` "
              "(or `charset:`) in the settings, or have a whole one handed over, and put it into its folder again")
    reason_zh = ("文件无法分部分读取：第 12 行：引号不成对; 其中内容一条也未收；请更正设置中的 `split:`（或 `charset:`），"
                 "或请对方重新提供完整的文件，再放入原文件夹")
    peer.put("out/a.csv", LARGE + b'11,"open\n', AT)
    peer.put("out/b.csv", b"a\n1\n", AT)
    async with opened(peer, **SETTINGS) as files:
        polled = await files.poll("", 9)
        assert (polled.records, [mark.verdict.code for mark in polled.refused]) == ([], ["GT449"])
        await files.mark(polled.refused)
        assert told(await take(files)) == [b"a\n1\n"]
    assert peer.get("error/2014-07-15/a.csv.reason.txt").decode("utf-8-sig").splitlines() == [
        "文件 file: a.csv", "结果 result: refused", "代码 code: GT449", f"原因: {reason_zh}", f"reason: {reason}",
    ]


async def test_a_file_that_changes_while_it_is_copied_waits(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is given; the next look takes it."""
    peer.put("out/a.csv", LARGE, AT)
    async with opened(peer, **SETTINGS) as files:
        copy: Callable[..., Awaitable[int]] = files._driver.copy

        async def grows(path: str, *given: Any) -> int:
            size = await copy(path, *given)
            peer.put("out/a.csv", LARGE + b"11,x\n", AT + 60)
            return size

        with monkeypatch.context() as changing:
            changing.setattr(files._driver, "copy", grows)
            polled = await files.poll("", 9)
            assert (polled.records, polled.refused) == ([], [])
        assert b"".join(told(await take(files))).endswith(b"11,x\n")


async def test_beyond_the_limit_of_a_split_file_it_is_refused_unread(peer: Peer) -> None:
    """`split.largest` bounds the copy; the reason names both sizes."""
    peer.put("out/a.csv", LARGE, AT)
    small = [{"folder": "out", "split": {"csv": {}, "largest": 400}}]
    async with opened(peer, poll=small, largest=320) as files:
        polled = await files.poll("", 9)
    assert [mark.verdict.code for mark in polled.refused] == ["GT577"]
    assert f"{len(LARGE)} bytes, and at most 400 are taken" in polled.refused[0].verdict.reason


async def test_what_is_small_enough_is_one_record_as_ever(peer: Peer) -> None:
    """It cannot hold more records than a message."""
    peer.put("out/a.csv", LARGE, AT)
    async with opened(peer, poll=CSV, largest=len(LARGE)) as files:
        assert told(await take(files)) == [LARGE]


async def test_a_file_of_more_records_than_a_message_has_is_split_whatever_its_size(peer: Peer) -> None:
    """1,500 short rows fill no body, and no message takes them."""
    peer.put("out/a.csv", b"a,b\n" + b"".join(b"%d,name of %d\n" % (number, number) for number in range(1_500)), AT)
    async with opened(peer, poll=[{"folder": "out", "split": {"csv": {}}}]) as files:
        records = await take(files)
    assert [record.body.count(b"\n") - 1 for record in records] == [200] * 7 + [100]


async def test_xml_and_json_files_come_in_parts(peer: Peer) -> None:
    """By the path of their records, with what stands around them."""
    peer.put("out/a.xml", b"<P><N>20</N><B>" + b"<r>x</r>" * 20 + b"</B></P>", AT)
    peer.put("in/b.json", json.dumps({"code": 0, "list": [{"a": "x"}] * 19}).encode(), AT)
    poll = [{"folder": "out", "split": {"xml": {"records": "P/B", "count": "P/N"}, "each": 5}},
            {"folder": "in", "split": {"json": {"records": "list"}, "each": 4}}]
    async with opened(peer, poll=poll, send={}, largest=180) as files:
        taken = told(await take(files)) + told(await take(files))
    assert taken == [
        *[b"<P><N>5</N><B>" + b"<r>x</r>" * 5 + b"</B></P>"] * 4,
        *[b'{"code": 0, "list": [' + b",".join([b'{"a": "x"}'] * number) + b"]}" for number in (4, 4, 4, 4, 3)],
    ]
    assert peer.tree() == ["archive/2014-07-15/in/b.json", "archive/2014-07-15/out/a.xml"]


async def test_where_the_disk_takes_no_copy_the_source_is_told_of_and_the_file_waits(tmp_path: Path) -> None:
    """Which disk, and what to do; nothing is lost."""
    peer = Peer(tmp_path / "served", {"local": {"folder": str(tmp_path / "served")}})
    for name in ("in", "out"):
        os.makedirs(peer.path(name))
    peer.put("out/a.csv", LARGE, AT)
    (tmp_path / "taken").write_bytes(b"")
    files: Files = await open_files(replace(context(peer, **SETTINGS), folder=tmp_path / "taken" / "here"))
    try:
        with pytest.raises(ProblemsError) as raised:
            await files.poll("", 9)
    finally:
        await files.close()
    assert raised.value.problems[0].line() == (
        "huilai.approval: a large file could not be copied aside to be read in parts: Not a directory; "
        "make room where the hub keeps its store (var/): as much as the file has; it is then read by itself [GT450]")
    assert peer.tree() == ["out/a.csv"]


async def test_the_archive_gives_a_large_file_in_the_same_parts(peer: Peer) -> None:
    """A backfill reads it again, and goes on in its midst after a restart."""
    for name, body in (("1.csv", b"a\n1\n"), ("2.csv", LARGE), ("3.csv", b"a\n3\n")):
        peer.put(f"archive/2014-07-15/{name}", body, AT)
    async with rereader(peer, **SETTINGS) as files:
        batches = await everything(files, limit=2)
    assert [told(batch.records) for batch in batches] == [[b"a\n1\n"], PARTS[:2], PARTS[2:], [b"a\n3\n"]]
    async with rereader(peer, **SETTINGS) as files:
        assert [told(batch.records) for batch in await everything(files, batches[1].cursor, limit=9)] == [PARTS[2:], [b"a\n3\n"]]


async def test_an_archived_large_file_that_is_wrong_is_refused_and_the_next_is_read(peer: Peer) -> None:
    """Never left out in silence."""
    peer.put("archive/2014-07-15/1.csv", LARGE + b'"', AT)
    peer.put("archive/2014-07-15/2.csv", b"a\n3\n", AT)
    async with rereader(peer, **SETTINGS) as files:
        batches = await everything(files)
    assert [(told(one.records), [mark.verdict.code for mark in one.refused]) for one in batches] == [([], ["GT449"]), ([b"a\n3\n"], [])]


async def test_of_a_file_that_says_it_has_more_records_nothing_is_taken(peer: Peer) -> None:
    """It was cut, or put together wrongly."""
    peer.put("out/a.xml", b"<P><N>21</N><B>" + b"<r>x</r>" * 20 + b"</B></P>", AT)
    poll = [{"folder": "out", "split": {"xml": {"records": "P/B", "count": "P/N"}, "each": 5}}]
    async with opened(peer, poll=poll, largest=180) as files:
        polled = await files.poll("", 9)
    assert (polled.records, [mark.verdict.code for mark in polled.refused]) == ([], ["GT449"])
    assert "the count: it says 21 records, and there are 20" in polled.refused[0].verdict.reason


async def test_after_a_restart_an_older_file_that_came_meanwhile_costs_no_progress(peer: Peer) -> None:
    """Nor does a look that finds nothing at all."""
    peer.put("out/b.csv", LARGE, AT)
    async with opened(peer, **SETTINGS) as files:
        await take(files, limit=2)
        cursor = (await files.poll("", 1)).cursor
    os.rename(peer.path("out/b.csv"), peer.path("in/b.csv"))
    async with opened(peer, **SETTINGS) as files:
        cursor = (await files.poll(cursor, 9)).cursor
        os.rename(peer.path("in/b.csv"), peer.path("out/b.csv"))
        peer.put("out/a.csv", b"a\n1\n", AT)
        before = await files.poll(cursor, 9)
        await files.mark([Mark(one.ref or "", ROUTED) for one in before.records])
        assert told(before.records) == [b"a\n1\n"]
        assert told(await take(files, before.cursor)) == PARTS[2:]


async def test_a_file_whose_parts_cannot_be_read_now_comes_again_before_those_behind_it(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Order holds, and what was dealt with is not given again."""
    peer.put("out/a.csv", LARGE, AT)
    peer.put("out/b.csv", b"a\n1\n", AT)
    async with opened(peer, **SETTINGS) as files:
        await take(files, limit=2)
        cursor = files._in_parts.progress
        assert cursor is not None

        async def broken() -> None:
            raise OSError("no way")

        kept = (await files.poll("", 1)).cursor
        await files.mark([Mark(one.ref or "", ROUTED) for one in files._in_parts.again()])
        monkeypatch.setattr(files._in_parts._large[1], "next", broken)  # type: ignore[index]  # it is under way
        with pytest.raises(OSError, match="no way"):
            await files.poll(kept, 9)
        assert told(await take(files, kept)) == PARTS[2:]
        assert told(await take(files, kept)) == [b"a\n1\n"]
