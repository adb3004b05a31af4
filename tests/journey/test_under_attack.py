"""Attacks that go on: floods, slow senders, large bodies, bad rows. Good records pass, and memory, journal and
connections stay bounded."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import orjson
import pytest
import pytest_asyncio
from sqlalchemy import text
from tests.journey.attacked import (
    NAME,
    Attacked,
    attacked,
    jiedong_record,
    read_answer,
    refusal,
    rongcheng_record,
    serial,
    taken,
    until,
)

from guantong.reception import server
from guantong.reception.server import SIP, Visitor
from guantong_adapters.http import intake

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIMIT = 16 << 20


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    async with attacked(tmp_path_factory.mktemp("home")) as under:
        yield under


async def test_every_refusal_is_journaled_and_no_flood_fills_the_journal(tmp_path: Path) -> None:
    """The first has its line at once; the hundreds that follow share one, which is there when the hub stops."""
    async with attacked(tmp_path) as flooded:
        await flooded.post("rongcheng", b"{}", proof={})
        await until(lambda: _refused(tmp_path) == [1])
        await asyncio.gather(*(flooded.post("rongcheng", b"{}", proof={}) for _ in range(200)))
        assert taken("rongcheng", await flooded.post("rongcheng"))
        assert _refused(tmp_path) == [1]
    assert _refused(tmp_path) == [1, 200]


def _refused(home: Path) -> list[int]:
    """How many refusals each line of the journal tells of."""
    with contextlib.closing(sqlite3.connect(home / "var" / "guantong.db")) as store:
        lines = store.execute("SELECT detail FROM journal WHERE what = 'refused' ORDER BY id").fetchall()
    return [orjson.loads(detail)["times"] for (detail,) in lines]


async def test_half_open_connections_keep_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More slow senders than the hub holds connections: it lets go of the oldest of them; good records pass,
    over new connections and over one that stays."""
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 30)
    async with attacked(tmp_path) as besieged, AsyncExitStack() as stack:
        reader, writer = await asyncio.open_connection("127.0.0.1", besieged.hub.port)
        stack.callback(writer.close)
        await _bring(besieged, reader, writer)
        for _ in range(100):
            _, slow = await asyncio.open_connection("127.0.0.1", besieged.hub.port)
            stack.callback(slow.close)
            slow.write(b"POST /in/rongcheng.approval/events HTTP/1.1\r\nHost:")
        for name in besieged.doors:
            assert taken(name, await besieged.post(name))
        await _bring(besieged, reader, writer)


async def _bring(hub: Attacked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Bring a good record over a connection that stays open."""
    body = rongcheng_record()
    writer.write(hub.head("rongcheng", {"Content-Length": str(len(body))}) + body)
    assert taken("rongcheng", await read_answer(reader))


async def test_a_silent_connection_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who connects and never says a whole word is let go."""
    monkeypatch.setattr(server, "IDLE", 0.05)
    async with attacked(tmp_path) as hub:
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.hub.port)
        writer.write(b"POST / HTTP/1.1\r\n")
        async with asyncio.timeout(60):
            assert await reader.read() == b""
        writer.close()


async def test_large_bodies_wait_outside_when_the_room_is_full(hub: Attacked) -> None:
    """What one system can make us hold is bounded: more than a few large bodies at once are asked to come
    again, small ones and other systems pass, and what was held is free when the senders are gone."""
    async with AsyncExitStack() as stack:
        answers = []
        for _ in range(intake.ROOM + 1):
            reader, writer = await asyncio.open_connection("127.0.0.1", hub.hub.port)
            stack.callback(writer.close)
            writer.write(hub.head("rongcheng", {"Content-Length": str(LIMIT)}) + b" " * (LIMIT - 10))
            answers.append(asyncio.create_task(read_answer(reader)))
            stack.callback(answers[-1].cancel)
        done, _ = await asyncio.wait(answers, timeout=60, return_when=asyncio.FIRST_COMPLETED)
        answer = done.pop().result()
        assert refusal("rongcheng", answer) == (503, "GT519")
        assert "retry-after" in answer.headers
        assert taken("rongcheng", await hub.post("rongcheng"))
        assert taken("jiedong", await hub.post("jiedong", jiedong_record(SPYJ="好" * 10**6)))
    async with asyncio.timeout(60):
        while not taken("rongcheng", await hub.post("rongcheng", b" " * (10 << 20) + rongcheng_record())):  # noqa: ASYNC110  asked, not told
            await asyncio.sleep(0)


async def test_what_one_connection_brings_is_parsed_in_sips(hub: Attacked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sends chunks of two bytes has as long as they take to be parsed, and others come in between."""
    sizes: list[int] = []
    parse = Visitor.data_received

    def parsed(self: Visitor, data: bytes) -> None:
        sizes.append(len(data))
        parse(self, data)

    monkeypatch.setattr(Visitor, "data_received", parsed)
    chunked = hub.head("rongcheng", {"Transfer-Encoding": "chunked"}) + b"2\r\n  \r\n" * 50_000 + b"0\r\n\r\n"
    assert refusal("rongcheng", await hub.raw(chunked))[1] == "GT301"
    assert sum(sizes) == len(chunked)
    assert max(sizes) <= SIP


async def test_refused_bodies_are_not_held(hub: Attacked) -> None:
    """What is refused is let go at once, by nobody's garbage collection: the errors that told why are gone too."""
    gc.collect()
    gc.disable()
    try:
        for name in hub.doors:
            await hub.post(name, b" " * 10_000)
            await hub.post(name, b"{}")
        await until(lambda: not _errors())
    finally:
        gc.enable()


def _errors() -> list[str]:
    names = ("Refused", "Undecodable", "JSONDecodeError", "_Fault", "NotXml", "XMLSyntaxError", "Untranslatable")
    return [type(found).__name__ for found in gc.get_objects()
            if isinstance(found, BaseException) and type(found).__name__ in names]


_STEP = {
    "SXBM": "10000010100699301513445222", "SXMC": "个体工商户设立登记", "XZQHDM": "445222", "SJBBH": 1, "SPHJDM": "2",
    "SPHJMC": "审核", "SPBMMC": "揭西县工商局", "SPBMZZJDMD": "006993015", "SPRXM": NAME, "SPYJ": "同意。",
    "SPSJ": "2014-07-17 15:20:00", "SPHJZTDM": "2", "CLZT": "N", "INSERTTIME": "2014-07-17 15:20:00.000000",
}


@pytest.mark.parametrize(("column", "value", "flag"), [
    ("SPYJ", "CAST(x'ffc1' AS TEXT)", "E"), ("SPYJ", "'a' || char(0) || 'b'", "Y"), ("SPYJ", "'=1+cmd|A0'", "Y"),
    ("SPSJ", "'x''); DROP TABLE EX_GDBS_SPCL;--'", "E"), ("SPHJDM", "'?'", "E"),
    ("SBLSH", "printf('%.*c', 1048576, '9')", "E"), ("YWLSH", "'JX' || char(0, 27)", "E"),
])
async def test_a_bad_row_is_marked_and_holds_up_no_other(
    hub: Attacked, column: str, value: str, flag: str
) -> None:
    """Bytes that are no text, NUL, injections, codes nobody knows: the row gets its flag, E with a reason; the
    good row behind it is taken."""
    ids = []
    with hub.exchange.begin() as exchange:
        for bad in (True, False):
            row = {**_STEP, "SBLSH": serial(), "YWLSH": serial()}
            values = ", ".join(value if bad and name == column else f":{name}" for name in row)
            insert = text(f"INSERT INTO EX_GDBS_SPCL ({', '.join(row)}) VALUES ({values})")  # noqa: S608  constants of this test
            ids.append(exchange.execute(insert, row).lastrowid)

    def flags() -> list[tuple[str, str]]:
        with hub.exchange.connect() as exchange:
            asked = text("SELECT TRIM(CLZT), COALESCE(CLJG, '') FROM EX_GDBS_SPCL WHERE ID IN (:a, :b) ORDER BY ID")
            return [(row[0], row[1]) for row in exchange.execute(asked, {"a": ids[0], "b": ids[1]})]

    await until(lambda: all(found != "N" for found, _ in flags()))
    (first, reason), (second, _) = flags()
    assert (first, second) == (flag, "Y")
    assert (flag == "E") == bool(re.search(r"\bGT\d{3}\b", reason))
    assert NAME not in reason
