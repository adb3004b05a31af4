"""Exchange tables read by a column that grows: nothing that commits late is missed, nothing is read twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert
from tests.adapters.exchange import Exchange, bodies, opened, take

from guantong.adapter import Mark
from guantong.problems import ProblemsError
from guantong.record import Acceptance, Verdict

NOON = datetime(2014, 7, 15, 12)
TABLE = "XK_SPXX"


def settings(column: str = "GXSJ", **more: Any) -> dict[str, Any]:
    keys = {"column": column, "leave_out": ["OWNER", "CLAIMED_AT", "CLZT"], **more}
    return {"send": {}, "poll": [{"table": TABLE, "read": {"watermark": keys}}]}


def row(number: int, minutes: float = 0, **more: Any) -> dict[str, Any]:
    """Row *number*, written so many minutes after noon."""
    return {"ID": number, "SBLSH": f"S{number}", "GXSJ": NOON + timedelta(minutes=minutes), **more}


def serials(rows: list[dict[str, Any]]) -> list[str]:
    return [each["SBLSH"] for each in rows]


async def test_rows_come_in_the_columns_order_each_once_also_after_a_restart(exchange: Exchange, tmp_path: Path) -> None:
    """Batch by batch; the cursor and our own memory know where it stood."""
    exchange.write(TABLE, *(row(n, n) for n in (5, 3, 1, 2, 4)))
    async with opened(exchange.url, tmp_path, **settings()) as adapter:
        first, cursor = await take(adapter, "", 2)
        assert serials(first) == ["S1", "S2"]
    async with opened(exchange.url, tmp_path, **settings()) as adapter:
        rest, cursor = await take(adapter, cursor, 99)
        assert serials(rest) == ["S3", "S4", "S5"]
        assert await take(adapter, cursor) == ([], cursor)


@pytest.mark.parametrize("database_url", [
    pytest.param("mariadb", marks=pytest.mark.service("mariadb")),
    pytest.param("postgresql", marks=pytest.mark.service("postgresql")),
], indirect=True)
async def test_a_late_commit_is_still_read(exchange: Exchange, tmp_path: Path) -> None:
    """A transaction that began before others and ends after we read them: its older row is behind the newest."""
    table = exchange.tables[TABLE]
    async with opened(exchange.url, tmp_path, **settings()) as adapter:
        with exchange.engine.connect() as slow:
            slow.execute(insert(table).values(**row(1, 1)))  # open: nobody else sees it
            exchange.write(TABLE, row(2, 2), row(3, 3))
            seen, cursor = await take(adapter)
            assert serials(seen) == ["S2", "S3"]
            exchange.write(TABLE, row(4, 4))
            more, cursor = await take(adapter, cursor)
            assert serials(more) == ["S4"]
            slow.commit()
        late, cursor = await take(adapter, cursor)
        assert serials(late) == ["S1"]
        assert await take(adapter, cursor) == ([], cursor)


@pytest.mark.parametrize("database_url", [
    pytest.param("mariadb", marks=pytest.mark.service("mariadb")),
    pytest.param("postgresql", marks=pytest.mark.service("postgresql")),
], indirect=True)
async def test_a_commit_during_a_long_drain_is_still_read(exchange: Exchange, tmp_path: Path) -> None:
    """A backlog takes many batches and new rows come all the while: what became visible behind us meanwhile is
    within the overlap of what was newest when we passed, and the next pass finds it."""
    table = exchange.tables[TABLE]
    exchange.write(TABLE, *(row(n, n) for n in range(100, 120)))
    seen: list[str] = []
    async with opened(exchange.url, tmp_path, **settings()) as adapter:
        with exchange.engine.connect() as slow:
            slow.execute(insert(table).values(**row(1, 115.5)))
            cursor = ""
            for batch in range(10):
                rows, cursor = await take(adapter, cursor, 4)
                seen += serials(rows)
                minute = 120 + batch / 10 if batch < 6 else 300 + batch
                exchange.write(TABLE, *(row(200 + batch * 4 + n, minute) for n in range(4)))
                if batch == 5:
                    slow.commit()
        while rows:
            rows, cursor = await take(adapter, cursor, 4)
            seen += serials(rows)
    assert len(seen) == len(set(seen)) == 61
    assert "S1" in seen


async def test_equal_times_are_all_read_whatever_the_batch(exchange: Exchange, tmp_path: Path) -> None:
    """Rows of one transaction have one time; a batch that ends among them loses none."""
    exchange.write(TABLE, *(row(n) for n in range(1, 251)))
    async with opened(exchange.url, tmp_path, **settings()) as adapter:
        seen, cursor = list[str](), ""
        while rows := (taken := await take(adapter, cursor, 7))[0]:
            seen, cursor = seen + serials(rows), taken[1]
    assert seen == [f"S{n}" for n in range(1, 251)]


async def test_a_row_changed_within_the_window_is_read_again(exchange: Exchange, tmp_path: Path) -> None:
    """Known by key and content: the same key with other content is news, though its time stood still."""
    exchange.write(TABLE, row(1, 1, SPYJ="同意"), row(2, 2))
    async with opened(exchange.url, tmp_path, **settings()) as adapter:
        _, cursor = await take(adapter)
        q = exchange.engine.dialect.identifier_preparer.quote
        exchange.run(f"UPDATE {q(TABLE)} SET {q('SPYJ')} = '不同意' WHERE {q('ID')} = 1")  # noqa: S608  names of the fixture
        [again], _ = await take(adapter, cursor)
        assert (again["SBLSH"], again["SPYJ"]) == ("S1", "不同意")


async def test_what_the_hub_did_not_take_comes_again(exchange: Exchange, tmp_path: Path) -> None:
    """The hub was full after the first: only that one is marked, and the cursor stands."""
    exchange.write(TABLE, *(row(n, n * 60) for n in range(1, 5)))
    async with opened(exchange.url, tmp_path, **settings()) as adapter:
        first, *_ = (await adapter.poll("", 3)).records
        await adapter.mark([Mark(first.ref or "", Verdict(Acceptance.ROUTED, 1))])
        assert [each["SBLSH"] for each in bodies((await adapter.poll("", 9)).records)] == ["S2", "S3", "S4"]


async def test_numbers_and_texts_grow_too(exchange: Exchange, tmp_path: Path) -> None:
    """A sequence with its own overlap, and times kept as text; NULL is no place in either order."""
    exchange.write(TABLE, *(row(n, GXXH=n, GXWZ=f"201407151200{n:02d}") for n in (1, 2)), row(3, GXXH=None, GXWZ=None))
    for column, more in (("GXXH", {"overlap_number": 5}), ("GXWZ", {"format": "yyyyMMddHHmmss", "overlap": "30s"})):
        async with opened(exchange.url, tmp_path / column, **settings(column, **more)) as adapter:
            rows, cursor = await take(adapter)
            assert serials(rows) == ["S1", "S2"]
            late = row(4, GXXH=0, GXWZ="20140715115950")
            exchange.write(TABLE, late)
            rows, cursor = await take(adapter, cursor)
            assert serials(rows) == ["S4"]
            assert await take(adapter, cursor) == ([], cursor)
            with exchange.engine.begin() as connection:
                connection.execute(delete(exchange.tables[TABLE]).filter_by(ID=4))


async def test_a_column_that_is_no_time_as_written_is_named(exchange: Exchange, tmp_path: Path) -> None:
    """The problem names table, column and form, and no value."""
    exchange.write(TABLE, row(1, GXWZ="前天"))
    async with opened(exchange.url, tmp_path, **settings("GXWZ", format="yyyyMMddHHmmss")) as adapter:
        with pytest.raises(ProblemsError) as caught:
            await adapter.poll("", 9)
    assert str(caught.value) == (
        "jiexi.approval.settings: the column 'GXWZ' of 'XK_SPXX' does not hold a time written as yyyyMMddHHmmss; "
        "correct `format:` of the watermark, or name a column of times or numbers [GT614]"
    )
