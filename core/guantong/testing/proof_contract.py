# ruff: noqa: S101  a suite of tests asserts
"""What every store promises of the journal's proof (全程留痕). Part of `StoreContract`."""

from __future__ import annotations

from functools import partial

from guantong.proofstore import HEAD, MARK, Commitment, KeptCheckpoint, Tile, Tree
from guantong.store import Entry, Reader, Store, Transaction
from guantong.testing.stored import delivery, message

BINARY = bytes(range(256))
SALT, VALUE = bytes(range(16)), bytes(range(32))
BODY = b"\x01twelve bytes" + BINARY
FIRST = Tile(0, 0, 1, 300, BINARY, BINARY, BINARY, b"")
SECOND = Tile(0, 1, 290, 512, b"h", b"e", b"s", b"r")
ABOVE = Tile(1, 0, 0, 0, BINARY[:32])


def _keep_checkpoint(kept: KeptCheckpoint, tx: Transaction) -> None:
    tx.keep_checkpoint(kept)


class ProofContract:
    """Inherited by `StoreContract`, which has the fixtures."""

    async def test_a_store_begins_without_a_tree(self, store: Store, reader: Reader) -> None:
        """A reader and a transaction say so."""
        assert (reader.tree(), reader.tile(0, 0), reader.newest_checkpoint()) == (None, None, None)
        assert await store.write(lambda tx: tx.tree()) is None

    async def test_a_tree_is_kept_as_it_grows(self, store: Store, reader: Reader) -> None:
        """Tiles are written anew where they grew, and found by their place, in order, and by the lines they may hold."""
        first = FIRST._replace(hashes=b"fewer", last=7)
        await store.write(lambda tx: tx.grow_tree(Tree(1, 0, "sm3"), [first], []))
        await store.write(lambda tx: tx.grow_tree(Tree(257, 290, "sm3"), [FIRST, SECOND, ABOVE], []))
        assert reader.tree() == Tree(257, 290, "sm3") == await store.write(lambda tx: tx.tree())
        assert [reader.tile(0, 0), reader.tile(0, 1), reader.tile(1, 0), reader.tile(1, 1)] == [FIRST, SECOND, ABOVE, None]
        assert (reader.tiles(-1, 10), reader.tiles(-1, 1), reader.tiles(0, 10)) == ([FIRST, SECOND], [FIRST], [SECOND])
        assert (reader.tiles_beyond(300), reader.tiles_beyond(299), reader.tiles_beyond(512)) == ([SECOND], [FIRST, SECOND], [])
        assert (reader.tiles_with(1), reader.tiles_with(295), reader.tiles_with(301), reader.tiles_with(513)) == (
            [FIRST], [FIRST, SECOND], [SECOND], [])

    async def test_lines_are_told_exactly_as_they_are_stored(self, store: Store, reader: Reader) -> None:
        """By number, in order, the detail as it was written."""

        def work(tx: Transaction) -> list[int]:
            subject = tx.add_subject("case")
            return [tx.note(Entry(5, "routed", subject=subject, message=3, system="s", actor="陈工", detail={"为": "x", "n": [1]})),
                    tx.note(Entry(6, "sent", subject=subject, delivery=9))]

        first, second = await store.write(work)
        lines = reader.lines(0, 10)
        assert [tuple(line) for line in lines] == [
            (first, 0, 5, "routed", 1, 3, 0, "s", "陈工", '{"为":"x","n":[1]}'), (second, first, 6, "sent", 1, 0, 9, "", "", "{}")]
        assert (reader.lines(first, 1), reader.line(first), reader.line(99)) == ([lines[1]], lines[0], None)
        assert [line.about for line in lines] == [("m", 3), ("d", 9)]

    async def test_salts_go_with_the_bodies_they_are_of(self, store: Store, reader: Reader) -> None:
        """When a body is pruned, and when it was before the salt came; the commitment stays."""

        def work(tx: Transaction) -> tuple[int, int, int]:
            made = delivery(tx, tx.add_subject("case"))
            row = tx.delivery(made)
            assert row is not None
            tx.move(made, row.state, at=1, due=1, attempts=1, body=BODY, kind="k")
            kept, gone = tx.add_message(message(body=BODY)), tx.add_message(message(body=BODY))
            tx.drop_contents([gone], [], [])
            return kept, gone, made

        kept, gone, made = await store.write(work)
        bound = [Commitment("m", kept, 1, BODY[:MARK], SALT, VALUE), Commitment("m", gone, 1, BODY[:MARK], SALT, VALUE),
                 Commitment("d", made, 2, BODY[:MARK], SALT, VALUE)]
        assert reader.heads("m", [kept, gone, 99]) == {kept: BODY[:HEAD]}
        assert reader.heads("d", [made, 99]) == {made: BODY[:HEAD]}
        assert reader.sealed_bodies("m", [kept, gone, 99]) == {kept: BODY}
        assert reader.sealed_bodies("d", [made, 99]) == {made: BODY}
        assert (reader.sealed_bodies("m", []), reader.heads("d", []), reader.commitments("m", [])) == ({}, {}, [])
        await store.write(lambda tx: tx.grow_tree(Tree(2, 2, "sha256"), [], bound))
        assert reader.commitments("m", [kept, gone, 99]) == [bound[0], bound[1]._replace(salt=b"")]
        assert reader.commitments("d", [made]) == [bound[2]]
        anew = bound[0]._replace(entry=7, value=bytes(32))
        await store.write(lambda tx: tx.grow_tree(Tree(3, 3, "sha256"), [], [anew]))
        assert reader.commitments("m", [kept]) == [anew]
        await store.write(lambda tx: tx.drop_contents([kept], [], [made]))
        assert reader.commitments("m", [kept]) == [anew._replace(salt=b"")]
        assert reader.commitments("d", [made]) == [bound[2]._replace(salt=b"")]

    async def test_rows_that_go_take_their_salts_along(self, store: Store, reader: Reader) -> None:
        """Also where their contents had not gone before."""

        def work(tx: Transaction) -> tuple[int, int, int]:
            made = delivery(tx, tx.add_subject("case"))
            row = tx.delivery(made)
            assert row is not None
            event = tx.event(row.event)
            assert event is not None
            tx.move(made, row.state, at=1, due=1, attempts=1, body=BODY, kind="k")
            return event.message, event.id, made

        record, event, made = await store.write(work)
        bound = [Commitment("m", record, 1, BODY[:MARK], SALT, VALUE), Commitment("d", made, 2, BODY[:MARK], SALT, VALUE)]
        await store.write(lambda tx: tx.grow_tree(Tree(2, 2, "sha256"), [], bound))
        await store.write(lambda tx: tx.drop_rows([record], [event], [made]))
        assert [one.salt for one in (*reader.commitments("m", [record]), *reader.commitments("d", [made]))] == [b"", b""]

    async def test_checkpoints_are_told_in_order(self, store: Store, reader: Reader) -> None:
        """The newest apart; of one size the last that was kept."""
        kept = [KeptCheckpoint(5, 1, "a\n5\n— k\n"), KeptCheckpoint(9, 2, "b"), KeptCheckpoint(9, 3, "c")]
        for one in kept:
            await store.write(partial(_keep_checkpoint, one))
        assert (reader.checkpoints(0, 10), reader.checkpoints(5, 10), reader.checkpoints(0, 1)) == (
            [kept[0], kept[2]], [kept[2]], [kept[0]])
        assert reader.newest_checkpoint() == kept[2]
