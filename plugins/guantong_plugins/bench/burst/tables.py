"""Sides at a database: a table that the hub reads by flag, and one that it writes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    select,
)

from guantong_plugins.bench.burst.side import Clocked, Setup, Watched
from guantong_plugins.bench.burst.steps import row

_UNKNOWN = {"decode": "json", "rules": [{"when": {"field": {"result": "found"}}, "means": "success"},
                                        {"when": {"field": {"result": "absent"}}, "means": "permanent"}], "otherwise": "unknown"}
_JUDGED = {"decode": "json", "rules": [{"when": {"field": {"result": "inserted"}}, "means": "success"},
                                       {"when": {"field": {"result": "duplicate"}}, "means": "duplicate"}], "otherwise": "transient"}

_OVERLAP = 1000  # rows that are looked at again


class Offered(Clocked):
    """A county that fills a table."""

    def __init__(self, engine: Engine, table: Table) -> None:
        super().__init__()
        self._engine, self._table = engine, table
        self.setup = Setup({
            "adapter": "table", "dialect": "bench-table", "poll": {"every": "100ms", "batch": 500},
            "settings": {"url": _shown(engine), "read": {"flag": {"id": "ID", "flag": "CLZT", "age": "ID"}},
                         "poll": [{"table": table.name, "kind": "STEP", "columns": ["SBLSH"]}]},
        })

    def put(self, numbers: Sequence[int]) -> None:
        with self._engine.begin() as connection:
            connection.execute(self._table.insert(), [{**row(number), "CLZT": "N"} for number in numbers])


class Filled(Watched):
    """A system whose table we fill: `NR` counts its rows."""

    def __init__(self, engine: Engine, table: Table) -> None:
        super().__init__()
        self._engine, self._table, self._seen = engine, table, 0
        self._known: set[int] = set()
        self.setup = Setup({
            "adapter": "table", "dialect": "bench-table",
            "settings": {"url": _shown(engine), "send": {"STEP": {"table": table.name, "key": ["SBLSH", "SPHJDM"]}}},
            "delivery": {"unknown": "query", "concurrency": 8}, "reply": _JUDGED, "query": _UNKNOWN,
        })
        self.watch()

    def look(self) -> Iterable[bytes]:
        """What was committed after the last look. A number may be given before an earlier one is committed, so that some
        of those before are looked at again; what was seen does not count again."""
        columns = self._table.c
        with self._engine.connect() as connection:
            found = connection.execute(select(columns.NR, columns.SBLSH).where(self._seen - _OVERLAP < columns.NR)).all()
        new = [(number, serial) for number, serial in found if number not in self._known]
        self._known.update(number for number, _ in new)
        self._seen = max((self._seen, *(number for number, _ in new)))
        return [serial.encode() for _, serial in new]



@contextmanager
def _table(url: str, *columns: Any) -> Iterator[tuple[Engine, Table]]:
    engine, metadata = create_engine(url), MetaData()
    texts = (Column(name, String(100)) for name in row(0))
    table = Table(f"guantong_bench_{secrets.token_hex(4)}", metadata, *texts, *columns)
    try:
        metadata.create_all(engine)
        yield engine, table
    finally:
        metadata.drop_all(engine)
        engine.dispose()


@contextmanager
def offered(url: str) -> Iterator[Offered]:
    """A table that is filled, in the database *url*; dropped after."""
    number = Column("ID", Integer, primary_key=True, autoincrement=True)
    with _table(url, number, Column("CLZT", String(2), index=True)) as made:
        yield Offered(*made)


@contextmanager
def filled(url: str) -> Iterator[Filled]:
    """A table that we fill, in the database *url*; dropped after."""
    number = Column("NR", Integer, primary_key=True, autoincrement=True)
    with _table(url, number, UniqueConstraint("SBLSH", "SPHJDM")) as made:
        target = Filled(*made)
        try:
            yield target
        finally:
            target.arrived()


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)
