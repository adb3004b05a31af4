"""Probing an exchange database: where it is, and whether it lets us in. Opening it looks for every table and column."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from guantong.adapter import Endpoint, ProbeStep
from guantong.problems import Problem, ProblemsError
from guantong_adapters.table import codes
from guantong_adapters.table.settings import TableSettings

CATEGORIES = {
    codes.BAD_URL.id: "settings", codes.UNREACHABLE.id: "database", codes.NO_TABLE.id: "table", codes.NO_COLUMN.id: "column", codes.GONE_COLUMN.id: "column",
    codes.STATEMENT_REFUSED.id: "denied",
}
"""The kind of failure that each problem is."""
_PRODUCTS = {
    "mysql": ("MySQL", 3306), "mariadb": ("MariaDB", 3306), "postgresql": ("PostgreSQL", 5432), "oracle": ("Oracle", 1521),
    "dm": ("达梦", 5236), "kingbase": ("人大金仓", 54321), "mssql": ("SQL Server", 1433),
}


def reach(settings: TableSettings) -> Sequence[Endpoint]:
    """The database's server; a database file has none. Where the product's usual port is not known it is 0."""
    parts = urlsplit(settings.url)
    if not parts.hostname:
        return ()
    name, usual = _PRODUCTS.get(parts.scheme.partition("+")[0], (parts.scheme, 0))
    return (Endpoint(parts.hostname, parts.port or usual, name, "to read and write the exchange tables", "读写前置库交换表"),)


async def probe(system: str, looking: Callable[[], Awaitable[object]]) -> list[ProbeStep]:
    """One look at the tables: the login, then each table or column that is missing. A database that refuses the
    account says so in its own class of failure."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        await looking()
    except ProblemsError as error:
        seconds = loop.time() - began
        missing = [one for one in error.problems if one.code in (codes.NO_TABLE, codes.NO_COLUMN, codes.GONE_COLUMN)]
        outside = [one for one in error.problems if one not in missing]
        if outside:
            return [ProbeStep("login", system, seconds, _category(one), one) for one in outside]
        tables = [ProbeStep("table", str(one.details["table"]), 0.0, _category(one), one) for one in missing]
        return [ProbeStep("login", system, seconds), *tables]
    return [ProbeStep("login", system, loop.time() - began)]


def _category(problem: Problem) -> str:
    if problem.code is codes.UNREACHABLE and str(problem.details["what"]).startswith("denied"):
        return "auth"
    return CATEGORIES.get(problem.code.id, "settings")
