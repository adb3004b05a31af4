"""The reading side of the store in memory: what is committed, as it is when it is asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy

from guantong.backfillstore import BackfillRow
from guantong.clock import NEVER
from guantong.holdstore import Hold
from guantong.journey.states import BLOCKING, DeliveryState, MessageState
from guantong.lookupstore import FoundCase
from guantong.opencases import CasesAsked, OpenCase, SomeCases
from guantong.retentionstore import Frozen, Step
from guantong.sharedstore import NoWorkers
from guantong.store import (
    DeliveryRow,
    EntryRow,
    EventRow,
    FindingFilter,
    FindingRow,
    MessageRow,
    Serial,
    SiteSeen,
    SiteWork,
)
from guantong.testing.memory.booking import Books
from guantong.testing.memory.proving import ReadsProofs
from guantong.testing.memory.surveying import Surveys
from guantong.testing.memory.tables import Tables, newest
from guantong.testing.memory.watching import ReadsWatches

LOOKED = 1000
_D = DeliveryState
TO_DO = frozenset({_D.WAITING, _D.RETRYING, _D.UNKNOWN})
TOOK_TIME = frozenset({_D.CONFIRMED, _D.SENT, _D.RETURNED})
OLDEST_TOLD = BLOCKING | {_D.SENT}


class MemoryReader(NoWorkers, ReadsWatches, ReadsProofs, Surveys, Books):
    """`guantong.store.Reader`; *committed* gives the tables that nobody alters any more."""

    def __init__(self, committed: Callable[[], Tables]) -> None:
        self._committed = committed
        self._moment: Tables | None = None

    @property
    def _tables(self) -> Tables:  # type: ignore[override]  # what is committed changes between two questions
        return self._moment or self._committed()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self._moment = self._committed()
        try:
            yield
        finally:
            self._moment = None

    def close(self) -> None:
        """Nothing is open."""

    def due(self, target: str, limit: int) -> list[DeliveryRow]:
        rows = self._deliveries(lambda row: row.target == target and row.state in TO_DO and row.due < NEVER)
        return sorted(rows, key=lambda row: (row.due, row.id))[:limit]

    def awaiting(self, target: str, since: int, limit: int, after: int = 0) -> list[DeliveryRow]:
        return self._deliveries(lambda row: row.target == target and row.state is _D.WAITING and row.due >= since and row.id > after)[:limit]

    def in_state(self, state: DeliveryState, target: str | None = None, limit: int = 1000, after: int = 0) -> list[DeliveryRow]:
        return self._deliveries(lambda row: row.state is state and target in (None, row.target) and row.id > after)[:limit]

    def shadowed(self, target: str, limit: int = 1000, after: int = 0) -> list[DeliveryRow]:
        return self.in_state(_D.SHADOWED, target, limit, after)

    def waiting_to_join(self, target: str | None = None, limit: int = 1000) -> list[DeliveryRow]:
        return self._deliveries(lambda row: row.state is _D.JOINED and row.code != "" and target in (None, row.target))[:limit]

    def messages_in(self, state: MessageState, system: str | None = None, limit: int = 1000,
                    code: str | None = None, after: int = 0) -> list[MessageRow]:
        rows = [copy(row) for row in self._tables.messages.values()
                if row.state is state and system in (None, row.system) and code in (None, row.code) and row.id > after]
        return rows[:limit]

    def recent_messages(self, before: int, since: int, system: str | None, limit: int) -> list[MessageRow]:
        rows = [copy(row) for row in reversed(self._tables.messages.values())
                if row.id < before and row.at >= since and system in (None, row.system)]
        return rows[:limit]

    def recent_deliveries(self, before: int, since: int, target: str | None, limit: int) -> list[DeliveryRow]:
        return self._deliveries(lambda row: row.id < before and row.accepted_at >= since and target in (None, row.target))[::-1][:limit]

    def events_of_subject(self, subject: int, newest: int | None = None) -> list[EventRow]:
        rows = [copy(row) for row in self._tables.events.values() if row.subject == subject]
        return rows if newest is None else rows[max(0, len(rows) - newest):]

    def serials_of(self, subject: int) -> list[Serial]:
        found = [serial for serial, known in self._tables.serials.items() if known == subject]
        return sorted(found, key=lambda serial: (serial.kind, serial.scope, serial.number))

    def subjects_by_number(self, number: str) -> list[int]:
        return sorted({subject for serial, subject in self._tables.serials.items() if serial.number == number})

    def found_by(self, mark: bytes, since: int, until: int, limit: int, after: int = 0) -> list[FoundCase]:
        found = [one for (known, _), one in self._tables.lookups.items() if known == mark and one.subject > after]
        return sorted(one for one in found if one.last_at >= since and one.first_at < until)[:limit]

    def newest_line(self) -> int:
        return newest(self._tables.journal)

    def journal_of(self, subject: int) -> list[EntryRow]:
        entries: dict[int, EntryRow] = {}
        subjects = [subject]
        for one in subjects:  # grows on the way: a merge joins two cases
            entries |= {number: copy(line) for number, line in self._tables.journal.items() if line.subject == one > 0}
            younger = {line.detail.get("younger", 0) for line in entries.values() if line.what == "merged"}
            subjects += sorted(younger - {0, *subjects})
        return [entries[number] for number in sorted(entries)]

    def journal_of_message(self, message: int) -> list[EntryRow]:
        return [copy(line) for line in self._tables.journal.values() if line.message == message > 0 and line.subject == 0]

    def open_cases(self, system: str, asked: CasesAsked, since: int) -> SomeCases:
        looked = [subject for subject in self._tables.subjects if subject > asked.after][:LOOKED]
        cases = [OpenCase(subject, serial.number) for subject in looked if self._is_open(subject, system, asked, since)
                 for serial in self.serials_of(subject) if serial.kind == asked.serial and serial.scope in ("", system)]
        return SomeCases(cases, looked[-1] if len(looked) == LOOKED else None)

    def _is_open(self, subject: int, system: str, asked: CasesAsked, since: int) -> bool:
        events = [row for row in self._tables.events.values() if row.subject == subject]
        if self._tables.subjects[subject] != "case" or any(row.name in asked.closed_by and not row.held_back for row in events):
            return False
        for event in events:
            message = self._tables.messages.get(event.message)
            if message is not None and message.at >= since and (message.system == system or any(
                    row.target == system and row.state in (_D.SENT, _D.CONFIRMED) for row in self._sent_of(event.id))):
                return True
        return False

    def cursor(self, system: str) -> str:
        return self._tables.cursors.get(system, "")

    def matters_told(self, limit: int) -> list[EventRow]:
        return [copy(self._tables.events[event]) for event in sorted(self._tables.matters)[:limit] if event in self._tables.events]

    def referred(self, blobs: Sequence[str]) -> set[str]:
        return {blob for blob, _ in self._tables.blobs}.intersection(blobs)

    def sites_seen(self) -> list[SiteSeen]:
        return [*self._tables.sites.values()]

    def site_work(self, since: int = 0) -> list[SiteWork]:
        counted = Counter((site, way) for (site, _), (way, _, last) in self._tables.handled.items() if last >= since)
        return [SiteWork(site, way, cases) for (site, way), cases in counted.items()]

    def findings(self, which: FindingFilter, limit: int = 1000, after: int = 0) -> list[FindingRow]:
        rows = [copy(row) for row in self._tables.findings.values()
                if row.id > after and bool(row.settled_at) is which.settled and which.kind in ("", row.kind)
                and (which.ordinary or which.kind or not row.ordinary) and which.system in ("", row.system)
                and row.region.startswith(which.region) and row.at >= which.since]
        return rows[:limit]

    def finding_counts(self) -> list[tuple[str, str, bool, int]]:
        counted = Counter((row.kind, row.system, row.ordinary) for row in self._tables.findings.values() if not row.settled_at)
        return [(*key, count) for key, count in counted.items()]

    def backfill(self, run: int) -> BackfillRow | None:
        return self._tables.backfills.get(run)

    def backfills_running(self) -> list[BackfillRow]:
        return [row for row in self._tables.backfills.values() if row.state == "running"]

    def backfills_of(self, system: str, limit: int) -> list[BackfillRow]:
        return [row for _, row in sorted(self._tables.backfills.items(), reverse=True) if row.order.system == system][:limit]

    def backfill_messages(self, run: int) -> list[tuple[MessageState, int]]:
        return [*Counter(row.state for row in self._tables.messages.values() if row.backfill == run > 0).items()]

    def backfill_deliveries(self, run: int) -> list[tuple[str, DeliveryState, int]]:
        events = {row.id for row in self._tables.events.values() if run > 0 and self._tables.messages[row.message].backfill == run}
        counted = Counter((row.target, row.state) for row in self._tables.deliveries.values() if row.event in events)
        return [(*key, count) for key, count in counted.items()]

    def unfinished(self, most: int) -> int:
        return min(most, sum(row.state in BLOCKING for row in self._tables.deliveries.values()))

    def counts(self) -> list[tuple[str, DeliveryState, int, int]]:
        times: dict[tuple[str, DeliveryState], list[int]] = defaultdict(list)
        for row in self._tables.deliveries.values():
            times[row.target, row.state].append(row.accepted_at)
        return [(target, state, len(at), min(at) if state in OLDEST_TOLD else 0) for (target, state), at in times.items()]

    def message_counts(self) -> list[tuple[str, MessageState, int]]:
        counted = Counter((row.system, row.state) for row in self._tables.messages.values())
        return [(*key, count) for key, count in counted.items()]

    def statistics(self) -> Mapping[str, Mapping[str, float]]:
        found: dict[str, dict[str, float]] = defaultdict(dict)
        delays: dict[str, list[int]] = defaultdict(list)
        for row in self._tables.deliveries.values():
            if row.attempts > 1:
                found[row.target]["retried"] = found[row.target].get("retried", 0) + row.attempts - 1
            if row.state in TOOK_TIME:
                delays[row.target].append(self._tables.moved[row.id] - row.accepted_at)
        for line in self._tables.journal.values():
            if line.what == "settled":
                found[line.system]["settled"] = found[line.system].get("settled", 0) + 1
        for system, values in delays.items():
            values.sort()
            found[system] |= {"p50_ms": values[len(values) // 2], "p99_ms": values[min(len(values) - 1, int(len(values) * 0.99))]}
        return found

    def holds(self) -> list[Hold]:
        return [self._tables.holds[name] for name in sorted(self._tables.holds)]

    def steps(self, after: int, limit: int) -> list[Step]:
        return [Step(line.id, line.at, line.subject, self._tables.subjects.get(line.subject, ""), self._leads_to(line))
                for line in self._tables.journal.values() if line.id > after][:limit]

    def _leads_to(self, line: EntryRow) -> int:
        delivery = self._tables.deliveries.get(line.delivery)
        event = None if delivery is None else self._tables.events.get(delivery.event)
        return line.message or (0 if event is None else event.message)

    def frozen_cases(self) -> list[Frozen]:
        return [self._tables.frozen[subject] for subject in sorted(self._tables.frozen)]

    def _deliveries(self, are: Callable[[DeliveryRow], bool]) -> list[DeliveryRow]:
        return [copy(row) for row in self._tables.deliveries.values() if are(row)]
