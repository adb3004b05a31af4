"""Supervision on the store in memory: what its transaction keeps of watched cases, and what its reader tells of them."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

from guantong.clock import NEVER
from guantong.store import EventRow
from guantong.supervision.kept import OPEN_STATES, NewsRow, WarningEntry, WarningRow, WatchFilter, WatchRow
from guantong.testing.memory.asking import Asks
from guantong.testing.memory.tables import forget

_UNJUDGED = WatchRow(0, 0, "", "", 0, "", "", "", "", "", "")


class KeepsWatches(Asks):
    """`guantong.supervision.kept.KeepsWatch`."""

    def keep_watch(self, watch: WatchRow, warnings: Sequence[WarningRow]) -> None:
        self.forget_watch(watch.subject)
        self._tables.watches[watch.subject] = replace(watch, noted=tuple((kind, identity) for kind, identity in watch.noted))
        self._tables.warnings.update({(one.subject, one.identity): one for one in warnings})

    def noted_of(self, subject: int) -> Sequence[tuple[str, str]]:
        return self._tables.watches.get(subject, _UNJUDGED).noted

    def forget_watch(self, subject: int) -> None:
        forget(self._tables.watches, subject)
        forget(self._tables.warnings, *[key for key in self._tables.warnings if key[0] == subject])

    def look_again(self, subject: int) -> None:
        known = self._tables.watches.get(subject, replace(_UNJUDGED, subject=subject))
        self._tables.watches[subject] = replace(known, look_at=0)

    def merge_watch(self, older: int, younger: int) -> None:
        noted = tuple(dict.fromkeys([*self.noted_of(older), *self.noted_of(younger)]))
        self.forget_watch(younger)
        self.look_again(older)
        self._tables.watches[older] = replace(self._tables.watches[older], noted=noted)

    def look_all_again(self) -> None:
        for subject in self._tables.watches:
            self.look_again(subject)


class ReadsWatches(Asks):
    """`guantong.supervision.kept.ReadsWatch`."""

    def new_events(self, after: int, limit: int) -> list[NewsRow]:
        return [NewsRow(row.id, row.subject, row.name) for row in self._tables.events.values() if row.id > after][:limit]

    def heard_of(self, subject: int) -> list[tuple[EventRow, int, str, bool]]:
        messages = self._tables.messages
        return [(copy(row), messages[row.message].at, messages[row.message].system, messages[row.message].backfill > 0)
                for row in self._tables.events.values()
                if row.subject == subject and not row.held_back and row.message in messages]

    def to_look_at(self, now: int, limit: int) -> list[int]:
        due = [row for row in self._tables.watches.values() if row.look_at <= min(now, NEVER - 1)]
        return [row.subject for row in sorted(due, key=lambda row: (row.look_at, row.subject))[:limit]]

    def watch(self, subject: int) -> WatchRow | None:
        return self._tables.watches.get(subject)

    def watched(self, which: WatchFilter, limit: int = 1000) -> list[WatchRow]:
        rows = [row for row in self._tables.watches.values()
                if (which.closed or row.state in OPEN_STATES) and (not which.states or row.state in which.states)
                and _is_there(row, which) and _is_soon(row.due, which)]
        return sorted(rows, key=lambda row: (row.due == 0, row.due, row.subject))[:limit]

    def warnings(self, which: WatchFilter, limit: int = 1000) -> list[WarningEntry]:
        found = [WarningEntry(one, self._tables.watches[one.subject]) for one in self._tables.warnings.values()
                 if one.subject in self._tables.watches and (which.closed or one.open) and which.level in ("", one.level)
                 and _is_there(self._tables.watches[one.subject], which) and _is_soon(one.reply_by, which)]

        def by_reply(entry: WarningEntry) -> tuple[bool, int, int, str]:
            one = entry.warning
            return one.reply_by == 0, one.reply_by, one.subject, one.identity

        return sorted(found, key=by_reply)[:limit]

    def warnings_of(self, subject: int) -> list[WarningRow]:
        rows = [one for one in self._tables.warnings.values() if one.subject == subject]
        return sorted(rows, key=lambda one: (one.raised_at == 0, one.raised_at, one.identity))

    def warnings_numbered(self, no: str) -> list[WarningRow]:
        rows = [one for one in self._tables.warnings.values() if one.no == no != ""]
        return sorted(rows, key=lambda one: (one.subject, one.identity))


def _is_there(row: WatchRow, which: WatchFilter) -> bool:
    return row.region.startswith(which.region) and which.window in ("", row.window)


def _is_soon(at: int, which: WatchFilter) -> bool:
    return which.due_before == 0 or 0 < at < which.due_before
