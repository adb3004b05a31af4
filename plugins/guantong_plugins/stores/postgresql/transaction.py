"""The writing side of the store on PostgreSQL: what work finds and puts, most of it without asking the server.

New rows are numbered here and gathered; what a line holds is read once for a subject and then known (`KnownLines`). So
a piece of work costs a question or two, and a group of work is written in few statements.
"""

from __future__ import annotations

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
from guantong.sharedstore import ANYTHING, HOLDS, RELOAD, TAKEN
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
from guantong_plugins.stores.postgresql.claiming import Claiming
from guantong_plugins.stores.postgresql.lines import BODY, CLAIM, KIND, STATE, TARGET
from guantong_plugins.stores.rows import (
    delivery_row,
    event_row,
    finding_row,
    message_row,
    told_rows,
    watch_row,
)

TO_DO = frozenset({DeliveryState.WAITING, DeliveryState.RETRYING, DeliveryState.UNKNOWN})
_WAITING = (DeliveryState.WAITING.value, DeliveryState.RETRYING.value)


class PostgresqlTransaction(Claiming, SqlHeld):
    """`guantong.store.Transaction` over the one session of this process that writes. The group commits it."""

    def find_subjects(self, serials: Sequence[Serial]) -> list[int]:
        return sorted({found for found in self._pointed(serials) if found})

    def add_subject(self, kind: str) -> int:
        subject = self.numbers.take("subject")
        self._written.subjects.append((subject, kind))
        self._lines.take(subject, ())
        self._heads[subject] = 0
        return subject

    def link(self, serial: Serial, subject: int) -> bool:
        if self._pointed((serial,))[0]:
            return False
        self._serials[serial] = subject
        self._written.serials.append((serial.number, serial.scope, serial.kind, subject))
        return True

    def merge(self, older: int, younger: int) -> int:
        both = {"older": older, "younger": younger}
        for name in ("merge_serials", "merge_deliveries", "merge_events", "merge_identities", "merge_findings", "merge_sites", "merge_lookups"):
            self.now(name, both)
        for name in ("forget_identities", "forget_findings", "forget_sites", "forget_lookups"):
            self.now(name, (younger,))
        self.forget()
        return int(self.one("head", (younger,))[0])

    def known(self, subject: int, key: bytes) -> Known | None:
        waiting = self._written.identities.get((subject, key))
        if waiting is not None:
            return Known(*waiting[2:])
        row = self.one("known", (subject, key))
        return None if row is None else Known(*row)

    def remember(self, subject: int, key: bytes, known: Known) -> None:
        self._written.identities[subject, key] = (subject, key, *known)

    def add_message(self, message: NewMessage) -> int:
        m, ident = message, self.numbers.take("message")
        self._written.messages[ident] = (ident, m.system, m.at, m.kind, str(m.state), m.charset, m.ref, m.code, m.reason,
                                         m.backfill, m.body)
        return ident

    def message(self, message: int) -> MessageRow | None:
        if message in self._written.messages or self._written.later:
            self.flush()
        row = self.one("message", (message,))
        return None if row is None else message_row(row)

    def refer(self, message: int, blobs: Sequence[str]) -> None:
        for blob in blobs:
            self.later("refer", (blob, message))

    def tell_matter(self, event: int) -> None:
        self.later("tell_matter", (event,))

    def matters_taken(self, events: Sequence[int]) -> None:
        for event in events:
            self.later("matter_taken", (event,))

    def keep_with(self, message: int, body: bytes) -> None:
        self.later("keep_with", (body, message))

    def set_message(self, message: int, state: MessageState, code: str, reason: str) -> None:
        self.later("set_message", (str(state), code, reason, message))

    def add_event(self, event: NewEvent) -> int:
        e, ident = event, self.numbers.take("event")
        fired = e.fired.to_bytes((e.fired.bit_length() + 7) // 8, "big")
        self._written.events[ident] = (ident, e.message, e.subject, e.name, e.version, e.key, e.digest, e.plan, fired,
                                       int(e.held_back), e.occurred, e.body)
        if not e.held_back:
            self._happened.setdefault(e.subject, []).append(Happening(ident, e.name, e.key, e.version, e.occurred))
        return ident

    def event(self, event: int) -> EventRow | None:
        if event in self._written.events:
            self.flush()
        row = self.one("event", (event,))
        return None if row is None else event_row(row)

    def events_of_message(self, message: int) -> list[EventRow]:
        if self._written.events:
            self.flush()
        return [event_row(row) for row in self.all("events_of_message", (message,))]

    def release_event(self, event: int) -> None:
        self.now("release_event", (event,))

    def add_delivery(self, event: int, subject: int, target: str, name: str, state: DeliveryState,
                     at: int, passes: bool, *, low: bool = False) -> int:
        self.know(subject)
        ident = self.numbers.take("delivery")
        self._written.deliveries[ident] = [ident, event, subject, target, name, state.value, at, 0, at, at, int(passes), int(low), "", ""]
        self._lines.add([ident, event, subject, target, name, state.value, at, 0, at, None, "", "", "", int(passes), int(low), 0])
        if state is DeliveryState.WAITING:
            self._tell(target)
        return ident

    def delivery(self, delivery: int) -> DeliveryRow | None:
        row = self._lines.row(delivery)
        if row is not None:
            return delivery_row(tuple(row))
        if delivery in self._written.moves or delivery in self._written.deliveries:
            self.flush()
        found = self.one("delivery", (delivery,))
        return None if found is None else delivery_row(found)

    def standing(self, delivery: int) -> tuple[DeliveryState, int] | None:
        found = self._stands(delivery)
        return None if found is None else (DeliveryState(found[0]), found[1])

    def deliveries_of(self, event: int) -> list[DeliveryRow]:
        self._settle_deliveries()
        return [delivery_row(row) for row in self.all("deliveries_of", (event,))]

    def deliveries_of_subject(self, subject: int) -> list[DeliveryRow]:
        self._settle_deliveries()
        return [delivery_row(row) for row in self.all("deliveries_of_subject", (subject,))]

    def line_is_busy(self, subject: int, target: str) -> bool:
        self.know(subject)
        return bool(self._lines.blocking(subject, target))

    def first_in_line(self, subject: int, target: str) -> DeliveryRow | None:
        self.know(subject)
        line = self._lines.blocking(subject, target)
        return delivery_row(tuple(line[0])) if line else None

    def lines_of(self, subject: int) -> list[DeliveryRow]:
        self.know(subject)
        return [delivery_row(tuple(row)) for row in self._lines.by_target(subject)]

    def open_of_subject(self, subject: int, due_after: int) -> list[int]:
        self.know(subject)
        return [row[0] for row in self._lines.unfinished(subject) if row[5] in _WAITING and row[6] > due_after]

    def move(self, delivery: int, state: DeliveryState, *, at: int, due: int, attempts: int, code: str = "",
             reason: str = "", body: bytes | None = None, kind: str = "", turn_over: bool = False) -> None:
        if self._stands(delivery) is None:
            return  # there is none
        row = self._lines.row(delivery)
        stays = row is not None and not turn_over and (state is DeliveryState.SENDING or row[STATE] == state.value)
        claim = row[CLAIM] if row is not None and stays else 0
        if state in TO_DO and due <= at:
            self._tell(row[TARGET] if row is not None else ANYTHING)
        begins_again = not self._lines.moved(delivery, state.value)
        row = self._lines.row(delivery)
        if row is not None:
            row[6:8], row[11:13], row[CLAIM] = (due, attempts), (reason, code), claim
        new = self._written.deliveries.get(delivery)
        if new is not None:
            new[5:8], new[9], new[12:14] = (state.value, due, attempts), at, (code, reason)
        else:
            self._written.moves[delivery] = (delivery, state.value, at, due, attempts, code, reason, claim)
        if body is not None:
            self._written.sent[delivery] = (delivery, kind, body)
            if row is not None:
                row[BODY], row[KIND] = body, kind
        if begins_again:
            self.flush()
            self.forget()

    def note(self, entry: Entry) -> int:
        e, ident = entry, self.numbers.take("journal")
        if e.what in TAKEN:
            self._tell(RELOAD)
        previous: int | None = 0
        if e.subject > 0:
            previous = self._heads.get(e.subject)
            self._heads[e.subject] = ident
        self._written.journal.append([ident, previous, e.at, str(e.what), e.subject, e.message, e.delivery, e.system, e.actor,
                                      orjson.dumps(e.detail).decode()])
        return ident

    def handled_at(self, site: str, subject: int, way: str, at: int) -> None:
        values = {"site": site, "subject": subject, "way": way, "at": at}
        self.later("handled_at", values)
        self.later("seen_at", {"site": site, "at": at})

    def find_by(self, marks: Sequence[bytes], subject: int, at: int) -> None:
        for mark in marks:
            self.later("find_by", {"mark": mark, "subject": subject, "at": at})

    def forget_lookups(self, subject: int) -> None:
        self.now("forget_lookups", (subject,))

    def set_cursor(self, system: str, cursor: str) -> None:
        self.later("set_cursor", (system, cursor))

    def parties(self, subject: int) -> list[str]:
        if self._written.events or self._written.deliveries:
            self.flush()
        return [system for (system,) in self.all("parties", {"subject": subject})]

    def told_of(self, subject: int, name: str, most: int) -> list[Told]:
        return told_rows(self._all("told_of", (subject, name, most)))

    def happened(self, subject: int, most: int | None = None) -> list[Happening]:
        kept = [Happening(*row) for row in self.all("happened", (subject, most))]
        return [*kept, *self._happened.get(subject, ())][:most]

    def add_finding(self, finding: NewFinding, reopen: str) -> int:
        f = finding
        row = self.one("add_finding", {
            "kind": f.kind.name, "ordinary": int(f.kind.ordinary), "at": f.at, "subject": f.subject,
            "identity": f.identity, "system": f.system, "region": f.region, "message": f.message,
            "delivery": f.delivery, "detail": orjson.dumps(f.detail).decode(), "reopen": reopen,
        }, writes=True)
        return int(row[0]) if row else 0

    def find_finding(self, subject: int, kind: str, identity: str) -> int:
        row = self.one("find_finding", (subject, kind, identity))
        return int(row[0]) if row else 0

    def finding(self, finding: int) -> FindingRow | None:
        row = self.one("finding", (finding,))
        return None if row is None else finding_row(row)

    def settle_finding(self, finding: int, at: int, by: str, why: str) -> bool:
        return self.now("settle_finding", (at, by, why, finding), alone=True) == 1

    def keep_watch(self, watch: WatchRow, warnings: Sequence[WarningRow]) -> None:
        w = watch
        self.later("keep_watch", (w.subject, w.look_at, w.state, w.kind, w.due, w.region, w.item, w.item_name, w.org, w.window,
                                  w.window_name, orjson.dumps(w.noted).decode()))
        self.later("forget_warnings", (w.subject,))
        for n in warnings:
            self.later("keep_warning", (n.subject, n.identity, n.level, n.verdict, int(n.open), n.clock, n.expected_at, n.no,
                                        n.raised_at, n.event, n.reply_by, n.replied_at, n.withdrawn_at))

    def noted_of(self, subject: int) -> Sequence[tuple[str, str]]:
        if self._written.later:
            self.flush()
        row = self.one("watch", (subject,))
        return watch_row(row).noted if row else ()

    def forget_watch(self, subject: int) -> None:
        for name in ("forget_watch", "forget_warnings"):
            self.later(name, (subject,))

    def look_again(self, subject: int) -> None:
        self.later("look_again", (subject,))

    def merge_watch(self, older: int, younger: int) -> None:
        noted = dict.fromkeys([*self.noted_of(older), *self.noted_of(younger)])
        self.forget_watch(younger)
        self.look_again(older)
        self.later("set_noted", (orjson.dumps(list(noted)).decode(), older))

    def look_all_again(self) -> None:
        self.later("look_all_again", ())

    def add_backfill(self, order: BackfillOrder, at: int) -> int:
        o = order
        if self.one("backfill_of", (o.system,)) is not None:
            return 0
        return int(self.one("add_backfill", (o.system, o.since, o.until, o.rate, o.actor, o.folder, at), writes=True)[0])

    def move_backfill(self, run: int, progress: Progress) -> None:
        self.now("move_backfill", (*progress, run))

    def end_backfill(self, run: int, at: int) -> None:
        self.now("end_backfill", (at, run))

    def put_hold(self, hold: Hold) -> None:
        self._tell(HOLDS)
        self.now("put_hold", (hold.name, hold.at, hold.actor, hold.reason, int(hold.inbound)), alone=True)

    def drop_hold(self, name: str) -> bool:
        self._tell(HOLDS)
        return self.now("drop_hold", (name,), alone=True) == 1

    def tried(self, key: bytes) -> Tried | None:
        row = self.one("tried", (key,))
        return None if row is None else Tried(*row)

    def set_tried(self, key: bytes, tried: Tried) -> None:
        self.now("set_tried", (key, *tried), alone=True)

    def forget_tried(self, key: bytes) -> None:
        self.now("forget_tried", (key,), alone=True)

    def forget_tried_before(self, since: int) -> None:
        self.now("forget_tried_before", (since,), alone=True)

    def drop_contents(self, messages: Sequence[int], events: Sequence[int], deliveries: Sequence[int]) -> None:
        self._each(("empty_message", "drop_refs", "drop_salt_m"), messages)
        self._each(("empty_event",), events)
        self._each(("drop_sent", "drop_salt_d"), deliveries)

    def drop_rows(self, messages: Sequence[int], events: Sequence[int], deliveries: Sequence[int]) -> None:
        self._each(("drop_sent", "drop_salt_d", "drop_delivery"), deliveries)
        for event in events:
            self.now("drop_identity", (event, event))
        self._each(("drop_event",), events)
        self._each(("drop_refs", "drop_salt_m", "drop_message"), messages)
        self.forget()

    def drop_parked(self, message: int) -> None:
        self.now("drop_parked", (message,))

    def drop_case(self, subject: int) -> None:
        self._each(("forget_identities", "forget_sites", "forget_lookups", "forget_watch", "forget_warnings", "drop_findings"), (subject,))

    def freeze(self, frozen: Frozen) -> bool:
        return self.now("freeze", frozen, alone=True) == 1

    def thaw(self, subject: int) -> bool:
        return self.now("thaw", (subject,), alone=True) == 1

    def give_back_space(self, pages: int) -> bool:  # noqa: ARG002 -- the protocol's; here autovacuum does it
        return False

    def tree(self) -> Tree | None:
        row = self.one("tree")
        return None if row is None else Tree(*row)

    def grow_tree(self, tree: Tree, tiles: Sequence[Tile], commitments: Sequence[Commitment]) -> None:
        self.flush()  # whether a body is gone, the server tells
        self.later("set_tree", tuple(tree))
        for tile in tiles:
            self.later("set_tile", tuple(tile))
        for one in commitments:
            self.later(f"commit_{one.kind}", one._asdict())

    def keep_checkpoint(self, kept: KeptCheckpoint) -> None:
        self.later("keep_checkpoint", tuple(kept))

    def keep_reconciliation(self, done: Reconciliation) -> None:
        self.now("keep_reconciliation", (done.system, done.day, done.at, done.actor, orjson.dumps(dict(done.counts)).decode()), alone=True)

    def _each(self, names: Sequence[str], numbers: Sequence[int]) -> None:
        for number in numbers:
            for name in names:
                self.now(name, (number,))

    def _all(self, name: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        self.flush()
        return self.all(name, values)
