"""Handing a record to a stored procedure, with an honest end."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Answer, NotSent, Reply, Unsure
from guantong_adapters.table import codes
from guantong_adapters.table.cells import Cells
from guantong_adapters.table.database import Database, lost
from guantong_adapters.table.failures import failure
from guantong_adapters.table.procedures import call
from guantong_adapters.table.rows import Row, as_text
from guantong_adapters.table.sending import refusal, reply
from guantong_adapters.table.settings import SentProcedure, SentTable


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the procedure is given, in its order."""

    procedure: SentProcedure
    values: tuple[str | bytes | None, ...]


def arguments(system: str, sent: SentTable, row: Row, cells: Cells) -> Arguments:
    """The record's columns as the procedure takes them. Raises `ProblemsError` with every one it has not."""
    assert sent.procedure is not None  # noqa: S101  asked for by the caller
    given = {name.lower(): value for name, value in {**row, **sent.constants}.items()}
    wanted = sent.procedure.arguments
    missing = [
        Problem(codes.NO_ARGUMENT, Place(), system, {"column": name, "procedure": sent.procedure.name})
        for name in wanted if name.lower() not in given
    ]
    if missing:
        raise ProblemsError(missing)
    return Arguments(sent.procedure, tuple(cells.write(given[name.lower()], binary=False) for name in wanted))


class Call:
    """One call, which may be given up from outside. A procedure may commit by itself: once it was called, what it did
    is not known until it answers."""

    def __init__(self, database: Database, given: Arguments) -> None:
        self._database = database
        self._given = given
        self._lock = threading.Lock()
        self._called = self._given_up = False

    def give_up(self) -> Answer:
        """Stop waiting for it."""
        with self._lock:
            self._given_up = True
            if self._called:
                return Unsure("the procedure did not answer in time", "存储过程未按时应答")
            return NotSent("the database did not answer in time; the procedure was not called", "数据库未按时应答，存储过程尚未调用")

    def run(self) -> Answer:
        """Call it; called in a thread."""
        try:
            connection = self._database.engine.connect()
        except SQLAlchemyError as error:
            return NotSent(f"no connection to the database ({failure(error)})", f"无法连接数据库（{failure(error).zh}）")
        with connection:
            with self._lock:
                if self._given_up:
                    return NotSent("given up before the procedure was called", "调用存储过程之前已放弃")
                self._called = True
            try:
                said = call(connection, self._given.procedure.name, self._given.values, self._given.procedure.returns)
                connection.commit()
            except SQLAlchemyError as error:
                if lost(error):
                    return Unsure(f"the connection broke ({failure(error)})", f"连接中断（{failure(error).zh}）")
                return refusal(error)
        words = {name: "" if value is None else as_text(value).strip() for name, value in said.items()}
        return Reply(reply("called", **{name: word for name, word in words.items() if name != "result"}))
