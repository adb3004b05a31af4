# ruff: noqa: S101  a suite of tests asserts
"""What every store promises of retention (保留期限). Part of `StoreContract`."""

from __future__ import annotations

from guantong.journey.states import MessageState
from guantong.retentionstore import Frozen
from guantong.store import (
    Entry,
    FindingFilter,
    Known,
    NewFinding,
    Reader,
    Serial,
    Store,
    Transaction,
)
from guantong.testing.finding_contract import ODD
from guantong.testing.stored import D, delivery, event, message


def _case(tx: Transaction) -> int:
    """A case of one message with one event, confirmed at the hall."""
    subject = tx.add_subject("case")
    tx.link(Serial("", "province", f"4452-{subject}"), subject)
    made = delivery(tx, subject)
    row = tx.delivery(made)
    assert row is not None
    tx.move(made, D.CONFIRMED, at=2_000, due=2_000, attempts=1, body=b"sent bytes", kind="k")
    tx.remember(subject, b"key", Known(1, b"digest 1", row.event))
    tx.refer(row.event, ["aa", "bb"])  # here a message and its event have one number
    tx.note(Entry(1_000, "routed", subject=subject, message=row.event))
    tx.note(Entry(2_000, "confirmed", subject=subject, delivery=made))
    return subject


class RetentionContract:
    """Inherited by `StoreContract`, which has the fixtures."""

    async def test_what_is_kept_is_told_without_bodies(self, store: Store, reader: Reader) -> None:
        """Messages, events and deliveries with the bytes that are kept of each; the way through the journal leads to each."""

        def work(tx: Transaction) -> int:
            case = _case(tx)
            tx.note(Entry(3_000, "unmasked", subject=case))
            return case

        case = await store.write(work)
        (held,) = reader.events_held(case)
        assert (held.message, held.subject, held.kind, held.name, held.key, held.held_back, held.size) == (
            1, case, "case", "case.step", b"key", False, len(b"sealed 1"))
        assert reader.events_held_of(1) == [held]
        told = reader.message_held(1)
        assert told is not None
        assert (told.system, told.at, told.state, told.backfill, told.size) == ("puning.approval", 1_000, "routed", 0, 6)
        (sent,) = reader.deliveries_held(held.id)
        assert (sent.target, sent.state, sent.moved_at, sent.waits, sent.size) == ("city.hall", "confirmed", 2_000, False, 10)
        assert (reader.blobs_held(1), reader.message_held(99), reader.untaken(held.id)) == (2, None, False)
        assert [(one.subject, one.kind, one.message) for one in reader.steps(0, 10)] == [(case, "case", 1)] * 2 + [(case, "case", 0)]
        assert [one.entry for one in reader.steps(1, 1)] == [2]
        assert reader.last_step(case) == 2, "who looked at it does not make it younger"
        assert reader.newest_kept() == (1, 1, 1, 3)
        assert (reader.told_beside(1, 2), reader.told_beside(1, 20_000)) == ([case], [])

    async def test_contents_go_and_rows_stay(self, store: Store, reader: Reader) -> None:
        """Bodies are empty, what was sent and the contents are forgotten; states, numbers and identities are as they were."""

        def work(tx: Transaction) -> int:
            case = _case(tx)
            other = _case(tx)
            tx.drop_contents([1], [1], [1])
            return case if other else 0

        case = await store.write(work)
        kept, row, sent = reader.message(1), reader.event(1), reader.delivery(1)
        assert kept is not None
        assert row is not None
        assert sent is not None
        assert (kept.body, kept.state, row.body, row.digest, sent.body, sent.state) == (b"", "routed", b"", b"digest 1", None, D.CONFIRMED)
        assert await store.write(lambda tx: tx.known(case, b"key")) == Known(1, b"digest 1", 1)
        assert reader.survey_blobs("", 10) == ["aa", "bb"], "another message needs them"
        assert (reader.blobs_held(1), reader.blobs_held(2)) == (0, 2)
        other = reader.message(2)
        assert other is not None
        assert other.body == b"sealed"

    async def test_rows_go_and_the_journal_and_the_numbers_stay(self, store: Store, reader: Reader) -> None:
        """Nothing of a case is left but what points to it and what happened to it; another case is untouched."""

        def work(tx: Transaction) -> tuple[int, int]:
            case, other = _case(tx), _case(tx)
            tx.handled_at("S1", case, "", 1_000)
            settled = tx.add_finding(NewFinding(ODD, 1_000, case, system="puning.approval"), reopen="hub")
            tx.settle_finding(settled, 2_000, "陈工", "x")
            tx.add_finding(NewFinding(ODD, 1_000, other, system="puning.approval"), reopen="hub")
            tx.drop_rows([1], [1], [1])
            tx.drop_case(case)
            return case, other

        case, other = await store.write(work)
        assert (reader.message(1), reader.event(1), reader.delivery(1), reader.blobs_held(1)) == (None, None, None, 0)
        assert await store.write(lambda tx: [tx.known(case, b"key"), tx.known(other, b"key")]) == [None, Known(1, b"digest 1", 2)]
        assert [line.what for line in reader.journal_of(case)] == ["routed", "confirmed"]
        assert reader.subjects_by_number(f"4452-{case}") == [case]
        assert reader.events_held(other)
        assert reader.deliveries_of_subject(other)
        assert (reader.findings(FindingFilter(settled=True)), reader.odd_of(other), reader.site_work()) == ([], [(0, 0)], [])

    async def test_an_identity_that_a_newer_event_has_taken_stays(self, store: Store) -> None:
        """It goes with the event that it names, no sooner: till then an old record is told for what it is."""

        def work(tx: Transaction) -> list[Known | None]:
            subject = tx.add_subject("matter")
            older, newer = event(tx, subject), event(tx, subject, version=2)
            tx.remember(subject, b"key", Known(2, b"digest 2", newer))
            tx.drop_rows([], [older], [])
            kept = tx.known(subject, b"key")
            tx.drop_rows([], [newer], [])
            return [kept, tx.known(subject, b"key")]

        assert await store.write(work) == [Known(2, b"digest 2", 2), None]

    async def test_a_parked_record_is_forgotten_by_its_message(self, store: Store) -> None:
        """What told it from others goes, of others it stays."""

        def work(tx: Transaction) -> list[Known | None]:
            for number in (1, 2):
                made = tx.add_message(message(state=MessageState.DISCARDED))
                tx.remember(0, b"key %d" % number, Known(1, b"d", made))
            tx.drop_parked(1)
            return [tx.known(0, b"key 1"), tx.known(0, b"key 2")]

        assert await store.write(work) == [None, Known(1, b"d", 2)]

    async def test_a_case_is_frozen_once_until_it_is_thawed(self, store: Store, reader: Reader) -> None:
        """By whom and why is told; a second time changes nothing."""
        first = Frozen(7, 1_000, "陈工", "行政复议")
        assert await store.write(lambda tx: [tx.freeze(first), tx.freeze(first._replace(why="x")), tx.freeze(first._replace(subject=3))]) == [
            True, False, True]
        assert (reader.frozen(7), reader.frozen(8)) == (first, None)
        assert [one.subject for one in reader.frozen_cases()] == [3, 7]
        assert await store.write(lambda tx: [tx.thaw(7), tx.thaw(7), tx.frozen(7)]) == [True, False, None]

    async def test_space_is_given_back_in_steps(self, store: Store, reader: Reader) -> None:
        """Until there is no more to give; what is kept stays sound."""
        await store.write(lambda tx: [tx.add_message(message(body=b"x" * 50_000)) for _ in range(20)])
        await store.write(lambda tx: tx.drop_rows(range(1, 19), [], []))
        steps = 0
        while await store.write(lambda tx: tx.give_back_space(16)):
            steps += 1
            assert steps < 1000
        assert reader.integrity() == []
        last = reader.message(20)
        assert last is not None
        assert last.body == b"x" * 50_000
