# ruff: noqa: S101  a suite of tests asserts
"""What every store promises of watched cases and their warnings. Part of `StoreContract`."""

from __future__ import annotations

from dataclasses import replace

from guantong.clock import NEVER
from guantong.journey.states import DeliveryState
from guantong.store import NewEvent, Reader, Store, Transaction
from guantong.supervision.kept import NewsRow, WarningRow, WatchFilter, WatchRow
from guantong.testing.stored import delivery, event, message

WATCH = WatchRow(1, 500, "running", "promised", 9_000, "445281", "4452X1", "许可", "某局", "W3", "三号窗口",
                 (("warning_missing", "yellow"),))
CARD = WarningRow(1, "no J-1", "yellow", "agrees", True, "promised", 400, "J-1", 410, 7, 2_000, 0, 0)


def _keep(tx: Transaction, *watches: WatchRow) -> None:
    for watch in watches:
        tx.keep_watch(watch, ())


class WatchContract:
    """Inherited by `StoreContract`, which has the fixtures."""

    async def test_a_watched_case_is_kept_whole_and_replaced_whole(self, store: Store, reader: Reader) -> None:
        """Every column comes back; what is kept anew takes the place of all that was, warnings too."""
        missing = replace(CARD, identity="expected red", level="red", verdict="missing", no="", raised_at=0, event=0, reply_by=0)
        await store.write(lambda tx: tx.keep_watch(WATCH, (CARD, missing)))
        assert reader.watch(1) == WATCH
        assert reader.warnings_of(1) == [CARD, missing]
        assert reader.watch(2) is None
        assert (reader.warnings_numbered("J-1"), reader.warnings_numbered("")) == ([CARD], [])
        assert await store.write(lambda tx: (tx.noted_of(1), tx.noted_of(2))) == ((("warning_missing", "yellow"),), ())
        ended = replace(WATCH, state="met", look_at=NEVER, noted=())
        await store.write(lambda tx: tx.keep_watch(ended, (replace(CARD, open=False, replied_at=600),)))
        assert reader.watch(1) == ended
        assert [(one.open, one.replied_at) for one in reader.warnings_of(1)] == [(False, 600)]
        await store.write(lambda tx: tx.forget_watch(1))
        assert (reader.watch(1), reader.warnings_of(1)) == (None, [])

    async def test_the_cases_whose_time_has_come_are_found_longest_due_first(self, store: Store, reader: Reader) -> None:
        """None whose time is still to come, none that nothing will change; one to look at again is due at once."""
        await store.write(lambda tx: _keep(tx, *(replace(WATCH, subject=number, look_at=at) for number, at in (
            (1, 300), (2, 100), (3, 301), (4, NEVER)))))
        assert reader.to_look_at(300, 10) == [2, 1]
        assert reader.to_look_at(300, 1) == [2]

        def again(tx: Transaction) -> None:
            tx.look_again(4)
            tx.look_again(9)

        await store.write(again)
        assert reader.to_look_at(50, 10) == [4, 9]
        assert (reader.watch(4) or WATCH).state == "running"   # nothing else of it changed
        await store.write(lambda tx: tx.look_all_again())
        assert sorted(reader.to_look_at(0, 10)) == [1, 2, 3, 4, 9]

    async def test_two_cases_that_are_one_are_judged_as_one(self, store: Store, reader: Reader) -> None:
        """The older is looked at again and has what was noted of both; of the younger nothing is left."""
        def work(tx: Transaction) -> None:
            tx.keep_watch(WATCH, (CARD,))
            tx.keep_watch(replace(WATCH, subject=2, noted=(("reply_overdue", "no J-1"), *WATCH.noted)), ())
            tx.merge_watch(1, 2)
            tx.keep_watch(replace(WATCH, subject=4), (replace(CARD, subject=4),))
            tx.merge_watch(3, 4)  # of which the older was not watched

        await store.write(work)
        merged = reader.watch(1)
        assert merged is not None
        assert (merged.look_at, merged.noted) == (0, (*WATCH.noted, ("reply_overdue", "no J-1")))
        assert (reader.watch(2), reader.watch(4), reader.warnings_of(4)) == (None, None, [])
        assert (reader.watch(3) or WATCH).noted == WATCH.noted
        assert reader.to_look_at(0, 10) == [1, 3]

    async def test_watched_cases_are_listed_soonest_due_first(self, store: Store, reader: Reader) -> None:
        """Those without an end last; closed ones when asked for; filtered by state, region, window and time."""
        await store.write(lambda tx: _keep(
            tx, replace(WATCH, subject=1, due=0, state="stopped"), replace(WATCH, subject=2, due=700, region="445202"),
            replace(WATCH, subject=3, due=600, state="overdue", window="W9"), replace(WATCH, subject=4, due=100, state="met")))

        def listed(**which: object) -> list[int]:
            return [row.subject for row in reader.watched(WatchFilter(**which))]  # type: ignore[arg-type]  # by name

        assert listed() == [3, 2, 1]
        assert listed(closed=True) == [4, 3, 2, 1]
        assert listed(states=("stopped", "overdue")) == [3, 1]
        assert listed(region="4452", window="W3") == [2, 1]
        assert listed(region="44528") == [3, 1]
        assert listed(due_before=650) == [3]
        assert [row.subject for row in reader.watched(WatchFilter(), 1)] == [3]

    async def test_warnings_are_listed_with_their_cases_by_reply_limit(self, store: Store, reader: Reader) -> None:
        """Open ones only, unless all are asked for."""
        def work(tx: Transaction) -> None:
            tx.keep_watch(WATCH, (CARD, replace(CARD, identity="no J-0", no="J-0", open=False)))
            tx.keep_watch(replace(WATCH, subject=2, region="445202"), (
                replace(CARD, subject=2, reply_by=1_000, level="red"), replace(CARD, subject=2, identity="x", reply_by=0)))

        await store.write(work)
        found = reader.warnings(WatchFilter())
        assert [(one.warning.identity, one.watch.subject) for one in found] == [("no J-1", 2), ("no J-1", 1), ("x", 2)]
        assert found[1].warning == CARD
        assert found[1].watch == WATCH
        assert [one.warning.no for one in reader.warnings(WatchFilter(region="445281", closed=True))] == ["J-0", "J-1"]
        assert [one.watch.subject for one in reader.warnings(WatchFilter(level="red"))] == [2]
        assert [one.watch.subject for one in reader.warnings(WatchFilter(due_before=2_000))] == [2]

    async def test_what_is_new_and_what_was_heard_of_a_case_are_told_in_order(self, store: Store, reader: Reader) -> None:
        """Events by id with their cases; of one case, with when and from whom each came, but for what is held back."""
        def work(tx: Transaction) -> tuple[int, list[int]]:
            subject, other = tx.add_subject("case"), tx.add_subject("case")
            made = [event(tx, subject), event(tx, other, b"other"), event(tx, subject, b"held", held_back=True), event(tx, subject, b"last")]
            tx.add_message(message())
            return subject, made

        subject, made = await store.write(work)
        news = reader.new_events(0, 10)
        assert [one.id for one in news] == made
        assert news[0] == NewsRow(made[0], subject, "case.step")
        assert [one.id for one in reader.new_events(made[1], 1)] == [made[2]]
        heard = reader.heard_of(subject)
        assert [(row.id, at, system) for row, at, system, _ in heard] == [(made[0], 1_000, "puning.approval"), (made[3], 1_000, "puning.approval")]
        assert [backfilled for *_, backfilled in heard] == [False, False]
        assert heard[0][0] == reader.event(made[0])

    async def test_the_parties_of_a_subject_are_who_told_of_it_or_was_told_in_the_order_of_the_first_time(self, store: Store) -> None:
        """Each once; who was only sent a warning comes last; of a subject nobody spoke of, none. So a county that tells of
        another's case later never comes before the one that the hall's application was sent to."""
        def work(tx: Transaction) -> tuple[list[str], list[str]]:
            subject = tx.add_subject("case")
            card = tx.add_event(NewEvent(tx.add_message(message("city.watch")), subject, "alert.raised", 1, b"w", b"d", "plan", 0, b"sealed"))
            tx.add_delivery(card, subject, "east.approval", "alert.raised", DeliveryState.WAITING, 1_000, False)
            delivery(tx, subject, "city.hall")
            kept = tx.add_message(message("city.portal"))
            tx.add_event(NewEvent(kept, subject, "case.application", 1, b"a", b"d", "plan", 0, b"sealed"))
            delivery(tx, subject, "puning.approval")
            return tx.parties(subject), tx.parties(tx.add_subject("case"))

        assert await store.write(work) == (["city.watch", "puning.approval", "city.hall", "city.portal", "east.approval"], [])

    async def test_a_reader_names_the_parties_as_a_transaction_does(self, store: Store, reader: Reader) -> None:
        """The kiosks ask without writing."""
        def work(tx: Transaction) -> tuple[int, list[str]]:
            subject = tx.add_subject("case")
            delivery(tx, subject, "city.hall")
            return subject, tx.parties(subject)

        subject, parties = await store.write(work)
        assert reader.parties(subject) == parties == ["puning.approval", "city.hall"]
