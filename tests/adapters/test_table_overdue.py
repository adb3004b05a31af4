"""A line to the exchange database that drips: never quite silent, and never done."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import make_url
from tests.adapters.exchange import RARE, SERIAL, Exchange, bodies, opened, outgoing, said

from guantong.adapter import Awaited, Mark
from guantong.problems import ProblemsError
from guantong.record import Acceptance, NotSent, Unsure, Verdict
from guantong.testing.faulty_relay import Fault, FaultyRelay, Stream
from guantong_adapters.table.adapter import Tables
from guantong_adapters.table.errand import GRACE

LIMIT, CONNECT = 1.0, 2.0  # seconds
SLACK = 25.0  # seconds more, on a machine that is busy; without a limit it is never over
SAID = ("jiexi.approval.settings.timeout: the database did not answer whole within 1 s; the connection was ended; "
        "look at the line and the database's load, or raise `timeout:` in the settings [GT754]")
SAID_ZH = ("jiexi.approval.settings.timeout: 数据库未在 1 秒内完整应答，连接已断开; "
           "请检查线路和数据库负荷，或调大设置中的 `timeout:` [GT754]")
ENDS = ("[GT754]", "[GT502]")
"""The question drips, too: a driver that hears nothing at all meanwhile ends the line itself."""

pytestmark = pytest.mark.parametrize("database_url", [
    pytest.param("mariadb", marks=pytest.mark.service("mariadb")),
    pytest.param("postgresql", marks=pytest.mark.service("postgresql")),
], indirect=True)


@pytest.fixture
def exchange(database_url: str) -> Iterator[Exchange]:
    """A database with one row to read and one that we wrote, judged by them."""
    made = Exchange(database_url)
    made.write("EX_GDBS_SL", {"SBLSH": SERIAL, "SQRMC": RARE * 6, "CLZT": "N"})
    yield made
    made.engine.dispose()


@asynccontextmanager
async def behind(exchange: Exchange, **more: Any) -> AsyncIterator[tuple[Tables, FaultyRelay]]:
    """The adapter, which looked at the tables, behind a relay that carries well so far."""
    url = make_url(exchange.url)
    assert url.host is not None
    assert url.port is not None
    async with FaultyRelay.to(url.host, url.port) as relay:
        reached = url.set(host=relay.host, port=relay.port).render_as_string(hide_password=False)
        async with opened(reached, connections=2, connect_timeout=CONNECT, timeout=LIMIT, **more) as adapter:
            yield adapter, relay


async def overdue(work: Any) -> ProblemsError:
    """What *work* fails with, in time, leaving no thread that waits."""
    begun = monotonic()
    with pytest.raises(ProblemsError) as caught:
        await work
    assert monotonic() - begun < CONNECT + LIMIT + GRACE + SLACK
    return caught.value


def lines(error: ProblemsError) -> list[str]:
    return [each.line(tongue) for each in error.problems for tongue in ("en", "zh")]


async def test_a_poll_ends_by_its_limit_and_the_next_reads(exchange: Exchange) -> None:
    """Where the answer drips in the midst of its rows; the line is given up, and the pool is whole."""
    async with behind(exchange) as (adapter, relay):
        await adapter.poll("", 10)
        relay.arm(Fault("answers", 60, "drip"))
        assert lines(await overdue(adapter.poll("", 10))) == [SAID, SAID_ZH]
        assert relay.befell
        for _ in range(3):  # more often than there are connections
            polled = await adapter.poll("", 10)
            assert [row["SQRMC"] for row in bodies(polled.records)] == [RARE * 6]
        await adapter.mark([Mark(polled.records[0].ref or "", Verdict(Acceptance.ROUTED, 1))])
    assert exchange.flags("EX_GDBS_SL") == [("Y", None)]
    assert [one.name for one in threading.enumerate() if one.name.startswith("table-")] == []


async def test_marks_and_receipts_end_by_their_limit(exchange: Exchange) -> None:
    """What was not told is told the next time."""
    exchange.write("EX_GDBS_SB", {"SBLSH": SERIAL, "SJBBH": 1, "CLZT": "3", "CLJG": RARE})
    awaited = [Awaited(7, "EX_GDBS_SB", "GT7", outgoing().fields)]
    async with behind(exchange) as (adapter, relay):
        polled = await adapter.poll("", 10)
        relay.arm(Fault("answers", 0, "drip"))
        marks = [Mark(polled.records[0].ref or "", Verdict(Acceptance.ROUTED, 1))]
        assert lines(await overdue(adapter.mark(marks)))[0].endswith(ENDS)
        relay.arm(Fault("answers", 0, "drip"))
        assert lines(await overdue(adapter.receipts(awaited)))[0].endswith(ENDS)
        [receipt] = await adapter.receipts(awaited)
        assert receipt.delivery == 7
        [again] = bodies((await adapter.poll("", 10)).records)
        assert again["SBLSH"] == SERIAL


@pytest.mark.parametrize("stream", ["answers", "requests"])
async def test_sending_ends_and_leaves_no_thread_behind(exchange: Exchange, stream: Stream) -> None:
    """Whether it was given up before or after the time of the sending, its thread is free again, and nothing was written
    twice."""
    async with behind(exchange) as (adapter, relay):
        await adapter.query(outgoing())
        relay.arm(Fault(stream, 0, "drip"))
        answer = await adapter.send(outgoing(seconds=10))
        assert isinstance(answer, NotSent | Unsure), answer
        relay.disarm()
        for _ in range(3):
            assert said(await adapter.send(outgoing()))["result"] in ("inserted", "duplicate")
        assert said(await adapter.query(outgoing())) == {"result": "found"}
    assert len(exchange.rows("EX_GDBS_SB")) == 1


async def test_a_greeting_that_drips_ends_by_the_limit(exchange: Exchange) -> None:
    """Connecting is bounded whole, as everything is."""
    async with behind(exchange) as (adapter, relay):
        async with relay.refusing():
            pass  # every connection of the pool is gone
        relay.arm(Fault("answers", 0, "drip"))
        begun = monotonic()
        with pytest.raises(ProblemsError, match=r"\[GT(754|502)\]"):
            await adapter.poll("", 10)
        assert monotonic() - begun < CONNECT + LIMIT + GRACE + SLACK
        relay.disarm()
        assert len((await adapter.poll("", 10)).records) == 1
