"""The SQL of the embedded store: `schema.sql`, and the named statements of `queries.sql`."""

from __future__ import annotations

from guantong_plugins.stores import named

_HERE = __package__ or __name__


def sql(name: str) -> str:
    """The text of the SQL file *name* beside this module, its conditions written out."""
    return named.sql(_HERE, name)


SQL = named.load(_HERE, "queries.sql")
