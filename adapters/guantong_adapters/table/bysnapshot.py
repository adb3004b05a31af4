"""Reading by comparison: a table we may only look at, against what we saw of it before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection

from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Verdict
from guantong_adapters.table import codes
from guantong_adapters.table.database import Database
from guantong_adapters.table.rows import digest
from guantong_adapters.table.seen import Seen, SeenRow
from guantong_adapters.table.source import Batch, Gathering, Row, Source, parts
from guantong_adapters.table.ways import BySnapshot

_FEW = 100
"""So many rows may go at once from any table."""
log = structlog.get_logger("guantong.table")


class SnapshotReading:
    """One table. Each pass has a number, and walks the whole table over as many batches as it takes; a row met is
    given the pass's number in our memory, so that those left with a lower one at its end have gone. A new or changed
    digest is put in when the record is durable here, never before; what has gone is forgotten in the same way."""

    def __init__(self, database: Database, source: Source, keys: BySnapshot, seen: Seen, body_limit: int) -> None:
        self._database = database
        self._source = source
        self._keys = keys
        self._seen = seen
        self._body_limit = body_limit
        self._pass = seen.highest(source.name) + 1
        self._place: list[Any] | None = None
        self._handed: dict[str, bytes | None] = {}

    def names(self) -> list[str]:
        return [self._source.name]

    def read(self, state: str, limit: int) -> Batch:
        """At most *limit* rows that are new, changed or gone. Nothing is written anywhere at the source."""
        if self._handed:  # the hub took only a part: the pass from its beginning
            self._place = None
            self._handed.clear()
        gathering = Gathering(limit, self._body_limit)
        with self._database.snapshot() as connection:
            if not self._walk(connection, gathering):
                return Batch(gathering.records, state)
        self._gone(gathering, limit)
        if not self._handed:
            self._place, self._pass = None, self._pass + 1
        return Batch(gathering.records, state)

    def mark(self, verdicts: Mapping[str, Verdict]) -> None:
        """Remember what the rows are like now, and forget those that have gone."""
        handed = {key: self._handed.pop(key) for ref in verdicts
                  if (key := ref.partition(":")[2]) in self._handed}
        now_like = [SeenRow(key, seen, self._pass) for key, seen in handed.items() if seen is not None]
        self._seen.remember(self._source.name, now_like)
        self._seen.forget(self._source.name, [key for key, seen in handed.items() if seen is None])

    def _walk(self, connection: Connection, gathering: Gathering) -> bool:
        """Go on with the pass; whether it came to the table's end."""
        source = self._source
        for page in source.walk(connection, self._keys.key, self._place):
            by_key = {source.key(row, self._keys.key): row for row in page}
            known = self._seen.digests(source.name, list(by_key))
            met: list[str] = []
            for key, row in by_key.items():
                self._place = self._place_of(row)
                body = source.reader.body(row)
                met.append(key)
                if known.get(key) == digest(body):
                    continue
                gathering.add(source.record(key, body))
                self._handed[key] = digest(body)
                if gathering.full:
                    break
            self._seen.mark(source.name, met, self._pass)
            if gathering.full:
                return False
        return True

    def _gone(self, gathering: Gathering, limit: int) -> None:
        """Tell of the rows this pass has not met, or forget them silently."""
        source, keys = self._source, self._keys
        gone, before = self._seen.count(source.name, self._pass), self._seen.count(source.name)
        if gone > max(_FEW, keys.most_deleted * before):
            details = {"table": source.name, "gone": gone, "before": before}
            self._place = None
            raise ProblemsError([Problem(codes.TOO_MANY_GONE, Place(), f"{source.system}.settings", details)])
        if keys.deleted is None:
            while lost := self._seen.before(source.name, self._pass, limit):
                log.info("table.rows_gone", table=source.name, rows=len(lost))
                self._seen.forget(source.name, lost)
            return
        for key in self._seen.before(source.name, self._pass, limit - len(gathering.records)):
            texts = [key] if len(keys.key) == 1 else parts(key)
            padded = [source.layout.real(name) in source.layout.padded for name in keys.key]
            values = [text.rstrip(" ") if pads else text for text, pads in zip(texts, padded, strict=True)]
            body = orjson.dumps(dict(sorted(zip(keys.key, values, strict=True))))
            gathering.add(source.record(key, body, keys.deleted))
            self._handed[key] = None

    def _place_of(self, row: Row) -> list[Any]:
        return [row[self._source.layout.real(name)] for name in self._keys.key]
