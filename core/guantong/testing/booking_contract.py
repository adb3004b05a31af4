# ruff: noqa: S101  a suite of tests asserts
"""What every store promises of holding books against each other (对账). Part of `StoreContract`."""

from __future__ import annotations

from guantong.journey.states import MessageState
from guantong.reconcilestore import Pointer, Reconciliation, ToldEvent, Went
from guantong.store import NewEvent, Reader, Serial, Store, Transaction
from guantong.testing.stored import D, delivery, message

COUNTY, PROVINCE = Serial("puning.approval", "county", "PN-1"), Serial("", "province", "4452-1")


def _told(tx: Transaction, system: str, subject: int, at: int, state: MessageState = MessageState.ROUTED, *, held_back: bool = False) -> int:
    kept = tx.add_message(message(system, state, at))
    return tx.add_event(NewEvent(kept, subject, "case.step", 2, b"key", b"digest", "plan", 5, b"sealed", held_back, "2026-11-26T09:00:00+08:00"))


class BookingContract:
    """Inherited by `StoreContract`, which has the fixtures."""

    async def test_what_a_system_told_is_read_message_by_message(self, store: Store, reader: Reader) -> None:
        """In order, from a place on, up to a message, of that system alone, some at a time."""

        def work(tx: Transaction) -> None:
            for number, system in enumerate(("puning.approval", "jiexi.approval", "puning.approval", "puning.approval"), 1):
                _told(tx, system, number, 1_000 * number, MessageState.UNROUTED if number == 3 else MessageState.ROUTED, held_back=number == 4)

        await store.write(work)
        first = ToldEvent(1, 1, 1, "case.step", 2, b"key", b"digest", "2026-11-26T09:00:00+08:00", False, 1_000, "routed")
        third = first._replace(id=3, message=3, subject=3, at=3_000, state="unrouted")
        fourth = first._replace(id=4, message=4, subject=4, at=4_000, held_back=True)
        assert reader.told_between("puning.approval", (0, 0), 9, 9) == [first, third, fourth]
        assert reader.told_between("puning.approval", (1, 1), 3, 9) == [third]
        assert reader.told_between("puning.approval", (1, 0), 9, 1) == [first]
        assert reader.told_of_subjects("puning.approval", [1, 2, 4, 77], 9) == [first, fourth]
        assert reader.told_of_subjects("puning.approval", [1, 4], 3) == [first]
        assert reader.told_of_subjects("puning.approval", [], 9) == []
        await store.write(lambda tx: tx.drop_contents([2], [2], []))
        assert reader.contents([1, 2, 3, 99]) == {1: b"sealed", 3: b"sealed"}
        assert [reader.message_from(number) for number in (0, 3, 5)] == [(1, 1_000), (3, 3_000), None]

    async def test_many_numbers_are_looked_up_together(self, store: Store, reader: Reader) -> None:
        """Each with its kind, its scope and its subject; what is not known is left out."""

        def work(tx: Transaction) -> None:
            tx.link(PROVINCE, tx.add_subject("case"))
            tx.link(COUNTY, tx.add_subject("case"))

        await store.write(work)
        assert reader.pointers(["PN-1", "4452-1", "nobody's"]) == [Pointer(PROVINCE, 1), Pointer(COUNTY, 2)]
        assert reader.pointers([]) == []

    async def test_where_events_went_is_told_of_many_together(self, store: Store, reader: Reader) -> None:
        """Every delivery of each, with the state it is in."""

        def work(tx: Transaction) -> None:
            delivery(tx, 1, state=D.DEAD)
            delivery(tx, 2, "city.watch")
            delivery(tx, 3)

        await store.write(work)
        assert reader.went([1, 2, 99]) == [Went(1, 1, "city.hall", D.DEAD), Went(2, 2, "city.watch", D.WAITING)]

    async def test_what_came_of_a_day_is_kept_once(self, store: Store, reader: Reader) -> None:
        """The newer takes the older's place; the latest days come first, of one system alone."""
        first = Reconciliation("jiexi.approval", "2026-11-25", 5_000, "hub", {"agrees": 7, "missing": 1})
        again, later = first._replace(at=6_000, actor="陈工", counts={"agrees": 8}), first._replace(day="2026-11-26")
        other = first._replace(system="puning.approval")
        for one in (first, later, other, again):
            await store.write(lambda tx, one=one: tx.keep_reconciliation(one))  # type: ignore[misc]  # mypy cannot infer a lambda's default
        assert reader.reconciliations("jiexi.approval", 9) == [later, again]
        assert reader.reconciliations("jiexi.approval", 1) == [later]
        assert reader.reconciliations("nobody.knows", 9) == []
