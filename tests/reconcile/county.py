"""A county whose books a test can alter: exchange tables, a home that read them, and what was sent on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, update
from tests.cli.desk import SECRETS, Desk

from guantong.adapter import Polls
from guantong.config import Configuration, load
from guantong.hub import open_engine
from guantong.journey.accept import accept
from guantong.journey.engine import Engine
from guantong.journey.states import DeliveryState
from guantong.opening import context_of
from guantong.plugins import registry
from guantong.record import Acceptance, Record, Verdict
from guantong.store import Transaction
from guantong_adapters.table.county_tables import make_tables
from guantong_adapters.table.database import make_engine
from guantong_adapters.table.settings import TableSettings

JIEXI, SYSTEM = "config/counties/jiexi.yaml", "jiexi.approval"
DAY = "2014-07-12"
TABLE = "EX_GDBS_SL"


def accepted(number: int, day: int = 12, **other: Any) -> dict[str, Any]:
    """One acceptance of July 2014."""
    return {
        "SBLSH": f"100000101006992012114071{number:05d}", "YWLSH": f"JX{number}", "SXBM": "10000010100699201213445222",
        "SXMC": "个体工商户设立登记", "XZQHDM": "445222", "SJBBH": 1, "SLBMMC": "揭西县䶮镇某局", "SLZTDM": "1",
        "SLSJ": datetime(2014, 7, day, 9), "CLZT": "Y", "INSERTTIME": datetime(2014, 7, day, 10), **other,
    }


class County:
    """The tables of jiexi at *url*, and the desk's home that reads them."""

    def __init__(self, desk: Desk, url: str) -> None:
        self.desk = desk
        desk.edit(JIEXI, "mysql+pymysql://guantong@db.jiexi.example.invalid/exchange", url)
        path = desk.home / JIEXI
        text = path.read_text(encoding="utf-8")
        path.write_text(text[:text.index("    secrets:\n")], encoding="utf-8")  # nobody asks these servers for a password
        self.engine = make_engine("test", TableSettings.model_validate({"url": url}), None)
        self.tables = make_tables()
        self.tables[TABLE].metadata.create_all(self.engine)

    def close(self) -> None:
        self.engine.dispose()

    def add(self, *rows: Mapping[str, Any], table: str = TABLE) -> None:
        with self.engine.begin() as connection:
            for row in rows:
                connection.execute(insert(self.tables[table]).values(**row))

    def alter(self, number: int, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(self.tables[TABLE]).where(self.tables[TABLE].c.YWLSH.in_([f"JX{number}"])).values(**values))

    def remove(self, number: int) -> None:
        with self.engine.begin() as connection:
            connection.execute(delete(self.tables[TABLE]).where(self.tables[TABLE].c.YWLSH.in_([f"JX{number}"])))

    def declare(self, text: str) -> None:
        """Put keys of the system into its file."""
        path = self.desk.home / JIEXI
        path.write_text(path.read_text(encoding="utf-8").rstrip() + "\n" + text, encoding="utf-8")

    def configuration(self) -> Configuration:
        loaded = load(self.desk.home, registry(), SECRETS)
        assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
        return loaded.configuration

    def read(self, without: Sequence[int] = ()) -> None:
        """Have the home accept what lies in the tables, as its hub would read it, but for the cases of these numbers."""
        config = self.configuration()

        async def run() -> None:
            async with open_engine(config, registry()) as engine:
                for record in await self._records(config):
                    if not any(f'"JX{number}"'.encode() in record.body for number in without):
                        await accept(engine, record)

        asyncio.run(run())

    async def _records(self, config: Configuration) -> list[Record]:
        system = config.systems[SYSTEM]
        context = context_of(system, registry(), config, accept=_nobody, refused=lambda _code: None, now=lambda: 0.0)
        connection = await system.adapter.open(replace(context, folder=Path(self.desk.home / "var/read"), rereading=True))
        assert isinstance(connection, Polls)
        found: list[Record] = []
        cursor = ""
        try:
            while (polled := await connection.poll(cursor, 500)).records:
                found += polled.records
                cursor = polled.cursor
        finally:
            await connection.close()
        return found

    def end(self, states: Mapping[int, DeliveryState]) -> None:
        """Put the deliveries of these cases into these states; all others are confirmed."""

        async def work(engine: Engine) -> None:
            ends: dict[int, DeliveryState] = {}
            for event in range(1, engine.reader.newest_kept()[1] + 1):
                row = engine.reader.event(event)
                numbers = {serial.number for serial in engine.reader.serials_of(row.subject)} if row is not None else set()
                state = next((one for number, one in states.items() if f"JX{number}" in numbers), DeliveryState.CONFIRMED)
                ends.update({one.id: state for one in engine.reader.went([event])})

            def move(tx: Transaction) -> None:
                for delivery, state in ends.items():
                    tx.move(delivery, state, at=1, due=1, attempts=1)

            await engine.store.write(move)

        self.desk.work(work)


async def _nobody(_record: Record) -> Verdict:
    return Verdict(Acceptance.STALE)
