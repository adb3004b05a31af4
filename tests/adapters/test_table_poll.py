"""Exchange tables, reading: oldest first over all tables, changing nothing, then flagged by their end."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import event
from tests.adapters.exchange import RARE, SERIAL, Exchange, bodies, opened

from guantong.adapter import Mark
from guantong.problems import ProblemsError
from guantong.record import Acceptance, Verdict

ROUTED = Verdict(Acceptance.ROUTED, 1)
PARKED = Verdict(Acceptance.PARKED, 2, "GT311", "no code", "状态码“9”没有对应的译码，请在代码表中补充后重放")


def row(number: int, **more: Any) -> dict[str, Any]:
    """A row written at second *number*."""
    return {"SBLSH": f"S{number}", "INSERTTIME": f"2014-07-15 10:30:{number:02d}", **more}


def serials(records: Any) -> list[str]:
    return [each["SBLSH"] for each in bodies(records)]


async def test_a_row_is_read_as_canonical_text_with_its_own_column_names(exchange: Exchange) -> None:
    """Text stays, numbers and times become text, NULL stays null, padding goes, controls are left out."""
    exchange.write("EX_GDBS_SL", row(
        1, SBLSH=SERIAL, SQRMC=RARE + " ", XZQHDM="445222", SFJE="120.50", SLSJ=datetime(2014, 7, 15, 10, 30),
        TXSJ=b"\x00\xff",
    ))
    async with opened(exchange.url) as adapter:
        polled = await adapter.poll("", 10)
    [record] = polled.records
    found = orjson.loads(record.body)
    if exchange.url.startswith("sqlite"):  # knows no decimals and no times: gives what it holds
        assert (found.pop("SFJE"), found.pop("SLSJ")) == ("120.5", "2014-07-15 10:30:00.000000")
    else:
        assert (found.pop("SFJE"), found.pop("SLSJ")) == ("120.50", "2014-07-15 10:30:00")
    assert found == {
        "SBLSH": SERIAL, "SQRMC": RARE + " ", "XZQHDM": "445222",
        "TXSJ": base64.b64encode(b"\x00\xff").decode(),
    }
    assert list(orjson.loads(record.body)) == sorted(orjson.loads(record.body))
    assert (record.system, record.kind, record.charset, record.ref) == (
        "jiexi.approval", "EX_GDBS_SL", "utf-8", "EX_GDBS_SL:1",
    )
    assert exchange.flags("EX_GDBS_SL") == [("N", None)]


async def test_the_oldest_rows_of_all_tables_come_first_and_no_more_than_asked(exchange: Exchange) -> None:
    """With a column of age, tables share one order: what a case did first is read first."""
    exchange.write("EX_GDBS_BJ", row(2), row(5))
    exchange.write("EX_GDBS_SL", row(1), row(3), row(4), row(9, CLZT="Y"))
    async with opened(exchange.url) as adapter:
        assert serials((await adapter.poll("", 4)).records) == ["S1", "S2", "S3", "S4"]
        assert serials((await adapter.poll("", 4)).records) == ["S1", "S2", "S3", "S4"]
        assert serials((await adapter.poll("", 99)).records) == ["S1", "S2", "S3", "S4", "S5"]


async def test_without_age_each_table_gets_its_share_in_the_settings_order(exchange: Exchange) -> None:
    """A table with a backlog does not keep the others from being read, and what they leave is its own."""
    exchange.write("EX_GDBS_SL", *(row(number) for number in range(10)))
    exchange.write("EX_GDBS_BJ", row(20), row(21))
    async with opened(exchange.url, read={"flag": {"reason": "CLJG", "leave_out": ["INSERTTIME"]}}) as adapter:
        assert serials((await adapter.poll("", 4)).records) == ["S0", "S1", "S20", "S21"]
        six = [f"S{number}" for number in range(6)]
        assert serials((await adapter.poll("", 8)).records) == [*six, "S20", "S21"]
        assert len((await adapter.poll("", 99)).records) == 12


async def test_all_tables_are_seen_as_of_one_moment(exchange: Exchange) -> None:
    """A finish written while we read must not come without the acceptance written before it."""
    async with opened(exchange.url) as adapter:
        await adapter.poll("", 10)
        engine, written = adapter._database.engine, list[str]()

        def write(_c: Any, _u: Any, statement: str, *_: Any) -> None:
            if "FROM" in statement and "EX_GDBS_SL" in statement and not written:
                written.append(statement)
                exchange.write("EX_GDBS_SL", row(1))
                exchange.write("EX_GDBS_BJ", row(2))

        if exchange.url.startswith("sqlite"):
            with exchange.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        event.listen(engine, "after_cursor_execute", write)
        assert serials((await adapter.poll("", 10)).records) == []
        assert serials((await adapter.poll("", 10)).records) == ["S1", "S2"]


async def test_flags_say_what_became_of_a_row_and_marking_again_changes_nothing(exchange: Exchange) -> None:
    """Taken, or in error with the reason cut to the column's bytes at a whole character."""
    exchange.write("EX_GDBS_SL", row(1), row(2))
    exchange.write("EX_GDBS_BJ", row(3))
    async with opened(exchange.url) as adapter:
        records = (await adapter.poll("", 10)).records
        verdicts = (ROUTED, PARKED, ROUTED)
        marks = [Mark(record.ref or "", verdict) for record, verdict in zip(records, verdicts, strict=True)]
        for _ in range(2):
            await adapter.mark(marks)
            taken, failed = exchange.flags("EX_GDBS_SL")
            assert taken == ("Y", None)
            assert failed[0] == "E"
            assert failed[1] == "GT311 状态码“9”没有对应的…"
            assert len((failed[1] or "").encode()) == 40
            assert exchange.flags("EX_GDBS_BJ") == [("Y", None)]
        assert (await adapter.poll("", 10)).records == []


async def test_a_row_changed_after_it_was_read_stays_unread_and_is_read_again(exchange: Exchange) -> None:
    """Flagging it taken would lose the new content."""
    exchange.write("EX_GDBS_SL", row(1, SQRMC="赵一"), row(2))
    async with opened(exchange.url) as adapter:
        marks = [Mark(record.ref or "", ROUTED) for record in (await adapter.poll("", 10)).records]
        q = exchange.engine.dialect.identifier_preparer.quote
        exchange.run(f"UPDATE {q('EX_GDBS_SL')} SET {q('SQRMC')} = '钱二' WHERE {q('ID')} = 1")  # noqa: S608  names of the fixture
        await adapter.mark(marks)
        assert [flag for flag, _ in exchange.flags("EX_GDBS_SL")] == ["N", "Y"]
        [again] = (await adapter.poll("", 10)).records
        assert orjson.loads(again.body)["SQRMC"] == "钱二"
        await adapter.mark([Mark(again.ref or "", ROUTED)])
        assert [flag for flag, _ in exchange.flags("EX_GDBS_SL")] == ["Y", "Y"]


async def test_a_flag_somebody_else_has_set_is_left_to_them(exchange: Exchange) -> None:
    """Only unread rows are flagged; a row that is gone is no mistake."""
    exchange.write("EX_GDBS_SL", row(1), row(2))
    async with opened(exchange.url) as adapter:
        marks = [Mark(record.ref or "", ROUTED) for record in (await adapter.poll("", 10)).records]
        q = exchange.engine.dialect.identifier_preparer.quote
        exchange.run(f"UPDATE {q('EX_GDBS_SL')} SET {q('CLZT')} = 'X' WHERE {q('ID')} = 1")  # noqa: S608  names of the fixture
        exchange.run(f"DELETE FROM {q('EX_GDBS_SL')} WHERE {q('ID')} = 2")  # noqa: S608  names of the fixture
        await adapter.mark(marks)
    assert exchange.flags("EX_GDBS_SL") == [("X", None)]


async def test_marks_are_set_together_or_not_at_all(exchange: Exchange) -> None:
    """One refused flag takes the batch back; the error names table and class, not what is in the rows."""
    exchange.write("EX_GDBS_SL", row(1, SQRMC="赵一"))
    exchange.write("EX_GDBS_BJ", row(2, SQRMC="钱二"))
    async with opened(exchange.url, read={"flag": {"taken": "Y", "age": "INSERTTIME"}}) as adapter:
        marks = [Mark(record.ref or "", ROUTED) for record in (await adapter.poll("", 10)).records]
        q = exchange.engine.dialect.identifier_preparer.quote
        exchange.run(f"DROP TABLE {q('EX_GDBS_BJ')}")
        with pytest.raises(ProblemsError) as caught:
            await adapter.mark(marks)
        assert [problem.code.id for problem in caught.value.problems] == ["GT503"]
        assert not any(name in str(caught.value) for name in ("赵一", "钱二"))
    assert exchange.flags("EX_GDBS_SL") == [("N", None)]


async def test_columns_of_bytes_are_read_in_their_charset_and_what_is_none_hides_no_other_row(
    exchange: Exchange,
) -> None:
    """A GB18030 text kept as bytes becomes text; bytes that are none make a record nobody can misread."""
    exchange.write("EX_GDBS_SL", row(1, TXSJ=RARE.encode("gb18030")), row(2, TXSJ=b"\x81"), row(3, TXSJ=None))
    async with opened(exchange.url, binary="gb18030") as adapter:
        first, second, third = (await adapter.poll("", 10)).records
    assert orjson.loads(first.body)["TXSJ"] == RARE
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(second.body)
    assert b'"SBLSH":"S2"' in second.body
    assert orjson.loads(third.body)["TXSJ"] is None


async def test_a_batch_of_huge_rows_is_read_in_parts(exchange: Exchange) -> None:
    """Memory stays bounded: the rest comes with the next poll."""
    exchange.write("EX_GDBS_SL", *(row(n % 60, SBLSH=f"S{n}", TXSJ=bytes(40_000)) for n in range(150)))
    async with opened(exchange.url) as adapter:
        records = (await adapter.poll("", 150)).records
        assert 0 < len(records) < 150
        await adapter.mark([Mark(record.ref or "", ROUTED) for record in records])
        rest = (await adapter.poll("", 150)).records
        assert len(records) + len(rest) == 150


async def test_rows_without_a_flag_are_unread_where_the_settings_say_so(exchange: Exchange) -> None:
    """Some interfaces leave the flag NULL until it is read."""
    exchange.write("EX_GDBS_SL", row(1, CLZT=None), row(2))
    flag = {"unread_null": True, "unread": ["0"], "leave_out": ["INSERTTIME", "CLJG"]}
    async with opened(exchange.url, read={"flag": flag}) as adapter:
        [record] = (await adapter.poll("", 10)).records
        assert orjson.loads(record.body)["SBLSH"] == "S1"
        await adapter.mark([Mark(record.ref or "", ROUTED)])
    assert [flag for flag, _ in exchange.flags("EX_GDBS_SL")] == ["Y", "N"]


async def test_a_row_is_given_back_with_the_reason_in_its_own_columns(exchange: Exchange) -> None:
    """One that was taken gets the error flag and the reason, again the same; one that its owner has corrected meanwhile, that
    is gone, or whose flag is somebody else's is left alone."""
    exchange.write("EX_GDBS_SL", row(1), row(2), row(3), row(4))
    async with opened(exchange.url) as adapter:
        polled = await adapter.poll("", 10)
        await adapter.mark([Mark(record.ref or "", ROUTED) for record in polled.records])
        table = exchange.tables["EX_GDBS_SL"]
        with exchange.engine.begin() as connection:
            for serial, flag in (("S2", "N"), ("S3", "X")):
                connection.execute(table.update().where(table.c.SBLSH.in_([serial])).values(CLZT=flag))
            connection.execute(table.delete().where(table.c.SBLSH.in_(["S4"])))
        refs = [record.ref or "" for record in polled.records]
        told = [await adapter.give_back(ref, "退回：身份证号有误（D1）") for ref in [*refs, refs[0]]]
    assert told == ["EX_GDBS_SL.CLZT", "", "", "", "EX_GDBS_SL.CLZT"]
    [given, corrected, theirs] = exchange.flags("EX_GDBS_SL")
    assert given[0] not in ("N", "Y", "X")
    assert "身份证号有误" in (given[1] or "")
    assert (corrected, theirs) == (("N", None), ("X", None))
