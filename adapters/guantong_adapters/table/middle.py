"""A simulated supervision platform behind a middle database (中间库): messages come in as rows, warnings go out as rows.

Its program takes rows with STATUS "-1": what is in XMLBODY takes effect by case, message and content, and the row
becomes "000"; what is none becomes "999" with IS_PARSE "2". About the cases it was told to warn of it writes a row
into the table of warnings, which whoever reads it deletes; a card that is answered it takes back by another row.
"""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from lxml import etree
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.mysql import LONGTEXT
from sqlalchemy.exc import OperationalError

from guantong_adapters.simulation.faults import Faults
from guantong_adapters.simulation.ledger import Ledger
from guantong_adapters.simulation.process import serve
from guantong_adapters.table.play import SupervisionTableSettings
from guantong_adapters.table.simulator import make_engine, texts
from guantong_adapters.table.transactions import Transactions

MESSAGES, WARNINGS = "EA_EXCHANGE_MESSAGE", "EA_WARNFREEBACK"
REPLY = "warnReplySubmit"
_COUNTS = {"basicDataSubmit": 14, "logDataSubmit": 10, REPLY: 7}
_AT_A_TIME = 200
_FIELD = re.compile(r"field_([1-9][0-9]?)")
log = structlog.get_logger("guantong.simulation")


def make_tables() -> dict[str, Table]:
    """Both tables by name."""
    metadata = MetaData()
    number = BigInteger().with_variant(Integer, "sqlite")
    options: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}
    names = (
        "MESSAGE_NUM TRANSACTION_ID MSG_NAME BUSINESS_ID SOURCES_ID SOURCES_CODE DESTINATION_ID DESTINATION_CODE"
        " PROCESS_ID"
    )
    Table(
        MESSAGES, metadata, Column("SERIAL_ID", number, primary_key=True, autoincrement=True),
        *(Column(name, String(64)) for name in names.split()),
        Column("XMLBODY", Text().with_variant(LONGTEXT, "mysql", "mariadb")), Column("STATUS", String(4), index=True),
        Column("RECEIVE_TYPE", String(2)), Column("IS_PARSE", String(2)), UniqueConstraint("TRANSACTION_ID"), **options,
    )
    Table(
        WARNINGS, metadata, Column("FB_ID", number, primary_key=True, autoincrement=True),
        Column("BUSINESS_ID", String(64)), Column("PROCESS_CODE", String(20)), Column("WARN_TYPE", String(2)),
        Column("WARN_INFO", String(500)), Column("WARN_REASON", String(500)), Column("WARN_TIME", String(19)),
        Column("REPLY_TIME", String(8)), Column("ORIGIN_ID", String(20)), **options,
    )
    return dict(metadata.tables)


class MiddleDatabase:
    """The platform: its database, its ledger, the warnings it has still to raise."""

    def __init__(self, settings: SupervisionTableSettings, folder: Path) -> None:
        self._settings = settings
        folder.mkdir(parents=True, exist_ok=True)
        self.url = settings.url or f"sqlite:///{(folder / 'middle.db').absolute()}"
        self._transactions = Transactions(make_engine(self.url, settings, 4), 4)
        self.tables = make_tables()
        self.faults = Faults(settings.faults)
        self.ledger = Ledger(folder / "ledger.db")
        self._to_warn = set(settings.warn_about)
        self._left = 0

    async def load(self) -> None:
        if self._settings.make_tables:
            await asyncio.to_thread(self.tables[MESSAGES].metadata.create_all, self._transactions.engine)

    async def read(self) -> None:
        """The program: look at the messages again and again until cancelled."""
        while True:
            try:
                read = await self._read_once()
                self._left = await self._transactions.run(self._warnings_left)
            except OperationalError as error:
                log.warning("supervision.database_lost", error=type(error.orig).__name__)
                read = 0
            if read < _AT_A_TIME:
                await asyncio.sleep(self._settings.read_every)

    def status(self) -> dict[str, Any]:
        """Counts; `warnings_left` are those nobody has taken yet."""
        return {"received": 0, "dropped_replies": 0, **self.ledger.counts(), "warnings_left": self._left, "done": True}

    async def close(self) -> None:
        await self._transactions.close()
        self.ledger.close()

    async def _read_once(self) -> int:
        rows = await self._transactions.run(self._unread)
        for row in rows:
            if not await self.faults.lets_in(self.ledger):
                continue
            judged = self._take(row)
            await self._transactions.run(partial(self._judge, row, judged))
        return len(rows)

    def _take(self, row: dict[str, Any]) -> dict[str, str]:
        """What becomes of one message."""
        case, kind = row["BUSINESS_ID"] or "", row["MSG_NAME"] or ""
        fields = _fields(row["XMLBODY"] or "", _COUNTS.get(kind, 0))
        if fields is None or not case:
            return {"STATUS": "999", "IS_PARSE": "2"}
        if self.faults.rejects_receipt(case):
            self.ledger.note("receipts_rejected")
            return {"STATUS": "999", "IS_PARSE": "1"}
        self.ledger.effect(kind, (case, row["PROCESS_ID"] or "", row["TRANSACTION_ID"] or ""), fields, "1")
        return {"STATUS": "000", "IS_PARSE": "1"}

    def _unread(self, connection: Connection) -> list[dict[str, Any]]:
        table = self.tables[MESSAGES]
        statement = select(table).where(table.c.STATUS == "-1").order_by(table.c.SERIAL_ID).limit(_AT_A_TIME)
        return [texts(dict(row)) for row in connection.execute(statement).mappings()]

    def _judge(self, row: dict[str, Any], judged: dict[str, str], connection: Connection) -> None:
        messages, case = self.tables[MESSAGES], row["BUSINESS_ID"]
        connection.execute(update(messages).filter_by(SERIAL_ID=int(row["SERIAL_ID"])).values(**judged))
        if row["MSG_NAME"] == REPLY and judged["STATUS"] == "000":
            self._withdraw(row, connection)
        if row["MSG_NAME"] != "logDataSubmit" or case not in self._to_warn:
            return
        self._to_warn.discard(case)
        connection.execute(insert(self.tables[WARNINGS]).values(
            BUSINESS_ID=case, PROCESS_CODE=row["PROCESS_ID"], WARN_TYPE="1", WARN_INFO="环节超过承诺时限，请核实",
            WARN_REASON="环节超时", WARN_TIME=datetime.now().isoformat(" ", "seconds"), REPLY_TIME="20991231",
        ))
        self.ledger.note("warnings")

    def _withdraw(self, row: dict[str, Any], connection: Connection) -> None:
        """What was answered is checked and taken back: a row of its own that names the card."""
        connection.execute(insert(self.tables[WARNINGS]).values(
            BUSINESS_ID=row["BUSINESS_ID"], ORIGIN_ID=row["PROCESS_ID"], WARN_TYPE="0", WARN_REASON="整改已核实",
            WARN_TIME=datetime.now().isoformat(" ", "seconds"),
        ))
        self.ledger.note("withdrawals")

    def _warnings_left(self, connection: Connection) -> int:
        return int(connection.execute(select(func.count()).select_from(self.tables[WARNINGS])).scalar_one())


def _fields(body: str, count: int) -> dict[str, str | None] | None:
    """The positions of a message, or None when it is not one of *count* positions in order."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(f"<m>{body}</m>", parser)
    except etree.XMLSyntaxError:
        return None
    numbers = [_FIELD.fullmatch(str(child.tag)) for child in root]
    if [int(found[1]) if found else 0 for found in numbers] != list(range(1, count + 1)):
        return None
    return {str(child.tag): child.text or "" for child in root}


async def run(settings: SupervisionTableSettings, folder: Path) -> None:
    """Serve the platform until cancelled; `ready.json` also names its `database`."""
    platform = MiddleDatabase(settings, folder)

    async def start() -> None:
        """It waits for messages: there is nothing to begin."""

    try:
        await platform.load()
        await serve(
            web.Application(), settings, folder, platform.faults, platform.status, start,
            platform.read, also_ready={"database": platform.url},
        )
    finally:
        await platform.close()
