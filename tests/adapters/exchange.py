"""A small exchange database for tests, as a county might have made it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import (
    CHAR,
    CheckConstraint,
    Column,
    DateTime,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    insert,
    select,
)
from sqlalchemy.dialects.mysql import DATETIME

from guantong.adapter import Mark, SystemContext
from guantong.opencases import CasesAsked, SomeCases
from guantong.record import Acceptance, Answer, Outgoing, Record, Reply, Verdict
from guantong.secret import Secret
from guantong.signer import Signer, SignerChoice
from guantong_adapters.table.adapter import Tables, open_tables
from guantong_adapters.table.settings import TableSettings

RARE = "䶮㙍𠮷"
SERIAL = "10000000100000000011407150001"
SETTINGS: dict[str, Any] = {
    "connections": 2, "connect_timeout": 5, "timeout": 10,
    "send": {"EX_GDBS_SB": {
        "key": ["SBLSH"], "version": "SJBBH", "constants": {"CLZT": "N"},
        "receipt": {"column": "CLZT", "confirmed": "1", "rejected": "3", "reason": "CLJG"},
    }},
    "poll": [{"table": "EX_GDBS_SL"}, {"table": "EX_GDBS_BJ"}],
    "read": {"flag": {"reason": "CLJG", "reason_bytes": 40, "age": "INSERTTIME"}},
}


def tables() -> dict[str, Table]:
    """EX_GDBS_SB, which we fill, and two tables we read."""
    metadata = MetaData()
    options: Any = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}

    def control() -> list[Column[Any]]:
        return [
            Column("CLZT", CHAR(2), server_default="N"), Column("CLJG", String(40)),
            Column("INSERTTIME", String(26)),
        ]

    Table(
        "EX_GDBS_SB", metadata,
        Column("ID", Integer, primary_key=True), Column("SBLSH", CHAR(40)), Column("SJBBH", Integer),
        Column("SQRMC", String(20)), Column("SFJE", Numeric(12, 2)), Column("SBSJ", DateTime),
        Column("SBCLQD", Text), *control(), UniqueConstraint("SBLSH", "SJBBH"),
        CheckConstraint("length(\"SQRMC\") < 20", name="CK_SQRMC").ddl_if("sqlite"), **options,
    )
    for name in ("EX_GDBS_SL", "EX_GDBS_BJ"):
        Table(
            name, metadata,
            Column("ID", Integer, primary_key=True), Column("SBLSH", String(40)), Column("SQRMC", String(20)),
            Column("XZQHDM", CHAR(12)), Column("SFJE", Numeric(12, 2)), Column("SLSJ", DateTime),
            Column("TXSJ", LargeBinary), *control(), **options,
        )
    moment = DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb")
    Table(
        "XK_SPXX", metadata,
        Column("ID", Integer, primary_key=True), Column("SBLSH", String(40)), Column("SPYJ", String(40)),
        Column("GXSJ", moment), Column("GXXH", Integer), Column("GXWZ", String(14)),
        Column("OWNER", String(40)), Column("CLAIMED_AT", moment), Column("CLZT", CHAR(2), server_default="N"),
        **options,
    )
    Table(
        "XK_SPXX_unqbak", metadata,
        Column("SBLSH", String(40)), Column("SPYJ", String(40)), Column("error_msg", String(60)), **options,
    )
    return dict(metadata.tables)


class Exchange:
    """The other side of the exchange database: makes the tables, writes rows, looks at them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = create_engine(url)
        self.tables = tables()
        self.tables["EX_GDBS_SB"].metadata.create_all(self.engine)

    def write(self, table: str, *rows: dict[str, Any]) -> None:
        with self.engine.begin() as connection:
            for row in rows:
                connection.execute(insert(self.tables[table]).values(**row))

    def run(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    def rows(self, table: str) -> list[dict[str, Any]]:
        with self.engine.begin() as connection:
            found = connection.execute(select(self.tables[table]).order_by(self.tables[table].c.ID))
            return [dict(row) for row in found.mappings()]

    def flags(self, table: str) -> list[tuple[str, str | None]]:
        """CLZT (without padding) and CLJG of every row, in the order of their ids."""
        return [(row["CLZT"].rstrip(), row["CLJG"]) for row in self.rows(table)]


def context(
    url: str, settings: dict[str, Any] | None = None, secrets: dict[str, Secret] | None = None, **given: Any
) -> SystemContext:
    """What the hub hands the adapter for the system `jiexi.approval`."""

    async def accept(_: Record) -> Verdict:
        raise AssertionError("tables are polled: nothing is pushed to us")

    def signer(choice: SignerChoice) -> Signer:
        raise AssertionError(f"tables have no signer {choice.scheme}")

    return SystemContext(
        "jiexi.approval", TableSettings.model_validate({**SETTINGS, **(settings or {}), "url": url}),
        secrets or {}, accept, signer, 1 << 20, now=lambda: 0.0, **given,
    )


OpenCases = Callable[[CasesAsked], SomeCases]


def nothing_open(_: CasesAsked) -> SomeCases:
    return SomeCases((), None)


@asynccontextmanager
async def opened(url: str, folder: Path | None = None, open_cases: OpenCases = nothing_open, *,
                 rereading: bool = False, **settings: Any) -> AsyncIterator[Tables]:
    """The adapter on the database at *url*, remembering in *folder*."""
    adapter = await open_tables(context(url, settings, folder=folder, open_cases=open_cases, rereading=rereading))
    try:
        yield adapter
    finally:
        await adapter.close()


def outgoing(seconds: float = 10, kind: str = "EX_GDBS_SB", **fields: str | None) -> Outgoing:
    """An application as the dialect writes it."""
    row = {"SBLSH": SERIAL, "SJBBH": "1", "SQRMC": RARE, **fields}
    return Outgoing(7, 1, "case.application", kind, orjson.dumps(row), row, "GT7", seconds)


def said(answer: Answer) -> dict[str, Any]:
    """A reply's words."""
    assert isinstance(answer, Reply), answer
    found: dict[str, Any] = orjson.loads(answer.body)
    return found


ROUTED = Verdict(Acceptance.ROUTED, 1)


async def take(adapter: Tables, since: str = "", limit: int = 100, verdict: Verdict = ROUTED) -> tuple[list[dict[str, Any]], str]:
    """One batch as the hub takes it: read, accepted, marked. Its rows, and the cursor kept."""
    polled = await adapter.poll(since, limit)
    await adapter.mark([Mark(record.ref or "", verdict) for record in polled.records])
    return bodies(polled.records), polled.cursor


def bodies(records: Sequence[Record]) -> list[dict[str, Any]]:
    """The records' rows."""
    return [orjson.loads(record.body) for record in records]
