"""Reading a table's stock again, for a backfill: every row in the order of its key, whatever its flag says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from guantong.record import Verdict
from guantong_adapters.table.database import Database
from guantong_adapters.table.rows import as_text
from guantong_adapters.table.source import Batch, Gathering, Source


class StockReading:
    """One table. Its state is the key of the last row that was read, as a JSON list of texts. Nothing is written at the
    source, and nothing is remembered on our side: what the daily reading goes by is left as it is."""

    def __init__(self, database: Database, source: Source, key: Sequence[str], body_limit: int) -> None:
        self._database = database
        self._source = source
        self._key = key
        self._body_limit = body_limit

    def names(self) -> list[str]:
        return [self._source.name]

    def read(self, state: str, limit: int) -> Batch:
        """At most *limit* rows behind the key in *state*."""
        source, gathering = self._source, Gathering(limit, self._body_limit)
        with self._database.snapshot() as connection:
            for page in source.walk(connection, self._key, orjson.loads(state) if state else None):
                for row in page:
                    gathering.add(source.record(source.key(row, self._key), source.reader.body(row)))
                    state = orjson.dumps([as_text(row[source.layout.real(name)]) for name in self._key]).decode()
                    if gathering.full:
                        return Batch(gathering.records, state)
        return Batch(gathering.records, state)

    def mark(self, verdicts: Mapping[str, Verdict]) -> None:
        """The flags stay as they are."""
