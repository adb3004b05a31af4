"""Files over FTPS at a real vsftpd: written, marked, replaced, read, put away, with names in GB18030."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from tests.adapters.filepeers import RARE, Peer, name_of, opened, outgoing
from tests.adapters.vsftpd import vsftpd

from guantong.adapter import Mark
from guantong.record import Acceptance, Reply, Verdict

BODY = f"<ROOT>{RARE}</ROOT>".encode("gb18030")
LARGE = bytes(range(256)) * 4096  # a megabyte: many blocks, and records of TLS


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    drop = tmp_path / "drop"
    (drop / "out").mkdir(parents=True)
    with vsftpd(tmp_path / "server", drop) as peer:
        yield peer


@pytest.mark.parametrize("body", [BODY, LARGE], ids=["small", "large"])
async def test_a_record_is_written_byte_for_byte_with_its_marker_and_another_attempt_replaces_it(peer: Peer, body: bytes) -> None:
    async with opened(peer) as files:
        for attempt, content in enumerate((b"<OLD/>", body), 1):
            answer = await files.send(outgoing(attempt=attempt, body=content))
            assert isinstance(answer, Reply), answer
            assert orjson.loads(answer.body) == {"result": "written"}
    assert peer.tree() == [name_of(), f"{name_of()}.ok"]
    assert peer.get(name_of()) == body


async def test_a_file_is_read_whole_and_put_away_under_its_chinese_name(peer: Peer) -> None:
    name = f"1_办结{RARE}.xml"
    peer.put(f"out/{name}", BODY)
    async with opened(peer, poll=[{"folder": "out"}], archive="archive") as files:
        polled = await files.poll("", 10)
        assert [record.body for record in polled.records] == [BODY]
        await files.mark([Mark(polled.records[0].ref or "", Verdict(Acceptance.ROUTED))])
        assert (await files.poll(polled.cursor, 10)).records == []
    assert [path.rpartition("/")[2] for path in peer.tree()] == [name]
    assert peer.tree()[0].startswith("archive/")


async def test_what_is_refused_lies_among_the_errors_and_is_refused_once(peer: Peer) -> None:
    """It lists times to the minute: a file is known again by what it says of it when it is asked."""
    for name, body in (("1_空.xml", b""), ("2_大.xml", b"<P><B>" + b"<r/>" * 30 + b"</B></P>"), ("3_断.xml", b"<P><B>" + b"<r/>" * 30)):
        peer.put(f"out/{name}", body, 1_405_391_007.0)
    poll = [{"folder": "out", "split": {"xml": {"records": "P/B"}}}]
    async with opened(peer, poll=poll, largest=100, order="name") as files:
        codes, cursor = [], ""
        for _ in range(4):
            polled = await files.poll(cursor, 10)
            codes += [mark.verdict.code for mark in polled.refused]
            await files.mark([*(Mark(one.ref or "", Verdict(Acceptance.ROUTED)) for one in polled.records), *polled.refused])
            cursor = polled.cursor
    assert codes == ["GT578", "GT449"]
    assert [path for path in peer.tree() if path.startswith("out/")] == []
    assert sum(path.startswith("archive/") for path in peer.tree()) == 1
