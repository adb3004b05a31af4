"""The families of exchange tables the simulated county knows: what they are called, and how both sides keep count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Table

from guantong_adapters.simulation.guangdong import CONTENT, REPLY, columns, table_of
from guantong_adapters.simulation.story import Act
from guantong_adapters.table import county_tables, eajc_tables

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Family:
    """One family. `row` tells an act as a table's name and its columns, for a database product. `key` names a row of
    `applications`; `flag` is there `unread`, then `imported`, or `rejected` with the reason in `note`; `own` is the
    column that takes the county's serial, where there is one. `control` are no part of what took effect. `cards` are the
    tables of cards and of cards taken back, where there are any, and `serious` the levels that want an answer. `files` is
    the table of the contents that materials refer to, where there is one."""

    make_tables: Callable[[], dict[str, Table]]
    row: Callable[[Act, dict[str, Table], str], tuple[str, Row]]
    applications: str
    key: tuple[str, ...]
    serial: str
    version: str
    flag: str
    unread: str
    imported: str
    rejected: str
    note: str
    written: str
    control: tuple[str, ...]
    own: str = ""
    cards: tuple[str, ...] = ()
    serious: frozenset[str] = frozenset()
    files: str = ""


def _guangdong(act: Act, tables: dict[str, Table], dialect: str) -> tuple[str, Row]:
    name = table_of(act)
    name = {county_tables.APPLICATIONS: county_tables.ONSITE_APPLICATIONS, REPLY: county_tables.REPLIES}.get(name, name)
    row = {}
    for column, value in columns(act, spare=True).items():
        if column == CONTENT:
            continue  # it lies in the table of files
        text = orjson.dumps(value).decode() if isinstance(value, list) else value
        row[column] = county_tables.fit(tables[name].c[column], text, dialect)
    return name, row


def _shandong(act: Act, _tables: dict[str, Table], _dialect: str) -> tuple[str, Row]:
    return eajc_tables.row_of(act)


FAMILIES = {
    "gdbs": Family(
        county_tables.make_tables, _guangdong, county_tables.APPLICATIONS, ("ID",), "SBLSH", "SJBBH",
        "CLZT", "N", "1", "3", "CLJG", "INSERTTIME", county_tables.CONTROL, "YWLSH",
        (county_tables.CARDS, county_tables.WITHDRAWN), frozenset({"2", "3"}), county_tables.FILES,
    ),
    "ea-jc": Family(
        eajc_tables.make_tables, _shandong, eajc_tables.APPLICATIONS, ("PROJID", "DATAVER"), "PROJID", "DATAVER",
        "SIGNSTATE", "0", "1", "2", "SIGNNOTE", "MAKETIME", ("SIGNSTATE", "SIGNNOTE", "MAKETIME"),
    ),
}
