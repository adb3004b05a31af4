"""File drop, sending: a file is there whole under its name or not at all, and how it ended is told honestly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.adapters.filepeers import (
    RARE,
    SENT,
    SERIAL,
    Peer,
    context,
    free_port,
    ftp,
    name_of,
    opened,
    outgoing,
)

from guantong.adapter import Awaited, Receipt
from guantong.problems import ProblemsError
from guantong.record import Answer, NotSent, Reply
from guantong_adapters.files.adapter import open_files

BODY = f"<ROOT>{RARE}</ROOT>".encode("gb18030")


@pytest.fixture(params=["local", "sftp", "ftp"])
async def peer(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Peer]:
    """A place of each protocol."""
    drop = tmp_path / "drop"
    (drop / "in").mkdir(parents=True)
    if request.param == "sftp":
        yield request.getfixturevalue("sshd")(drop)
    elif request.param == "ftp":
        with ftp(drop) as (peer, _):
            yield peer
    else:
        yield Peer(drop, {"local": {"folder": str(drop)}})


def said(answer: Answer) -> dict[str, Any]:
    assert isinstance(answer, Reply), answer
    found: dict[str, Any] = orjson.loads(answer.body)
    return found


async def test_a_record_becomes_one_file_byte_for_byte_and_then_its_marker(peer: Peer) -> None:
    """No temporary file is left; the marker is empty."""
    async with opened(peer) as files:
        assert said(await files.send(outgoing(body=BODY))) == {"result": "written"}
    assert peer.tree() == [name_of(), f"{name_of()}.ok"]
    assert (peer.get(name_of()), peer.get(f"{name_of()}.ok")) == (BODY, b"")


async def test_another_attempt_replaces_the_same_file(peer: Peer) -> None:
    """The name holds the delivery's key: what is sent twice is there once, and what an attempt left is gone."""
    async with opened(peer) as files:
        await files.send(outgoing(body=BODY))
        peer.put(f"{name_of()}.1.tmp", b"half")
        assert said(await files.send(outgoing(body=BODY, attempt=2))) == {"result": "written"}
        assert said(await files.send(outgoing(8, body=b"<B/>"))) == {"result": "written"}
    assert peer.tree() == sorted([name_of(), f"{name_of()}.ok", name_of(8), f"{name_of(8)}.ok"])
    assert peer.get(name_of()) == BODY


async def test_a_large_record_arrives_whole(peer: Peer) -> None:
    """Several chunks."""
    body = bytes(range(256)) * 4096
    async with opened(peer) as files:
        assert said(await files.send(outgoing(body=body))) == {"result": "written"}
    assert peer.get(name_of()) == body


async def test_names_keep_chinese_and_never_lead_elsewhere(peer: Peer) -> None:
    """What is no letter or digit becomes `_`, what the charset cannot write too, and a long value is cut; each
    leaves a digest, so that different values stay different names."""
    sent = {"*": {"folder": "in", "name": "{kind}_{SQRMC}_{key}.xml"}}
    async with opened(peer, send=sent, most_name=120) as files:
        for number, name in enumerate(("../../out/张三", "揭" * 300, "a\0b/c\\d", ".."), 1):
            assert said(await files.send(outgoing(number, SQRMC=name)))["result"] == "written"
    names = [path.removeprefix("in/") for path in peer.tree()]
    assert [name for name in names if name.endswith("GT1.xml")] == ["EX_GDBS_SB__.._out_张三-4bc4ea8c_GT1.xml"]
    assert all(len(name.encode(peer.names)) <= 120 and "/" not in name for name in names)
    assert len(names) == 4


async def test_a_record_without_the_field_its_name_needs_is_refused(peer: Peer) -> None:
    """The reply names the field and never a value."""
    async with opened(peer) as files:
        record = outgoing()
        answer = said(await files.send(record._replace(fields={"SQRMC": "赵一"})))
        assert (answer["class"], answer["code"]) == ("name", "GT576")
        assert "'SBLSH'" in answer["reason"]
        with pytest.raises(ProblemsError, match="GT575"):
            await files.send(record._replace(kind="EX_GDBS_XX"))
    assert peer.tree() == []


async def test_a_folder_that_is_gone_is_a_refusal_and_nothing_is_left(peer: Peer) -> None:
    """A class for the profile's rules to judge."""
    async with opened(peer) as files:
        (peer.folder / "in").rename(peer.folder / "gone")
        answer = said(await files.send(outgoing()))
        assert (answer["result"], answer["class"]) in (("error", "folder"), ("error", "denied"))
    assert peer.tree() == []


async def test_concurrent_sendings_are_each_made_once(peer: Peer) -> None:
    """Twenty at once: neither waits for ever for nor disturbs another."""
    async with opened(peer) as files:
        answers = await asyncio.gather(*(files.send(outgoing(n, body=b"%d" % n)) for n in range(20)))
    assert [said(answer) for answer in answers] == [{"result": "written"}] * 20
    assert peer.tree() == sorted(path for n in range(20) for path in (name_of(n), f"{name_of(n)}.ok"))
    assert [peer.get(name_of(n)) for n in range(20)] == [b"%d" % n for n in range(20)]


async def test_it_is_asked_by_the_file_or_by_a_status_file_of_it(peer: Peer) -> None:
    """A file the other side has taken and judged was there."""
    sent = {"EX_GDBS_SB": {**SENT["EX_GDBS_SB"], "receipt": {"folder": "back", "confirmed": ["{name}.ok"]}}}
    async with opened(peer, send=sent) as files:
        assert said(await files.query(outgoing())) == {"result": "absent"}
        await files.send(outgoing())
        assert said(await files.query(outgoing())) == {"result": "found"}
        peer.delete(name_of())
        assert said(await files.query(outgoing())) == {"result": "absent"}
        peer.put(f"back/{name_of().removeprefix('in/')}.ok", b"")
        assert said(await files.query(outgoing())) == {"result": "found"}


async def receipts(peer: Peer, receipt: dict[str, Any], count: int = 5) -> list[Receipt]:
    sent = {"EX_GDBS_SB": {**SENT["EX_GDBS_SB"], "receipt": {"folder": "back", **receipt}}}
    waiting = [Awaited(n, "EX_GDBS_SB", f"GT{n}", {"SBLSH": SERIAL}) for n in range(1, count + 1)]
    async with opened(peer, send=sent) as files:
        before = peer.tree()
        first, second = await files.receipts(waiting), await files.receipts(waiting)
        assert (first, peer.tree()) == (second, before)  # reading changes nothing: a crash loses no receipt
        return list(first)


async def test_status_files_judge_by_being_there(peer: Peer) -> None:
    """The rejected one's text is the reason, in the other side's charset; what is not judged is left out."""
    for number, ending, text in ((1, "ok", ""), (2, "err", "材料不全：\r\n缺少章程"), (3, "err", ""), (3, "ok", "")):
        peer.put(f"back/{name_of(number).removeprefix('in/')}.{ending}", text.encode("gbk"))
    found = await receipts(peer, {"confirmed": ["{name}.ok"], "rejected": ["{name}.err"], "charset": "gbk"})
    assert found == [Receipt(1, True), Receipt(2, False, "材料不全： 缺少章程"), Receipt(3, False, "")]


async def test_a_status_file_is_put_away_once_its_delivery_is_settled(peer: Peer) -> None:
    """Not when it was told of: the hub may fail to keep that. What the hub still awaits, or did not ask for in
    this part of its round, stays."""
    receipt = {"folder": "back", "confirmed": ["{name}.ok"], "archive": "receipts"}
    sent = {"EX_GDBS_SB": {**SENT["EX_GDBS_SB"], "receipt": receipt}}
    waiting = [Awaited(n, "EX_GDBS_SB", f"GT{n}", {"SBLSH": SERIAL}) for n in range(1, 6)]
    names = [f"{name_of(n).removeprefix('in/')}.ok" for n in range(1, 6)]
    for name in names[:4]:
        peer.put(f"back/{name}", b"")
    async with opened(peer, send=sent) as files:
        for _ in range(2):
            assert len(await files.receipts(waiting[:2])) == 2
            assert len(await files.receipts(waiting[2:])) == 2
        assert peer.tree() == [f"back/{name}" for name in names[:4]]
        assert await files.receipts(waiting[1:2]) == [Receipt(2, True)]  # a new round: 1 is settled
        assert await files.receipts(waiting[4:]) == []  # 3 and 4 are settled, 2 was asked for before
    archived = [f"receipts/2014-07-15/{name}" for name in (names[0], names[2], names[3])]
    assert peer.tree() == [f"back/{names[1]}", *archived]


async def test_status_files_are_judged_by_their_content(peer: Peer) -> None:
    """The rules of replies: success and duplicate confirm, permanent rejects, anything else says nothing yet."""
    for number, code in enumerate(("0", "1", "9", "5"), 1):
        text = f"<R><CODE>{code}</CODE><MSG>编码{code}</MSG></R>"
        peer.put(f"back/{name_of(number).removeprefix('in/')[:-4]}.rsp", text.encode())
    rules = [
        {"when": {"field": {"CODE": "0"}}, "means": "success"},
        {"when": {"field": {"CODE": "1"}}, "means": "duplicate"},
        {"when": {"field": {"CODE": "9"}}, "means": "permanent", "reason": "MSG"},
    ]
    found = await receipts(peer, {"judged": "{stem}.rsp", "rules": {"decode": "xml", "rules": rules}})
    assert found == [Receipt(1, True), Receipt(2, True), Receipt(3, False, "编码9")]


async def test_a_place_that_does_not_answer_is_not_sent() -> None:
    """Nobody listens: the file is not there, and the hub starts all the same."""
    key = "SHA256:" + "A" * 43
    for place in (
        {"sftp": {"host": "127.0.0.1", "port": free_port(), "user": "u", "host_keys": key}},
        {"ftp": {"host": "127.0.0.1", "port": free_port(), "tls": "none"}},
    ):
        files = await open_files(context(Peer(Path("/nowhere"), place)))
        try:
            assert isinstance(await files.send(outgoing()), NotSent)
            assert isinstance(await files.query(outgoing()), NotSent)
            with pytest.raises(ProblemsError, match="GT570"):
                await files.poll("", 1)
            with pytest.raises(ProblemsError, match="GT570"):
                await files.prepare()
        finally:
            await files.close()


async def test_a_folder_that_is_gone_is_told_in_either_language(tmp_path: Path) -> None:
    files = await open_files(context(Peer(tmp_path / "gone", {"local": {"folder": str(tmp_path / "gone")}})))
    try:
        with pytest.raises(ProblemsError) as caught:
            await files.poll("", 1)
    finally:
        await files.close()
    (problem,) = caught.value.problems
    assert (problem.message("en"), problem.message("zh")) == (
        "the place of the files does not answer (its folder is not there)", "文件交换位置无法连接（该文件夹不存在）")
