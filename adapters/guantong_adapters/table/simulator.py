"""A simulated county whose approval system hands cases over in exchange tables, both ways.

Its program looks at the table of applications for unread rows: they take effect, are flagged as imported and get
the county's own serial, or as sent back with a reason when the story says so. Tables of cards, where the family has
any, are read likewise, and cards answered. Then the case runs: each further act
is a row in its table, for the hub to read and flag. What the hub has flagged counts as pushed.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from sqlalchemy import Connection, Table, create_engine, event, func, insert, select, update
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import OperationalError

from guantong_adapters.simulation.county import SimulatedCounty
from guantong_adapters.simulation.process import serve
from guantong_adapters.simulation.push import Ack, Item
from guantong_adapters.simulation.settings import SimulatorSettings
from guantong_adapters.simulation.story import Act
from guantong_adapters.table.families import FAMILIES
from guantong_adapters.table.play import CountyTableSettings
from guantong_adapters.table.rows import as_text
from guantong_adapters.table.transactions import Transactions

REJECTION = "经核查，申请人提交的材料与申办事项不符"
_AT_A_TIME = 200
log = structlog.get_logger("guantong.simulation")


class CountyTables(SimulatedCounty):
    """One county, with its database."""

    def __init__(self, settings: CountyTableSettings, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(settings, folder)
        self._settings = settings
        self.url = settings.url or f"sqlite:///{(folder / 'exchange.db').absolute()}"
        threads = settings.concurrency + 2
        self._transactions = Transactions(make_engine(self.url, settings, threads), threads)
        self._family = FAMILIES[settings.family]
        self._tables = self._family.make_tables()
        self._last = datetime.min
        self._flagged: dict[str, int] = {}

    async def load(self) -> None:
        """Make the tables and read the stories."""
        if self._settings.make_tables:
            await asyncio.to_thread(self._tables[self._family.applications].metadata.create_all, self._transactions.engine)
        await self.cases.load(self._settings.stories, self._settings.county, lambda act: act)

    async def push(self) -> None:
        """Write rows until cancelled."""
        await self.cases.pusher.run()

    async def read(self) -> None:
        """The program: look at the tables again and again until cancelled."""
        while True:
            try:
                read = await self._read_once()
                for table in self._family.cards:
                    read += await self._read_cards(table)
                await self._count()
            except OperationalError as error:
                log.warning("county.database_lost", error=type(error.orig).__name__)
                read = 0
            if read < _AT_A_TIME:
                await asyncio.sleep(self._settings.read_every)

    def status(self) -> dict[str, object]:
        """Counts; `pushed` are the rows the hub has flagged, `to_push` those still to write or unread."""
        pushing = self.cases.pusher.status()
        flagged = sum(self._flagged.values())
        left = pushing["to_push"] + pushing["pushed"] - flagged
        return {
            "received": 0, "dropped_replies": 0, **self.ledger.counts(), **pushing,
            "pushed": flagged, "to_push": left, "taken": flagged - self._flagged.get("E", 0),
            "errors": self._flagged.get("E", 0), "done": self.cases.done and left == 0,
        }

    async def close(self) -> None:
        await self._transactions.close()
        self.ledger.close()

    async def _read_once(self) -> int:
        """One look at EX_GDBS_SB; how many rows there were."""
        family = self._family
        rows = await self._transactions.run(partial(self._unread, family.applications))
        for row in rows:
            if not await self.faults.lets_in(self.ledger):
                continue
            serial = row[family.serial] or ""
            self.ledger.effect(family.applications, (serial,), self._told(row), as_text(row[family.version] or 1))
            judged = self._judgement(serial)
            await self._transactions.run(partial(self._judge, family.applications, row, judged))
            if judged[family.flag] == family.imported:
                self.cases.go_on(self.cases.knows(serial))
        return len(rows)

    async def _read_cards(self, table: str) -> int:
        """One look at a table of cards, or of cards taken back; how many rows there were."""
        family = self._family
        rows = await self._transactions.run(partial(self._unread, table))
        for row in rows:
            if not await self.faults.lets_in(self.ledger):
                continue
            told = self._told(row)
            serial, number = told.get(family.serial) or "", told.get("JCBH") or ""
            outcome = self.ledger.effect(table, (serial, number), told, as_text(row[family.version] or 1))
            judged = {family.flag: family.imported}
            await self._transactions.run(partial(self._judge, table, row, judged))
            if outcome == "new" and table == family.cards[0]:
                who = {"serial.province": serial, "serial.county": told.get(family.own)}
                self.cases.answer(number, who, serious=told.get("YJJB") in family.serious)
        return len(rows)

    def _told(self, row: Mapping[str, Any]) -> dict[str, str | None]:
        """What the row says, without the columns both sides keep count in."""
        return {name: text for name, text in texts(row).items() if name not in self._family.control}

    def _judgement(self, serial: str) -> dict[str, str]:
        family = self._family
        if self.faults.rejects_receipt(serial):
            self.ledger.note("receipts_rejected")
            return {family.flag: family.rejected, family.note: REJECTION}
        own = self.cases.own_serial(serial, lambda: f"JX{self.ledger.next_serial('own'):08d}")
        return {family.flag: family.imported, **({family.own: own} if family.own else {})}

    def _unread(self, name: str, connection: Connection) -> list[dict[str, Any]]:
        family, table = self._family, self._tables[name]
        statement = select(table).where(table.c[family.flag] == family.unread)
        statement = statement.order_by(*(table.c[name] for name in family.key)).limit(_AT_A_TIME)
        return [dict(row) for row in connection.execute(statement).mappings()]

    def _judge(self, name: str, row: dict[str, Any], judged: dict[str, str], connection: Connection) -> None:
        table = self._tables[name]
        key = {name: row[name] for name in self._family.key}
        connection.execute(update(table).filter_by(**key).values(**judged))

    async def _count(self) -> None:
        def count(connection: Connection) -> dict[str, int]:
            flags: dict[str, int] = {}
            for name, table in self._tables.items():
                if name in (self._family.applications, *self._family.cards):
                    continue
                flag_of = table.c[self._family.flag]
                found = select(flag_of, func.count()).where(flag_of != self._family.unread).group_by(flag_of)
                for padded, number in connection.execute(found):
                    flag = padded.rstrip(" ")
                    flags[flag] = flags.get(flag, 0) + number
            return flags

        if self.cases.pusher.pushed > sum(self._flagged.values()):
            self._flagged = await self._transactions.run(count)

    async def _post(self, item: Item) -> Ack:
        """Write one row, which stays until the hub flags it; the content it refers to in the same transaction."""
        table, values = self._row(item.payload)
        files, content = self._content(item.payload)

        def write(connection: Connection) -> None:
            if content:
                there = select(func.count()).select_from(files).filter_by(FILE_ID=content["FILE_ID"])
                if not connection.execute(there).scalar():  # a record that is sent twice has one content
                    connection.execute(insert(files).values(**content))
            connection.execute(insert(table).values(**values))

        try:
            await self._transactions.run(write)
        except OperationalError:
            return Ack.AGAIN
        return Ack.TAKEN

    def _row(self, act: Act) -> tuple[Table, dict[str, Any]]:
        name, values = self._family.row(act, self._tables, self._transactions.engine.dialect.name)
        self._last = max(datetime.now(), self._last + timedelta(microseconds=1))
        return self._tables[name], {**values, self._family.written: self._last}

    def _content(self, act: Act) -> tuple[Table, dict[str, Any]]:
        """The table of contents and its row, which is empty where *act* has no content or the family no such table."""
        metadata = self._tables[self._family.applications].metadata
        body = act.facts.get("attachment.body")
        if not self._family.files or body is None:
            return metadata.tables[self._family.applications], {}
        return metadata.tables[self._family.files], {"FILE_ID": act.facts["attachment.id"], "CONTENT": base64.b64decode(body)}


def texts(row: Mapping[str, Any]) -> dict[str, str | None]:
    """A row's columns as texts, without padding."""
    return {str(name): None if value is None else as_text(value).rstrip(" ") for name, value in row.items()}


def make_engine(url: str, settings: SimulatorSettings, connections: int) -> Engine:
    """The engine of a simulator's database; the password is the secret `password`."""
    parts = make_url(url)
    if "password" in settings.secrets and parts.username:
        parts = parts.set(password=settings.secret("password"))
    if parts.get_backend_name() != "sqlite":
        return create_engine(parts, hide_parameters=True, pool_pre_ping=True, pool_size=connections)
    engine = create_engine(parts, hide_parameters=True, connect_args={"timeout": 30})
    event.listen(engine, "connect", _sqlite)
    return engine


def _sqlite(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


async def run(settings: CountyTableSettings, folder: Path) -> None:
    """Serve the county until cancelled; `ready.json` also names its `database`."""
    county = CountyTables(settings, folder)
    try:
        await county.load()
        await serve(
            web.Application(), settings, folder, county.faults, county.status, county.cases.start,
            county.push, county.read, also_ready={"database": county.url},
        )
    finally:
        await county.close()
