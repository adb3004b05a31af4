# ruff: noqa: S101  a suite of tests asserts
"""What every store promises of who told what in turn. Part of `StoreContract`."""

from __future__ import annotations

from guantong.store import NewEvent, Store, Transaction
from guantong.testing.stored import D, message
from guantong.turnstore import Told


class TurnContract:
    """Inherited by `StoreContract`, which has the fixtures."""

    async def test_who_told_an_event_and_to_whom_it_was_sent_is_told_oldest_first(self, store: Store) -> None:
        """Of one name and subject; what waits, was given up or is held back counts for nobody; of many, the newest."""

        def work(tx: Transaction) -> tuple[list[Told], list[Told], list[Told]]:
            subject, other = tx.add_subject("case"), tx.add_subject("case")
            for number, (about, name, system, held) in enumerate([
                (subject, "case.step", "puning.approval", False), (subject, "case.finish", "puning.approval", False),
                (other, "case.step", "puning.approval", False), (subject, "case.step", "city.hall", False),
                (subject, "case.step", "city.hall", True),
            ]):
                made = tx.add_message(message(system, at=1_000 + number))
                event = tx.add_event(NewEvent(made, about, name, 1, b"k%d" % number, b"d", "plan", 0, b"sealed", held))
                for target, state in (("a", D.CONFIRMED), ("b", D.WAITING), ("c", D.SENT), ("d", D.DISCARDED)):
                    delivery = tx.add_delivery(event, about, target, name, D.WAITING, 1_000, False)
                    if state is not D.WAITING:
                        tx.move(delivery, state, at=1, due=1, attempts=1)
            return tx.told_of(subject, "case.step", 100), tx.told_of(subject, "case.step", 2), tx.told_of(subject, "case.void", 9)

        every, newest, none = await store.write(work)
        assert every == [Told(1, 1_000, "puning.approval", b"k0", ("a", "c")), Told(4, 1_003, "city.hall", b"k3", ("a", "c"))]
        assert (newest, none) == (every[1:], [])
