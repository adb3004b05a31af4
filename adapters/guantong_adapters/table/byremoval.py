"""Reading tables whose rows are deleted once they are ours."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from sqlalchemy import delete

from guantong.record import Verdict
from guantong_adapters.table.database import Database
from guantong_adapters.table.rows import digest
from guantong_adapters.table.seen import Seen, SeenRow
from guantong_adapters.table.source import AT_A_TIME, Batch, Gathering, Source
from guantong_adapters.table.ways import ByRemoval

log = structlog.get_logger("guantong.table")


class RemovalReading:
    """One table. What is refused stays there; its digest is remembered, so that it is offered again only changed."""

    def __init__(self, database: Database, source: Source, keys: ByRemoval, seen: Seen, body_limit: int) -> None:
        self._database = database
        self._source = source
        self._keys = keys
        self._seen = seen
        self._body_limit = body_limit
        self._handed: dict[str, bytes] = {}

    def names(self) -> list[str]:
        return [self._source.name]

    def read(self, state: str, limit: int) -> Batch:
        """At most *limit* rows, oldest first, without those refused before."""
        source = self._source
        self._handed.clear()
        gathering = Gathering(limit, self._body_limit)
        order = [name for name in (self._keys.age, *self._keys.id) if name]
        with self._database.snapshot() as connection:
            for page in source.walk(connection, order):
                by_key = {source.key(row, self._keys.id): row for row in page}
                refused = self._seen.digests(source.name, list(by_key))
                for key, row in by_key.items():
                    body = source.reader.body(row)
                    if refused.get(key) == digest(body):
                        continue
                    gathering.add(source.record(key, body))
                    self._handed[key] = digest(body)
                    if gathering.full:
                        return Batch(gathering.records, state)
        return Batch(gathering.records, state)

    def mark(self, verdicts: Mapping[str, Verdict]) -> None:
        """Delete the rows that are ours now, all in one transaction; one that changed since it was read stays, and
        is read again."""
        by_key = {ref.partition(":")[2]: verdict for ref, verdict in verdicts.items()}
        taken = [key for key, verdict in by_key.items() if verdict.taken]
        gone = []
        with self._database.writing() as connection:
            for start in range(0, len(taken), AT_A_TIME):
                part = taken[start:start + AT_A_TIME]
                rows = self._source.rows(connection, self._keys.id, part, locked=True)
                same = [key for key, row in rows.items()
                        if self._handed.get(key) == digest(self._source.reader.body(row))]
                for key in set(rows) - set(same):
                    log.warning("table.row_changed", ref=self._source.ref(key))
                if same:
                    wanted = self._source.is_one_of(self._keys.id, same)
                    connection.execute(delete(self._source.layout.clause).where(wanted))
                gone += same
        refused = [SeenRow(key, self._handed[key], 0) for key, verdict in by_key.items()
                   if not verdict.taken and key in self._handed]
        self._seen.remember(self._source.name, refused)
        self._seen.forget(self._source.name, gone)
