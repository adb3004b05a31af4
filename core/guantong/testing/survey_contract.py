# ruff: noqa: S101  a suite of tests asserts
"""What every store promises of a survey of everything in it. Part of `StoreContract`."""

from __future__ import annotations

from guantong.store import Entry, NewEvent, Reader, Store, Transaction
from guantong.surveystore import DeliveryFacts, EntryFacts, MessageFacts
from guantong.testing.stored import D, delivery, message


class SurveyContract:
    """Inherited by `StoreContract`, which has the fixtures."""

    async def test_everything_is_surveyed_page_by_page(self, store: Store, reader: Reader) -> None:
        """Messages with how many events they have, deliveries with what their event says, lines of the journal with how
        many systems they name, the blobs that are needed once each; a store of ours is sound."""

        def work(tx: Transaction) -> tuple[int, int]:
            subject = tx.add_subject("case")
            tx.add_message(message())
            first, second = delivery(tx, subject, "hall"), delivery(tx, subject, "watch", D.DEAD, passes=True)
            tx.add_event(NewEvent(2, subject, "case.finish", 1, b"f", b"d", "plan", 0, b"sealed"))
            for blob, user in (("cc", 1), ("aa", 2), ("aa", 1)):
                tx.refer(user, [blob])
            tx.note(Entry(7, "routed", subject=subject, message=2, detail={"to": ["hall", "watch"]}))
            tx.note(Entry(8, "dead", subject=subject, delivery=second, detail={"event": "case.step"}))
            return first, second

        first, second = await store.write(work)
        assert reader.survey_messages(0, 10) == [
            MessageFacts(1, "puning.approval", "routed", 0), MessageFacts(2, "puning.approval", "routed", 2),
            MessageFacts(3, "puning.approval", "routed", 1)]
        assert reader.survey_messages(1, 1) == [MessageFacts(2, "puning.approval", "routed", 2)]
        assert reader.survey_deliveries(0, 10) == [
            DeliveryFacts(first, 1, 1, "hall", "waiting", False, 2, 1), DeliveryFacts(second, 2, 1, "watch", "dead", True, 3, 1)]
        assert [row.id for row in reader.survey_deliveries(first, 10)] == [second]
        assert reader.survey_journal(0, 10) == [EntryFacts(1, 7, "routed", 2, 0, 2), EntryFacts(2, 8, "dead", 0, second, 0)]
        assert [row.id for row in reader.survey_journal(1, 10)] == [2]
        assert (reader.survey_blobs("", 10), reader.survey_blobs("", 1), reader.survey_blobs("aa", 10)) == (["aa", "cc"], ["aa"], ["cc"])
        assert reader.integrity() == []

    async def test_a_snapshot_shows_one_moment(self, store: Store, reader: Reader) -> None:
        """What is written after its first read is not seen inside it, and is afterwards."""
        await store.write(lambda tx: tx.add_message(message()))
        with reader.snapshot():
            assert len(reader.survey_messages(0, 10)) == 1
            await store.write(lambda tx: tx.add_message(message()))
            assert len(reader.survey_messages(0, 10)) == 1
        assert len(reader.survey_messages(0, 10)) == 2
