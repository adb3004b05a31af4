"""The sequencer seals every committed line once, signs and anchors; whatever ends it at whatever step, it goes on from there."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.journey.home import FILES
from tests.journey.world import World, step, world
from tests.proof.earlier import seal_bound
from tests.proof.evidence import bound_of

from guantong.journey.engine import Engine
from guantong.journey.keptnatives import natives_of
from guantong.proof import resting as module
from guantong.proof.anchoring import append, read
from guantong.proof.binding import bind, record_value
from guantong.proof.bound import opened
from guantong.proof.hashing import HASHES
from guantong.proof.leaf import commit, leaf
from guantong.proof.notary import told
from guantong.proof.note import SigningKey, new_key
from guantong.proof.resting import Resting
from guantong.proof.sealer import BATCH, Sealer, TilesRead, numbers_of
from guantong.proof.sequencer import GATHERS, Sequencer
from guantong.proof.tree import root
from guantong.proofstore import WITHIN, Commitment, Tree
from guantong.store import Entry, Transaction
from guantong.vault import Vault

COUNTY = "east.approval"
SHA256 = HASHES["sha256"]
KEY = SigningKey(new_key("city.example/test"))
AUDIT = {"config/guantong.yaml": FILES["config/guantong.yaml"] + "audit: {anchors: [outside/checkpoints]}\n"}


class Killed(BaseException):
    """The process ended here."""


def lines_of(it: World, count: int) -> Callable[[Transaction], None]:
    """Work that journals so many lines of no case."""

    def work(tx: Transaction) -> None:
        for number in range(count):
            tx.note(Entry(it.engine.clock(), "held", system="city.hall", actor="陈工", detail={"n": number}))

    return work


def leaves(it: World) -> list[int]:
    """The numbers of the sealed lines, in the order of their sealing, each with the hash it should have."""
    found = []
    for tile in it.reader.tiles(-1, 10_000):
        for at, number in enumerate(numbers_of(tile)):
            line = it.reader.line(number)
            assert line is not None
            data = leaf(line, tile.salts[16 * at:16 * at + 16], tile.raws[32 * at:32 * at + 32])
            assert tile.hashes[32 * at:32 * at + 32] == SHA256.leaf(data)
            found.append(number)
    return found


def whole(it: World) -> None:
    """Every line is sealed once, and the newest checkpoint is of a root that the stored tree has."""
    tree = it.reader.tree()
    sealed = leaves(it)
    assert tree is not None
    assert sorted(sealed) == [line.id for line in it.reader.lines(0, 1_000_000)]
    assert tree.size == len(sealed)
    newest = it.reader.newest_checkpoint()
    if newest is not None:
        said = told(newest)
        assert said is not None
        assert root(SHA256, TilesRead(it.reader), said.size) == said.root


async def sealed(engine: Engine, key: SigningKey | None = KEY) -> None:
    sequencer = Sequencer(engine, key)
    try:
        await sequencer.sign()
    finally:
        await sequencer.close()


async def test_every_line_is_sealed_once_in_bounded_batches(tmp_path: Path) -> None:
    """A long journal takes several steps; later lines come behind, and a step without any writes nothing."""
    async with world(tmp_path) as it:
        await it.engine.store.write(lines_of(it, 2 * BATCH + 40))
        sequencer = Sequencer(it.engine, None)
        sizes = []
        while await sequencer.step():
            tree = it.reader.tree()
            assert tree is not None
            sizes.append(tree.size)
        assert [after - before for before, after in zip([0, *sizes], sizes, strict=False)][:2] == [BATCH, BATCH]
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        assert await sequencer.step()
        assert not await sequencer.step()
        await sequencer.close()
        whole(it)
        assert it.reader.newest_checkpoint() is None


class Noted(Resting):
    """Notes how long it would have rested, and does not."""

    def __init__(self, is_busy: Callable[[], bool], reckoned: Callable[[], float]) -> None:
        super().__init__(is_busy, reckoned)
        self.rests: list[float] = []

    def wait(self, seconds: float) -> None:
        self.rests.append(round(seconds, 3))


async def test_a_backlog_is_sealed_in_little_of_the_time_while_records_come(tmp_path: Path) -> None:
    """The thread rests after each body, nineteen times as long as it reckoned; full batches follow one another, lines gather for others. When
    it is quiet nobody rests on the way, and sealing has half the time; once all is sealed it is looked at as often as is set."""
    steady, cpu = count(0, 0.01), count(0, 0.001)  # so a batch takes ten milliseconds, and each piece of work one of CPU
    noted: list[Noted] = []
    between: list[float] = []
    sizes: list[int] = []
    bodies: list[int] = []

    def resting(is_busy: Callable[[], bool]) -> Resting:
        noted.append(Noted(is_busy, lambda: next(cpu)))
        return noted[0]

    async with world(tmp_path) as it:
        for number in range(3):
            await it.tell(COUNTY, step("1", f"P{number}"))
        await it.quiet()
        lines = len(it.reader.lines(0, 1000))
        await it.engine.store.write(lines_of(it, BATCH + 20 - lines))

        async def rest(seconds: float) -> None:
            between.append(round(seconds, 3))
            tree = it.reader.tree()
            sizes.append(tree.size if tree is not None else 0)
            bodies.append(len(noted[0].rests))
            if len(between) == 1:
                it.engine.pressure.take(COUNTY)
            if len(between) == 2:
                await it.engine.store.write(lines_of(it, 30))
            if len(between) == 4:
                raise asyncio.CancelledError

        it.engine.pressure.take(COUNTY)
        with pytest.raises(asyncio.CancelledError):
            await Sequencer(it.engine, None, lambda: next(steady), resting).run(rest)
        assert between == [0.0, GATHERS, 0.01, it.engine.configuration.audit.every]
        assert sizes == [BATCH, BATCH + 20, BATCH + 50, BATCH + 50]
        bound = len(it.reader.commitments("m", [1, 2, 3])) + len(it.reader.commitments("d", range(1, 20)))
        assert bodies == [bound + 1, bound + 2, bound + 2, bound + 2], "after each body, and once a batch; none when it is quiet"
        assert set(noted[0].rests) == {0.019}


async def test_who_signs_now_rests_nowhere_and_who_ends_waits_for_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person waits for a checkpoint; a hub that stops does not wait for a thread that rests."""
    monkeypatch.setattr(module, "LONGEST_REST", 1e6)  # seconds: a rest that is not ended is seen by the test's own limit
    async with world(tmp_path) as it:
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        noted: list[Noted] = []

        def resting(is_busy: Callable[[], bool]) -> Resting:
            noted.append(Noted(is_busy, lambda: 0.0))
            return noted[0]

        it.engine.pressure.take(COUNTY)
        sequencer = Sequencer(it.engine, KEY, resting=resting)
        await sequencer.sign()
        await sequencer.close()
        assert noted[0].rests == []
    ended = Resting(lambda: True, iter([0.0, 1e9, 0.0]).__next__)
    ended.begin()
    ended.end()
    ended.rest()


async def test_a_line_that_is_committed_late_is_sealed_late(tmp_path: Path) -> None:
    """Lines are found by not being sealed: one with a lower number than what is sealed comes behind it."""
    async with world(tmp_path) as it:
        await it.engine.store.write(lines_of(it, 300))
        with sqlite3.connect(tmp_path / "var/guantong.db") as connection:
            late = connection.execute("SELECT * FROM journal WHERE id = 150").fetchone()
            connection.execute("DELETE FROM journal WHERE id = 150")
        await sealed(it.engine)
        with sqlite3.connect(tmp_path / "var/guantong.db") as connection:
            connection.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", late)
        await it.engine.store.write(lines_of(it, 3))
        await sealed(it.engine)
        whole(it)
        assert leaves(it)[-4] == 150
        tree = it.reader.tree()
        assert tree is not None
        assert tree.reached == tree.size


@pytest.mark.parametrize("point", ["proof:before-commit", "proof:after-commit", "proof:signed", "proof:anchored"])
async def test_a_kill_at_any_step_loses_and_doubles_nothing(tmp_path: Path, point: str) -> None:
    """Who comes after seals what is left, and every checkpoint stands outside in the end."""
    async with world(tmp_path, files=AUDIT) as it:
        await it.engine.store.write(lines_of(it, BATCH + 5))

        def killed(reached: str) -> None:
            if reached == point:
                raise Killed

        it.engine.crash_at = killed
        with pytest.raises(Killed):
            await sealed(it.engine)
        it.engine.crash_at = lambda _: None
        await it.tell(COUNTY, step("1", "P1"))
        await sealed(it.engine)
        whole(it)
        newest = it.reader.newest_checkpoint()
        assert newest is not None
        outside = read(tmp_path / "outside/checkpoints")
        assert f"{outside[-1].text}\n" in newest.note
        assert len(outside) == len({one.text for one in outside})


async def test_two_that_seal_at_once_make_one_tree(tmp_path: Path) -> None:
    """One that was paused, and goes on where another took over, changes nothing and begins again from what stands."""
    async with world(tmp_path) as it:
        await it.engine.store.write(lines_of(it, 40))
        paused, other = Sequencer(it.engine, None), Sequencer(it.engine, None)

        def meanwhile(reached: str) -> None:
            if reached == "proof:before-commit":
                it.engine.crash_at = lambda _: None
                batch = Sealer(it.engine.store.reader(), it.engine.vault, "sha256", partial(natives_of, it.engine.configuration)).prepare(7)
                assert batch is not None
                taken.append(it.engine.store.write(lambda tx: tx.grow_tree(batch.tree, batch.tiles, batch.commitments)))

        taken: list[object] = []
        it.engine.crash_at = meanwhile
        assert await paused.step()
        assert len(taken) == 1
        assert it.reader.tree() == Tree(7, 7, "sha256")
        for one in (other, paused):
            while await one.step():
                pass
            await one.close()
        whole(it)


async def test_a_line_binds_us_to_the_bytes_it_is_about(tmp_path: Path) -> None:
    """To the record as it came, and to what was sent; all lines about the same bytes say the same."""
    async with world(tmp_path) as it:
        await it.tell(COUNTY, step("1", "P1", opinion="同意"))
        await it.quiet()
        await sealed(it.engine)
        (record,) = it.reader.commitments("m", [1])
        kept = it.reader.message(1)
        assert kept is not None
        assert record.value == value_of(it, kept.body, record)
        sent = it.reader.commitments("d", [1, 2])
        assert len(sent) == 2
        for one in sent:
            row = it.reader.delivery(one.of)
            assert row is not None
            assert row.body is not None
            assert one.value == value_of(it, row.body, one)
        (tile,) = it.reader.tiles(-1, 10)
        raws = {number: tile.raws[32 * at:32 * at + 32] for at, number in enumerate(numbers_of(tile))}
        about = {line.id: line.about for line in it.reader.lines(0, 100)}
        assert {raws[number] for number, whose in about.items() if whose == ("m", 1)} == {record.value}
        assert bound_of(it, 1).beside() == record.salt


def value_of(it: World, body: bytes, known: Commitment) -> bytes:
    """The commitment to a body, worked out from what is within and what stands beside."""
    found = opened(it.engine.vault, body, known.salt, known.value)
    assert found is not None
    content, bound = found
    return record_value(SHA256, commit(SHA256, bound.raw_salt, content), bound.natives, bound.groups)


async def test_what_an_earlier_version_bound_is_not_opened_to_seal_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a line commits to stands before its body: a sealer without the keys makes the same leaves."""
    async with world(tmp_path) as it:
        await it.tell(COUNTY, step("1", "P1", opinion="同意"))
        await it.quiet()
        bound = bind(SHA256, bytes(16), b"record")
        await it.engine.store.write(lambda tx: tx.keep_with(1, seal_bound(it.engine.vault, b"record", bound, SHA256)))
        monkeypatch.setattr(it.engine, "vault", Vault(bytes(32), bytes(32)))
        await sealed(it.engine)
        (kept,) = it.reader.commitments("m", [1])
        assert (kept.salt, kept.value) == (WITHIN, bound.value)


async def test_what_does_not_open_is_told_once_and_holds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world(tmp_path) as it:
        await it.tell(COUNTY, step("1", "P1"))
        await it.quiet()
        monkeypatch.setattr(it.engine, "vault", Vault(bytes(32), bytes(32)))
        with capture_logs() as logs:
            await sealed(it.engine)
        assert [one["about"] for one in logs if one["event"] == "proof.body_not_opened"] == ["m1"]
        assert (it.reader.commitments("m", [1]), it.reader.commitments("d", [1, 2])) == ([], [])
        whole(it)


async def test_bodies_of_an_earlier_version_are_committed_to_as_they_were_then(tmp_path: Path) -> None:
    """To the bytes, under a salt in a row of its own. So are those bound by another hash function than the tree's."""
    async with world(tmp_path) as it:
        vault, content = it.engine.vault, b"of another time"
        older = vault.seal(content)
        other = seal_bound(vault, content, bind(HASHES["sm3"], bytes(16), content), HASHES["sm3"])
        await it.tell(COUNTY, step("1", "P1"))
        await it.tell(COUNTY, step("2", "P1"))
        await it.engine.store.write(lambda tx: tx.keep_with(1, older))
        await it.engine.store.write(lambda tx: tx.keep_with(2, other))
        await sealed(it.engine)
        found = it.reader.commitments("m", [1, 2])
        assert [one.value for one in found] == [commit(SHA256, one.salt, content) for one in found]
        assert [len(one.salt) for one in found] == [16, 16]


async def test_a_tree_that_was_altered_is_not_signed(tmp_path: Path) -> None:
    """Its next checkpoint would vouch for what somebody made of it; that is told once, and sealing goes on."""
    async with world(tmp_path) as it:
        await it.engine.store.write(lines_of(it, 10))
        await sealed(it.engine)
        with sqlite3.connect(tmp_path / "var/guantong.db") as connection:
            connection.execute("UPDATE tile SET hashes = zeroblob(length(hashes))")
        await it.engine.store.write(lines_of(it, 10))
        sequencer = Sequencer(it.engine, KEY)
        with capture_logs() as logs:
            assert await sequencer.step()
            assert not await sequencer.step()
        await sequencer.close()
        assert [(one["event"], one["what"], one["why"]) for one in logs if one["event"] == "proof.hindered"] == [(
            "proof.hindered", "signing",
            "the tree is not that of the checkpoint of 10 entries any more; see it with guantong audit verify")]
        newest = it.reader.newest_checkpoint()
        assert newest is not None
        assert newest.size == 10


async def test_an_anchor_that_cannot_be_written_is_told_and_caught_up(tmp_path: Path) -> None:
    """A folder stands in its place; once that is gone the newest checkpoint comes there."""
    async with world(tmp_path, files=AUDIT) as it:
        await it.engine.store.write(lines_of(it, 3))
        in_the_way = tmp_path / "outside/checkpoints"
        in_the_way.mkdir(parents=True)
        sequencer = Sequencer(it.engine, KEY)
        with capture_logs() as logs:
            await sequencer.sign()
            await sequencer.step()
            in_the_way.rmdir()
            await sequencer.step()
        await sequencer.close()
        assert [(one["event"], one["what"]) for one in logs if one["event"].startswith("proof.")] == [
            ("proof.hindered", "anchor outside/checkpoints"), ("proof.resumed", "anchor outside/checkpoints")]
        assert [one.checkpoint.size for one in read(in_the_way) if one.checkpoint] == [3]


async def test_what_a_crash_left_half_in_an_anchor_is_no_checkpoint_and_no_lie(tmp_path: Path) -> None:
    """Wherever it was cut, the note comes whole behind it; other text stays as something that is none."""
    async with world(tmp_path, files=AUDIT) as it:
        await it.engine.store.write(lines_of(it, 3))
        await sealed(it.engine)
        anchor = tmp_path / "outside/checkpoints"
        one = anchor.read_bytes()
        dash = one.index("\u2014".encode())
        for cut in (1, 18, 19, 40, dash - 1, *range(dash, dash + 5), dash + 60, len(one) - 2, len(one) - 1):
            anchor.write_bytes(one + one[:cut])
            assert append(anchor, one.decode()[:-1])
            assert {found.note for found in read(anchor)} == {one.decode()[:-1]}, cut
        anchor.write_bytes(b"something else\n\n" + one)
        assert [found.checkpoint is None for found in read(anchor)] == [True, False]
