# ruff: noqa: S101  a suite of tests asserts
"""What every store promises of findings, and of what happened to a subject. Part of `StoreContract`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from guantong.finding import FindingKind
from guantong.store import FindingFilter, Happening, NewEvent, NewFinding, Reader, Store, Transaction
from guantong.testing.stored import event, message

ODD = FindingKind("odd_thing", "Odd", "奇怪", "look", "请查看")
DAILY = FindingKind("daily_thing", "Daily", "日常", "nothing", "无需处理", ordinary=True)


class FindingContract:
    """Inherited by `StoreContract`, which has the fixtures."""

    async def test_what_happened_to_a_subject_is_told_oldest_first(self, store: Store) -> None:
        """Name, key, version and when, without what a person holds back."""

        def work(tx: Transaction) -> tuple[int, list[Happening]]:
            subject = tx.add_subject("case")
            kept = tx.add_message(message())
            for number, (name, held, occurred) in enumerate([
                ("case.finish", False, "2014-07-18"), ("case.step", True, ""), ("case.acceptance", False, ""),
            ]):
                tx.add_event(NewEvent(kept, subject, name, number + 1, b"k%d" % number, b"d", "plan", 0, b"sealed",
                                      held, occurred))
            event(tx, tx.add_subject("case"))
            return subject, tx.happened(subject)

        _, told = await store.write(work)
        assert [(one.name, one.key, one.version, one.occurred) for one in told] == [
            ("case.finish", b"k0", 1, "2014-07-18"), ("case.acceptance", b"k2", 3, "")]

    async def test_a_finding_is_kept_once(self, store: Store, reader: Reader) -> None:
        """One for each kind, subject and identity; the first is kept, field by field."""
        first = NewFinding(ODD, 1_000, 7, "case.step", "puning.approval", "445281", 3, 4, {"event": "case.step"})

        def work(tx: Transaction) -> list[int]:
            return [tx.add_finding(one, reopen="hub") for one in (
                first, replace(first, at=2_000, detail={}), replace(first, identity="other"),
                replace(first, subject=8), replace(first, kind=DAILY))]

        numbers = await store.write(work)
        assert [bool(number) for number in numbers] == [True, False, True, True, True]
        row = reader.finding(numbers[0])
        assert row is not None
        assert row == await store.write(lambda tx: tx.finding(numbers[0]))
        assert (row.kind, row.ordinary, row.at, row.subject, row.identity, row.system, row.region, row.message,
                row.delivery, row.detail, row.settled_at, row.settled_by, row.why) == (
            "odd_thing", False, 1_000, 7, "case.step", "puning.approval", "445281", 3, 4, {"event": "case.step"}, 0, "", "")
        assert await store.write(lambda tx: tx.find_finding(7, "odd_thing", "case.step")) == numbers[0]
        assert await store.write(lambda tx: tx.find_finding(7, "odd_thing", "no such")) == 0
        assert reader.finding(10_000) is None

    async def test_a_settled_finding_opens_again_only_where_the_hub_settled_it(
        self, store: Store, reader: Reader
    ) -> None:
        """What a person settled stays settled."""
        found = [NewFinding(ODD, 1_000, subject) for subject in (1, 2)]

        def settle(tx: Transaction) -> list[bool]:
            numbers = [tx.add_finding(one, reopen="hub") for one in found]
            return [tx.settle_finding(number, 2_000, by, "因为") for number, by in zip(numbers, ("hub", "陈工"), strict=True)]

        assert await store.write(settle) == [True, True]
        assert await store.write(lambda tx: tx.settle_finding(1, 3_000, "陈工", "again")) is False
        again = await store.write(lambda tx: [tx.add_finding(replace(one, at=4_000), reopen="hub") for one in found])
        assert again == [1, 0]
        rows = [reader.finding(number) for number in (1, 2)]
        assert [(row.at, row.settled_at, row.settled_by, row.why) for row in rows if row] == [
            (4_000, 0, "", ""), (1_000, 2_000, "陈工", "因为")]

    async def test_findings_are_filtered_and_counted(self, store: Store, reader: Reader) -> None:
        """By kind, system, region, time and whether they are settled; ordinary ones only when asked for."""

        def work(tx: Transaction) -> None:
            for subject, (kind, system, region, at) in enumerate([
                (ODD, "east.approval", "445202", 1_000), (ODD, "west.approval", "445203001000", 2_000),
                (DAILY, "east.approval", "445202", 3_000), (ODD, "east.approval", "445202", 4_000),
            ]):
                tx.add_finding(NewFinding(kind, at, subject + 1, "", system, region), reopen="hub")
            tx.settle_finding(4, 5_000, "陈工", "done")

        await store.write(work)

        def listed(limit: int = 1000, after: int = 0, **which: Any) -> list[int]:
            return [row.id for row in reader.findings(FindingFilter(**which), limit, after)]

        assert listed() == [1, 2]
        assert listed(ordinary=True) == [1, 2, 3]
        assert listed(kind="daily_thing") == [3]
        assert listed(kind="odd_thing") == [1, 2]
        assert listed(system="east.approval") == [1]
        assert listed(region="445203") == [2]
        assert listed(region="4452", ordinary=True) == [1, 2, 3]
        assert listed(since=1_500) == [2]
        assert listed(settled=True) == [4]
        assert listed(settled=True, system="west.approval") == []
        assert listed(limit=1) == [1]
        assert listed(after=1) == [2]
        assert sorted(reader.finding_counts()) == [
            ("daily_thing", "east.approval", True, 1), ("odd_thing", "east.approval", False, 1),
            ("odd_thing", "west.approval", False, 1)]

    async def test_findings_follow_a_merge_each_once(self, store: Store, reader: Reader) -> None:
        """Of two that are the same, the older subject's stays."""

        def work(tx: Transaction) -> None:
            older, younger = tx.add_subject("case"), tx.add_subject("case")
            for subject, identity in ((older, "a"), (younger, "a"), (younger, "b")):
                tx.add_finding(NewFinding(ODD, 1_000, subject, identity), reopen="hub")
            tx.merge(older, younger)

        await store.write(work)
        assert [(row.id, row.subject, row.identity) for row in reader.findings(FindingFilter())] == [(1, 1, "a"), (3, 1, "b")]
