"""Whether a table we fill keeps our rows apart: the key by which a row of ours is known must be unique there."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, inspect
from sqlalchemy.engine import Inspector
from sqlalchemy.exc import NoSuchTableError

from guantong.adapter import ProbeStep
from guantong.problems import Place, Problem
from guantong_adapters.table import codes
from guantong_adapters.table.layout import Layout, Layouts
from guantong_adapters.table.settings import TableSettings


def unguarded(connection: Connection, system: str, layouts: Layouts, settings: TableSettings) -> list[ProbeStep]:
    """A reminder for every table that is filled and has no primary key, unique constraint or unique index over the row's key, or over
    some of its columns. Of what the database does not tell (a view), nothing is said."""
    inspector = inspect(connection)
    found: dict[str, ProbeStep] = {}
    for kind, sent in settings.send.items():
        name = sent.table or kind
        if sent.procedure is not None or name not in layouts.tables:
            continue
        layout = layouts[name]
        ours = {real.lower() for real in map(layout.find, sent.identity) if real}
        keys = _keys(inspector, layout)
        if keys is not None and not any(key and key <= ours for key in keys):
            details = {"table": layout.name, "columns": ", ".join(sent.identity)}
            problem = Problem(codes.NOT_UNIQUE, Place(), f"{system}.settings.send.{kind}.key", details)
            found.setdefault(layout.name, ProbeStep("table", layout.name, 0.0, "", problem))
    return list(found.values())


def _keys(inspector: Inspector, layout: Layout) -> list[frozenset[str]] | None:
    """The sets of columns that are unique in the table; None where nothing is told of it."""
    if layout.name not in inspector.get_table_names(layout.schema):
        return None
    try:
        return [frozenset(name.lower() for name in columns) for columns in _declared(inspector, layout)]
    except (NoSuchTableError, NotImplementedError):
        return None


def _declared(inspector: Inspector, layout: Layout) -> Iterator[list[str]]:
    yield list(inspector.get_pk_constraint(layout.name, layout.schema)["constrained_columns"])
    for constraint in inspector.get_unique_constraints(layout.name, layout.schema):
        yield constraint["column_names"]
    for index in inspector.get_indexes(layout.name, layout.schema):
        if index["unique"]:
            yield [name for name in index["column_names"] if name is not None]
