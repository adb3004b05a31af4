"""Exchange tables, sending: one row in one transaction, and an honest end whatever happens."""

from __future__ import annotations

import asyncio
import socket
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import event, insert
from tests.adapters.exchange import RARE, SERIAL, Exchange, opened, outgoing, said

from guantong.adapter import Awaited, Receipt
from guantong.problems import ProblemsError
from guantong.record import NotSent, Unsure
from guantong_adapters.table.adapter import Tables


async def test_a_record_becomes_one_row_with_every_character_and_the_constants(exchange: Exchange) -> None:
    """Rare names arrive whole; numbers and times are read by the database itself; constants are added."""
    async with opened(exchange.url) as adapter:
        sent = outgoing(SFJE="120.50", SBSJ="2014-07-15 10:30:00", SBCLQD='[{"CLMC":"身份证"}]')
        if exchange.url.startswith("sqlite"):
            sent = outgoing(SFJE="120.50", SBSJ="2014-07-15 10:30:00.000000", SBCLQD='[{"CLMC":"身份证"}]')
        assert said(await adapter.send(sent)) == {"result": "inserted"}
    [row] = exchange.rows("EX_GDBS_SB")
    assert (row["SBLSH"].rstrip(), row["SJBBH"], row["SQRMC"]) == (SERIAL, 1, RARE)
    assert (row["SFJE"], row["CLZT"].rstrip()) == (Decimal("120.50"), "N")
    assert (row["SBSJ"].isoformat(), row["SBCLQD"]) == ("2014-07-15T10:30:00", '[{"CLMC":"身份证"}]')


async def test_the_same_key_again_is_a_duplicate_and_a_higher_version_is_new(exchange: Exchange) -> None:
    """The unique key answers for us; nothing is changed in the row that is there."""
    async with opened(exchange.url) as adapter:
        await adapter.send(outgoing())
        assert said(await adapter.send(outgoing(SQRMC="赵一"))) == {"result": "duplicate"}
        assert said(await adapter.send(outgoing(SJBBH="2"))) == {"result": "inserted"}
    assert [(row["SJBBH"], row["SQRMC"]) for row in exchange.rows("EX_GDBS_SB")] == [(1, RARE), (2, RARE)]


async def test_a_value_that_does_not_fit_is_refused_never_cut_and_never_quoted(exchange: Exchange) -> None:
    """The reply says which class of mistake it is, and holds nothing of the value."""
    async with opened(exchange.url) as adapter:
        answer = await adapter.send(outgoing(SQRMC="赵" * 21))
        found = said(answer)
        assert (found["result"], found["class"] in ("data", "constraint")) == ("error", True)
        assert "赵" not in str(found)
        assert found.get("column", "SQRMC") == "SQRMC"
    assert exchange.rows("EX_GDBS_SB") == []


async def test_a_refusal_says_why_in_both_languages(exchange: Exchange) -> None:
    """A clerk reads what kind of mistake it is, whatever the database names of it."""
    async with opened(exchange.url) as adapter:
        found = said(await adapter.send(outgoing(SQRMC="赵" * 21)))
        assert found["class"] in found["reason"]
        assert {"data": "数据不符", "constraint": "违反约束"}[found["class"]] in found["reason_zh"]


async def test_a_column_made_after_it_was_missing_is_found_without_a_restart(exchange: Exchange) -> None:
    """Once refused for want of a column, the next record is held against the table as it is then."""
    async with opened(exchange.url) as adapter:
        assert said(await adapter.send(outgoing(XINZENG="1")))["code"] == "GT504"
        quote = exchange.engine.dialect.identifier_preparer.quote
        with exchange.engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {quote('EX_GDBS_SB')} ADD {quote('XINZENG')} VARCHAR(10)")
        assert said(await adapter.send(outgoing(XINZENG="1"))) == {"result": "inserted"}
    assert len(exchange.rows("EX_GDBS_SB")) == 1


async def test_asking_says_whether_the_row_is_there(exchange: Exchange) -> None:
    """Found by its key and version, absent else."""
    async with opened(exchange.url) as adapter:
        assert said(await adapter.query(outgoing())) == {"result": "absent"}
        await adapter.send(outgoing())
        assert said(await adapter.query(outgoing())) == {"result": "found"}
        assert said(await adapter.query(outgoing(SJBBH="2"))) == {"result": "absent"}


async def test_columns_are_found_whatever_their_case(exchange: Exchange) -> None:
    """A mapping may write lower-case names into a schema of upper-case ones."""
    async with opened(exchange.url) as adapter:
        body = orjson.dumps({"sblsh": SERIAL, "sjbbh": "1", "sqrmc": RARE})
        sent = outgoing()._replace(body=body)
        assert said(await adapter.send(sent)) == {"result": "inserted"}
    assert exchange.rows("EX_GDBS_SB")[0]["SQRMC"] == RARE


async def test_what_the_table_has_no_place_for_is_refused_with_the_nearest_name(exchange: Exchange) -> None:
    """An unknown column and a missing key are the mapping's mistakes: located, and nothing is written."""
    async with opened(exchange.url) as adapter:
        found = said(await adapter.send(outgoing(SQRM="赵一")))
        assert (found["result"], found["class"], found["code"]) == ("error", "schema", "GT504")
        assert found["reason"].startswith(
            "jiexi.approval: the table 'EX_GDBS_SB' has no column 'SQRM' (SQRMC?)"
        )
        assert "SQRM" in found["reason_zh"]
        assert said(await adapter.send(outgoing(SJBBH=None)))["code"] == "GT506"
        with pytest.raises(ProblemsError, match="GT507"):
            await adapter.send(outgoing(kind="EX_GDBS_XX"))
    assert exchange.rows("EX_GDBS_SB") == []


async def test_a_table_that_changed_while_we_worked_is_named(exchange: Exchange) -> None:
    """A dropped column is said as such, not as some state of the database."""
    async with opened(exchange.url) as adapter:
        await adapter.send(outgoing())
        exchange.run("DROP TABLE " + quoted(exchange, "EX_GDBS_SB"))
        assert said(await adapter.send(outgoing()))["code"] == "GT503"


def quoted(exchange: Exchange, name: str) -> str:
    return exchange.engine.dialect.identifier_preparer.quote(name)


@pytest.mark.parametrize("product", ["mysql+pymysql", "postgresql+psycopg"])
async def test_a_database_that_does_not_answer_is_not_sent(product: str) -> None:
    """No connection, so no byte left; the adapter opens all the same, for the database may come back."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"{product}://nobody@127.0.0.1:{unused.getsockname()[1]}/none"
        async with opened(url) as adapter:
            answer = await adapter.send(outgoing())
            assert isinstance(answer, NotSent)
            assert "does not answer" in answer.reason
            with pytest.raises(ProblemsError, match="GT502"):
                await adapter.poll("", 10)


async def test_a_database_that_accepts_and_says_nothing_is_not_sent_in_time() -> None:
    """A dead firewall or a stopped server: the time given for the sending holds, and closing ends."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"mysql+pymysql://nobody@127.0.0.1:{silent.getsockname()[1]}/none"
        async with opened(url, timeout=0.5, connect_timeout=1) as adapter:
            assert isinstance(await adapter.send(outgoing(seconds=0.1)), NotSent)


async def test_while_a_commit_has_not_ended_nobody_can_know(tmp_path: Path) -> None:
    """The time ran out in the commit: unsure, and asking is unsure too until the attempt has really ended."""
    exchange = Exchange(f"sqlite:///{tmp_path / 'exchange.db'}")
    async with opened(exchange.url) as adapter:
        await adapter.query(outgoing())
        go_on = threading.Event()
        event.listen(adapter._database.engine, "commit", lambda _: go_on.wait(30))
        assert isinstance(await adapter.send(outgoing(seconds=0.2)), Unsure)
        assert isinstance(await adapter.query(outgoing()), Unsure)
        [running] = adapter._under_way.values()
        go_on.set()
        await running
        assert said(await adapter.query(outgoing())) == {"result": "found"}
    exchange.engine.dispose()


async def test_a_database_that_comes_back_is_used_again(tmp_path: Path) -> None:
    """The layout is looked at when the database first answers."""
    folder = tmp_path / "later"
    url = f"sqlite:///{folder / 'exchange.db'}"
    async with opened(url) as adapter:
        assert isinstance(await adapter.send(outgoing()), NotSent)
        folder.mkdir()
        exchange = Exchange(url)
        assert said(await adapter.send(outgoing())) == {"result": "inserted"}
        exchange.engine.dispose()


async def test_a_row_held_up_too_long_is_given_up_and_never_written_later(exchange: Exchange) -> None:
    """Another transaction holds our key until our time runs out; once it lets go nothing is committed."""
    async with opened(exchange.url) as adapter:
        await adapter.query(outgoing())
        with exchange.engine.connect() as other:
            if exchange.url.startswith("sqlite"):
                other.exec_driver_sql("BEGIN IMMEDIATE")
            other.execute(insert(exchange.tables["EX_GDBS_SB"]).values(SBLSH=SERIAL, SJBBH=1))
            answer = await adapter.send(outgoing(seconds=0.3))
            other.rollback()
        assert isinstance(answer, NotSent)
    assert exchange.rows("EX_GDBS_SB") == []


def kill_in(adapter: Tables, exchange: Exchange, moment: str) -> None:
    """Let the server end the adapter's connection once, at the *moment* of an event of its engine."""
    engine = adapter._database.engine
    struck: list[str] = []

    def strike(connection: Any, *_: Any) -> None:
        if struck:
            return
        struck.append(moment)
        mysql = engine.dialect.name == "mysql"
        own = "SELECT CONNECTION_ID()" if mysql else "SELECT pg_backend_pid()"
        number = connection.exec_driver_sql(own).scalar()
        exchange.run(f"KILL {number}" if mysql else f"SELECT pg_terminate_backend({number})")

    event.listen(engine, moment, strike)


async def test_a_connection_that_breaks_in_the_commit_is_unsure_and_can_be_asked(exchange: Exchange) -> None:
    """Whether the commit arrived is not known; asking tells, on a new connection."""
    if exchange.url.startswith("sqlite"):
        pytest.skip("SQLite has no connection that breaks")
    async with opened(exchange.url) as adapter:
        kill_in(adapter, exchange, "commit")
        assert isinstance(await adapter.send(outgoing()), Unsure)
        assert said(await adapter.query(outgoing())) == {"result": "absent"}
        assert said(await adapter.send(outgoing())) == {"result": "inserted"}


async def test_a_connection_that_breaks_before_the_commit_is_not_sent(exchange: Exchange) -> None:
    """The database rolls back what was never committed."""
    if exchange.url.startswith("sqlite"):
        pytest.skip("SQLite has no connection that breaks")
    async with opened(exchange.url) as adapter:
        kill_in(adapter, exchange, "begin")
        assert isinstance(await adapter.send(outgoing()), NotSent)
        assert said(await adapter.send(outgoing())) == {"result": "inserted"}


async def test_many_rows_at_once_are_each_written_once(exchange: Exchange) -> None:
    """Concurrent sendings share the bounded connections."""
    async with opened(exchange.url) as adapter:
        ends = await asyncio.gather(*(adapter.send(outgoing(SJBBH=str(n % 20))) for n in range(40)))
        assert sorted(said(end)["result"] for end in ends) == ["duplicate"] * 20 + ["inserted"] * 20
    assert len(exchange.rows("EX_GDBS_SB")) == 20


def awaited(delivery: int, serial: str) -> Awaited:
    return Awaited(delivery, "EX_GDBS_SB", f"GT{delivery}", {"SBLSH": serial, "SJBBH": "1"})


async def test_receipts_come_from_the_flag_column_of_our_rows(exchange: Exchange) -> None:
    """Confirmed, rejected with the reason; a row not judged yet or gone is left out."""
    async with opened(exchange.url) as adapter:
        for number in range(3):
            await adapter.send(outgoing(SBLSH=f"S{number}"))
        flag, reason, serial = (quoted(exchange, name) for name in ("CLZT", "CLJG", "SBLSH"))
        table = quoted(exchange, "EX_GDBS_SB")
        exchange.run(f"UPDATE {table} SET {flag} = '1' WHERE {serial} = 'S0'")  # noqa: S608  names of the fixture
        exchange.run(f"UPDATE {table} SET {flag} = '3', {reason} = '材料不符' WHERE {serial} = 'S1'")  # noqa: S608  names of the fixture
        found = await adapter.receipts([awaited(number, f"S{number}") for number in range(4)])
        assert sorted(found, key=lambda receipt: receipt.delivery) == [
            Receipt(0, True), Receipt(1, False, "材料不符"),
        ]
