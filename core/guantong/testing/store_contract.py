# ruff: noqa: S101  a suite of tests asserts
"""What every store promises, whatever product it keeps things in.

    class TestMine(StoreContract):
        def make(self, home: Path) -> Store: ...
        def cannot_write(self, home: Path) -> AbstractContextManager[None]: ...

Work is durable once `write` returned, whole or not at all, and seen by readers only then.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from guantong.clock import NEVER
from guantong.journey.states import DeliveryState, MessageState
from guantong.opencases import CasesAsked, OpenCase, SomeCases
from guantong.store import (
    DeliveryRow,
    Entry,
    EventRow,
    Known,
    NewEvent,
    Reader,
    Serial,
    Store,
    StoreFailed,
    Transaction,
)
from guantong.testing.booking_contract import BookingContract
from guantong.testing.finding_contract import FindingContract
from guantong.testing.hold_contract import HoldContract
from guantong.testing.listing_contract import ListingContract
from guantong.testing.lookup_contract import LookupContract
from guantong.testing.parallel_contract import ParallelContract
from guantong.testing.proof_contract import ProofContract
from guantong.testing.retention_contract import RetentionContract
from guantong.testing.stored import D, delivery, event, message
from guantong.testing.survey_contract import SurveyContract
from guantong.testing.tries_contract import TriesContract
from guantong.testing.turn_contract import TurnContract
from guantong.testing.watch_contract import WatchContract

COUNTY, PROVINCE = Serial("puning.approval", "county", "PN-1"), Serial("", "province", "4452-1")

def _set_cursor(system: str, cursor: str, tx: Transaction) -> None:
    tx.set_cursor(system, cursor)


class StoreContract(
    FindingContract, ListingContract, WatchContract, ParallelContract, HoldContract, TriesContract, SurveyContract,
    LookupContract, RetentionContract, TurnContract, ProofContract, BookingContract, ABC,
):
    """Inherit, say how your store is made and how it can be kept from writing."""

    @abstractmethod
    def make(self, home: Path) -> Store:
        """The store of *home*, not yet opened; made twice, it holds the same data."""

    @abstractmethod
    def cannot_write(self, home: Path) -> AbstractContextManager[None]:
        """Inside, the store of *home* cannot keep `BIG` bytes (a full disk); afterwards it can again."""

    BIG = 4 << 20

    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[Store]:
        """The store, opened."""
        store = self.make(tmp_path)
        await store.open()
        yield store
        await store.close()

    @pytest.fixture
    async def reader(self, store: Store) -> AsyncIterator[Reader]:
        """A reader beside the store."""
        reader = store.reader()
        yield reader
        reader.close()

    async def test_what_was_written_is_there_after_a_reopen(self, tmp_path: Path) -> None:
        """A write that returned survives: another process finds it, field by field."""
        first = self.make(tmp_path)
        await first.open()

        def work(tx: Transaction) -> tuple[int, int, int]:
            subject = tx.add_subject("case")
            tx.link(PROVINCE, subject)
            tx.set_cursor("puning.approval", "42")
            return subject, tx.add_message(message()), delivery(tx, subject)

        subject, kept, sent = await first.write(work)
        await first.close()
        second = self.make(tmp_path)
        await second.open()
        reader = second.reader()
        row = reader.message(kept)
        assert row is not None
        assert (row.system, row.at, row.kind, row.state, row.body, row.charset, row.ref, row.code, row.reason) == (
            "puning.approval", 1_000, "EX_GDBS_SPCL", MessageState.ROUTED, b"sealed", "gb18030", "row 7",
            "GT000", "because")
        found = reader.delivery(sent)
        assert found is not None
        assert (found.subject, found.target, found.state, found.body) == (subject, "city.hall", D.WAITING, None)
        assert reader.subjects_by_number(PROVINCE.number) == [subject]
        assert reader.cursor("puning.approval") == "42"
        reader.close()
        await second.close()

    async def test_work_that_fails_takes_back_only_itself(self, store: Store, reader: Reader) -> None:
        """In one group, the work that raises leaves nothing; what was handed in before and after it stays."""

        def broken(tx: Transaction) -> int:
            tx.add_message(message("broken"))
            raise LookupError("a mistake")

        works = [store.write(lambda tx, name=f"s{number}": tx.add_message(message(name)))  # type: ignore[misc]  # a default binds the loop's value
                 if number % 3 else store.write(broken) for number in range(12)]
        ended = await asyncio.gather(*works, return_exceptions=True)
        assert [type(one) for one in ended] == [int if number % 3 else LookupError for number in range(12)]
        kept = {reader.message(one).system: one for one in ended if isinstance(one, int)}  # type: ignore[union-attr]  # each was kept
        assert list(kept) == [f"s{number}" for number in range(12) if number % 3]
        assert {system for system, _, _ in reader.message_counts()} == set(kept)
        assert sorted(kept.values()) == list(kept.values()), "what was handed in first came first"

    async def test_readers_see_only_what_is_committed(self, store: Store, reader: Reader) -> None:
        """Work in progress is invisible; once `write` returned it is seen."""
        seen: list[object] = []

        def work(tx: Transaction) -> int:
            kept = tx.add_message(message())
            seen.append(reader.message(kept))
            return kept

        kept = await store.write(work)
        assert seen == [None]
        assert reader.message(kept) is not None

    async def test_a_store_that_cannot_write_says_so_and_keeps_nothing(
        self, tmp_path: Path, store: Store, reader: Reader,
    ) -> None:
        """Everything handed in while the disk is full fails as `StoreFailed`, none of it is kept, and the
        store works again when there is room."""
        before = await store.write(lambda tx: tx.add_message(message("before")))
        with self.cannot_write(tmp_path):
            works = [store.write(lambda tx: tx.add_message(message("lost", body=bytes(self.BIG))))
                     for _ in range(3)]
            ended = await asyncio.gather(*works, return_exceptions=True)
        assert [type(one) for one in ended] == [StoreFailed] * 3
        after = await store.write(lambda tx: tx.add_message(message("after")))
        assert {system for system, _, _ in reader.message_counts()} == {"before", "after"}
        assert reader.message(before)
        assert reader.message(after)

    async def test_what_is_to_come_after_is_kept_only_where_that_is(self, tmp_path: Path, store: Store, reader: Reader) -> None:
        """Whether the earlier work was mistaken, in the same group or before, or the disk was full; and so on down the line."""

        def broken(_: Transaction) -> int:
            raise LookupError("a mistake")

        def keep(name: str, after: asyncio.Future[int] | None) -> asyncio.Future[int]:
            return store.write(lambda tx: tx.add_message(message(name)), after=after)

        first = keep("first", None)
        second = keep("second", first)
        mistaken = store.write(broken, after=second)
        behind = keep("behind", mistaken)
        further = keep("further", behind)
        other = keep("other", second)
        ended = await asyncio.gather(first, second, mistaken, behind, further, other, return_exceptions=True)
        assert [type(one) for one in ended] == [int, int, LookupError, StoreFailed, StoreFailed, int]
        assert str(ended[3]) == "what came before it was not kept"
        with self.cannot_write(tmp_path):
            full = store.write(lambda tx: tx.add_message(message("full", body=bytes(self.BIG))))
            with pytest.raises(StoreFailed):
                await full
        late = await asyncio.gather(keep("late", full), keep("late", behind), keep("free", other), return_exceptions=True)
        assert [type(one) for one in late] == [StoreFailed, StoreFailed, int]
        assert {system for system, _, _ in reader.message_counts()} == {"first", "second", "other", "free"}

    async def test_closing_finishes_what_was_handed_in(self, tmp_path: Path) -> None:
        """Work handed in before the close is kept; work handed in after is refused, not lost in silence."""
        store = self.make(tmp_path)
        await store.open()
        works = [store.write(lambda tx: tx.add_message(message())) for _ in range(700)]
        closing = asyncio.ensure_future(store.close())
        kept = await asyncio.gather(*works)
        await closing
        assert len(set(kept)) == 700
        with pytest.raises(StoreFailed):
            await store.write(lambda tx: tx.add_message(message()))
        again = self.make(tmp_path)
        await again.open()
        reader = again.reader()
        assert [count for _, _, count in reader.message_counts()] == [700]
        reader.close()
        await again.close()

    async def test_a_waiter_that_goes_away_stops_no_other(self, store: Store, reader: Reader) -> None:
        """A cancelled wait leaves the others of its group alone, and the work is done once or not at all."""
        gone = asyncio.ensure_future(store.write(lambda tx: tx.add_message(message("gone"))))
        other = store.write(lambda tx: tx.add_message(message("other")))
        gone.cancel()
        assert reader.message(await other)
        assert dict.fromkeys(system for system, _, _ in reader.message_counts()).keys() <= {"gone", "other"}
        assert all(count == 1 for _, _, count in reader.message_counts())

    async def test_serials_find_their_subject(self, store: Store, reader: Reader) -> None:
        """A number valid in one system only is told from the same number elsewhere; a second link to
        another subject is refused."""

        def work(tx: Transaction) -> list[object]:
            first, second = tx.add_subject("case"), tx.add_subject("case")
            elsewhere = COUNTY._replace(scope="jiexi.approval")
            return [
                tx.find_subjects([COUNTY]), tx.link(COUNTY, first), tx.link(COUNTY, second),
                tx.link(elsewhere, second), tx.find_subjects([elsewhere, PROVINCE, COUNTY]), [first, second],
            ]

        none, linked, again, other, found, both = await store.write(work)
        assert (none, linked, again, other, found) == ([], True, False, True, both)
        assert reader.subjects_by_number(COUNTY.number) == both
        assert reader.serials_of(both[0]) == [COUNTY]

    async def test_a_merge_moves_everything_under_the_older(self, store: Store, reader: Reader) -> None:
        """Serials, events, deliveries and identities follow; of one identity the higher version is known."""

        def work(tx: Transaction) -> tuple[int, int, list[int]]:
            older, younger = tx.add_subject("case"), tx.add_subject("case")
            tx.link(PROVINCE, older)
            tx.link(COUNTY, younger)
            tx.remember(older, b"both", Known(1, b"old", 11))
            tx.remember(younger, b"both", Known(2, b"new", 12))
            tx.remember(older, b"higher", Known(3, b"kept", 13))
            tx.remember(younger, b"higher", Known(2, b"gone", 14))
            tx.remember(younger, b"alone", Known(1, b"moved", 15))
            moved = [delivery(tx, younger), delivery(tx, older)]
            tx.merge(older, younger)
            return older, younger, moved

        older, younger, moved = await store.write(work)
        assert reader.serials_of(older) == [COUNTY, PROVINCE]
        assert [row.id for row in reader.deliveries_of_subject(older)] == moved
        assert {row.subject for row in reader.deliveries_of_subject(older)} == {older}
        assert len(reader.events_of_subject(older)) == 2
        assert reader.events_of_subject(older, 1) == reader.events_of_subject(older)[1:]
        assert (reader.serials_of(younger), reader.events_of_subject(younger)) == ([], [])
        known = await store.write(lambda tx: [tx.known(older, key) for key in (b"both", b"higher", b"alone")])
        assert known == [Known(2, b"new", 12), Known(3, b"kept", 13), Known(1, b"moved", 15)]
        assert await store.write(lambda tx: tx.known(younger, b"alone")) is None

    async def test_the_journal_is_one_chain_for_each_subject(self, store: Store, reader: Reader) -> None:
        """Every line names its predecessor for the same subject; a merge names the younger, so that the
        history of the older is complete."""

        def work(tx: Transaction) -> tuple[int, int, list[int]]:
            older, younger = tx.add_subject("case"), tx.add_subject("case")
            lines = [tx.note(Entry(at, "step", subject=subject, actor="hub", detail={"at": at}))
                     for at, subject in enumerate([older, younger, older, younger])]
            joined = tx.merge(older, younger)
            lines += [tx.note(Entry(4, "merged", subject=older, detail={"younger": younger, "joined": [joined]})),
                      tx.note(Entry(5, "step", subject=older))]
            return older, joined, lines

        older, joined, lines = await store.write(work)
        journal = reader.journal_of(older)
        assert [line.id for line in journal] == lines
        assert [line.previous for line in journal] == [0, 0, lines[0], lines[1], lines[2], lines[4]]
        assert joined == lines[3]
        assert [line.detail.get("at") for line in journal[:4]] == [0, 1, 2, 3]

    async def test_a_line_without_subject_is_found_by_its_message(self, store: Store, reader: Reader) -> None:
        """A parked message has no subject: its lines are found by its number."""
        kept = await store.write(lambda tx: tx.add_message(message(state=MessageState.PARKED)))
        await store.write(lambda tx: [tx.note(Entry(1, "parked", message=kept, system="s", detail={"problems": []})),
                                      tx.note(Entry(2, "refused", system="s"))])
        assert [(line.what, line.message) for line in reader.journal_of_message(kept)] == [("parked", kept)]
        assert reader.journal_of_message(0) == []

    @pytest.mark.parametrize(("states", "passes", "first"), [
        ((D.SENT, D.CONFIRMED, D.RETURNED, D.SUPERSEDED, D.DISCARDED), False, None),
        ((D.CONFIRMED, D.WAITING, D.BLOCKED), False, 1), ((D.SENDING, D.BLOCKED), False, 0),
        ((D.RETRYING, D.BLOCKED), False, 0), ((D.UNKNOWN, D.BLOCKED), False, 0), ((D.DEAD, D.BLOCKED), False, 0),
        ((D.DEAD, D.BLOCKED), True, 1), ((D.DEAD,), True, None), ((D.UNKNOWN, D.BLOCKED), True, 0),
    ])
    async def test_a_line_is_held_by_its_oldest_unfinished(
        self, store: Store, states: Sequence[DeliveryState], passes: bool, first: int | None,
    ) -> None:
        """What is unfinished holds its subject's line to its target, and no other line; a dead delivery
        that passes holds nothing."""

        def work(tx: Transaction) -> tuple[list[int], DeliveryRow | None, list[bool], list[DeliveryRow]]:
            subject, other = tx.add_subject("case"), tx.add_subject("case")
            made = [delivery(tx, subject, state=state, passes=passes) for state in states]
            busy = [tx.line_is_busy(subject, "city.hall"), tx.line_is_busy(other, "city.hall"),
                    tx.line_is_busy(subject, "city.supervision")]
            return made, tx.first_in_line(subject, "city.hall"), busy, tx.lines_of(subject)

        made, found, busy, line = await store.write(work)
        assert (found and found.id) == (None if first is None else made[first])
        assert busy == [first is not None, False, False]
        assert [row.id for row in line] == ([] if first is None else made[first:])

    async def test_lines_come_by_target_oldest_first(self, store: Store) -> None:
        """All lines of a subject, each in order of acceptance."""

        def work(tx: Transaction) -> tuple[list[int], list[DeliveryRow]]:
            subject = tx.add_subject("case")
            made = [delivery(tx, subject, target) for target in ("b", "a", "b", "a")]
            return made, tx.lines_of(subject)

        made, line = await store.write(work)
        assert [row.id for row in line] == [made[1], made[3], made[0], made[2]]

    async def test_what_is_due_comes_soonest_first(self, store: Store, reader: Reader) -> None:
        """Of one target, by due time, then by acceptance; without what waits for a person or is blocked,
        under way, dead or finished; at most as many as asked for."""

        def work(tx: Transaction) -> list[int]:
            subject = tx.add_subject("case")
            made = [delivery(tx, subject, state=state, due=due) for state, due in (
                (D.WAITING, 30), (D.RETRYING, 10), (D.UNKNOWN, 20), (D.WAITING, 10), (D.UNKNOWN, NEVER))]
            for state in (D.BLOCKED, D.SENDING, D.DEAD, D.SENT, D.CONFIRMED, D.DISCARDED):
                delivery(tx, subject, state=state, due=1)
            delivery(tx, subject, "city.supervision", due=1)
            return made

        made = await store.write(work)
        assert [row.id for row in reader.due("city.hall", 10)] == [made[1], made[3], made[2], made[0]]
        assert [row.id for row in reader.due("city.hall", 2)] == [made[1], made[3]]
        assert reader.due("nobody", 10) == []

    async def test_a_move_keeps_the_bytes_that_were_sent(self, store: Store, reader: Reader) -> None:
        """State, due time, attempts and reason are replaced; the body of an earlier attempt stays unless
        another is given."""
        made = await store.write(lambda tx: delivery(tx, tx.add_subject("case"), passes=True))
        await store.write(lambda tx: tx.move(made, D.RETRYING, at=2, due=3, attempts=1, code="GT417",
                                             reason="忙", body=b"sent", kind="EX_GDBS_SPCL"))
        first = reader.delivery(made)
        await store.write(lambda tx: tx.move(made, D.DEAD, at=4, due=5, attempts=2))
        second = reader.delivery(made)
        assert first is not None
        assert second is not None
        assert (first.state, first.due, first.attempts, first.code, first.reason, first.body, first.kind) == (
            D.RETRYING, 3, 1, "GT417", "忙", b"sent", "EX_GDBS_SPCL")
        assert (second.state, second.due, second.attempts, second.code, second.reason) == (D.DEAD, 5, 2, "", "")
        assert (second.body, second.kind, second.passes, second.accepted_at) == (
            b"sent", "EX_GDBS_SPCL", True, 1_000)
        assert await store.write(lambda tx: tx.standing(made)) == (D.DEAD, second.subject)
        assert await store.write(lambda tx: tx.standing(made + 1)) is None

    async def test_an_event_is_kept_as_it_was(self, store: Store, reader: Reader) -> None:
        """Every field comes back; what is held back is let go by a person alone."""

        def work(tx: Transaction) -> tuple[int, int]:
            subject = tx.add_subject("case")
            return subject, event(tx, subject, b"identity", 3, held_back=True)

        subject, made = await store.write(work)
        row = reader.event(made)
        assert row is not None
        assert row == EventRow(made, row.message, subject, "case.step", 3, b"identity", b"digest 3", "plan", 5,
                               b"sealed 3", True)
        assert reader.events_of_message(row.message) == [row]
        await store.write(lambda tx: tx.release_event(made))
        found = reader.event(made)
        assert found is not None
        assert not found.held_back

    async def test_what_fired_is_kept_of_any_number_of_rules(self, store: Store, reader: Reader) -> None:
        """A county's mapping may have more rules than an integer of the store has bits."""
        fired = (0, 1, (1 << 63) - 1, 1 << 63, (1 << 200) + 5)

        def work(tx: Transaction) -> list[int]:
            kept, subject = tx.add_message(message()), tx.add_subject("case")
            return [tx.add_event(NewEvent(kept, subject, "case.step", 1, b"key %d" % number, b"", "plan", bits, b""))
                    for number, bits in enumerate(fired)]

        events = await store.write(work)
        assert [row.fired for one in events if (row := reader.event(one)) is not None] == list(fired)

    @pytest.mark.parametrize("text", ["a\x00b", "\x1a0", "\x1a\x00\x1a1", "𠮷䶮\ue000\u2028", "'; --", "%s :x $1 ?", "\\x00"])
    async def test_any_text_comes_back_as_it_was_kept(self, store: Store, reader: Reader, text: str) -> None:
        """A county's numbers, names and reasons hold what they hold."""

        def work(tx: Transaction) -> tuple[list[int], int]:
            subject = tx.add_subject("case")
            tx.link(Serial(text, text, text), subject)
            made = delivery(tx, subject, text)
            tx.move(made, D.DEAD, at=1, due=1, attempts=1, code="GT1", reason=text, body=b"", kind=text)
            tx.note(Entry(1, "dead", subject=subject, system=text, actor=text, detail={text: text}))
            tx.set_cursor(text, text)
            return tx.find_subjects([Serial(text, text, text)]), made

        subjects, made = await store.write(work)
        row = reader.delivery(made)
        assert row is not None
        assert (row.target, row.reason, row.kind) == (text, text, text)
        assert reader.subjects_by_number(text) == subjects == [row.subject]
        assert reader.serials_of(row.subject) == [Serial(text, text, text)]
        assert [(line.system, line.actor, line.detail) for line in reader.journal_of(row.subject)] == [(text, text, {text: text})]
        assert reader.cursor(text) == text
        assert [one.id for one in reader.in_state(D.DEAD, text)] == [made]

    async def test_a_value_that_cannot_be_kept_fails_its_own_work_alone(self, store: Store, reader: Reader) -> None:
        """Also where work is written together: the others of its group are kept."""
        works = [store.write(lambda tx, name=f"s{number}" if number % 4 else "\ud800": tx.add_message(message(name)))  # type: ignore[misc]  # a default binds the loop's value
                 for number in range(12)]
        ended = await asyncio.gather(*works, return_exceptions=True)
        assert [isinstance(one, int) for one in ended] == [bool(number % 4) for number in range(12)]
        assert not any(isinstance(one, StoreFailed) for one in ended)
        assert {system for system, _, _ in reader.message_counts()} == {f"s{number}" for number in range(12) if number % 4}

    async def test_a_cursor_is_as_it_was_set_last(self, store: Store, reader: Reader) -> None:
        """Each source has its own; one never set is empty."""
        for system, cursor in (("a", "1"), ("b", "2"), ("a", "3")):
            await store.write(partial(_set_cursor, system, cursor))
        assert [reader.cursor(one) for one in ("a", "b", "c")] == ["3", "2", ""]

    async def test_open_cases_are_those_a_system_took_or_told_of_and_nothing_closed(
        self, store: Store, reader: Reader
    ) -> None:
        """By their serials, oldest first; not what is finished, of another system, or long past."""
        def work(tx: Transaction) -> list[int]:
            subjects = [tx.add_subject("case") for _ in range(5)]
            for number, subject in enumerate(subjects):
                tx.link(Serial("", "province", f"P{number}"), subject)
            delivery(tx, subjects[0], "jiexi.approval", D.CONFIRMED)
            delivery(tx, subjects[1], "jiexi.approval", D.WAITING)
            delivery(tx, subjects[2], "jiexi.approval", D.SENT)
            kept = tx.add_message(message("jiexi.approval"))
            tx.add_event(NewEvent(kept, subjects[2], "case.finish", 1, b"f", b"d", "plan", 0, b"s"))
            tx.add_event(NewEvent(kept, subjects[3], "case.step", 1, b"s", b"d", "plan", 0, b"s"))
            old = tx.add_message(message("jiexi.approval", at=10))
            tx.add_event(NewEvent(old, subjects[4], "case.step", 1, b"s", b"d", "plan", 0, b"s"))
            return subjects

        subjects = await store.write(work)
        asked = CasesAsked("province", ("case.finish", "case.void"), 0, 0)
        found = reader.open_cases("jiexi.approval", asked, 500)
        assert found == SomeCases([OpenCase(subjects[0], "P0"), OpenCase(subjects[3], "P3")], None)
        behind = reader.open_cases("jiexi.approval", asked._replace(after=subjects[0]), 500)
        assert [case.number for case in behind.cases] == ["P3"]

    async def test_what_waits_for_later_is_found_by_subject(self, store: Store) -> None:
        """Deliveries of the subject that wait or retry after a time, and of no other subject."""

        def work(tx: Transaction) -> tuple[list[int], list[int]]:
            subject, other = tx.add_subject("case"), tx.add_subject("case")
            made = [delivery(tx, subject, state=state, due=due) for state, due in (
                (D.WAITING, 100), (D.WAITING, 101), (D.RETRYING, 102), (D.UNKNOWN, 103), (D.BLOCKED, 104))]
            delivery(tx, other, due=200)
            return made, tx.open_of_subject(subject, 100)

        made, found = await store.write(work)
        assert found == made[1:3]

    async def test_what_is_told_of_matters_waits_until_it_is_taken(self, store: Store, reader: Reader) -> None:
        """Oldest first; and a record is kept anew with what was fetched for it."""
        def work(tx: Transaction) -> tuple[list[int], int]:
            subject = tx.add_subject("matter")
            told = [event(tx, subject, bytes([number])) for number in range(3)]
            for ident in told:
                tx.tell_matter(ident)
            kept = tx.add_message(message())
            tx.keep_with(kept, b"fetched")
            return told, kept

        told, kept = await store.write(work)
        assert [row.id for row in reader.matters_told(2)] == told[:2]
        await store.write(lambda tx: tx.matters_taken(told[:2]))
        assert [row.id for row in reader.matters_told(9)] == told[2:]
        row = reader.message(kept)
        assert row is not None
        assert row.body == b"fetched"

    async def test_a_blob_is_needed_as_long_as_a_message_refers_to_it(self, store: Store, reader: Reader) -> None:
        """Counted once for each message, in the transaction that keeps the message; what was undone counts not."""
        a, b, c = ("aa" * 32, "bb" * 32, "cc" * 32)

        def kept(tx: Transaction) -> None:
            for blobs in ([a, a], [a, b]):
                tx.refer(tx.add_message(message()), blobs)

        def undone(tx: Transaction) -> None:
            tx.refer(tx.add_message(message()), [c])
            raise ZeroDivisionError

        await store.write(kept)
        with pytest.raises(ZeroDivisionError):
            await store.write(undone)
        assert reader.referred([a, b, c]) == {a, b}
        assert reader.referred([]) == set()
