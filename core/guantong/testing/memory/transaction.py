"""The writing side of the store in memory: small steps on tables that are one work's own."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import fields, replace
from typing import Any, TypeVar

import orjson

from guantong.backfillstore import BackfillOrder, BackfillRow, Progress
from guantong.holdstore import Hold
from guantong.journey.states import DeliveryState, MessageState
from guantong.kiosk.kept import Tried
from guantong.lookupstore import FoundCase
from guantong.reconcilestore import Reconciliation
from guantong.sharedstore import Alone
from guantong.store import (
    DeliveryRow,
    Entry,
    EntryRow,
    EventRow,
    FindingRow,
    Happening,
    Known,
    MessageRow,
    NewEvent,
    NewFinding,
    NewMessage,
    Serial,
    SiteSeen,
)
from guantong.testing.memory.asking import blocks
from guantong.testing.memory.dropping import Drops
from guantong.testing.memory.proving import KeepsProofs
from guantong.testing.memory.tables import Tables, forget, newest
from guantong.testing.memory.watching import KeepsWatches
from guantong.turnstore import Told

R = TypeVar("R")
_D = DeliveryState
WENT = frozenset({_D.SENDING, _D.UNKNOWN, _D.DEAD, _D.SENT, _D.CONFIRMED, _D.RETURNED})


class MemoryTransaction(Alone, KeepsWatches, KeepsProofs, Drops):
    """`guantong.store.Transaction` over *tables*, which nobody else has."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def find_subjects(self, serials: Sequence[Serial]) -> list[int]:
        known = self._tables.serials
        return sorted({known[serial] for serial in serials if serial in known})

    def add_subject(self, kind: str) -> int:
        number = newest(self._tables.subjects) + 1
        self._tables.subjects[number] = _text(kind)
        return number

    def link(self, serial: Serial, subject: int) -> bool:
        if serial in self._tables.serials:
            return False
        self._tables.serials[Serial(*map(_text, serial))] = subject
        return True

    def merge(self, older: int, younger: int) -> int:
        t = self._tables
        t.serials.update({serial: older for serial, subject in t.serials.items() if subject == younger})
        t.deliveries.update({row.id: replace(row, subject=older) for row in self.deliveries_of_subject(younger)})
        t.events.update({row.id: replace(row, subject=older) for row in t.events.values() if row.subject == younger})
        for (subject, key), known in [*t.identities.items()]:
            if subject == younger:
                del t.identities[subject, key]
                before = t.identities.get((older, key))
                if before is None or known.version > before.version:
                    t.identities[older, key] = known
        for row in [*t.findings.values()]:
            if row.subject == younger:
                if self.find_finding(older, row.kind, row.identity):
                    del t.findings[row.id]
                else:
                    t.findings[row.id] = replace(row, subject=older)
        for (site, subject), (way, first, last) in [*t.handled.items()]:
            if subject == younger:
                del t.handled[site, subject]
                self._handled(site, older, way, first, last)
        for (mark, subject), found in [*t.lookups.items()]:
            if subject == younger:
                del t.lookups[mark, subject]
                had = t.lookups.get((mark, older), found)
                t.lookups[mark, older] = FoundCase(older, min(had.first_at, found.first_at), max(had.last_at, found.last_at))
        return t.heads.get(younger, 0)

    def known(self, subject: int, key: bytes) -> Known | None:
        return self._tables.identities.get((subject, key))

    def remember(self, subject: int, key: bytes, known: Known) -> None:
        self._tables.identities[subject, key] = known

    def add_message(self, message: NewMessage) -> int:
        number = newest(self._tables.messages) + 1
        m = _checked(message)
        self._tables.messages[number] = MessageRow(number, m.system, m.at, m.kind, m.state, m.body, m.charset, m.ref, m.code, m.reason, m.backfill)
        return number

    def refer(self, message: int, blobs: Sequence[str]) -> None:
        self._tables.blobs.update(dict.fromkeys((blob, message) for blob in blobs))

    def set_message(self, message: int, state: MessageState, code: str, reason: str) -> None:
        self._alter(self._tables.messages, message, state=state, code=code, reason=_text(reason))

    def tell_matter(self, event: int) -> None:
        self._tables.matters[event] = None

    def matters_taken(self, events: Sequence[int]) -> None:
        forget(self._tables.matters, *events)

    def keep_with(self, message: int, body: bytes) -> None:
        self._alter(self._tables.messages, message, body=body)

    def add_event(self, event: NewEvent) -> int:
        number = newest(self._tables.events) + 1
        e = _checked(event)
        self._tables.events[number] = EventRow(
            number, e.message, e.subject, e.name, e.version, e.key, e.digest, e.plan, e.fired, e.body, e.held_back)
        self._tables.occurred[number] = e.occurred
        return number

    def release_event(self, event: int) -> None:
        self._alter(self._tables.events, event, held_back=False)

    def add_delivery(self, event: int, subject: int, target: str, name: str, state: DeliveryState,
                     at: int, passes: bool, *, low: bool = False) -> int:
        number = newest(self._tables.deliveries) + 1
        self._tables.deliveries[number] = DeliveryRow(
            number, event, subject, _text(target), _text(name), state, at, 0, at, passes=passes, low=low)
        self._tables.moved[number] = at
        return number

    def standing(self, delivery: int) -> tuple[DeliveryState, int] | None:
        row = self._tables.deliveries.get(delivery)
        return None if row is None else (row.state, row.subject)

    def deliveries_of(self, event: int) -> list[DeliveryRow]:
        return [copy(row) for row in self._sent_of(event)]

    def line_is_busy(self, subject: int, target: str) -> bool:
        return self.first_in_line(subject, target) is not None

    def first_in_line(self, subject: int, target: str) -> DeliveryRow | None:
        rows = (row for row in self._tables.deliveries.values() if (row.subject, row.target) == (subject, target) and blocks(row))
        return copy(next(rows, None))

    def lines_of(self, subject: int) -> list[DeliveryRow]:
        rows = [copy(row) for row in self._tables.deliveries.values() if row.subject == subject and blocks(row)]
        return sorted(rows, key=lambda row: (row.target, row.id))

    def move(self, delivery: int, state: DeliveryState, *, at: int, due: int, attempts: int, code: str = "",
             reason: str = "", body: bytes | None = None, kind: str = "", turn_over: bool = False) -> None:  # noqa: ARG002 -- nobody claims anything
        sent = {} if body is None else {"body": body, "kind": _text(kind)}
        self._alter(self._tables.deliveries, delivery, state=state, due=due, attempts=attempts, code=code, reason=_text(reason), **sent)
        self._tables.moved[delivery] = at

    def open_of_subject(self, subject: int, due_after: int) -> list[int]:
        return [row.id for row in self._tables.deliveries.values()
                if row.subject == subject and row.state in (_D.WAITING, _D.RETRYING) and row.due > due_after]

    def note(self, entry: Entry) -> int:
        number = newest(self._tables.journal) + 1
        e = _checked(entry)
        previous = self._tables.heads.get(e.subject, 0) if e.subject > 0 else 0
        self._tables.journal[number] = EntryRow(
            e.at, str(e.what), e.subject, e.message, e.delivery, e.system, e.actor, _plain(e.detail), number, previous)
        if e.subject > 0:
            self._tables.heads[e.subject] = number
        return number

    def handled_at(self, site: str, subject: int, way: str, at: int) -> None:
        self._handled(_text(site), subject, _text(way), at, at)
        seen = self._tables.sites.get(site)
        self._tables.sites[site] = SiteSeen(site, at, at) if seen is None else SiteSeen(site, min(seen.first_at, at), max(seen.last_at, at))

    def _handled(self, site: str, subject: int, way: str, first: int, last: int) -> None:
        before = self._tables.handled.get((site, subject), (way, first, last))
        self._tables.handled[site, subject] = before[0] or way, min(before[1], first), max(before[2], last)

    def find_by(self, marks: Sequence[bytes], subject: int, at: int) -> None:
        for mark in marks:
            before = self._tables.lookups.get((mark, subject), FoundCase(subject, at, at))
            self._tables.lookups[mark, subject] = before._replace(last_at=max(before.last_at, at))

    def forget_lookups(self, subject: int) -> None:
        forget(self._tables.lookups, *[key for key in self._tables.lookups if key[1] == subject])

    def set_cursor(self, system: str, cursor: str) -> None:
        self._tables.cursors[_text(system)] = _text(cursor)

    def told_of(self, subject: int, name: str, most: int) -> list[Told]:
        left, told = most, list[Told]()
        for event in reversed(self._tables.events.values()):
            if event.subject == subject and event.name == name and not event.held_back and left > 0:
                message = self._tables.messages[event.message]
                to = [row.target for row in self._sent_of(event.id) if row.state in WENT][-left:]
                left -= max(1, len(to))
                told.append(Told(event.id, message.at, message.system, event.key, tuple(to)))
        return told[::-1]

    def happened(self, subject: int, most: int | None = None) -> list[Happening]:
        found = [Happening(row.id, row.name, row.key, row.version, self._tables.occurred[row.id])
                 for row in self._tables.events.values() if row.subject == subject and not row.held_back]
        return found[:most]

    def add_finding(self, finding: NewFinding, reopen: str) -> int:
        f = _checked(finding)
        known = self.find_finding(f.subject, f.kind.name, f.identity)
        if known and (before := self._tables.findings[known]) and not (before.settled_at and before.settled_by == reopen):
            return 0
        number = known or newest(self._tables.findings) + 1
        self._tables.findings[number] = FindingRow(
            number, f.kind.name, f.kind.ordinary, f.at, f.subject, f.identity, f.system, f.region, f.message, f.delivery, _plain(f.detail),
            0, "", "")
        return number

    def find_finding(self, subject: int, kind: str, identity: str) -> int:
        found = (row.id for row in self._tables.findings.values() if (row.subject, row.kind, row.identity) == (subject, kind, identity))
        return next(found, 0)

    def settle_finding(self, finding: int, at: int, by: str, why: str) -> bool:
        row = self._tables.findings.get(finding)
        if row is None or row.settled_at:
            return False
        self._tables.findings[finding] = replace(row, settled_at=at, settled_by=_text(by), why=_text(why))
        return True

    def add_backfill(self, order: BackfillOrder, at: int) -> int:
        if any(row.state == "running" and row.order.system == order.system for row in self._tables.backfills.values()):
            return 0
        number = newest(self._tables.backfills) + 1
        self._tables.backfills[number] = BackfillRow(number, order, "running", Progress(), at, 0)
        return number

    def move_backfill(self, run: int, progress: Progress) -> None:
        self._alter(self._tables.backfills, run, progress=progress)

    def end_backfill(self, run: int, at: int) -> None:
        row = self._tables.backfills.get(run)
        if row is not None and row.state == "running":
            self._tables.backfills[run] = replace(row, state="done", ended_at=at)

    def keep_reconciliation(self, done: Reconciliation) -> None:
        self._tables.reconciliations[done.system, done.day] = done

    def put_hold(self, hold: Hold) -> None:
        self._tables.holds[hold.name] = _checked(hold)

    def drop_hold(self, name: str) -> bool:
        return self._tables.holds.pop(name, None) is not None

    def tried(self, key: bytes) -> Tried | None:
        return self._tables.tried.get(key)

    def set_tried(self, key: bytes, tried: Tried) -> None:
        self._tables.tried[key] = tried

    def forget_tried(self, key: bytes) -> None:
        forget(self._tables.tried, key)

    def forget_tried_before(self, since: int) -> None:
        forget(self._tables.tried, *[key for key, tried in self._tables.tried.items() if tried.since < since])

    @staticmethod
    def _alter(table: dict[int, Any], number: int, **values: Any) -> None:
        if number in table:
            table[number] = replace(table[number], **values)


def _text(value: str) -> str:
    """*value*, which must be a text that a file or a server could hold: half a character is none."""
    value.encode()
    return value


def _checked(row: R) -> R:
    """*row*, all of whose texts could be held."""
    for one in fields(row):  # type: ignore[arg-type]  # every row that is put is a dataclass
        value = getattr(row, one.name)
        if isinstance(value, str):
            _text(value)
    return row


def _plain(detail: Any) -> Any:
    """Facts as they come back from where they are kept as JSON."""
    return orjson.loads(orjson.dumps(detail))
