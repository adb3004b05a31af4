# ruff: noqa: S101  a suite of tests asserts
"""What every store promises of lists and counts. Part of `StoreContract`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from guantong.clock import NEVER
from guantong.journey.states import MessageState
from guantong.openstore import OpenRow
from guantong.store import Entry, Reader, Store, Transaction
from guantong.testing.stored import D, delivery, message


class ListingContract:
    """Inherited by `StoreContract`, which has the fixtures."""

    async def test_lists_hold_one_state_by_number(self, store: Store, reader: Reader) -> None:
        """Deliveries by state, of one target or all, page by page; messages by state, of one system or all."""

        def work(tx: Transaction) -> tuple[list[int], list[int]]:
            subject = tx.add_subject("case")
            dead = [delivery(tx, subject, target, D.DEAD) for target in ("a", "b", "a")]
            parked = [tx.add_message(message(system, MessageState.PARKED)) for system in ("x", "y")]
            return dead, parked

        dead, parked = await store.write(work)
        assert [row.id for row in reader.in_state(D.DEAD)] == dead
        assert [row.id for row in reader.in_state(D.DEAD, "a")] == [dead[0], dead[2]]
        assert [row.id for row in reader.in_state(D.DEAD, None, 1, dead[0])] == [dead[1]]
        assert reader.in_state(D.SENT) == []
        assert [row.id for row in reader.messages_in(MessageState.PARKED)] == parked
        assert [row.id for row in reader.messages_in(MessageState.PARKED, "y")] == parked[1:]
        await store.write(lambda tx: tx.set_message(parked[0], MessageState.DISCARDED, "GT1", "why"))
        row = reader.message(parked[0])
        assert row is not None
        assert (row.state, row.code, row.reason) == (MessageState.DISCARDED, "GT1", "why")

    async def test_what_is_not_finished_is_listed_with_what_it_is_about(self, store: Store, reader: Reader) -> None:
        """State by state, of one target or all, page by page: its event's values, and the system that told it."""

        def work(tx: Transaction) -> list[int]:
            subject = tx.add_subject("case")
            states = [("a", D.WAITING), ("b", D.WAITING), ("a", D.BLOCKED), ("a", D.SENT), ("a", D.CONFIRMED), ("a", D.WAITING)]
            made = [delivery(tx, subject, target, state) for target, state in states]
            tx.move(made[0], D.WAITING, at=2, due=3, attempts=4, code="GT412", reason="no")
            return made

        made = await store.write(work)
        first = reader.open_deliveries(D.WAITING)[0]
        assert first == OpenRow(made[0], first.event, "a", "case.step", D.WAITING, 4, 1_000, "GT412", "no", "puning.approval", b"sealed 1")
        assert [row.id for row in reader.open_deliveries(D.WAITING)] == [made[0], made[1], made[5]]
        assert [row.id for row in reader.open_deliveries(D.WAITING, "a")] == [made[0], made[5]]
        assert [row.id for row in reader.open_deliveries(D.WAITING, None, 1, made[0])] == [made[1]]
        assert [row.id for row in reader.open_deliveries(D.BLOCKED)] == [made[2]]
        assert [row.id for row in reader.open_deliveries(D.SENT)] == [made[3]]

    async def test_what_came_is_read_newest_first_page_by_page(self, store: Store, reader: Reader) -> None:
        """Messages and deliveries of one system or all, since a time, before an id."""

        def work(tx: Transaction) -> tuple[list[int], list[int]]:
            subject = tx.add_subject("case")
            came = [tx.add_message(message(system, at=at)) for system, at in (("x", 10), ("y", 20), ("x", 30))]
            return came, [delivery(tx, subject, target, at=at) for target, at in (("a", 10), ("b", 20), ("a", 30))]

        came, sent = await store.write(work)
        end = 1 << 62
        assert [row.id for row in reader.recent_messages(came[2] + 1, 0, None, 2)] == [came[2], came[1]]
        assert [row.id for row in reader.recent_messages(came[2], 0, None, 9)] == [came[1], came[0]]
        assert [row.id for row in reader.recent_messages(came[2] + 1, 10, "x", 9)] == [came[2], came[0]]
        assert [row.id for row in reader.recent_messages(came[2] + 1, 11, "x", 9)] == [came[2]]
        assert [row.id for row in reader.recent_deliveries(end, 0, None, 2)] == [sent[2], sent[1]]
        assert [row.id for row in reader.recent_deliveries(sent[2], 0, "a", 9)] == [sent[0]]
        assert [row.id for row in reader.recent_deliveries(end, 20, None, 9)] == [sent[2], sent[1]]

    async def test_counts_and_statistics_add_up(self, store: Store, reader: Reader) -> None:
        """Deliveries by target and state, with the age of the oldest that is not finished; attempts beyond the first; what was
        settled; how long deliveries took."""

        def work(tx: Transaction) -> None:
            subject = tx.add_subject("case")
            for at in (300, 200):
                delivery(tx, subject, "t", at=at)
            for taken in (10, 20, 30):
                done = delivery(tx, subject, "t", at=1_000)
                tx.move(done, D.CONFIRMED, at=1_000 + taken, due=0, attempts=3)
            tx.note(Entry(1, "settled", subject=subject, system="t"))

        await store.write(work)
        counted = sorted((target, state, count, oldest if state is D.WAITING else 0) for target, state, count, oldest in reader.counts())
        assert counted == [("t", D.CONFIRMED, 3, 0), ("t", D.WAITING, 2, 200)]
        assert [reader.unfinished(most) for most in (1, 2, 100)] == [1, 2, 2]
        figures = reader.statistics()["t"]
        assert (figures["retried"], figures["settled"], figures["p50_ms"], figures["p99_ms"]) == (6, 1, 20, 30)

    async def test_what_waits_for_somebody_is_listed_page_by_page(self, store: Store, reader: Reader) -> None:
        """Parked messages of one code; waiting deliveries of a target without a due time; by number, after one."""

        def work(tx: Transaction) -> tuple[list[int], list[int]]:
            subject = tx.add_subject("case")
            parked = [tx.add_message(replace(message(system, MessageState.PARKED), code=code))
                      for system, code in (("x", "GT1"), ("y", "GT2"), ("y", "GT1"), ("x", "GT1"))]
            tx.add_message(replace(message("x", MessageState.DUPLICATE), code="GT1"))
            made = [delivery(tx, subject, target, state, due=due) for target, state, due in (
                ("t", D.WAITING, NEVER), ("t", D.WAITING, 100), ("u", D.WAITING, NEVER), ("t", D.UNKNOWN, NEVER),
                ("t", D.WAITING, NEVER), ("t", D.BLOCKED, NEVER))]
            return parked, made

        parked, made = await store.write(work)

        def listed(*asked: Any) -> list[int]:
            return [row.id for row in reader.messages_in(MessageState.PARKED, *asked)]

        assert listed(None, 10, "GT1") == [parked[0], parked[2], parked[3]]
        assert listed("x", 10, "GT1", parked[0]) == [parked[3]]
        assert listed(None, 1, "GT1", parked[0]) == [parked[2]]
        assert listed(None, 10, None, parked[1]) == parked[2:]
        assert [row.id for row in reader.awaiting("t", NEVER, 10)] == [made[0], made[4]]
        assert [row.id for row in reader.awaiting("t", NEVER, 1)] == [made[0]]
        assert [row.id for row in reader.awaiting("t", NEVER, 10, made[0])] == [made[4]]
        assert [row.id for row in reader.awaiting("t", 100, 10)] == [made[0], made[1], made[4]]
        assert [row.id for row in reader.awaiting("t", 101, 10)] == [made[0], made[4]]
        assert [row.id for row in reader.due("t", 10)] == [made[1]]
