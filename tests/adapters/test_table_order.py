"""Tables that are read each by itself: what a case did first is told first, however they are read, and also again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.exchange import Exchange, opened, take

from guantong_adapters.table.bywatermark import WatermarkReading
from guantong_adapters.table.source import Batch

NOON = datetime(2014, 7, 15, 12)
FIRST, THEN = "EX_GDBS_SL", "XK_SPXX"
"""What accepts, and what handles: as the settings name them."""
WATERMARK: dict[str, Any] = {"poll": [{"table": FIRST, "read": {"watermark": {"column": "SLSJ"}}}, {"table": THEN, "read": {"watermark": {"column": "GXSJ"}}}]}
STOCK: dict[str, Any] = {"poll": [{"table": FIRST}, {"table": THEN, "read": {"flag": {}}}]}


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    exchange = Exchange(f"sqlite:///{tmp_path / 'exchange.db'}")
    yield exchange
    exchange.engine.dispose()


def happen(exchange: Exchange, *cases: int) -> None:
    """Of each case both rows are there at once."""
    for number in cases:
        moment = NOON + timedelta(hours=number)
        exchange.write(FIRST, {"SBLSH": f"S{number}", "SLSJ": moment, "INSERTTIME": "1"})
        exchange.write(THEN, {"SBLSH": f"S{number}", "GXSJ": moment, "SPYJ": "同意"})


def told(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(THEN if "SPYJ" in row else FIRST, row["SBLSH"]) for row in rows]


async def test_each_time_the_tables_are_told_in_the_order_of_the_settings(exchange: Exchange, tmp_path: Path) -> None:
    """Whoever was read first the time before."""
    cursor = ""
    async with opened(exchange.url, tmp_path / "memory", **WATERMARK) as adapter:
        for number in (1, 2, 3):
            happen(exchange, number)
            rows, cursor = await take(adapter, cursor)
            assert told(rows) == [(FIRST, f"S{number}"), (THEN, f"S{number}")]


async def test_no_row_is_told_without_the_one_that_was_there_before_it(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both are committed while the tables are looked at: what came later waits for the next look, never what came first."""
    looked = WatermarkReading.read
    looks: list[None] = []

    def read(self: WatermarkReading, state: str, limit: int) -> Batch:
        batch = looked(self, state, limit)
        looks.append(None)
        if len(looks) == 1:
            happen(exchange, 1)
        return batch

    monkeypatch.setattr(WatermarkReading, "read", read)
    async with opened(exchange.url, tmp_path / "memory", **WATERMARK) as adapter:
        rows, cursor = await take(adapter)
        assert told(rows) == [(FIRST, "S1")]
        assert told((await take(adapter, cursor))[0]) == [(THEN, "S1")]


async def test_a_batch_smaller_than_the_tables_are_many_leaves_none_unread(exchange: Exchange, tmp_path: Path) -> None:
    """Whom it cut off is first next time."""
    happen(exchange, 1, 2, 3)
    cursor, found = "", []
    async with opened(exchange.url, tmp_path / "memory", **WATERMARK) as adapter:
        for _ in range(2):
            rows, cursor = await take(adapter, cursor, 1)
            found += told(rows)
    assert {table for table, _ in found} == {FIRST, THEN}


@pytest.mark.parametrize("settings", [STOCK, WATERMARK], ids=["flag", "watermark"])
async def test_read_again_a_table_comes_to_its_end_before_the_next_one_begins(
    exchange: Exchange, tmp_path: Path, settings: dict[str, Any],
) -> None:
    """No step comes before its case in any batch: a target would be told it first, and wait for what is behind it."""
    happen(exchange, *range(5))
    cursor, found = "", []
    async with opened(exchange.url, tmp_path / "memory", rereading=True, **settings) as adapter:
        while (batch := await take(adapter, cursor, 2))[0]:
            rows, cursor = batch
            found += told(rows)
    assert found == [(table, f"S{number}") for table in (FIRST, THEN) for number in range(5)]
