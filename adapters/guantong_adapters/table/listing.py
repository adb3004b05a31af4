"""Rows of a question, for reconciliation (对账): read in one transaction that changes nothing, page by page, as they come."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, Select, select, text
from sqlalchemy.sql.expression import literal_column

from guantong.adapter import Asked
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Fields
from guantong_adapters.table import codes
from guantong_adapters.table.database import Database
from guantong_adapters.table.errand import awaiting
from guantong_adapters.table.layout import Layout
from guantong_adapters.table.rows import RowReader

AT_A_TIME = 1000
_READ_ONLY = {**dict.fromkeys(("mysql", "mariadb", "postgresql"), "SET TRANSACTION READ ONLY"), "sqlite": "PRAGMA query_only = ON"}
"""How a transaction is kept from writing, where the product knows it; at others it is undone. The connection is this question's own."""
_PADDED_TYPES = frozenset({1042, "DB_TYPE_CHAR", "DB_TYPE_NCHAR"})
"""How drivers that hand over a CHAR's padding blanks call it: PostgreSQL's number, Oracle's name."""


class Listed:
    """One question under way. Its methods run in the database's threads, one after the other."""

    def __init__(self, database: Database, asked: Asked, layout: Layout | None, reader: RowReader, system: str) -> None:
        """*layout* is that of the view; the question is its own where there is none."""
        self._database = database
        self._asked = asked
        self._layout = layout
        self._reader = reader
        self._system = system
        self._open = ExitStack()
        self._connection: Connection | None = None
        self._rows: CursorResult[Any] | None = None
        self._padded: frozenset[str] = frozenset()

    def page(self) -> list[Fields]:
        """The next rows, as texts by name; none at the end. Raises what the database raises."""
        if self._rows is None:
            self._rows = self._asks()
        assert self._connection is not None  # noqa: S101 -- `_asks` opened it
        with awaiting(self._connection.connection.dbapi_connection):
            found = self._rows.mappings().fetchmany(AT_A_TIME)
        return [self._reader.texts({name: _unpadded(value) if name in self._padded else value for name, value in row.items()})
                for row in found]

    def close(self) -> None:
        """End the transaction; whatever the question did is undone."""
        if self._connection is not None and (begun := self._connection.get_transaction()) is not None:
            begun.rollback()
        self._open.close()

    def _asks(self) -> CursorResult[Any]:
        database, asked = self._database, self._asked
        statement, values = self._statement(asked)
        connection = self._connection = self._open.enter_context(database.snapshot())
        if (only_read := _READ_ONLY.get(database.engine.dialect.name)) is not None:
            connection.exec_driver_sql(only_read)
        rows = connection.execution_options(stream_results=True, max_row_buffer=AT_A_TIME).execute(statement, values)
        types = {one[0]: getattr(one[1], "name", one[1]) for one in rows.cursor.description or ()} if rows.cursor is not None else {}
        self._padded = frozenset(name for name, kind in types.items() if kind in _PADDED_TYPES)
        return rows

    def _statement(self, asked: Asked) -> tuple[Executable, dict[str, str]]:
        times = {"since": asked.since, "until": asked.until}
        if self._layout is not None:
            named = [self._layout.column(name) for name in dict.fromkeys(asked.columns) if self._layout.find(name) is not None]
            every: Select[Any] = select(*(named or [literal_column("*")])).select_from(self._layout.clause)
            if not asked.time:
                return every, {}
            column = self._layout.column(asked.time)
            return every.where(column >= asked.since, column < asked.until), {}
        question = text(asked.query)
        wanted = question.compile().params.keys()
        if not wanted <= times.keys():
            details = {"what": "only :since and :until are filled in", "what_zh": "只能使用 :since 与 :until"}
            raise ProblemsError([Problem(codes.BAD_QUESTION, Place(), f"{self._system}.reconcile", details)])
        return question, {name: times[name] for name in wanted}


def _unpadded(value: Any) -> Any:
    return value.rstrip(" ") if isinstance(value, str) else value
