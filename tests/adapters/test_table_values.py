"""Exchange tables, values: every text exactly, whatever charset, spelling or emptiness their columns have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy.dialects.oracle.base import OracleDialect
from tests.adapters.exchange import RARE, SERIAL, Exchange, bodies, context, opened, outgoing, said, take

from guantong.adapter import Awaited, Mark, Receipt
from guantong.problems import ProblemsError
from guantong.record import Acceptance, Verdict
from guantong_adapters.table.adapter import open_tables
from guantong_adapters.table.byclaim import _claim
from guantong_adapters.table.byflag import Flagged, oldest
from guantong_adapters.table.cells import Cells
from guantong_adapters.table.layout import Layout
from guantong_adapters.table.rejections import Rejections
from guantong_adapters.table.rows import RowReader, as_text
from guantong_adapters.table.sending import insertion
from guantong_adapters.table.settings import SentTable, TableSettings
from guantong_adapters.table.source import Source
from guantong_adapters.table.ways import ByClaim

MARIADB = pytest.mark.parametrize(
    "database_url", [pytest.param("mariadb", marks=pytest.mark.service("mariadb"))], indirect=True
)


@MARIADB
async def test_a_gbk_column_takes_what_gbk_has_and_refuses_the_rest(exchange: Exchange) -> None:
    """The server converts; a character it has no place for is refused, never written as a question mark: with its column and its code
    point, and nothing of the value round it."""
    exchange.run("ALTER TABLE EX_GDBS_SB MODIFY SQRMC VARCHAR(20) CHARACTER SET gbk")
    async with opened(exchange.url) as adapter:
        assert said(await adapter.send(outgoing(SQRMC="林镕")))["result"] == "inserted"
        refused = said(await adapter.send(outgoing(SJBBH="2", SQRMC="陈䶮")))
        assert refused == {"result": "error", "class": "data", "sqlstate": "charset", "column": "SQRMC", "character": "U+4DAE",
                           "reason": "SQRMC: the charset gbk of the column has not the character U+4DAE (data charset)",
                           "reason_zh": "SQRMC：该列的字符集 gbk 没有字符 U+4DAE（数据不符 charset）"}
    assert [row["SQRMC"] for row in exchange.rows("EX_GDBS_SB")] == ["林镕"]


@MARIADB
async def test_a_character_that_only_the_server_knows_of_is_named_from_its_answer(exchange: Exchange) -> None:
    """Of a column whose charset is not looked at beforehand (Latin-1, Big5)."""
    exchange.run("ALTER TABLE EX_GDBS_SB MODIFY SQRMC VARCHAR(20) CHARACTER SET latin1")
    async with opened(exchange.url) as adapter:
        refused = said(await adapter.send(outgoing(SQRMC="A陈B")))
        assert (refused["column"], refused["character"], refused["sqlstate"]) == ("SQRMC", "U+9648", "1366")
        assert refused["reason_zh"] == "SQRMC：该列的字符集没有字符 U+9648（数据不符 1366）"


@MARIADB
async def test_a_table_of_gbk_refuses_before_anything_is_sent(exchange: Exchange) -> None:
    """Where the whole table is, its columns say nothing themselves."""
    exchange.run("ALTER TABLE EX_GDBS_SB CONVERT TO CHARACTER SET gbk")
    async with opened(exchange.url) as adapter:
        refused = said(await adapter.send(outgoing(SQRMC="陈䶮")))
        assert (refused["column"], refused["character"], refused["sqlstate"]) == ("SQRMC", "U+4DAE", "charset")
        assert said(await adapter.send(outgoing(SQRMC="陈镕€"[:2])))["result"] == "inserted"


@MARIADB
async def test_gbk_bytes_in_a_latin1_column_are_read_and_written_as_they_are(exchange: Exchange) -> None:
    """What an old client left there: each byte stands for itself, also those Latin-1 has no character for."""
    for table in ("EX_GDBS_SB", "EX_GDBS_SL"):
        exchange.run(f"ALTER TABLE {table} MODIFY SQRMC VARCHAR(20) CHARACTER SET latin1")
    every = "".join(chr(n) for n in range(0x4E00, 0x9FA6, 61)) + "䶮€"
    for start in range(0, len(every), 9):
        raw = every[start:start + 9].encode("gb18030").hex()
        exchange.run(f"INSERT INTO EX_GDBS_SL (SBLSH, SQRMC, INSERTTIME) VALUES ('S', 0x{raw}, '{start:05d}')")  # noqa: S608  digits of our own
    async with opened(exchange.url, mislabelled="gb18030") as adapter:
        assert "".join(row["SQRMC"] for row in (await take(adapter, limit=999))[0]) == every
        for start in range(0, len(every), 90):
            part = every[start:start + 9]
            assert said(await adapter.send(outgoing(SJBBH=str(start), SQRMC=part)))["result"] == "inserted"
            with exchange.engine.connect() as connection:
                stored = connection.exec_driver_sql(f"SELECT HEX(SQRMC) FROM EX_GDBS_SB WHERE SJBBH = {start}").scalar()  # noqa: S608  a number of ours
            assert bytes.fromhex(str(stored)).decode("gb18030") == part
        assert said(await adapter.send(outgoing(SJBBH="9999", SQRMC=RARE * 9)))["class"] == "data"  # 108 bytes


async def test_a_text_goes_into_a_column_of_bytes_in_its_charset(exchange: Exchange) -> None:
    """And comes back; Base64 goes as the bytes it stands for, and what is none is refused."""
    names = {"table": "EX_GDBS_SL", "key": "SBLSH", "constants": {"INSERTTIME": "1"}}
    settings: dict[str, Any] = {"send": {"EX_GDBS_SL": names}}
    async with opened(exchange.url, binary="gb18030", **settings) as adapter:
        sent = outgoing(kind="EX_GDBS_SL")._replace(body=orjson.dumps({"ID": "1", "SBLSH": SERIAL, "TXSJ": RARE}))
        assert said(await adapter.send(sent))["result"] == "inserted"
        assert [row["TXSJ"] for row in (await take(adapter))[0]] == [RARE]
    assert exchange.rows("EX_GDBS_SL")[0]["TXSJ"] == RARE.encode("gb18030")
    async with opened(exchange.url, **settings) as adapter:
        for number, (text, result) in enumerate((("AP8=", "inserted"), ("无", "error")), 2):
            body = orjson.dumps({"ID": str(number), "SBLSH": f"S{number}", "TXSJ": text})
            assert said(await adapter.send(sent._replace(body=body)))["result"] == result
    assert exchange.rows("EX_GDBS_SL")[1]["TXSJ"] == b"\x00\xff"


async def test_a_column_they_spell_otherwise_has_our_name_both_ways(exchange: Exchange) -> None:
    """The misspelt column of a live schema; one that is spelt as we do is left alone."""
    exchange.write("EX_GDBS_SL", {"SBLSH": "S1", "XZQHDM": "445222", "INSERTTIME": "1"})
    aliases = {"XZQHDMM": "XZQHDM", "XMMC": "SQRMC", "SBLSH": "SBLSH_X"}
    async with opened(exchange.url, aliases=aliases) as adapter:
        [row], _ = await take(adapter)
        assert (row["XZQHDMM"], row["XMMC"], row["SBLSH"]) == ("445222", None, "S1")
        body = orjson.dumps({"SBLSH": SERIAL, "SJBBH": "1", "xmmc": RARE})
        assert said(await adapter.send(outgoing()._replace(body=body)))["result"] == "inserted"
    assert exchange.rows("EX_GDBS_SB")[0]["SQRMC"] == RARE


async def test_an_empty_text_and_null_are_two_things_unless_said_otherwise(exchange: Exchange) -> None:
    """A padded CHAR of blanks is empty; `empty_is_null` makes them one in both directions; neither is a key."""
    exchange.write("EX_GDBS_SL", {"SBLSH": "", "SQRMC": None, "XZQHDM": "  ", "INSERTTIME": "1"})
    for empty, expected in ((False, ("", None, "")), (True, (None, None, None))):
        async with opened(exchange.url, empty_is_null=empty) as adapter:
            [record] = (await adapter.poll("", 9)).records
            row = orjson.loads(record.body)
            assert (row["SBLSH"], row["SQRMC"], row["XZQHDM"]) == expected
            version = "2" if empty else "1"
            assert said(await adapter.send(outgoing(SQRMC="", SJBBH=version)))["result"] == "inserted"
            assert said(await adapter.send(outgoing(SBLSH="")))["code"] == "GT506"
    assert [row["SQRMC"] for row in exchange.rows("EX_GDBS_SB")] == ["", None]


@pytest.mark.parametrize(("value", "text"), [
    (Decimal("120.50"), "120.50"), (Decimal("1E+3"), "1000"), (10**30, "1" + "0" * 30), (True, "1"),
    (datetime(2014, 7, 15, 10, 30), "2014-07-15 10:30:00"), (date(2014, 7, 15), "2014-07-15"),
    (datetime(2014, 7, 15, 10, 30, 0, 120000), "2014-07-15 10:30:00.120000"), ("01 ", "01 "),
])
def test_numbers_and_times_are_texts_exactly(value: Any, text: str) -> None:
    """No exponent, no rounding, no zone that was not there."""
    assert as_text(value) == text


async def test_flags_of_the_field_have_their_meaning_as_configured(exchange: Exchange) -> None:
    """The `gtsync` column seen in practice: NULL not yet, 0 and 1 taken, 2, 3 and 9 sent back, each with its words."""
    flags = [None, "0", "1", "2", "3", "9", "7"]
    for number, flag in enumerate(flags, 1):
        exchange.write("EX_GDBS_SB", {"SBLSH": SERIAL, "SJBBH": number, "CLZT": flag})
    receipt = {"column": "CLZT", "confirmed": ["0", "1"], "rejected": ["2", "3", "9"],
               "meanings": {"2": "事项不存在", "3": "报错", "9": "办件未找到"}}
    send = {"EX_GDBS_SB": {"key": "SBLSH", "version": "SJBBH", "receipt": receipt}}
    waiting = [Awaited(n, "EX_GDBS_SB", f"GT{n}", {"SBLSH": SERIAL, "SJBBH": str(n)}) for n in range(1, 8)]
    async with opened(exchange.url, send=send) as adapter:
        found = await adapter.receipts(waiting)
    assert sorted(found, key=lambda each: each.delivery) == [
        Receipt(2, True), Receipt(3, True), Receipt(4, False, "事项不存在"), Receipt(5, False, "报错"),
        Receipt(6, False, "办件未找到"),
    ]


async def test_while_a_needed_column_is_gone_nothing_is_read_and_it_is_named(exchange: Exchange, tmp_path: Path) -> None:
    """At every look, with the nearest name; when it is back, reading goes on with the rows that waited."""
    q = exchange.engine.dialect.identifier_preparer.quote
    exchange.write("EX_GDBS_SL", {"SBLSH": "S1", "SQRMC": RARE, "INSERTTIME": "1"})
    poll = [{"table": "EX_GDBS_SL", "columns": ["SQRMC"]}]
    async with opened(exchange.url, tmp_path, poll=poll) as adapter:
        assert len((await adapter.poll("", 9)).records) == 1
        for new, old in (("SQRMCX", "SQRMC"), ("SQRMC", "SQRMCX")):
            exchange.run(f"ALTER TABLE {q('EX_GDBS_SL')} RENAME COLUMN {q(old)} TO {q(new)}")
            if new == "SQRMC":
                break
            for _ in range(2):
                with pytest.raises(ProblemsError) as caught:
                    await adapter.poll("", 9)
                assert str(caught.value) == (
                    "jiexi.approval.settings.poll.0.columns: the table 'EX_GDBS_SL' has no column 'SQRMC' (SQRMCX?); "
                    "correct the setting or the mapping, or have the column added [GT504]"
                )
        assert [row["SQRMC"] for row in bodies((await adapter.poll("", 9)).records)] == [RARE]


@pytest.mark.parametrize("read", [{"flag": {}}, {"snapshot": {"key": "SBLSH"}}], ids=["flag", "snapshot"])
async def test_a_table_that_has_lost_a_column_is_not_read_until_it_is_back_or_that_is_meant(
    exchange: Exchange, tmp_path: Path, read: dict[str, Any],
) -> None:
    """While it runs and after a restart: no row is taken without what it should hold, and none is flagged. It goes on where the
    column is back, or where the settings say that it is gone."""
    q = exchange.engine.dialect.identifier_preparer.quote
    table, column = q("EX_GDBS_SL"), q("SQRMC")
    exchange.write("EX_GDBS_SL", {"SBLSH": "S1", "SQRMC": RARE, "INSERTTIME": "1"})
    poll = [{"table": "EX_GDBS_SL", "read": read}]
    async with opened(exchange.url, tmp_path, poll=poll) as adapter:
        first = await adapter.poll("", 9)
        await adapter.mark([Mark(record.ref or "", Verdict(Acceptance.ROUTED)) for record in first.records])
        exchange.write("EX_GDBS_SL", {"SBLSH": "S2", "SQRMC": RARE, "INSERTTIME": "2"})
        exchange.run(f"ALTER TABLE {table} RENAME COLUMN {column} TO {q('ZZ')}")
        for _ in range(2):
            with pytest.raises(ProblemsError, match=r"has no column 'SQRMC' any more.*GT553"):
                await adapter.poll(first.cursor, 9)
    async with opened(exchange.url, tmp_path, poll=poll) as adapter:
        with pytest.raises(ProblemsError) as caught:
            await adapter.poll(first.cursor, 9)
        assert caught.value.problems[0].line() == (
            "jiexi.approval.settings.poll.0: the table 'EX_GDBS_SL' has no column 'SQRMC' any more: nothing is read from it, for its records "
            "would lack what it held, nor from the other tables, for the order; have the column put back; or, where it is meant, correct the mapping and name it under `gone:` of the "
            "polled table [GT553]")
        (step,) = [step for step in await adapter.probe() if step.problem is not None]
        assert (step.step, step.category) == ("table", "column")
        exchange.run(f"ALTER TABLE {table} RENAME COLUMN {q('ZZ')} TO {column}")
        assert [row["SQRMC"] for row in bodies((await adapter.poll(first.cursor, 9)).records)] == [RARE]
    exchange.run(f"ALTER TABLE {table} RENAME COLUMN {column} TO {q('ZZ')}")
    async with opened(exchange.url, tmp_path, poll=[{**poll[0], "gone": ["sqrmc"]}]) as adapter:
        assert [row["ZZ"] for row in bodies((await adapter.poll(first.cursor, 9)).records)]


async def test_a_table_that_is_not_as_configured_does_not_keep_the_hub_from_starting(exchange: Exchange) -> None:
    """It opens; each use of it says what is missing."""
    tables = await open_tables(context(exchange.url, {"poll": [{"table": "EX_GDBS_SLL"}]}))
    with pytest.raises(ProblemsError, match=r"GT503"):
        await tables.poll("", 9)
    await tables.close()


class _Recorder:
    """Stands for a connection to Oracle, where there is none: takes statements down as that product would get them."""

    def __init__(self, version: tuple[int, ...]) -> None:
        self.dialect: Any = OracleDialect()  # type: ignore[no-untyped-call]  # SQLAlchemy says no types here
        self.dialect.server_version_info = version
        self.dialect._supports_offset_fetch = version >= (12,)
        self.statements: list[str] = []

    def execute(self, statement: Any) -> _Recorder:
        text = str(statement.compile(dialect=self.dialect, compile_kwargs={"render_postcompile": True}))
        self.statements.append(" ".join(text.split()).replace("gdbs.ex_gdbs_sl.", "t."))
        return self

    def scalar(self, statement: Any) -> datetime:
        self.execute(statement)
        return datetime(2014, 7, 15)

    def mappings(self) -> list[Any]:
        return []

    def all(self) -> list[Any]:
        return []

    def __iter__(self) -> Iterator[Any]:
        return iter([(7,)])


def test_statements_fit_oracle_without_a_server() -> None:
    """Names fold as its own do, rows are cut by ROWNUM before version 12, locks skip what others hold."""
    settings = TableSettings.model_validate({"url": "oracle+oracledb://u@h/?service_name=x"})
    columns = {name: name for name in ("id", "sblsh", "clzt", "inserttime", "owner", "claimed_at", "sjbbh")}
    layout = Layout("a.b", "ex_gdbs_sl", "gdbs", columns, frozenset(), True)
    keys = ByClaim(age="INSERTTIME", id=("ID",))
    source = Source("a.b", "EX_GDBS_SL", "EX_GDBS_SL", layout, RowReader(settings, layout, keys.beside(), "oracle"))
    table = Flagged(source, keys, Rejections())
    old, new = _Recorder((11, 2)), _Recorder((19, 3))
    oldest(old, [table], 50)  # type: ignore[arg-type]  # stands for one
    assert old.statements[0].startswith(
        "SELECT anon_1.inserttime, anon_1.id FROM (SELECT anon_2.inserttime AS inserttime, anon_2.id AS id, ROWNUM AS"
    )
    assert "FROM gdbs.ex_gdbs_sl" in old.statements[0]
    oldest(new, [table], 50)  # type: ignore[arg-type]  # the same
    assert new.statements[0].endswith("ORDER BY t.inserttime, t.id OFFSET 0 ROWS FETCH FIRST 50 ROWS ONLY")
    _claim(new, table, keys, 50)  # type: ignore[arg-type]  # the same
    now, wanted, locked, taken = new.statements[1:5]
    assert now == "SELECT LOCALTIMESTAMP AS localtimestamp_1 FROM DUAL"
    assert "FOR UPDATE" not in wanted
    assert locked.endswith("FOR UPDATE SKIP LOCKED")
    assert taken.startswith("UPDATE gdbs.ex_gdbs_sl SET owner=:owner, claimed_at=:claimed_at WHERE t.id IN (")
    list(source.walk(new, ("INSERTTIME", "ID"), after=["2014", 7]))  # type: ignore[arg-type]  # the same
    assert new.statements[-1].endswith(
        "WHERE t.inserttime >= :param_1 AND (t.inserttime > :param_2 OR t.inserttime = :param_3 AND t.id > :param_4)"
        " ORDER BY t.inserttime, t.id FETCH FIRST 100 ROWS ONLY"
    )
    assert source.reader.body({"id": 1, "sblsh": "S1", "sjbbh": None}) == b'{"SBLSH":"S1","SJBBH":null}'


def test_at_oracle_an_empty_text_is_null_and_no_key() -> None:
    """Its '' equals nothing, so a row could never be found by one."""
    settings = TableSettings.model_validate({"url": "oracle+oracledb://u@h/?service_name=x"})
    layout = Layout("a.b", "ex", None, {"sblsh": "sblsh", "xm": "xm"}, frozenset(), True)
    cells = Cells(settings, "oracle")
    row = insertion(layout, SentTable(key=("SBLSH",)), {"SBLSH": "S1", "XM": ""}, cells)
    assert row.columns == {"sblsh": "S1", "xm": None}
    with pytest.raises(ProblemsError, match="GT506"):
        insertion(layout, SentTable(key=("SBLSH",)), {"SBLSH": "", "XM": ""}, cells)
