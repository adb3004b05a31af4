"""Exchange tables read by claim, by deleting, by comparison, through procedures, and case by case."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, event, update
from tests.adapters.exchange import RARE, ROUTED, Exchange, bodies, opened, outgoing, said, take

from guantong.adapter import Mark
from guantong.opencases import CasesAsked, OpenCase, SomeCases
from guantong.problems import ProblemsError
from guantong.record import Acceptance, Verdict

TABLE = "XK_SPXX"
CONTROL = ["GXSJ", "GXXH", "GXWZ", "OWNER", "CLAIMED_AT", "CLZT"]
REFUSED = Verdict(Acceptance.REFUSED, 0, "GT302", "no row", "不是一行数据")
PARKED = Verdict(Acceptance.PARKED, 2, "GT311", "no code", "状态码“9”没有对应的译码")
MARIADB = pytest.param("mariadb", marks=pytest.mark.service("mariadb"))
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.service("postgresql"))
servers = pytest.mark.parametrize("database_url", [MARIADB, POSTGRESQL], indirect=True)


def polling(way: str, **keys: Any) -> dict[str, Any]:
    return {"send": {}, "poll": [{"table": TABLE, "read": {way: {"leave_out": CONTROL, **keys}}}]}


def rows(*numbers: int, **more: Any) -> list[dict[str, Any]]:
    return [{"ID": number, "SBLSH": f"S{number}", **more} for number in numbers]


def serials(found: list[dict[str, Any]]) -> list[str]:
    return [each["SBLSH"] for each in found]


def change(exchange: Exchange, number: int, **values: Any) -> None:
    with exchange.engine.begin() as connection:
        connection.execute(update(exchange.tables[TABLE]).filter_by(ID=number).values(**values))


def remove(exchange: Exchange, *numbers: int) -> None:
    table = exchange.tables[TABLE]
    with exchange.engine.begin() as connection:
        connection.execute(delete(table).where(table.c.ID.in_(numbers)))


# Claim


async def test_two_consumers_share_a_table_and_no_row_goes_to_both(exchange: Exchange) -> None:
    """What one has claimed the other passes over, also while neither has flagged anything yet."""
    exchange.write(TABLE, *rows(*range(1, 11)))
    first, second = polling("claim", me="one"), polling("claim", me="two")
    async with opened(exchange.url, **first) as one, opened(exchange.url, **second) as two:
        ones, twos = (await one.poll("", 6)).records, (await two.poll("", 6)).records
        assert (len(ones), len(twos)) == (6, 4)
        assert {record.ref for record in ones} & {record.ref for record in twos} == set()
        await one.mark([Mark(record.ref or "", ROUTED) for record in ones])
        await two.mark([Mark(record.ref or "", ROUTED) for record in twos])
        assert [len((await each.poll("", 9)).records) for each in (one, two)] == [0, 0]
    assert {row["CLZT"].rstrip() for row in exchange.rows(TABLE)} == {"Y"}


@servers
async def test_rows_another_consumer_has_locked_are_passed_over(exchange: Exchange) -> None:
    """A consumer in the middle of its own claim holds nobody up."""
    exchange.write(TABLE, *rows(1, 2, 3))
    q = exchange.engine.dialect.identifier_preparer.quote
    async with opened(exchange.url, timeout=5, **polling("claim")) as adapter:
        with exchange.engine.begin() as other:
            other.exec_driver_sql(f"SELECT 1 FROM {q(TABLE)} WHERE {q('ID')} = 1 FOR UPDATE")  # noqa: S608  names of the fixture
            assert serials(bodies((await adapter.poll("", 9)).records)) == ["S2", "S3"]


async def test_a_claim_of_a_dead_consumer_is_taken_over_after_its_time(exchange: Exchange) -> None:
    """Not before; our own unfinished claims come at once; and who was taken over flags nothing any more."""
    now = datetime.now()
    if exchange.url.startswith("sqlite"):
        now = datetime.utcnow()  # noqa: DTZ003  SQLite's clock is UTC
    exchange.write(TABLE, *rows(1, OWNER="dead", CLAIMED_AT=now - timedelta(minutes=30)),
                   *rows(2, OWNER="busy", CLAIMED_AT=now - timedelta(minutes=5)),
                   *rows(3, OWNER="guantong", CLAIMED_AT=now))
    async with opened(exchange.url, **polling("claim", release_after="10m")) as adapter:
        records = (await adapter.poll("", 9)).records
        assert serials(bodies(records)) == ["S1", "S3"]
        change(exchange, 3, OWNER="another")
        await adapter.mark([Mark(record.ref or "", ROUTED) for record in records])
    found = {row["ID"]: (row["OWNER"], row["CLZT"].rstrip()) for row in exchange.rows(TABLE)}
    assert found == {1: ("guantong", "Y"), 2: ("busy", "N"), 3: ("another", "N")}


# Deleting


async def test_a_row_is_deleted_once_it_is_ours_and_not_before(exchange: Exchange, tmp_path: Path) -> None:
    """Read, still there; marked, gone. What changed in between stays and is read again."""
    exchange.write(TABLE, *rows(1, 2, 3))
    async with opened(exchange.url, tmp_path, **polling("remove")) as adapter:
        records = (await adapter.poll("", 2)).records
        assert len(exchange.rows(TABLE)) == 3
        change(exchange, 2, SPYJ="补充")
        for _ in range(2):  # marking again changes nothing
            await adapter.mark([Mark(record.ref or "", ROUTED) for record in records])
            assert [row["ID"] for row in exchange.rows(TABLE)] == [2, 3]
        assert [row["SPYJ"] for row in (await take(adapter))[0]] == ["补充", None]
        assert exchange.rows(TABLE) == []


async def test_a_row_we_refuse_is_left_and_hides_no_other(exchange: Exchange, tmp_path: Path) -> None:
    """Deleting it would lose it; reading it again and again would be a loop. Changed, it is read again."""
    exchange.write(TABLE, *rows(1))
    async with opened(exchange.url, tmp_path, **polling("remove")) as adapter:
        await take(adapter, verdict=REFUSED)
        assert [row["ID"] for row in exchange.rows(TABLE)] == [1]
        exchange.write(TABLE, *rows(2))
        assert serials((await take(adapter, limit=1))[0]) == ["S2"]
    async with opened(exchange.url, tmp_path, **polling("remove")) as adapter:
        assert (await take(adapter))[0] == []
        change(exchange, 1, SPYJ="同意")
        assert serials((await take(adapter))[0]) == ["S1"]


# Comparison


async def test_a_read_only_account_sees_new_and_changed_rows_and_deletions(exchange: Exchange, tmp_path: Path) -> None:
    """No statement but SELECT reaches the source; unchanged rows come once, over restarts."""
    exchange.write(TABLE, *rows(1, 2, 3, SPYJ=RARE))
    keys = polling("snapshot", key="ID", deleted="XK_SPXX_DEL")
    async with opened(exchange.url, tmp_path, **keys) as adapter:
        statements = list[str]()
        event.listen(adapter._database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        assert serials((await take(adapter, limit=2))[0]) == ["S1", "S2"]
        assert serials((await take(adapter, limit=2))[0]) == ["S3"]
        assert (await take(adapter))[0] == []
        assert {statement.split()[0] for statement in statements} <= {"SELECT", "BEGIN", "SET"}
    change(exchange, 2, SPYJ="不同意")
    remove(exchange, 1)
    async with opened(exchange.url, tmp_path, **keys) as adapter:
        records = (await adapter.poll("", 9)).records
        assert [(record.kind, body) for record, body in zip(records, bodies(records), strict=True)] == [
            (TABLE, {"ID": "2", "SBLSH": "S2", "SPYJ": "不同意"}), ("XK_SPXX_DEL", {"ID": "1"}),
        ]
        await adapter.mark([Mark(record.ref or "", ROUTED) for record in records])
        assert (await take(adapter))[0] == []
        exchange.write(TABLE, *rows(1, SPYJ=RARE))
        assert serials((await take(adapter))[0]) == ["S1"]


async def test_a_row_is_not_seen_before_it_is_ours(exchange: Exchange, tmp_path: Path) -> None:
    """We stop between reading and marking, or the hub takes only a part: the rest is read again, deletions too."""
    exchange.write(TABLE, *rows(1, 2, 3))
    keys = polling("snapshot", key=["ID", "SBLSH"], deleted="GONE")
    async with opened(exchange.url, tmp_path, **keys) as adapter:
        await adapter.poll("", 9)
    async with opened(exchange.url, tmp_path, **keys) as adapter:
        first, *_ = (await adapter.poll("", 9)).records
        await adapter.mark([Mark(first.ref or "", ROUTED)])
        assert serials((await take(adapter))[0]) == ["S2", "S3"]
        assert (await take(adapter))[0] == []
        remove(exchange, 1)
        for _ in range(2):
            assert [record.kind for record in (await adapter.poll("", 9)).records] == ["GONE"]
        assert (await take(adapter))[0] == [{"ID": "1", "SBLSH": "S1"}]
        assert (await take(adapter))[0] == []


async def test_a_table_that_is_emptied_is_not_taken_for_deletions(exchange: Exchange, tmp_path: Path) -> None:
    """A nightly reload truncates first: told as a problem with both numbers, and nothing is lost by it."""
    exchange.write(TABLE, *rows(*range(1, 151)))
    keys = polling("snapshot", key="ID", deleted="GONE")
    async with opened(exchange.url, tmp_path, **keys) as adapter:
        await take(adapter, limit=500)
        await take(adapter)
        remove(exchange, *range(1, 150))
        for _ in range(2):
            with pytest.raises(ProblemsError, match=r"149 of the 150 rows of 'XK_SPXX' have gone at once.*GT615"):
                await adapter.poll("", 500)
        exchange.write(TABLE, *rows(*range(1, 150)))
        assert (await take(adapter))[0] == []


# Procedures


PROCEDURES = {
    "mysql": ("""
CREATE PROCEDURE READ_CASES(since VARCHAR(40), most INT) BEGIN
  SELECT ID, SBLSH, SPYJ, GXXH FROM XK_SPXX WHERE GXXH >= IF(since = '', 0, since + 0) ORDER BY GXXH, ID LIMIT most;
END""", """
CREATE PROCEDURE ACK_CASE(row_id VARCHAR(40), flag VARCHAR(2), why VARCHAR(200)) BEGIN
  UPDATE XK_SPXX SET CLZT = flag, OWNER = LEFT(why, 40) WHERE ID = row_id;
END""", """
CREATE PROCEDURE TAKE_CASE(serial VARCHAR(40), who VARCHAR(40), OUT status INT, OUT msg VARCHAR(40)) BEGIN
  INSERT INTO XK_SPXX (ID, SBLSH, SPYJ) VALUES (99, serial, who); SET status = 0; SET msg = '接收成功';
END"""),
    "postgresql": ("""
CREATE FUNCTION READ_CASES(since text, most int)
  RETURNS TABLE ("ID" int, "SBLSH" text, "SPYJ" text, "GXXH" int) LANGUAGE sql AS $$
  SELECT "ID", "SBLSH", "SPYJ", "GXXH" FROM "XK_SPXX"
  WHERE "GXXH" >= coalesce(nullif(since, '')::int, 0) ORDER BY "GXXH", "ID" LIMIT most $$""", """
CREATE PROCEDURE ACK_CASE(row_id text, flag text, why text) LANGUAGE sql AS $$
  UPDATE "XK_SPXX" SET "CLZT" = flag, "OWNER" = left(why, 40) WHERE "ID" = row_id::int $$""", """
CREATE PROCEDURE TAKE_CASE(serial text, who text, OUT status int, OUT msg text) LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO "XK_SPXX" ("ID", "SBLSH", "SPYJ") VALUES (99, serial, who); status := 0; msg := '接收成功'; END $$"""),
}
"""What a county's vendor would write: rows since a number, an acknowledgement, an intake."""


def with_procedures(exchange: Exchange) -> None:
    for statement in PROCEDURES[exchange.engine.dialect.name]:
        exchange.run(statement.replace("%", "%%"))


@servers
async def test_a_procedure_gives_rows_and_hears_what_became_of_them(exchange: Exchange, tmp_path: Path) -> None:
    """By its own cursor, rows with the same value twice known, errors told with their reason."""
    with_procedures(exchange)
    exchange.write(TABLE, *(row for n in (1, 2, 3) for row in rows(n, GXXH=n // 2, SPYJ=RARE)))
    keys = {"name": "READ_CASES", "cursor": "GXXH", "acknowledge": "ACK_CASE", "leave_out": ["GXXH"]}
    settings: dict[str, Any] = {"send": {}, "poll": [{"kind": TABLE, "read": {"procedure": keys}}]}
    async with opened(exchange.url, tmp_path, **settings) as adapter:
        found, cursor = await take(adapter, limit=2)
        assert found == [{"ID": "1", "SBLSH": "S1", "SPYJ": RARE}, {"ID": "2", "SBLSH": "S2", "SPYJ": RARE}]
        found, cursor = await take(adapter, cursor, verdict=PARKED)
        assert serials(found) == ["S3"]
        assert await take(adapter, cursor) == ([], cursor)
        with pytest.raises(ProblemsError, match=r"gives only rows we know, as many as it may \(2\).*GT616"):
            await adapter.poll(cursor, 2)
    flags = [(row["CLZT"].rstrip(), row["OWNER"]) for row in exchange.rows(TABLE)]
    assert flags == [("Y", ""), ("Y", ""), ("E", "GT311 状态码“9”没有对应的译码")]


@servers
async def test_a_record_is_handed_to_a_procedure_and_its_answer_is_the_reply(exchange: Exchange) -> None:
    """Out-parameters by name; a refusal by its class; a record without an argument by the column's name."""
    with_procedures(exchange)
    call = {"name": "TAKE_CASE", "arguments": ["sblsh", "SQRMC"], "returns": ["status", "msg"]}
    settings: dict[str, Any] = {"send": {"EX_GDBS_SB": {"procedure": call}}, "poll": []}
    async with opened(exchange.url, **settings) as adapter:
        assert said(await adapter.send(outgoing())) == {"result": "called", "status": "0", "msg": "接收成功"}
        again = said(await adapter.send(outgoing()))
        assert (again["result"], again["class"]) == ("error", "constraint")
        missing = said(await adapter.send(outgoing()._replace(body=b'{"SBLSH": "1"}')))
        assert missing["reason"].startswith("jiexi.approval: the record has no column 'SQRMC' for the procedure TAKE_CASE")
    assert [(row["SPYJ"], row["ID"]) for row in exchange.rows(TABLE)] == [(RARE, 99)]


# Case by case


async def test_each_open_case_is_asked_for_and_rows_come_once(exchange: Exchange, tmp_path: Path) -> None:
    """The hub says which are open; other cases' rows are never read; a change comes again."""
    exchange.write(TABLE, *rows(1, 2, 3, 4))
    asked: list[CasesAsked] = []

    def open_cases(question: CasesAsked) -> SomeCases:
        asked.append(question)
        if question.after == 0:
            return SomeCases([OpenCase(11, "S1"), OpenCase(12, "S2")], 1000)
        return SomeCases([OpenCase(1001, "S4")], None)

    keys = polling("open_cases", serial="SBLSH", id="ID")
    async with opened(exchange.url, tmp_path, open_cases, **keys) as adapter:
        assert serials((await take(adapter))[0]) == ["S1", "S2", "S4"]
        assert (await take(adapter))[0] == []
        change(exchange, 4, SPYJ="同意")
        assert serials((await take(adapter))[0]) == ["S4"]
    assert asked[0] == CasesAsked("province", ("case.finish", "case.void"), 180 * 86400, 0)
    assert asked[1].after == 1000


# Telling a row's end in a side table


async def test_a_row_we_could_not_use_is_copied_with_its_reason_once(exchange: Exchange) -> None:
    """The side table gets the columns it has; marking again, as after a crash, copies nothing again."""
    exchange.write(TABLE, *rows(1, 2, SPYJ=RARE))
    keys = polling("flag", rejected={"table": "XK_SPXX_unqbak", "reason_bytes": 60})
    async with opened(exchange.url, **keys) as adapter:
        first, second = (await adapter.poll("", 9)).records
        for _ in range(2):
            await adapter.mark([Mark(first.ref or "", ROUTED), Mark(second.ref or "", PARKED)])
    table = exchange.tables["XK_SPXX_unqbak"]
    with exchange.engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(table.select())] == [
            ("S2", RARE, "GT311 状态码“9”没有对应的译码"),
        ]


@pytest.mark.parametrize("way", ["flag", "claim", "remove", "watermark"])
async def test_a_row_is_named_by_several_columns_where_its_key_has_them(exchange: Exchange, tmp_path: Path, way: str) -> None:
    """As in tables keyed by serial and version: read once each, marked each for itself, the key in the record."""
    exchange.write(TABLE, *({"ID": n, "SBLSH": f"S{n // 2}", "SPYJ": str(n % 2), "GXXH": n} for n in range(2, 7)))
    more = {"column": "GXXH"} if way == "watermark" else {}
    async with opened(exchange.url, tmp_path, **polling(way, id=["SBLSH", "SPYJ"], **more)) as adapter:
        records = (await adapter.poll("", 99)).records
        assert sorted(body["SBLSH"] + body["SPYJ"] for body in bodies(records)) == ["S10", "S11", "S20", "S21", "S30"]
        await adapter.mark([Mark(record.ref or "", ROUTED) for record in records[:3]])
        assert len((await take(adapter))[0]) == 2
        assert (await take(adapter))[0] == []


# The stock, for a backfill


@pytest.mark.parametrize("way", ["flag", "claim", "remove"])
async def test_the_stock_is_walked_by_key_whatever_the_flags_say_and_nothing_is_written(exchange: Exchange, tmp_path: Path, way: str) -> None:
    """In bounded batches, on from where the cursor is, numbers as numbers; marks change nothing."""
    exchange.write(TABLE, *rows(*range(1, 130), CLZT="Y", OWNER="another"), *rows(1000, CLZT="N"), *rows(200, CLZT="E"))
    before = exchange.rows(TABLE)
    found: list[str] = []
    cursor = ""
    while True:
        async with opened(exchange.url, tmp_path, rereading=True, **polling(way)) as adapter:  # each batch by a hub that has just begun
            polled = await adapter.poll(cursor, 60)
            await adapter.mark([Mark(record.ref or "", ROUTED) for record in polled.records])
        if not polled.records:
            break
        assert len(polled.records) <= 60
        found += serials(bodies(polled.records))
        cursor = polled.cursor
    assert found == [f"S{number}" for number in (*range(1, 130), 200, 1000)]
    assert exchange.rows(TABLE) == before


@pytest.mark.parametrize("way", ["flag", "remove"])
async def test_the_stock_is_walked_by_a_key_of_several_columns(exchange: Exchange, tmp_path: Path, way: str) -> None:
    """Of equal first columns, none is left out between two batches."""
    exchange.write(TABLE, *rows(1, GXWZ="b"), *rows(2, GXWZ="a"), *rows(3, GXWZ="a"), *rows(4, GXWZ="b"))
    keys = {"id": ["GXWZ", "ID"], "leave_out": [name for name in CONTROL if name != "GXWZ"]}
    found: list[str] = []
    cursor = ""
    async with opened(exchange.url, tmp_path, rereading=True, **polling(way, **keys)) as adapter:
        while (polled := await adapter.poll(cursor, 1)).records:
            found += serials(bodies(polled.records))
            cursor = polled.cursor
    assert found == ["S2", "S3", "S1", "S4"]
