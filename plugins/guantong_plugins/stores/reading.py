"""The reading side of a store that is asked in SQL: named statements, each product's own, and the same rows.

A statement's values stand in the order of its `?` or by name; its columns in the order of `rows.py`.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from guantong.backfillstore import BackfillRow
from guantong.clock import NEVER
from guantong.holdstore import Hold
from guantong.journey.states import DeliveryState, MessageState
from guantong.lookupstore import FoundCase
from guantong.opencases import CasesAsked, OpenCase, SomeCases
from guantong.retentionstore import Frozen, Step
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
from guantong.supervision.kept import NewsRow, WarningEntry, WarningRow, WatchFilter, WatchRow
from guantong_plugins.stores.booking import SqlBooks
from guantong_plugins.stores.holding import SqlHeld
from guantong_plugins.stores.proving import SqlProof
from guantong_plugins.stores.rows import (
    backfill_row,
    delivery_row,
    entry_row,
    event_row,
    finding_row,
    message_row,
    warning_row,
    watch_row,
)
from guantong_plugins.stores.surveying import SqlSurvey

LOOKED = 1000
"""How many subjects one question about open cases looks at."""


Values = Sequence[Any] | Mapping[str, Any]


class SqlReader(SqlSurvey, SqlHeld, SqlProof, SqlBooks):
    """`guantong.store.Reader` over named statements."""

    @abstractmethod
    def _all(self, name: str, values: Values = ()) -> list[Any]:
        """The rows of the statement *name*."""

    @abstractmethod
    def _one(self, name: str, values: Values = ()) -> Any:
        """Its first row; None where there is none."""

    @abstractmethod
    def close(self) -> None: ...

    def delivery(self, delivery: int) -> DeliveryRow | None:
        row = self._one("delivery", (delivery,))
        return None if row is None else delivery_row(row)

    def event(self, event: int) -> EventRow | None:
        row = self._one("event", (event,))
        return None if row is None else event_row(row)

    def message(self, message: int) -> MessageRow | None:
        row = self._one("message", (message,))
        return None if row is None else message_row(row)

    def due(self, target: str, limit: int) -> list[DeliveryRow]:
        return [delivery_row(row) for row in self._all("due", (target, NEVER, limit))]

    def awaiting(self, target: str, since: int, limit: int, after: int = 0) -> list[DeliveryRow]:
        values = {"target": target, "since": since, "limit": limit, "after": after}
        return [delivery_row(row) for row in self._all("awaiting", values)]

    def in_state(self, state: DeliveryState, target: str | None = None, limit: int = 1000,
                 after: int = 0) -> list[DeliveryRow]:
        values = {"state": state, "target": target, "limit": limit, "after": after}
        return [delivery_row(row) for row in self._all("in_state", values)]

    def shadowed(self, target: str, limit: int = 1000, after: int = 0) -> list[DeliveryRow]:
        values = {"target": target, "limit": limit, "after": after}
        return [delivery_row(row) for row in self._all("shadowed", values)]

    def waiting_to_join(self, target: str | None = None, limit: int = 1000) -> list[DeliveryRow]:
        values = {"target": target, "limit": limit}
        return [delivery_row(row) for row in self._all("waiting_to_join", values)]

    def messages_in(self, state: MessageState, system: str | None = None, limit: int = 1000,
                    code: str | None = None, after: int = 0) -> list[MessageRow]:
        values = {"state": state, "system": system, "limit": limit, "code": code, "after": after}
        return [message_row(row) for row in self._all("messages_in", values)]

    def recent_messages(self, before: int, since: int, system: str | None, limit: int) -> list[MessageRow]:
        values = {"before": before, "since": since, "system": system, "limit": limit}
        return [message_row(row) for row in self._all("recent_messages", values)]

    def recent_deliveries(self, before: int, since: int, target: str | None, limit: int) -> list[DeliveryRow]:
        values = {"before": before, "since": since, "target": target, "limit": limit}
        return [delivery_row(row) for row in self._all("recent_deliveries", values)]

    def events_of_subject(self, subject: int, newest: int | None = None) -> list[EventRow]:
        if newest is None:
            return [event_row(row) for row in self._all("events_of_subject", (subject,))]
        rows = self._all("newest_of_subject", (subject, newest))
        return [event_row(row) for row in reversed(rows)]

    def events_of_message(self, message: int) -> list[EventRow]:
        return [event_row(row) for row in self._all("events_of_message", (message,))]

    def deliveries_of_subject(self, subject: int) -> list[DeliveryRow]:
        rows = self._all("deliveries_of_subject", (subject,))
        return [delivery_row(row) for row in rows]

    def serials_of(self, subject: int) -> list[Serial]:
        return [Serial(*row) for row in self._all("serials_of", (subject,))]

    def parties(self, subject: int) -> list[str]:
        return [system for (system,) in self._all("parties", {"subject": subject})]

    def subjects_by_number(self, number: str) -> list[int]:
        return [row[0] for row in self._all("subjects_by_number", (number,))]

    def found_by(self, mark: bytes, since: int, until: int, limit: int, after: int = 0) -> list[FoundCase]:
        values = {"mark": mark, "since": since, "until": until, "limit": limit, "after": after}
        return [FoundCase(*row) for row in self._all("found_by", values)]

    def newest_line(self) -> int:
        row = self._one("newest_line", ())
        return int(row[0] or 0) if row else 0

    def journal_of(self, subject: int) -> list[EntryRow]:
        entries: dict[int, EntryRow] = {}
        subjects = [subject]
        for one in subjects:  # grows on the way: a merge joins two cases
            for row in self._all("journal_of", (one,)):
                entry = entries[row[0]] = entry_row(row)
                younger = entry.detail.get("younger") if entry.what == "merged" else None
                if isinstance(younger, int) and younger not in subjects:
                    subjects.append(younger)
        return [entries[key] for key in sorted(entries)]

    def journal_of_message(self, message: int) -> list[EntryRow]:
        return [entry_row(row) for row in self._all("journal_of_message", (message,))]

    def open_cases(self, system: str, asked: CasesAsked, since: int) -> SomeCases:
        rows = self._all("open_cases", {
            "system": system, "serial": asked.serial, "since": since, "after": asked.after, "looked": LOOKED,
            "closed_by": json.dumps(list(asked.closed_by)),
        })
        cases = [OpenCase(subject, number) for subject, number in rows if number is not None]
        looked = len({subject for subject, _ in rows})
        return SomeCases(cases, rows[-1][0] if looked == LOOKED else None)

    def cursor(self, system: str) -> str:
        row = self._one("cursor", (system,))
        return str(row[0]) if row else ""

    def matters_told(self, limit: int) -> list[EventRow]:
        return [event_row(row) for row in self._all("matters_told", (limit,))]

    def referred(self, blobs: Sequence[str]) -> set[str]:
        return {blob for blob in blobs if self._one("referred", (blob,)) is not None}

    def finding(self, finding: int) -> FindingRow | None:
        row = self._one("finding", (finding,))
        return None if row is None else finding_row(row)

    def findings(self, which: FindingFilter, limit: int = 1000, after: int = 0) -> list[FindingRow]:
        ordinary = which.ordinary or bool(which.kind)
        values = {"kind": which.kind, "system": which.system, "region": which.region, "since": which.since,
                  "settled": int(which.settled), "ordinary": int(ordinary), "limit": limit, "after": after}
        name = "findings" if which.settled or ordinary else "findings_to_look_at"
        return [finding_row(row) for row in self._all(name, values)]

    def finding_counts(self) -> list[tuple[str, str, bool, int]]:
        rows = self._all("finding_counts")
        return [(kind, system, bool(ordinary), count) for kind, system, ordinary, count in rows]

    def new_events(self, after: int, limit: int) -> list[NewsRow]:
        return [NewsRow(*row) for row in self._all("new_events", (after, limit))]

    def heard_of(self, subject: int) -> list[tuple[EventRow, int, str, bool]]:
        return [(event_row(row[:11]), row[11], row[12], row[13] > 0) for row in self._all("heard_of", (subject,))]

    def to_look_at(self, now: int, limit: int) -> list[int]:
        return [row[0] for row in self._all("to_look_at", (now, limit))]

    def watch(self, subject: int) -> WatchRow | None:
        row = self._one("watch", (subject,))
        return None if row is None else watch_row(row)

    def watched(self, which: WatchFilter, limit: int = 1000) -> list[WatchRow]:
        name = "watched_all" if which.closed else "watched"
        return [watch_row(row) for row in self._all(name, _asked(which, limit))]

    def warnings(self, which: WatchFilter, limit: int = 1000) -> list[WarningEntry]:
        name = "warnings_all" if which.closed else "warnings"
        rows = self._all(name, _asked(which, limit))
        return [WarningEntry(warning_row(row[:13]), watch_row(row[13:])) for row in rows]

    def warnings_of(self, subject: int) -> list[WarningRow]:
        return [warning_row(row) for row in self._all("warnings_of", (subject,))]

    def warnings_numbered(self, no: str) -> list[WarningRow]:
        return [warning_row(row) for row in self._all("warnings_numbered", (no,))]

    def sites_seen(self) -> list[SiteSeen]:
        return [SiteSeen(*row) for row in self._all("sites_seen")]

    def site_work(self, since: int = 0) -> list[SiteWork]:
        return [SiteWork(*row) for row in self._all("site_work", (since,))]

    def backfill(self, run: int) -> BackfillRow | None:
        row = self._one("backfill", (run,))
        return None if row is None else backfill_row(row)

    def backfills_running(self) -> list[BackfillRow]:
        return [backfill_row(row) for row in self._all("backfills_running")]

    def backfills_of(self, system: str, limit: int) -> list[BackfillRow]:
        return [backfill_row(row) for row in self._all("backfills_of", (system, limit))]

    def backfill_messages(self, run: int) -> list[tuple[MessageState, int]]:
        return [(MessageState(state), count) for state, count in self._all("backfill_messages", (run,))]

    def backfill_deliveries(self, run: int) -> list[tuple[str, DeliveryState, int]]:
        rows = self._all("backfill_deliveries", (run,))
        return [(target, DeliveryState(state), count) for target, state, count in rows]

    def unfinished(self, most: int) -> int:
        return int(self._one("unfinished", (most,))[0])

    def counts(self) -> list[tuple[str, DeliveryState, int, int]]:
        rows = self._all("counts")
        return [(target, DeliveryState(state), count, oldest) for target, state, count, oldest in rows]

    def message_counts(self) -> list[tuple[str, MessageState, int]]:
        rows = self._all("message_counts")
        return [(system, MessageState(state), count) for system, state, count in rows]

    def statistics(self) -> Mapping[str, Mapping[str, float]]:
        found: dict[str, dict[str, float]] = {}
        for name in ("retried", "settled"):
            for system, count in self._all(name):
                found.setdefault(system, {})[name] = count
        delays: dict[str, list[int]] = {}
        for system, milliseconds in self._all("delays"):
            delays.setdefault(system, []).append(milliseconds)
        for system, values in delays.items():
            values.sort()
            figures = found.setdefault(system, {})
            figures["p50_ms"] = values[len(values) // 2]
            figures["p99_ms"] = values[min(len(values) - 1, int(len(values) * 0.99))]
        return found

    def holds(self) -> list[Hold]:
        return [Hold(name, at, actor, reason, bool(inbound)) for name, at, actor, reason, inbound in self._all("holds")]

    def steps(self, after: int, limit: int) -> list[Step]:
        return [Step(*row) for row in self._all("steps", (after, limit))]

    def frozen_cases(self) -> list[Frozen]:
        return [Frozen(*row) for row in self._all("frozen_cases")]


def _asked(which: WatchFilter, limit: int) -> dict[str, str | int]:
    states = f" {' '.join(which.states)} " if which.states else ""
    return {"state": states, "region": which.region, "window": which.window, "level": which.level,
            "due_before": which.due_before, "limit": limit}
