"""Reading through a stored procedure: its result set are the rows since the last one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guantong.problems import Place, Problem, ProblemsError, nearest
from guantong.record import Record, Verdict
from guantong_adapters.table import codes
from guantong_adapters.table.byflag import why
from guantong_adapters.table.database import Database
from guantong_adapters.table.procedures import call, rows_of
from guantong_adapters.table.rows import RowReader, as_text, digest
from guantong_adapters.table.seen import Seen, SeenRow
from guantong_adapters.table.source import Batch, Gathering
from guantong_adapters.table.ways import ByProcedure


class ProcedureReading:
    """One procedure. The state is the cursor of the last row; rows that come again with it are known by digest."""

    def __init__(self, database: Database, name: str, keys: ByProcedure, reader: RowReader, seen: Seen,
                 error_for: frozenset[str], body_limit: int) -> None:
        self._database = database
        self._name = name
        self._keys = keys
        self._reader = reader
        self._seen = seen
        self._error_for = error_for
        self._body_limit = body_limit
        self._handed: dict[str, SeenRow] = {}

    def names(self) -> list[str]:
        return [self._name]

    def read(self, state: str, limit: int) -> Batch:
        """At most *limit* rows. The procedure is told the limit; what it gives beyond is left for the next call."""
        keys, gathering = self._keys, Gathering(limit, self._body_limit)
        self._handed.clear()
        since, came = state or keys.since, 0
        cursor = since
        with self._database.writing() as connection:
            for row in rows_of(connection, keys.name, [since, limit]):
                came += 1
                cursor, key = self._column(row, keys.cursor), self._column(row, keys.id)
                body = self._reader.body(row)
                if self._seen.digests(self._name, [key]).get(key) == digest(body):
                    continue
                gathering.add(Record(self._database.system, body, self._name, "utf-8", f"{self._name}:{key}"))
                self._handed[key] = SeenRow(key, digest(body), cursor)
                if gathering.full:
                    break
        if came >= limit and not gathering.records and cursor == since:
            details = {"procedure": keys.name, "limit": limit, "column": keys.cursor}
            raise ProblemsError([Problem(codes.NO_PROGRESS, Place(), f"{self._database.system}.settings", details)])
        return Batch(gathering.records, cursor)

    def mark(self, verdicts: Mapping[str, Verdict]) -> None:
        """Acknowledge the rows where the interface asks for it, in one transaction; then remember them."""
        keys = self._keys
        if keys.acknowledge is not None:
            with self._database.writing() as connection:
                for ref, verdict in verdicts.items():
                    failed = verdict.acceptance.value in self._error_for
                    result = keys.error if failed else keys.taken
                    row = [ref.partition(":")[2], result, why(verdict) if failed else ""]
                    call(connection, keys.acknowledge, row, ())
        handed = [self._handed.pop(key) for ref in verdicts if (key := ref.partition(":")[2]) in self._handed]
        self._seen.remember(self._name, handed)
        if handed and not self._handed:  # below the last cursor nothing comes again
            self._seen.keep_only(self._name, handed[-1].mark)

    def _column(self, row: Mapping[str, Any], name: str) -> str:
        for real, value in row.items():
            if real.lower() == name.lower():
                return "" if value is None else as_text(value).rstrip(" ")
        near = nearest(name.lower(), [each.lower() for each in row])
        details = {"table": self._keys.name, "column": name, "nearest": f" ({near}?)" if near else ""}
        raise ProblemsError([Problem(codes.NO_COLUMN, Place(), f"{self._database.system}.settings", details)])
