# ruff: noqa: S101  a suite of tests asserts
"""What bringing a system online needs of a store: parallel running and backfill. Part of `StoreContract`."""

from __future__ import annotations

from guantong.store import Reader, Store, Transaction
from guantong.testing.stored import D, delivery


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
