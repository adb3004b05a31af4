# ruff: noqa: S101  a suite of tests asserts
"""What every store promises of what cases are found by: a part of `StoreContract`."""

from __future__ import annotations

from guantong.lookupstore import FoundCase
from guantong.store import Entry, Reader, Store, Transaction


class LookupContract:
    """Inherited by `StoreContract`."""

    async def test_a_case_is_found_by_its_marks_in_their_time(self, store: Store, reader: Reader) -> None:
        """From when it was first told with one to the last time, by number, so many at a time; each once."""

        def work(tx: Transaction) -> list[int]:
            cases = [tx.add_subject("case") for _ in range(3)]
            tx.find_by([b"person", b"window"], cases[0], 1_000)
            tx.find_by([b"person"], cases[0], 3_000)
            tx.find_by([b"person"], cases[0], 2_000)
            tx.find_by([b"person"], cases[1], 5_000)
            tx.find_by([b"other"], cases[2], 5_000)
            return cases

        assert reader.newest_line() == 0
        first, second, _ = await store.write(work)
        everything = reader.found_by(b"person", 0, 1 << 62, 10)
        assert everything == [FoundCase(first, 1_000, 3_000), FoundCase(second, 5_000, 5_000)]
        assert [reader.found_by(b"person", *asked) for asked in ((0, 1 << 62, 1), (0, 1 << 62, 10, first), (3_000, 5_000, 10), (3_001, 9_999, 10),
                                                               (0, 1_000, 10))] == [everything[:1], everything[1:], everything[:1], everything[1:], []]
        assert [one.subject for one in reader.found_by(b"window", 0, 1 << 62, 10)] == [first]
        assert reader.found_by(b"nobody", 0, 1 << 62, 10) == []
        entry = await store.write(lambda tx: tx.note(Entry(1_000, "routed", subject=first)))
        assert reader.newest_line() == entry

    async def test_marks_follow_a_merge_and_are_forgotten_with_their_case(self, store: Store, reader: Reader) -> None:
        """What found the younger finds the older, from the first time to the last; what is forgotten finds nothing, and others stay."""

        def work(tx: Transaction) -> tuple[int, int]:
            older, younger, other = (tx.add_subject("case") for _ in range(3))
            tx.find_by([b"both"], older, 2_000)
            tx.find_by([b"both", b"younger"], younger, 1_000)
            tx.find_by([b"both"], younger, 3_000)
            tx.find_by([b"both"], other, 4_000)
            tx.note(Entry(1_000, "routed", subject=younger))
            tx.merge(older, younger)
            return older, other

        older, other = await store.write(work)
        assert reader.found_by(b"both", 0, 1 << 62, 10) == [FoundCase(older, 1_000, 3_000), FoundCase(other, 4_000, 4_000)]
        assert reader.found_by(b"younger", 0, 1 << 62, 10) == [FoundCase(older, 1_000, 1_000)]
        await store.write(lambda tx: tx.forget_lookups(older))
        assert (reader.found_by(b"both", 0, 1 << 62, 10), reader.found_by(b"younger", 0, 1 << 62, 10)) == ([FoundCase(other, 4_000, 4_000)], [])
        await store.write(lambda tx: tx.drop_case(other))
        assert reader.found_by(b"both", 0, 1 << 62, 10) == []

    async def test_a_site_is_remembered_from_the_earliest_to_the_latest(self, store: Store, reader: Reader) -> None:
        """Whatever order they come in: what a backfill brings happened before."""

        def work(tx: Transaction) -> None:
            case = tx.add_subject("case")
            for at in (2_000, 1_000, 3_000, 1_500):
                tx.handled_at("S1", case, "", at)

        await store.write(work)
        assert [(one.first_at, one.last_at) for one in reader.sites_seen()] == [(1_000, 3_000)]
