"""The writing side of the embedded store: small, indexed statements inside a group's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from guantong.backfillstore import BackfillOrder, Progress
from guantong.holdstore import Hold
from guantong.journey.states import DeliveryState, MessageState
from guantong.kiosk.kept import Tried
from guantong.proofstore import Commitment, KeptCheckpoint, Tile, Tree
from guantong.reconcilestore import Reconciliation
from guantong.retentionstore import Frozen
from guantong.sharedstore import Alone
from guantong.store import (
    DeliveryRow,
    Entry,
    EventRow,
    FindingRow,
    Happening,
    Known,
    MessageRow,
    NewEvent,
    NewFinding,
    NewMessage,
    Serial,
)
from guantong.supervision.kept import WarningRow, WatchRow
from guantong.turnstore import Told
from guantong_plugins.stores.holding import SqlHeld
from guantong_plugins.stores.rows import (
    delivery_row,
    event_row,
    finding_row,
    fired_bits,
    message_row,
    told_rows,
    watch_row,
)
from guantong_plugins.stores.sqlite.statements import SQL


class SqliteTransaction(Alone, SqlHeld):
    """`guantong.store.Transaction` over the one writing connection. The group opens and commits it. Values are
    handed to SQLite as plain texts and numbers: of any other type it looks for an adapter each time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        # One cursor for all: a statement whose rows are all read is reset, so none is left open.
        self._execute = connection.cursor().execute

    def find_subjects(self, serials: Sequence[Serial]) -> list[int]:
        found: set[int] = set()
        for serial in serials:
            row = self._execute(SQL["find_subject"], (serial.number, serial.scope, serial.kind)).fetchone()
            if row is not None:
                found.add(row[0])
        return sorted(found)

    def add_subject(self, kind: str) -> int:
        return self._inserted(self._execute(SQL["add_subject"], (kind,)))

    def link(self, serial: Serial, subject: int) -> bool:
        cursor = self._execute(SQL["link"], (serial.number, serial.scope, serial.kind, subject))
        return cursor.rowcount == 1

    def merge(self, older: int, younger: int) -> int:
        both = {"older": older, "younger": younger}
        for statement in ("merge_serials", "merge_deliveries", "merge_events", "merge_identities",
                          "merge_findings", "merge_sites", "merge_lookups"):
            self._execute(SQL[statement], both)
        for statement in ("forget_identities", "forget_findings", "forget_sites", "forget_lookups"):
            self._execute(SQL[statement], (younger,))
        row = self._execute(SQL["head"], (younger,)).fetchone()
        return int(row[0]) if row else 0

    def known(self, subject: int, key: bytes) -> Known | None:
        row = self._execute(SQL["known"], (subject, key)).fetchone()
        return None if row is None else Known(*row)

    def remember(self, subject: int, key: bytes, known: Known) -> None:
        self._execute(SQL["remember"], (subject, key, *known))

    def add_message(self, message: NewMessage) -> int:
        m = message
        return self._inserted(self._execute(SQL["add_message"], (
            m.system, m.at, m.kind, str(m.state), m.charset, m.ref, m.code, m.reason, m.backfill, m.body)))

    def message(self, message: int) -> MessageRow | None:
        row = self._execute(SQL["message"], (message,)).fetchone()
        return None if row is None else message_row(row)

    def refer(self, message: int, blobs: Sequence[str]) -> None:
        for blob in blobs:
            self._execute(SQL["refer"], (blob, message))

    def tell_matter(self, event: int) -> None:
        self._execute(SQL["tell_matter"], (event,))

    def matters_taken(self, events: Sequence[int]) -> None:
        for event in events:
            self._execute(SQL["matter_taken"], (event,))

    def keep_with(self, message: int, body: bytes) -> None:
        self._execute(SQL["keep_with"], (body, message))

    def set_message(self, message: int, state: MessageState, code: str, reason: str) -> None:
        self._execute(SQL["set_message"], (state, code, reason, message))

    def add_event(self, event: NewEvent) -> int:
        e = event
        return self._inserted(self._execute(SQL["add_event"], (
            e.message, e.subject, e.name, e.version, e.key, e.digest, e.plan, fired_bits(e.fired), int(e.held_back),
            e.occurred, e.body)))

    def event(self, event: int) -> EventRow | None:
        row = self._execute(SQL["event"], (event,)).fetchone()
        return None if row is None else event_row(row)

    def events_of_message(self, message: int) -> list[EventRow]:
        return [event_row(row) for row in self._execute(SQL["events_of_message"], (message,))]

    def release_event(self, event: int) -> None:
        self._execute(SQL["release_event"], (event,))

    def add_delivery(self, event: int, subject: int, target: str, name: str, state: DeliveryState,
                     at: int, passes: bool, *, low: bool = False) -> int:
        values = (event, subject, target, name, str(state), at, at, at, int(passes), int(low))
        return self._inserted(self._execute(SQL["add_delivery"], values))

    def delivery(self, delivery: int) -> DeliveryRow | None:
        row = self._execute(SQL["delivery"], (delivery,)).fetchone()
        return None if row is None else delivery_row(row)

    def standing(self, delivery: int) -> tuple[DeliveryState, int] | None:
        row = self._execute(SQL["standing"], (delivery,)).fetchone()
        return None if row is None else (DeliveryState(row[0]), row[1])

    def deliveries_of(self, event: int) -> list[DeliveryRow]:
        return [delivery_row(row) for row in self._execute(SQL["deliveries_of"], (event,))]

    def deliveries_of_subject(self, subject: int) -> list[DeliveryRow]:
        return [delivery_row(row) for row in self._execute(SQL["deliveries_of_subject"], (subject,))]

    def line_is_busy(self, subject: int, target: str) -> bool:
        return self._execute(SQL["line_is_busy"], (subject, target)).fetchone() is not None

    def first_in_line(self, subject: int, target: str) -> DeliveryRow | None:
        row = self._execute(SQL["first_in_line"], (subject, target)).fetchone()
        return None if row is None else delivery_row(row)

    def lines_of(self, subject: int) -> list[DeliveryRow]:
        return [delivery_row(row) for row in self._execute(SQL["lines_of"], (subject,))]

    def move(self, delivery: int, state: DeliveryState, *, at: int, due: int, attempts: int, code: str = "",
             reason: str = "", body: bytes | None = None, kind: str = "", turn_over: bool = False) -> None:  # noqa: ARG002 -- nobody claims anything
        self._execute(SQL["move"], (str(state), at, due, attempts, code, reason, delivery))
        if body is not None:
            self._execute(SQL["keep_sent"], (delivery, kind, body))

    def open_of_subject(self, subject: int, due_after: int) -> list[int]:
        return [row[0] for row in self._execute(SQL["open_of_subject"], (subject, due_after))]

    def note(self, entry: Entry) -> int:
        e = entry
        return self._inserted(self._execute(SQL["note"], (
            e.subject, e.at, str(e.what), e.subject, e.message, e.delivery, e.system, e.actor,
            orjson.dumps(e.detail).decode())))

    def handled_at(self, site: str, subject: int, way: str, at: int) -> None:
        values = {"site": site, "subject": subject, "way": way, "at": at}
        self._execute(SQL["handled_at"], values)
        self._execute(SQL["seen_at"], {"site": site, "at": at})

    def find_by(self, marks: Sequence[bytes], subject: int, at: int) -> None:
        for mark in marks:
            self._execute(SQL["find_by"], {"mark": mark, "subject": subject, "at": at})

    def forget_lookups(self, subject: int) -> None:
        self._execute(SQL["forget_lookups"], (subject,))

    def set_cursor(self, system: str, cursor: str) -> None:
        self._execute(SQL["set_cursor"], (system, cursor))

    def parties(self, subject: int) -> list[str]:
        return [system for (system,) in self._execute(SQL["parties"], {"subject": subject})]

    def told_of(self, subject: int, name: str, most: int) -> list[Told]:
        return told_rows(self._all("told_of", (subject, name, most)))

    def happened(self, subject: int, most: int | None = None) -> list[Happening]:
        return [Happening(*row) for row in self._execute(SQL["happened"], (subject, -1 if most is None else most))]

    def add_finding(self, finding: NewFinding, reopen: str) -> int:
        f = finding
        row = self._execute(SQL["add_finding"], {
            "kind": f.kind.name, "ordinary": int(f.kind.ordinary), "at": f.at, "subject": f.subject,
            "identity": f.identity, "system": f.system, "region": f.region, "message": f.message,
            "delivery": f.delivery, "detail": orjson.dumps(f.detail).decode(), "reopen": reopen,
        }).fetchone()
        return int(row[0]) if row else 0

    def find_finding(self, subject: int, kind: str, identity: str) -> int:
        row = self._execute(SQL["find_finding"], (subject, kind, identity)).fetchone()
        return int(row[0]) if row else 0

    def finding(self, finding: int) -> FindingRow | None:
        row = self._execute(SQL["finding"], (finding,)).fetchone()
        return None if row is None else finding_row(row)

    def settle_finding(self, finding: int, at: int, by: str, why: str) -> bool:
        return self._execute(SQL["settle_finding"], (at, by, why, finding)).rowcount == 1

    def keep_watch(self, watch: WatchRow, warnings: Sequence[WarningRow]) -> None:
        w = watch
        self._execute(SQL["keep_watch"], (w.subject, w.look_at, w.state, w.kind, w.due, w.region, w.item, w.item_name,
                                          w.org, w.window, w.window_name, orjson.dumps(w.noted).decode()))
        self._execute(SQL["forget_warnings"], (w.subject,))
        for n in warnings:
            self._execute(SQL["keep_warning"], (
                n.subject, n.identity, n.level, n.verdict, int(n.open), n.clock, n.expected_at, n.no, n.raised_at, n.event,
                n.reply_by, n.replied_at, n.withdrawn_at))

    def noted_of(self, subject: int) -> Sequence[tuple[str, str]]:
        row = self._execute(SQL["watch"], (subject,)).fetchone()
        return watch_row(row).noted if row else ()

    def forget_watch(self, subject: int) -> None:
        for statement in ("forget_watch", "forget_warnings"):
            self._execute(SQL[statement], (subject,))

    def look_again(self, subject: int) -> None:
        self._execute(SQL["look_again"], (subject,))

    def merge_watch(self, older: int, younger: int) -> None:
        noted = dict.fromkeys([*self.noted_of(older), *self.noted_of(younger)])
        self.forget_watch(younger)
        self.look_again(older)
        self._execute(SQL["set_noted"], (orjson.dumps(list(noted)).decode(), older))

    def look_all_again(self) -> None:
        self._execute(SQL["look_all_again"])

    def add_backfill(self, order: BackfillOrder, at: int) -> int:
        if self._execute(SQL["backfill_of"], (order.system,)).fetchone() is not None:
            return 0
        return self._inserted(self._execute(SQL["add_backfill"], (
            order.system, order.since, order.until, order.rate, order.actor, order.folder, at)))

    def move_backfill(self, run: int, progress: Progress) -> None:
        self._execute(SQL["move_backfill"], (*progress, run))

    def end_backfill(self, run: int, at: int) -> None:
        self._execute(SQL["end_backfill"], (at, run))

    def put_hold(self, hold: Hold) -> None:
        self._execute(SQL["put_hold"], (hold.name, hold.at, hold.actor, hold.reason, int(hold.inbound)))

    def drop_hold(self, name: str) -> bool:
        return self._execute(SQL["drop_hold"], (name,)).rowcount == 1

    def tried(self, key: bytes) -> Tried | None:
        row = self._execute(SQL["tried"], (key,)).fetchone()
        return None if row is None else Tried(*row)

    def set_tried(self, key: bytes, tried: Tried) -> None:
        self._execute(SQL["set_tried"], (key, *tried))

    def forget_tried(self, key: bytes) -> None:
        self._execute(SQL["forget_tried"], (key,))

    def forget_tried_before(self, since: int) -> None:
        self._execute(SQL["forget_tried_before"], (since,))

    def drop_contents(self, messages: Sequence[int], events: Sequence[int], deliveries: Sequence[int]) -> None:
        self._each(("empty_message", "drop_refs", "drop_salt_m"), messages)
        self._each(("empty_event",), events)
        self._each(("drop_sent", "drop_salt_d"), deliveries)

    def drop_rows(self, messages: Sequence[int], events: Sequence[int], deliveries: Sequence[int]) -> None:
        self._each(("drop_sent", "drop_salt_d", "drop_delivery"), deliveries)
        for event in events:
            self._execute(SQL["drop_identity"], (event, event))
        self._each(("drop_event",), events)
        self._each(("drop_refs", "drop_salt_m", "drop_message"), messages)

    def drop_parked(self, message: int) -> None:
        self._execute(SQL["drop_parked"], (message,))

    def drop_case(self, subject: int) -> None:
        self._each(("forget_identities", "forget_sites", "forget_lookups", "forget_watch", "forget_warnings", "drop_findings"), (subject,))

    def freeze(self, frozen: Frozen) -> bool:
        return self._execute(SQL["freeze"], frozen).rowcount == 1

    def thaw(self, subject: int) -> bool:
        return self._execute(SQL["thaw"], (subject,)).rowcount == 1

    def give_back_space(self, pages: int) -> bool:
        free = int(self._execute("PRAGMA freelist_count").fetchone()[0])
        for _ in range(min(free, pages)):
            self._execute("PRAGMA incremental_vacuum(1)").fetchall()  # Python's module steps it once, which frees one page
        return free > pages

    def tree(self) -> Tree | None:
        row = self._execute(SQL["tree"]).fetchone()
        return None if row is None else Tree(*row)

    def grow_tree(self, tree: Tree, tiles: Sequence[Tile], commitments: Sequence[Commitment]) -> None:
        self._execute(SQL["set_tree"], tuple(tree))
        for tile in tiles:
            self._execute(SQL["set_tile"], tuple(tile))
        for one in commitments:
            self._execute(SQL[f"commit_{one.kind}"], one._asdict())

    def keep_checkpoint(self, kept: KeptCheckpoint) -> None:
        self._execute(SQL["keep_checkpoint"], tuple(kept))

    def keep_reconciliation(self, done: Reconciliation) -> None:
        self._execute(SQL["keep_reconciliation"], (done.system, done.day, done.at, done.actor, orjson.dumps(dict(done.counts)).decode()))

    def _each(self, names: Sequence[str], numbers: Sequence[int]) -> None:
        for number in numbers:
            for name in names:
                self._execute(SQL[name], (number,))

    def _all(self, name: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        return self._execute(SQL[name], values).fetchall()

    @staticmethod
    def _inserted(cursor: sqlite3.Cursor) -> int:
        ident = cursor.lastrowid
        assert ident is not None  # noqa: S101 -- an INSERT into a rowid table always sets it
        return ident
