"""Reading by asking for our open cases: a view that answers for one case at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from guantong.opencases import CasesAsked, SomeCases
from guantong.record import Verdict
from guantong_adapters.table.database import Database
from guantong_adapters.table.rows import digest
from guantong_adapters.table.seen import Seen, SeenRow
from guantong_adapters.table.source import AT_A_TIME, Batch, Gathering, Source
from guantong_adapters.table.ways import ByOpenCases

OpenCases = Callable[[CasesAsked], SomeCases]


class OpenCaseReading:
    """One view. A round asks for every open case, oldest first, a number of them in one statement; the next begins
    anew. What was seen of a case is known by digest, and forgotten when a round has met nothing new and not the case."""

    def __init__(self, database: Database, source: Source, keys: ByOpenCases, seen: Seen, open_cases: OpenCases,
                 body_limit: int) -> None:
        self._database = database
        self._source = source
        self._keys = keys
        self._seen = seen
        self._open_cases = open_cases
        self._body_limit = body_limit
        self._round = seen.highest(source.name) + 1
        self._after, self._asked_all, self._numbers = 0, False, list[str]()
        self._handed: dict[str, SeenRow] = {}

    def names(self) -> list[str]:
        return [self._source.name]

    def read(self, state: str, limit: int) -> Batch:
        """The rows that are new or changed: about *limit* of them, for what was asked is not asked again this round."""
        if self._handed:  # the hub took only a part: the round from its beginning
            self._begin()
            self._handed.clear()
        gathering = Gathering(limit, self._body_limit)
        while not gathering.full and (self._numbers or not self._asked_all):
            if not self._numbers:
                self._next_cases()
            self._ask(self._numbers[:AT_A_TIME], gathering)
            self._numbers = self._numbers[AT_A_TIME:]
        if not self._numbers and self._asked_all:
            self._begin()
            if not self._handed:
                self._seen.forget_before(self._source.name, self._round)
                self._round += 1
        return Batch(gathering.records, state)

    def _begin(self) -> None:
        self._after, self._asked_all, self._numbers = 0, False, []

    def _next_cases(self) -> None:
        keys = self._keys
        some = self._open_cases(CasesAsked(keys.kind, keys.closed_by, keys.within, self._after))
        self._numbers = [case.number for case in some.cases]
        self._after, self._asked_all = some.after or 0, some.after is None

    def mark(self, verdicts: Mapping[str, Verdict]) -> None:
        """Remember what the rows are like now."""
        keys = [ref.partition(":")[2] for ref in verdicts]
        self._seen.remember(self._source.name, [self._handed.pop(key) for key in keys if key in self._handed])

    def _ask(self, numbers: Sequence[str], gathering: Gathering) -> None:
        if not numbers:
            return
        source, keys = self._source, self._keys
        order = [source.layout.column(name) for name in keys.id]
        with self._database.snapshot() as connection:
            wanted = source.every().where(source.is_one_of((keys.serial,), numbers)).order_by(*order)
            rows = source.fetch(connection, wanted)
        by_key = {source.key(row, keys.id): source.reader.body(row) for row in rows}
        known = self._seen.digests(source.name, list(by_key))
        for key, body in by_key.items():
            if known.get(key) != digest(body):
                gathering.add(source.record(key, body))
                self._handed[key] = SeenRow(key, digest(body), self._round)
        self._seen.mark(source.name, known, self._round)
