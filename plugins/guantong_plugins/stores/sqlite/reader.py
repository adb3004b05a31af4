"""The reading side of the embedded store: committed state over a connection of its own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

from guantong.backfillstore import BackfillRow
from guantong.clock import NEVER
from guantong.holdstore import Hold
from guantong.journey.states import DeliveryState, MessageState
from guantong.opencases import CasesAsked, OpenCase, SomeCases
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
from guantong_plugins.stores.sqlite.rows import (
    backfill_row,
    delivery_row,
    entry_row,
    event_row,
    finding_row,
    message_row,
    warning_row,
    watch_row,
)
from guantong_plugins.stores.sqlite.statements import SQL

LOOKED = 1000
"""How many subjects one question about open cases looks at."""


class SqliteReader:
    """`guantong.store.Reader`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._execute = connection.execute

    def delivery(self, delivery: int) -> DeliveryRow | None:
        row = self._execute(SQL["delivery"], (delivery,)).fetchone()
        return None if row is None else delivery_row(row)

    def event(self, event: int) -> EventRow | None:
        row = self._execute(SQL["event"], (event,)).fetchone()
        return None if row is None else event_row(row)

    def message(self, message: int) -> MessageRow | None:
        row = self._execute(SQL["message"], (message,)).fetchone()
        return None if row is None else message_row(row)

    def due(self, target: str, limit: int) -> list[DeliveryRow]:
        return [delivery_row(row) for row in self._execute(SQL["due"], (target, NEVER, limit)).fetchall()]

    def awaiting(self, target: str, limit: int, after: int = 0) -> list[DeliveryRow]:
        values = {"target": target, "never": NEVER, "limit": limit, "after": after}
        return [delivery_row(row) for row in self._execute(SQL["awaiting"], values).fetchall()]

    def in_state(self, state: DeliveryState, target: str | None = None, limit: int = 1000,
                 after: int = 0) -> list[DeliveryRow]:
        values = {"state": state, "target": target, "limit": limit, "after": after}
        return [delivery_row(row) for row in self._execute(SQL["in_state"], values).fetchall()]

    def shadowed(self, target: str, limit: int = 1000, after: int = 0) -> list[DeliveryRow]:
        values = {"target": target, "limit": limit, "after": after}
        return [delivery_row(row) for row in self._execute(SQL["shadowed"], values).fetchall()]

    def waiting_to_join(self, target: str | None = None, limit: int = 1000) -> list[DeliveryRow]:
        values = {"target": target, "limit": limit}
        return [delivery_row(row) for row in self._execute(SQL["waiting_to_join"], values).fetchall()]

    def messages_in(self, state: MessageState, system: str | None = None, limit: int = 1000,
                    code: str | None = None, after: int = 0) -> list[MessageRow]:
        values = {"state": state, "system": system, "limit": limit, "code": code, "after": after}
        return [message_row(row) for row in self._execute(SQL["messages_in"], values).fetchall()]

    def recent_messages(self, before: int, since: int, system: str | None, limit: int) -> list[MessageRow]:
        values = {"before": before, "since": since, "system": system, "limit": limit}
        return [message_row(row) for row in self._execute(SQL["recent_messages"], values).fetchall()]

    def recent_deliveries(self, before: int, since: int, target: str | None, limit: int) -> list[DeliveryRow]:
        values = {"before": before, "since": since, "target": target, "limit": limit}
        return [delivery_row(row) for row in self._execute(SQL["recent_deliveries"], values).fetchall()]

    def events_of_subject(self, subject: int, newest: int | None = None) -> list[EventRow]:
        if newest is None:
            return [event_row(row) for row in self._execute(SQL["events_of_subject"], (subject,)).fetchall()]
        rows = self._execute(SQL["newest_of_subject"], (subject, newest)).fetchall()
        return [event_row(row) for row in reversed(rows)]

    def events_of_message(self, message: int) -> list[EventRow]:
        return [event_row(row) for row in self._execute(SQL["events_of_message"], (message,)).fetchall()]

    def deliveries_of_subject(self, subject: int) -> list[DeliveryRow]:
        rows = self._execute(SQL["deliveries_of_subject"], (subject,)).fetchall()
        return [delivery_row(row) for row in rows]

    def serials_of(self, subject: int) -> list[Serial]:
        return [Serial(*row) for row in self._execute(SQL["serials_of"], (subject,)).fetchall()]

    def parties(self, subject: int) -> list[str]:
        return [system for (system,) in self._execute(SQL["parties"], {"subject": subject}).fetchall()]

    def subjects_by_number(self, number: str) -> list[int]:
        return [row[0] for row in self._execute(SQL["subjects_by_number"], (number,)).fetchall()]

    def journal_of(self, subject: int) -> list[EntryRow]:
        row = self._execute(SQL["head"], (subject,)).fetchone()
        ident = row[0] if row else 0
        entries: dict[int, EntryRow] = {}
        # A merge joins two chains: the line that records it names the other chain's head.
        heads = [ident]
        while heads:
            ident = heads.pop()
            while ident and ident not in entries:
                found = self._execute(SQL["journal_entry"], (ident,)).fetchone()
                if found is None:
                    break
                entry = entries[ident] = entry_row(found)
                heads.extend(entry.detail.get("joined", ()))
                ident = entry.previous
        return [entries[key] for key in sorted(entries)]

    def journal_of_message(self, message: int) -> list[EntryRow]:
        return [entry_row(row) for row in self._execute(SQL["journal_of_message"], (message,)).fetchall()]

    def open_cases(self, system: str, asked: CasesAsked, since: int) -> SomeCases:
        rows = self._execute(SQL["open_cases"], {
            "system": system, "serial": asked.serial, "since": since, "after": asked.after, "looked": LOOKED,
            "closed_by": json.dumps(list(asked.closed_by)),
        }).fetchall()
        cases = [OpenCase(subject, number) for subject, number in rows if number is not None]
        looked = len({subject for subject, _ in rows})
        return SomeCases(cases, rows[-1][0] if looked == LOOKED else None)

    def cursor(self, system: str) -> str:
        row = self._execute(SQL["cursor"], (system,)).fetchone()
        return str(row[0]) if row else ""

    def matters_told(self, limit: int) -> list[EventRow]:
        return [event_row(row) for row in self._execute(SQL["matters_told"], (limit,)).fetchall()]

    def referred(self, blobs: Sequence[str]) -> set[str]:
        return {blob for blob in blobs if self._execute(SQL["referred"], (blob,)).fetchone() is not None}

    def finding(self, finding: int) -> FindingRow | None:
        row = self._execute(SQL["finding"], (finding,)).fetchone()
        return None if row is None else finding_row(row)

    def findings(self, which: FindingFilter, limit: int = 1000, after: int = 0) -> list[FindingRow]:
        ordinary = which.ordinary or bool(which.kind)
        values = {"kind": which.kind, "system": which.system, "region": which.region, "since": which.since,
                  "settled": int(which.settled), "ordinary": int(ordinary), "limit": limit, "after": after}
        name = "findings" if which.settled or ordinary else "findings_to_look_at"
        return [finding_row(row) for row in self._execute(SQL[name], values).fetchall()]

    def finding_counts(self) -> list[tuple[str, str, bool, int]]:
        rows = self._execute(SQL["finding_counts"]).fetchall()
        return [(kind, system, bool(ordinary), count) for kind, system, ordinary, count in rows]

    def new_events(self, after: int, limit: int) -> list[NewsRow]:
        return [NewsRow(*row) for row in self._execute(SQL["new_events"], (after, limit)).fetchall()]

    def heard_of(self, subject: int) -> list[tuple[EventRow, int, str, bool]]:
        return [(event_row(row[:11]), row[11], row[12], row[13] > 0) for row in self._execute(SQL["heard_of"], (subject,)).fetchall()]

    def to_look_at(self, now: int, limit: int) -> list[int]:
        return [row[0] for row in self._execute(SQL["to_look_at"], (now, limit)).fetchall()]

    def watch(self, subject: int) -> WatchRow | None:
        row = self._execute(SQL["watch"], (subject,)).fetchone()
        return None if row is None else watch_row(row)

    def watched(self, which: WatchFilter, limit: int = 1000) -> list[WatchRow]:
        name = "watched_all" if which.closed else "watched"
        return [watch_row(row) for row in self._execute(SQL[name], _asked(which, limit)).fetchall()]

    def warnings(self, which: WatchFilter, limit: int = 1000) -> list[WarningEntry]:
        name = "warnings_all" if which.closed else "warnings"
        rows = self._execute(SQL[name], _asked(which, limit)).fetchall()
        return [WarningEntry(warning_row(row[:13]), watch_row(row[13:])) for row in rows]

    def warnings_of(self, subject: int) -> list[WarningRow]:
        return [warning_row(row) for row in self._execute(SQL["warnings_of"], (subject,)).fetchall()]

    def warnings_numbered(self, no: str) -> list[WarningRow]:
        return [warning_row(row) for row in self._execute(SQL["warnings_numbered"], (no,)).fetchall()]

    def sites_seen(self) -> list[SiteSeen]:
        return [SiteSeen(*row) for row in self._execute(SQL["sites_seen"]).fetchall()]

    def site_work(self, since: int = 0) -> list[SiteWork]:
        return [SiteWork(*row) for row in self._execute(SQL["site_work"], (since,)).fetchall()]

    def backfill(self, run: int) -> BackfillRow | None:
        row = self._execute(SQL["backfill"], (run,)).fetchone()
        return None if row is None else backfill_row(row)

    def backfills_running(self) -> list[BackfillRow]:
        return [backfill_row(row) for row in self._execute(SQL["backfills_running"]).fetchall()]

    def backfill_messages(self, run: int) -> list[tuple[MessageState, int]]:
        return [(MessageState(state), count) for state, count in self._execute(SQL["backfill_messages"], (run,)).fetchall()]

    def backfill_deliveries(self, run: int) -> list[tuple[str, DeliveryState, int]]:
        rows = self._execute(SQL["backfill_deliveries"], (run,)).fetchall()
        return [(target, DeliveryState(state), count) for target, state, count in rows]

    def unfinished(self, most: int) -> int:
        return int(self._execute(SQL["unfinished"], (most,)).fetchone()[0])

    def counts(self) -> list[tuple[str, DeliveryState, int, int]]:
        rows = self._execute(SQL["counts"]).fetchall()
        return [(target, DeliveryState(state), count, oldest) for target, state, count, oldest in rows]

    def message_counts(self) -> list[tuple[str, MessageState, int]]:
        rows = self._execute(SQL["message_counts"]).fetchall()
        return [(system, MessageState(state), count) for system, state, count in rows]

    def statistics(self) -> Mapping[str, Mapping[str, float]]:
        found: dict[str, dict[str, float]] = {}
        for name in ("retried", "settled"):
            for system, count in self._execute(SQL[name]).fetchall():
                found.setdefault(system, {})[name] = count
        delays: dict[str, list[int]] = {}
        for system, milliseconds in self._execute(SQL["delays"]).fetchall():
            delays.setdefault(system, []).append(milliseconds)
        for system, values in delays.items():
            values.sort()
            figures = found.setdefault(system, {})
            figures["p50_ms"] = values[len(values) // 2]
            figures["p99_ms"] = values[min(len(values) - 1, int(len(values) * 0.99))]
        return found

    def holds(self) -> list[Hold]:
        return [Hold(name, at, actor, reason, bool(inbound))
                for name, at, actor, reason, inbound in self._execute(SQL["holds"]).fetchall()]

    def close(self) -> None:
        self._connection.close()


def _asked(which: WatchFilter, limit: int) -> dict[str, str | int]:
    states = f" {' '.join(which.states)} " if which.states else ""
    return {"state": states, "region": which.region, "window": which.window, "level": which.level,
            "due_before": which.due_before, "limit": limit}
