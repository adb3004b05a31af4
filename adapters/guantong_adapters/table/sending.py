"""Writing one row in one transaction, with an honest end, and asking for it later."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import BindParameter, Connection, Select, and_, bindparam, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.sql.expression import ColumnElement, literal_column
from sqlalchemy.types import NullType

from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Answer, NotSent, Reply, Unsure
from guantong_adapters.table import codes
from guantong_adapters.table.cells import Cells
from guantong_adapters.table.charsets import Unwritable, unwritable
from guantong_adapters.table.database import Database, lost
from guantong_adapters.table.failures import failure
from guantong_adapters.table.layout import Layout
from guantong_adapters.table.rows import Row
from guantong_adapters.table.settings import SentTable


def bound(value: object) -> BindParameter[Any]:
    """A value without a declared type: the database itself reads the text by its column's type."""
    return bindparam(None, value, type_=NullType(), unique=True)


@dataclass(frozen=True, slots=True)
class Insertion:
    """One row to write: its columns by real name, and the key by which it is found again."""

    layout: Layout
    columns: Mapping[str, str | bytes | None]
    key: dict[str, str]

    @property
    def ref(self) -> str:
        """The row's name among those under way: the table and its key columns."""
        return f"{self.layout.name}:{sorted(self.key.items())}"

    def found(self, connection: Connection) -> bool:
        """Whether a row of this key is there."""
        statement: Select[Any] = select(literal_column("1")).select_from(self.layout.clause)
        statement = statement.where(is_ours(self.layout, self.key))
        return connection.execute(statement).first() is not None


def insertion(layout: Layout, sent: SentTable, row: Row, cells: Cells) -> Insertion:
    """What *row* is in the table. Raises `ProblemsError` for columns the table has not and a missing key, and
    `UnicodeError` for a character that cannot stand there."""
    columns = {layout.real(name): value for name, value in {**row, **sent.constants}.items()}
    written = {name: cells.write(value, binary=name in layout.binary) for name, value in columns.items()}
    for name, value in written.items():
        if isinstance(value, str) and (charset := layout.charsets.get(name)) and not cells.mislabelled and (found := unwritable(value, charset)):
            raise Unwritable(name, found, charset.removesuffix("-bmp"))
    return Insertion(layout, written, key_of(layout, sent, columns))


def key_of(layout: Layout, sent: SentTable, columns: Mapping[str, str | None]) -> dict[str, str]:
    """The key columns of a row, by real name. Raises `ProblemsError` when one has no value."""
    key: dict[str, str] = {}
    for name in map(layout.real, sent.identity):
        value = columns.get(name)
        if not value:  # an empty text is NULL at some databases, and names no row at any
            details = {"table": layout.name, "column": name}
            raise ProblemsError([Problem(codes.NO_KEY, Place(), layout.system, details)])
        key[name] = value
    return key


def is_ours(layout: Layout, key: Mapping[str, str]) -> ColumnElement[bool]:
    """The condition that a row has this key (real column names)."""
    return and_(*(layout.column(name) == bound(value) for name, value in key.items()))


def reply(result: str, **more: str) -> bytes:
    """The JSON a profile's rules judge: the result, and what else is known and not empty."""
    return orjson.dumps({"result": result, **{name: value for name, value in more.items() if value}})


_PHASES_ZH = {"connecting": "连接", "writing": "写入"}


class Attempt:
    """One attempt to write, which may be given up from outside until it commits."""

    def __init__(self, database: Database, row: Insertion) -> None:
        self._database = database
        self._row = row
        self._lock = threading.Lock()
        self._phase = "connecting"
        self._given_up = False
        self.schema_differs = False
        """Set when the table turned out not to be as it was looked at."""

    def give_up(self) -> Answer:
        """Stop waiting for it. What it will have come to, as far as can be known now."""
        with self._lock:
            self._given_up = True
            if self._phase == "committing":
                return Unsure("the database did not answer the commit in time", "数据库未按时答复提交")
            if self._phase == "writing" and not self._row.layout.transactional:
                return Unsure("the database did not answer in time, and the table knows no transactions", "数据库未按时应答，且该表不支持事务")
            return NotSent(f"the database did not answer in time while {self._phase}; nothing was committed",
                           f"{_PHASES_ZH[self._phase]}时数据库未按时应答，未提交任何内容")

    def run(self) -> Answer:
        """Write the row; called in a thread."""
        try:
            connection = self._database.engine.connect()
        except SQLAlchemyError as error:
            return NotSent(f"no connection to the database ({failure(error)})", f"无法连接数据库（{failure(error).zh}）")
        with connection:
            return self._write(connection)

    def _write(self, connection: Connection) -> Answer:
        row = self._row
        try:
            if not self._enter("writing"):
                return NotSent("given up before writing", "写入之前已放弃")
            values = {name: bound(value) for name, value in row.columns.items()}
            connection.execute(insert(row.layout.clause).values(values))
            if not self._enter("committing"):
                connection.rollback()
                return NotSent("given up before the commit", "提交之前已放弃")
        except IntegrityError as error:
            return self._refused(connection, error)
        except (SQLAlchemyError, UnicodeError) as error:
            self.schema_differs = failure(error).kind == "schema"
            return self._broken(error) if lost(error) else refusal(error)
        try:
            connection.commit()
        except SQLAlchemyError as error:
            if lost(error):
                return Unsure(f"the connection broke during the commit ({failure(error)})", f"提交时连接中断（{failure(error).zh}）")
            return refusal(error)
        return Reply(reply("inserted"))

    def _refused(self, connection: Connection, error: IntegrityError) -> Answer:
        """A constraint said no: a duplicate when our row is there, else an error."""
        try:
            connection.rollback()
            found = self._row.found(connection)
        except SQLAlchemyError as again:
            return self._broken(again) if lost(again) else refusal(again)
        return Reply(reply("duplicate")) if found else refusal(error)

    def _broken(self, error: Exception) -> Answer:
        if self._row.layout.transactional:
            return NotSent(f"the connection broke before the commit ({failure(error)})", f"提交之前连接中断（{failure(error).zh}）")
        return Unsure(f"the connection broke ({failure(error)}), and the table knows no transactions",
                      f"连接中断（{failure(error).zh}），且该表不支持事务")

    def _enter(self, phase: str) -> bool:
        with self._lock:
            if self._given_up:
                return False
            self._phase = phase
            return True


def ask(database: Database, row: Insertion) -> Answer:
    """Whether the row is there: `{"result": "found"}` or `{"result": "absent"}`."""
    try:
        with database.snapshot() as connection:
            found = row.found(connection)
    except SQLAlchemyError as error:
        return NotSent(f"the database could not be asked ({failure(error)})", f"无法查询数据库（{failure(error).zh}）")
    return Reply(reply("found" if found else "absent"))


def refusal(error: Exception) -> Reply:
    """The database's refusal, in classes and states that profiles judge by; never its text, which quotes
    values."""
    found = failure(error)
    why = {"reason": f"{found.column}: {found}" if found.column else str(found), "reason_zh": f"{found.column}：{found.zh}" if found.column else found.zh}
    return Reply(reply("error", **{"class": found.kind, "sqlstate": found.state, "column": found.column, "character": found.character, **why}))
