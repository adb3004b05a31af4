"""An operator's desk: the starter's home folder, records told to its engine, and the command line on it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from rich.cells import cell_len
from typer.testing import CliRunner, Result

from guantong.adapter import Connection
from guantong.backfillstore import BackfillRow
from guantong.cli import app_for
from guantong.config import Configuration, System, load
from guantong.hub import open_engine
from guantong.journey.accept import accept
from guantong.journey.backfill import Backfills
from guantong.journey.backfillmemory import RunFolders
from guantong.journey.conclude import Kept, intend
from guantong.journey.engine import Engine
from guantong.journey.prepare import Parcel, prepare
from guantong.journey.ready import from_row
from guantong.journey.states import DeliveryState
from guantong.plugins import registry
from guantong.record import Record
from guantong.starter import starter
from guantong.store import Transaction

COUNTY = "rongcheng.approval"
ACCEPTANCE = {
    "type": "accept", "applyNo": "10000010100699201211407150777", "bizNo": "RC20140715-0777", "ver": "1",
    "itemCode": "10000010100699201213445202", "itemName": "个体工商户设立登记", "regionCode": "445202",
    "orgName": "榕城区某局", "operatorName": "欧阳示例", "result": "accepted", "time": "2014-07-16 09:00:00",
}
PERSON_NO = "44520219900101001X"
APPLICATION = {
    **{name: ACCEPTANCE[name] for name in ("applyNo", "bizNo", "ver", "itemCode", "itemName", "regionCode")}, "type": "application",
    "applicantType": "P", "applicantName": "欧阳示例", "idType": "01", "idNo": PERSON_NO, "submitWay": "window",
    "applyTime": "2014-07-15 10:30:00", "projectName": "设立登记", "materials": [{"name": "申请书", "kind": "original", "count": "1"}],
}
"""The application of the same case, at a window."""
SECRETS = dict.fromkeys((
    "GUANTONG_HALL_PORTAL_TOKEN", "GUANTONG_HALL_DEPT_CODE", "GUANTONG_HALL_IDENTIFY", "GUANTONG_SUPERVISION_USER",
    "GUANTONG_SUPERVISION_PASSWORD", "GUANTONG_SUPERVISION_HUB_KEY", "GUANTONG_JIEDONG_KEY", "GUANTONG_JIEXI_PASSWORD", "GUANTONG_RONGCHENG_TOKEN",
    "GUANTONG_PUNING_ACCESS_TOKEN", "GUANTONG_PUNING_APP_ID", "GUANTONG_PUNING_APP_SECRET", "GUANTONG_PUNING_SM4_KEY",
    "GUANTONG_PUNING_SM4_IV", "GUANTONG_PUNING_HUB_TOKEN",
), "an-invented-key!")  # as long as a key of SM4


class Desk:
    """One home folder and the command line on it, 100 columns wide."""

    def __init__(self, home: Path) -> None:
        self.home = home
        for kind in ("config", "mappings"):
            shutil.copytree(starter(kind), home / kind)

    def guantong(self, *words: str, columns: int = 100, env: Mapping[str, str] | None = None) -> Result:
        """Run `guantong WORDS` on this home; the person is never root."""
        return self.anywhere(*words, "--home", str(self.home), columns=columns, env=env)

    @staticmethod
    def anywhere(*words: str, columns: int = 100, env: Mapping[str, str] | None = None) -> Result:
        """Run `guantong WORDS`, wherever the home is."""
        around = {"COLUMNS": str(columns), "SUDO_USER": "chen", **(env or {})}
        return CliRunner().invoke(app_for(words), list(words), env=around, prog_name="guantong")

    def json(self, *words: str) -> Any:
        """The one JSON object that `guantong WORDS --json` prints."""
        return orjson.loads(self.guantong(*words, "--json").stdout)

    def configuration(self) -> Configuration:
        loaded = load(self.home, registry(), {}, secrets=False)
        assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
        return loaded.configuration

    def work(self, work: Callable[[Engine], Any]) -> None:
        """Have the engine of this home do *work* (async), with no connection open."""

        async def run() -> None:
            async with open_engine(self.configuration(), registry()) as engine:
                await work(engine)

        asyncio.run(run())

    def tell(self, *records: Mapping[str, Any], system: str = COUNTY) -> None:
        """Accept records from *system*."""

        async def run(engine: Engine) -> None:
            for record in records:
                await accept(engine, Record(system, orjson.dumps(dict(record))))

        self.work(run)

    def end(self, delivery: int, state: DeliveryState, code: str, reason: str) -> None:
        """Put a delivery where an attempt would have put it."""

        def move(tx: Transaction) -> None:
            tx.move(delivery, state, at=1, due=1, attempts=1, code=code, reason=reason)

        self.work(lambda engine: engine.store.write(move))

    def attempt(self, delivery: int) -> None:
        """Have a delivery's bytes made and its intent committed, as it stands when the first attempt goes out."""

        async def go(engine: Engine) -> None:
            row = engine.reader.delivery(delivery)
            assert row is not None
            ready = from_row(row)
            parcel = prepare(engine, engine.system(row.target), ready)
            assert isinstance(parcel, Parcel), parcel
            kept = Kept(parcel.kind, engine.vault.seal(parcel.body), parcel.plan)
            await engine.store.write(partial(intend, engine, ready, kept))

        self.work(go)

    def edit(self, name: str, before: str, after: str) -> None:
        """Replace text that stands once in a file of the home folder."""
        path = self.home / name
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{before!r} stands {text.count(before)} times in {name}"
        path.write_text(text.replace(before, after), encoding="utf-8")


def widest(text: str) -> int:
    """The columns that the widest line takes."""
    return max(cell_len(line) for line in text.splitlines())


def nobody_backfills(engine: Engine) -> Backfills:
    """The backfills of an engine whose systems cannot be opened."""

    async def opens(system: System, _run: BackfillRow) -> Connection:
        raise ConnectionRefusedError(system.id)

    return Backfills(engine, opens, RunFolders(engine.configuration.home))
