# ruff: noqa: S101  a suite of tests asserts
"""What every store promises of counts of wrong passwords: a part of `StoreContract`."""

from __future__ import annotations

from pathlib import Path

from guantong.kiosk.kept import Tried
from guantong.store import Store, Transaction

KEYS = [bytes([number]) * 16 for number in range(4)]


class TriesContract:
    """Inherited by `StoreContract`."""

    async def test_wrong_passwords_are_counted_and_forgotten(self, store: Store) -> None:
        """By key: set, set anew, one forgotten, those of old forgotten; what is not there is None."""

        def work(tx: Transaction) -> list[Tried | None]:
            for number, key in enumerate(KEYS):
                tx.set_tried(key, Tried(1000 * number, 1))
            tx.set_tried(KEYS[3], Tried(5000, 7))
            tx.forget_tried(KEYS[2])
            tx.forget_tried_before(1000)
            return [tx.tried(key) for key in KEYS]

        assert await store.write(work) == [None, Tried(1000, 1), None, Tried(5000, 7)]

    async def test_wrong_passwords_are_counted_across_a_restart(self, tmp_path: Path) -> None:
        """Another process goes on counting where the first was stopped."""
        for times in (1, 2, 3):
            store = self.make(tmp_path)  # type: ignore[attr-defined]  # of the contract it is a part of
            await store.open()

            def once_more(tx: Transaction) -> int:
                found = tx.tried(KEYS[0]) or Tried(7, 0)
                tx.set_tried(KEYS[0], found._replace(times=found.times + 1))
                return found.times + 1

            assert await store.write(once_more) == times
            await store.close()
