"""The SQL of the store on PostgreSQL: `schema.sql`, the named statements of `queries.sql`, and those of `bulk.sql`, which
write many rows at a time."""

from __future__ import annotations

from functools import cache

from guantong_plugins.stores import named

_HERE = __package__ or __name__
_WORD = 'TEXT COLLATE "C"'
_NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
"""The server's clock, by which leases run."""


def sql(name: str) -> str:
    """The text of the SQL file *name* beside this module, its conditions written out."""
    return named.sql(_HERE, name, word=_WORD)


SQL = named.load(_HERE, "queries.sql", now=_NOW)
_BULK = named.load(_HERE, "bulk.sql", rows="{rows}")


@cache
def bulk(name: str, rows: int, columns: int) -> str:
    """The statement *name* of `bulk.sql` for so many rows of so many columns, its values `$1`, `$2` …"""
    lists = (", ".join(f"${row * columns + column + 1}" for column in range(columns)) for row in range(rows))
    return _BULK[name].format(rows=", ".join(f"({values})" for values in lists))
