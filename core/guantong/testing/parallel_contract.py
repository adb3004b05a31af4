# ruff: noqa: S101  a suite of tests asserts
"""What bringing a system online needs of a store: parallel running and backfill. Part of `StoreContract`."""

from __future__ import annotations

from dataclasses import replace

from guantong.backfillstore import BackfillOrder, BackfillRow, Progress
from guantong.journey.states import MessageState
from guantong.store import NewEvent, Reader, Store, Transaction
from guantong.testing.stored import D, delivery, message


class ParallelContract:
    """Inherited by `StoreContract`, which has the fixtures."""

    async def test_what_was_shadowed_is_listed_page_by_page(self, store: Store, reader: Reader) -> None:
        """Of one target, by number, with what was mapped."""

        def work(tx: Transaction) -> None:
            subject = tx.add_subject("case")
            for target, state in (("hall", D.SHADOWED), ("hall", D.WAITING), ("watch", D.SHADOWED), ("hall", D.SHADOWED)):
                made = delivery(tx, subject, target, state)
                tx.move(made, state, at=1, due=1, attempts=0, body=b"mapped", kind="STEP")

        await store.write(work)
        assert [(row.id, row.body, row.kind) for row in reader.shadowed("hall")] == [(1, b"mapped", "STEP"), (4, b"mapped", "STEP")]
        assert [row.id for row in reader.shadowed("hall", limit=1)] == [1]
        assert [row.id for row in reader.shadowed("hall", after=1)] == [4]
        assert reader.shadowed("nobody") == []

    async def test_a_backfill_runs_once_at_a_time(self, store: Store, reader: Reader) -> None:
        """Of one system; of another meanwhile, and again when it has ended; how far it is, field by field."""
        east, west = BackfillOrder("east", 1, 2, 20.0, "陈工"), BackfillOrder("west", 1, 0, 20.0, "陈工", "/srv/导出")

        def begin(tx: Transaction) -> list[int]:
            return [tx.add_backfill(order, 1_000) for order in (east, east, west)]

        first, again, other = await store.write(begin)
        assert (again, bool(first), bool(other)) == (0, True, True)
        await store.write(lambda tx: tx.move_backfill(first, Progress("c7", 7, 2, 1)))
        assert reader.backfill(first) == BackfillRow(first, east, "running", Progress("c7", 7, 2, 1), 1_000, 0)
        assert [row.id for row in reader.backfills_running()] == [first, other]
        await store.write(lambda tx: tx.end_backfill(first, 2_000))
        assert reader.backfill(first) == BackfillRow(first, east, "done", Progress("c7", 7, 2, 1), 1_000, 2_000)
        assert [(row.id, row.order) for row in reader.backfills_running()] == [(other, west)]
        third = await store.write(lambda tx: tx.add_backfill(east, 3_000))
        assert third > other
        assert [row.id for row in reader.backfills_of("east", 10)] == [third, first]
        assert [row.id for row in reader.backfills_of("east", 1)] == [third]
        assert reader.backfills_of("nobody", 10) == []
        assert reader.backfill(10_000) is None

    async def test_what_a_backfill_brought_is_counted(self, store: Store, reader: Reader) -> None:
        """Its messages by state, the deliveries of their events by target and state; and each says that it is of it."""

        def work(tx: Transaction) -> tuple[int, int]:
            subject = tx.add_subject("case")
            kept = [tx.add_message(replace(message(state=state), backfill=run)) for state, run in (
                (MessageState.ROUTED, 1), (MessageState.PARKED, 1), (MessageState.ROUTED, 2), (MessageState.ROUTED, 0))]
            made = [tx.add_event(NewEvent(one, subject, "case.step", 1, b"k", b"d", "plan", 0, b"sealed")) for one in kept]
            sent = [tx.add_delivery(one, subject, "hall", "case.step", D.WAITING, 1_000, False, low=low)
                    for one, low in zip(made, (True, False, True, False), strict=True)]
            return kept[0], sent[0]

        kept, low = await store.write(work)
        assert sorted(reader.backfill_messages(1)) == [(MessageState.PARKED, 1), (MessageState.ROUTED, 1)]
        assert reader.backfill_deliveries(1) == [("hall", D.WAITING, 2)]
        assert (reader.backfill_messages(0), reader.backfill_deliveries(0)) == ([], [])
        row, sent = reader.message(kept), reader.delivery(low)
        assert row is not None
        assert sent is not None
        assert (row.backfill, sent.low) == (1, True)
        assert [one.low for one in reader.due("hall", 10)] == [True, False, True, False]
