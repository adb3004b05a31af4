"""File drop, frugally: what one file costs the place, where each question is a journey over the network."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from asyncssh.constants import MSG_IGNORE
from tests.adapters.filepeers import Clock, Peer, ftp, opened, outgoing
from tests.adapters.test_files_poll import AT, REFUSED, take, told

from guantong.adapter import Mark

PLAIN = ("MLST", "MLSD")
"""What a server like vsftpd does not know."""


async def test_a_file_is_looked_at_once_to_put_it_away_and_a_confirmed_write_not_at_all(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is still what was read; which names the archive has is asked once a day."""
    for number in range(5):
        peer.put(f"out/{number}.xml", b"<A/>", AT + number)
    asked: Counter[str] = Counter()
    async with opened(peer) as files:
        for act in ("stat", "entries"):
            real = getattr(files._driver, act)

            async def counted(path: str, act: str = act, real: Any = real) -> Any:
                asked[f"{act} {path.partition('/')[0]}"] += 1
                return await real(path)

            monkeypatch.setattr(files._driver, act, counted)
        assert len(await take(files)) == 5
        peer.put("out/6.xml", b"<B/>", AT + 6)
        assert len(await take(files)) == 1
        assert asked == {"stat out": 6, "entries out": 4, "entries archive": 1}
        asked.clear()
        await files.send(outgoing(7))
    assert asked == ({} if files._driver.confirms_writes else {"stat in": 1})


async def test_names_of_the_archive_are_kept_apart_whoever_had_them_first(peer: Peer) -> None:
    """What lay there before us, what we put there, and what could not be put there after all."""
    peer.put("archive/2014-07-15/1.xml", b"before us")
    async with opened(peer) as files:
        for body in (b"first", b"second"):
            peer.put("out/1.xml", body, AT)
            assert told(await take(files)) == [body]
        polled = await files.poll("", 10)
        assert polled.records == []
    kept = [peer.get(path) for path in peer.tree()]
    assert sorted(kept) == [b"before us", b"first", b"second"]
    assert peer.get("archive/2014-07-15/1.xml") == b"before us"


async def test_ssh_sends_a_request_as_one_packet_in_a_cipher_that_costs_little(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """No decoy before each, which only CBC needs; AES-GCM before ChaCha where the server has it."""
    if "sftp" not in peer.place:
        pytest.skip("only SSH has packets")
    sent: list[int] = []
    real = asyncssh.SSHClientConnection.send_packet

    def seen(self: asyncssh.SSHClientConnection, kind: int, *args: bytes, handler: Any = None) -> None:
        sent.append(kind)
        real(self, kind, *args, handler=handler)

    monkeypatch.setattr(asyncssh.SSHClientConnection, "send_packet", seen)
    peer.put("out/1.xml", b"<A/>", AT)
    async with opened(peer) as files:
        before = len(sent)
        assert len(await take(files)) == 1
        assert len(sent) > before + 5
        assert MSG_IGNORE not in sent[before:]
        (session,) = files._driver._sessions  # type: ignore[attr-defined]  # the driver of this place
        assert session.connection.get_extra_info("send_cipher") == "aes256-gcm@openssh.com"


async def test_a_server_without_mlst_is_not_listed_for_every_file(tmp_path: Path) -> None:
    """Size and time are asked for; a file that was replaced since it was read stays, to be read again."""
    asked: Counter[str] = Counter()
    with ftp(tmp_path / "drop", without=PLAIN, asked=asked) as (peer, _):
        for number in range(20):
            peer.put(f"out/{number:02}.xml", b"<A/>", AT + number)
        async with opened(peer, Clock()) as files:
            asked.clear()
            assert len(await take(files, limit=50)) == 20
            assert asked["LIST"] == 5  # the folder twice; for the archive of the day two to make it, one for the names in it
            assert (asked["MDTM"], asked["RETR"]) == (40, 20)
            await files.send(outgoing(7))
            assert asked["LIST"] == 5
            peer.put("out/a.xml", b"<A/>", AT + 100)
            polled = await files.poll("", 10)
            peer.put("out/a.xml", b"<B/>", AT + 103)  # of the same size: only its time tells
            await files.mark([Mark(record.ref or "", REFUSED) for record in polled.records])
            assert told(await take(files)) == [b"<B/>"]


async def test_a_server_that_tells_neither_size_nor_time_is_listed_as_ever(tmp_path: Path) -> None:
    """Slowly, and right."""
    with ftp(tmp_path / "drop", without=(*PLAIN, "SIZE", "MDTM")) as (peer, _):
        peer.put("out/1.xml", b"<A/>", AT)
        async with opened(peer) as files:
            assert told(await take(files)) == [b"<A/>"]
            await files.send(outgoing(7))
        assert {path.partition("/")[0] for path in peer.tree()} == {"archive", "in"}
