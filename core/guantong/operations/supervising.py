"""What operators and auditors ask of supervision: limits, warnings, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from guantong.config import Configuration
from guantong.config.supervision import SupervisionFile
from guantong.operations.tracing import find_subjects
from guantong.store import Reader
from guantong.supervision.clocks import CaseClock
from guantong.supervision.compare import Warned
from guantong.supervision.deadline import Clock
from guantong.supervision.facts import CaseFacts
from guantong.supervision.irregular import Irregularity
from guantong.supervision.judge import judge
from guantong.supervision.kept import WarningEntry, WarningRow, WatchFilter, WatchRow
from guantong.supervision.reading import read_case
from guantong.vault import Vault


@dataclass(frozen=True, slots=True)
class CaseDeadlines:
    """One case, judged at the instant `now`. `read` are `clocks` as they stand, one for one."""

    subject: int
    numbers: tuple[str, ...]
    now: int
    facts: CaseFacts
    clocks: tuple[CaseClock, ...]
    read: tuple[Clock, ...]
    warned: tuple[Warned, ...]
    irregular: tuple[Irregularity, ...]

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`; times are UTC milliseconds."""
        return {
            "case": f"C{self.subject}", "numbers": list(self.numbers), "item": self.facts.item, "region": self.facts.region,
            "clocks": [_clock(clock, read) for clock, read in zip(self.clocks, self.read, strict=True)],
            "warnings": [_warned(one) for one in self.warned],
            "findings": [{"kind": one.kind.name, "identity": one.identity, **one.detail} for one in self.irregular],
        }


def case_deadlines(reader: Reader, vault: Vault, configuration: Configuration, rules: SupervisionFile, subject: int,
                   now: int) -> CaseDeadlines:
    """The case judged from its events, whatever the watch has kept of it."""
    facts = read_case(reader, vault, configuration, subject).facts
    found = judge(facts, rules, configuration.calendar, now)
    numbers = tuple(dict.fromkeys(serial.number for serial in reader.serials_of(subject)))
    return CaseDeadlines(subject, numbers, now, facts, found.clocks, found.read, found.warned, found.irregular)


def open_deadlines(reader: Reader, which: WatchFilter, limit: int) -> list[dict[str, Any]]:
    """Watched cases with their numbers, soonest due first."""
    return [_watch(reader, row) for row in reader.watched(which, limit)]


def warning_entries(reader: Reader, which: WatchFilter, now: int, limit: int) -> list[dict[str, Any]]:
    """Warnings with their cases, those first whose reply is due soonest."""
    return [warning_entry(reader, one, now) for one in reader.warnings(which, limit)]


def warnings_named(reader: Reader, key: str, now: int) -> list[dict[str, Any]]:
    """The warnings of the number *key*, or of the case it names."""
    cases = find_subjects(reader, key)
    rows = [(subject, one) for subject in cases for one in reader.warnings_of(subject)] or [
        (one.subject, one) for one in reader.warnings_numbered(key)]
    watches = [(reader.watch(subject), one) for subject, one in rows]
    return [warning_entry(reader, WarningEntry(one, watch), now) for watch, one in watches if watch is not None]


def warning_entry(reader: Reader, entry: WarningEntry, now: int) -> dict[str, Any]:
    """One warning; `sent_to`: the systems it was carried to; `reply_overdue`: its reply limit passed without an answer."""
    one = entry.warning
    sent = [{"system": row.target, "state": row.state.value} for row in reader.deliveries_of_subject(one.subject)
            if one.event and row.event == one.event]
    return {**_warning(one), "sent_to": sent, "reply_overdue": bool(one.reply_by and now > one.reply_by and not one.replied_at and not one.withdrawn_at),
            **_watch(reader, entry.watch)}


def _watch(reader: Reader, row: WatchRow) -> dict[str, Any]:
    return {
        "case": f"C{row.subject}", "serials": [{"kind": one.kind, "number": one.number, "scope": one.scope} for one in reader.serials_of(row.subject)],
        "state": row.state, "clock": row.kind, "due": row.due or None, "region": row.region, "item": row.item,
        "item_name": row.item_name, "org": row.org, "window": row.window, "window_name": row.window_name,
    }


def _warning(one: WarningRow) -> dict[str, Any]:
    times = {name: getattr(one, name) or None for name in ("expected_at", "raised_at", "reply_by", "replied_at", "withdrawn_at")}
    return {"no": one.no, "level": one.level, "verdict": one.verdict, "open": one.open, "warned_for": one.clock, **times,
            "event": f"E{one.event}" if one.event else ""}


def _clock(clock: CaseClock, read: Clock) -> Mapping[str, Any]:
    return {
        "kind": clock.kind, "step": clock.step, "limit": read.limit.number, "unit": read.limit.unit.value, "start": read.start,
        "due": read.due, "state": read.state.value, "counted_in": read.unit.value, "total": read.total, "spent": read.spent,
        "left": read.left, "over": read.over, "unknown_years": list(read.unknown_years),
        "stretches": [{"start": part.start, "end": part.end, "runs": part.runs, "counted": part.counted, "why": part.why}
                      for part in read.stretches],
    }


def _warned(one: Warned) -> Mapping[str, Any]:
    alert, expected = one.alert, one.expected
    return {
        "level": one.level, "verdict": one.verdict.value, "no": alert.no if alert else "",
        "raised_at": alert.raised.at if alert else None, "reply_by": one.reply_by,
        "replied_at": alert.replied.at if alert and alert.replied else None,
        "withdrawn_at": alert.withdrawn.at if alert and alert.withdrawn else None,
        "expected_at": expected.at if expected else None, "warned_for": expected.clock if expected else "",
    }
