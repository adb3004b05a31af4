"""The bench `table`: a table full of unread rows, drained by a real hub, with what it took."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from string import Template
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    select,
)
from sqlalchemy import UniqueConstraint as Unique

from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong_plugins.bench.codes import UNTRUE
from guantong_plugins.bench.machine import cost_of, fdatasync_ms
from guantong_plugins.demo.processes import Child, terminable

FILES = Path(__file__).resolve().parent / "tablehome"
SOURCE = "bench.source"
STEPS_OF_A_CASE = 8
STALLED_AFTER = 60.0
LOOK_EVERY = 0.05
_AT_A_TIME = 5000


@dataclass(frozen=True, slots=True)
class BacklogPlan:
    """What is measured: so many `rows` at the database `url` (empty: a file of SQLite), read `batch` by batch. `held`:
    the target takes nothing, so reading, mapping and keeping are measured alone."""

    rows: int = 20_000
    batch: int = 500
    held: bool = True
    url: str = ""


@dataclass(frozen=True, slots=True)
class Drained:
    """One run: rows a second until every row was flagged (and written, when not held), microseconds of the hub's CPU a
    row, and the most memory the hub had."""

    rows: int
    rate: float
    cpu_us: float
    rss_mb: float
    fdatasync_p50_ms: float


class Tables:
    """Both tables of a run, under names of its own."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = create_engine(url)
        self._metadata, mark = MetaData(), secrets.token_hex(4)
        columns = ("SBLSH", "SJBBH", "XZQHDM", "SPHJDM", "SPHJMC", "SPRXM", "SPSJ", "SPYJ")
        self.incoming = Table(
            f"guantong_bench_in_{mark}", self._metadata, Column("ID", Integer, primary_key=True, autoincrement=False),
            *(Column(name, String(100)) for name in columns), Column("CLZT", String(2)), Index(f"ix_{mark}", "CLZT", "ID"),
        )
        self.outgoing = Table(
            f"guantong_bench_out_{mark}", self._metadata, *(Column(name, String(100)) for name in columns),
            Unique("SBLSH", "SPHJDM"),
        )

    def fill(self, rows: int) -> None:
        """Make the tables, and so many unread rows."""
        self._metadata.create_all(self.engine)
        made = _rows(rows)
        while part := list(islice(made, _AT_A_TIME)):
            with self.engine.begin() as connection:
                connection.execute(self.incoming.insert(), part)

    def first_unread(self) -> int | None:
        """The id of the first row that is not flagged."""
        table = self.incoming
        with self.engine.connect() as connection:
            found: int | None = connection.scalar(
                select(table.c.ID).where(table.c.CLZT == "N").order_by(table.c.CLZT, table.c.ID).limit(1)
            )
        return found

    def written(self) -> int:
        with self.engine.connect() as connection:
            return _count(connection, self.outgoing)

    def drop(self) -> None:
        self._metadata.drop_all(self.engine)
        self.engine.dispose()


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _rows(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        case, step = divmod(number, STEPS_OF_A_CASE)
        yield {
            "ID": number + 1, "SBLSH": f"1000000010069920121{case:010d}", "SJBBH": "1", "XZQHDM": "445222",
            "SPHJDM": str(step), "SPHJMC": "审核", "SPRXM": "陈䶮", "SPSJ": "2014-07-15 10:30:00",
            "SPYJ": "材料齐全，符合法定条件，同意。", "CLZT": "N",
        }


def drain(plan: BacklogPlan, folder: Path) -> Drained:
    """One run over a fresh home in *folder*. Raises `ProblemsError` when the hub fails, nothing moves any more, or a row
    was lost or kept twice."""
    tables = Tables(plan.url or f"sqlite:///{folder / 'exchange.db'}")
    with terminable(), ExitStack() as stack:
        stack.callback(tables.drop)
        tables.fill(plan.rows)
        disk = fdatasync_ms(folder)
        home = _home(folder / "home", plan, tables)
        hub = Child("hub", ("run", "--home", str(home)), folder / "hub.txt", {})
        hub.start()
        stack.callback(hub.stop)
        began = hub.await_seen(lambda: time.monotonic() if (home / "var" / "port").is_file() else None)
        before = cost_of(hub.pid)
        _await_drained(plan, tables, hub)
        took, after = time.monotonic() - began, cost_of(hub.pid)
        _must_be_true(plan, tables, home, hub)
    cpu = (after.cpu - before.cpu) * 1e6 / plan.rows
    return Drained(plan.rows, plan.rows / took, cpu, after.rss_mb, disk)


def _home(folder: Path, plan: BacklogPlan, tables: Tables) -> Path:
    shutil.copytree(FILES, folder)
    values = {
        "url": tables.engine.url.render_as_string(hide_password=True), "incoming": tables.incoming.name,
        "outgoing": tables.outgoing.name, "batch": plan.batch, "hold": str(plan.held).lower(),
    }
    for file in (folder / "config").glob("*.yaml"):
        file.write_text(Template(file.read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
    return folder


def _await_drained(plan: BacklogPlan, tables: Tables, hub: Child) -> None:
    """Wait until no row is unread (and all are written, when not held), or until nothing moves any more."""
    best, since = (-1, -1), time.monotonic()
    while True:
        first = tables.first_unread()
        now = (plan.rows if first is None else first, 0 if plan.held else tables.written())
        if first is None and (plan.held or now[1] == plan.rows):
            return
        if now > best:
            best, since = now, time.monotonic()
        elif time.monotonic() - since > STALLED_AFTER:
            what = f"nothing moved for {STALLED_AFTER:g} s: row {now[0]} of {plan.rows}, {now[1]} written"
            raise ProblemsError([Problem(UNTRUE, details={"what": what, "log": str(hub.log)})])
        hub.must_run()
        time.sleep(LOOK_EVERY)


def _must_be_true(plan: BacklogPlan, tables: Tables, home: Path, hub: Child) -> None:
    """Every row is one routed message, and was written once when the target takes them."""
    spec = registry().stores["sqlite"]
    reader = spec.open_reader(spec.settings(), home)
    try:
        counts = {(system, state.value): count for system, state, count in reader.message_counts()}
    finally:
        reader.close()
    written = 0 if plan.held else plan.rows
    if counts != {(SOURCE, "routed"): plan.rows} or tables.written() != written:
        what = f"{plan.rows} rows became {counts}; {tables.written()} were written"
        raise ProblemsError([Problem(UNTRUE, details={"what": what, "log": str(hub.log)})])
