"""Whatever is done to the journal beside the hub, an auditor with a checkpoint from outside finds it, and where."""

from __future__ import annotations

import asyncio
import random
import shutil
from pathlib import Path

import pytest
from tests.journey.world import world
from tests.proof.evidence import DATABASE, EARLIER, KEY, OUTSIDE, Home, honest, lines_of, signed

from guantong.proof.hashing import HASHES
from guantong.proof.leaf import Line, leaf_hashes
from guantong.proof.note import SigningKey, new_key
from guantong.proof.sequencer import Sequencer
from guantong.store import Entry

ALTERED, MISSING, INSERTED, DAMAGED, DIFFERS, ROLLED_BACK, SIGNATURE, NONE, OTHER, BODY = (f"GT{number}" for number in range(946, 956))


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return honest(tmp_path_factory.mktemp("honest"))


@pytest.fixture
def home(untouched: Home, tmp_path: Path) -> Home:
    return untouched.copy(tmp_path / "copy")


def test_an_honest_journal_verifies_whatever_its_clock_did(home: Home) -> None:
    """Everything up to the last checkpoint outside is proved; what came later is counted as unsealed."""
    verdict = home.verdict()
    sealed = home.sizes[-1]
    assert [one.line() for one in verdict.problems] == []
    assert (verdict.entries, verdict.covered, verdict.unsealed, verdict.checkpoints) == (sealed + 30, sealed, 32, 3)
    assert (verdict.bodies, verdict.gone) == (9, 0)  # three records, each sent on twice


@pytest.mark.parametrize(("column", "value"), [
    ("at", "at + 1"), ("what", "'held '"), ("subject", "subject + 1"), ("message", "message + 1"), ("delivery", "delivery + 1"),
    ("system", "system || 'x'"), ("actor", "'李工'"), ("detail", "replace(detail, '{', '{ ')"), ("previous", "previous + 1"),
])
@pytest.mark.parametrize("entry", [3, 300, 700])
def test_every_field_of_every_line_is_proved(home: Home, column: str, value: str, entry: int) -> None:
    """One letter less or more in any column: that entry is named."""
    home.tamper(f"UPDATE journal SET {column} = {value} WHERE id = {entry}")  # noqa: S608  columns of our schema
    assert home.claims() == [(ALTERED, entry)]


def test_an_altered_line_is_told_with_its_time_and_place(home: Home) -> None:
    """In both languages."""
    home.tamper("UPDATE journal SET actor = '李工' WHERE id = 300")
    (problem,) = home.verdict().problems
    ((at,),) = home.ask("SELECT strftime('%Y-%m-%d %H:%M:%S', at / 1000, 'unixepoch', '+8 hours') FROM journal WHERE id = 300")
    assert problem.message("en") == f"entry E300 (held, {at}, number 300 of the tree) is not as it was sealed"
    assert problem.message("zh") == f"交换日志第 E300 条（held，{at}，树中第 300 号）与封存时不一致"


def test_lines_that_were_deleted_swapped_or_put_back_are_named(home: Home) -> None:
    home.tamper("DELETE FROM journal WHERE id = 40", "UPDATE journal SET id = -1 WHERE id = 100", "UPDATE journal SET id = 100 WHERE id = 101",
                "UPDATE journal SET id = 101 WHERE id = -1", "DELETE FROM journal WHERE id = 200",
                "INSERT INTO journal SELECT 200, previous, at, what, subject, message, delivery, system, actor, detail FROM journal WHERE id = 201",
                "INSERT INTO journal SELECT 0, previous, at, what, subject, message, delivery, system, actor, detail FROM journal WHERE id = 201")
    assert home.claims() == [(MISSING, 40), (ALTERED, 100), (ALTERED, 101), (ALTERED, 200), (INSERTED, 0)]


def test_a_line_that_was_sealed_twice_is_named(home: Home) -> None:
    """Though each of its leaves is that of its row."""
    ((entries, salts, raws),) = home.ask("SELECT entries, salts, raws FROM tile WHERE level = 0 AND number = 0")
    assert isinstance(entries, bytes)
    assert isinstance(salts, bytes)
    assert isinstance(raws, bytes)
    hashing, rows = HASHES["sha256"], home.ask("SELECT * FROM journal WHERE id IN (40, 41)")
    twice = Line(*rows[0])  # type: ignore[arg-type]  # as the line was stored
    leaf = leaf_hashes(hashing, [twice], salts[40 * 16:41 * 16], raws[40 * 32:41 * 32])[0]
    ((hashes,),) = home.ask("SELECT hashes FROM tile WHERE level = 0 AND number = 0")
    assert isinstance(hashes, bytes)
    home.tamper("UPDATE tile SET entries = ?, hashes = ? WHERE level = 0 AND number = 0", values=[
        entries[:320] + (40).to_bytes(8, "big") + entries[328:], hashes[:40 * 32] + leaf + hashes[41 * 32:]])
    claims = home.claims()
    assert ("GT926", 40) in claims
    assert (ALTERED, 40) not in claims


def test_a_journal_that_was_cut_off_is_found(home: Home) -> None:
    """Its rows alone, and with the tree: the checkpoint outside says how many there were."""
    last = home.sizes[-1] + 30
    home.tamper(f"DELETE FROM journal WHERE id > {last - 40}")  # noqa: S608  a number
    assert home.claims() == [(MISSING, entry) for entry in range(last - 39, last + 1)]
    home.tamper("DELETE FROM tile WHERE level > 0 OR number >= 2", "UPDATE tree SET size = 512, reached = 512",
                "DELETE FROM journal WHERE id > 512", "DELETE FROM checkpoint WHERE size > 512")
    assert [one for one in home.claims() if one[0] == ROLLED_BACK] == [(ROLLED_BACK, size) for size in home.sizes[1:]]


@pytest.mark.parametrize("column", ["hashes", "entries", "salts", "raws"])
def test_a_flipped_byte_anywhere_in_the_tree_is_found(home: Home, column: str) -> None:
    """Also in the part that no checkpoint outside covers: there the row does not fit any more."""
    chance = random.Random(column)  # noqa: S311  any bytes do, the same each time
    for number, level in ((0, 0), (1, 0), (3, 0), *(((0, 1),) if column == "hashes" else ())):
        ((stored,),) = home.ask(f"SELECT {column} FROM tile WHERE level = {level} AND number = {number}")  # noqa: S608  columns of our schema
        assert isinstance(stored, bytes)
        for at in chance.sample(range(len(stored)), 6):
            flipped = stored[:at] + bytes([stored[at] ^ 1 << chance.randrange(8)]) + stored[at + 1:]
            home.tamper(f"UPDATE tile SET {column} = ? WHERE level = {level} AND number = {number}", values=[flipped])  # noqa: S608  columns of our schema
            assert home.claims() != [], (column, level, number, at)
        home.tamper(f"UPDATE tile SET {column} = ? WHERE level = {level} AND number = {number}", values=[stored])  # noqa: S608  columns of our schema
    assert home.claims() == []


@pytest.mark.parametrize("columns", [("hashes", "raws"), ("entries",), ("salts",), ("raws",)])
def test_a_tile_that_is_longer_than_its_leaves_is_named(home: Home, columns: tuple[str, ...]) -> None:
    """By a byte in any column: it is no tile, and nothing behind it is taken for proved."""
    more = ", ".join(f"{one} = CAST({one} || x'00' AS BLOB)" for one in columns)
    home.tamper(f"UPDATE tile SET {more} WHERE level = 0 AND number = 1")  # noqa: S608  columns of our schema
    verdict = home.verdict()
    assert {"level": 0, "number": 1} in [one.details for one in verdict.problems if one.code.id == DAMAGED]
    assert (verdict.entries, verdict.covered) == (256, 0)


def test_a_tile_that_is_gone_is_named(home: Home) -> None:
    """And no checkpoint behind it is said to hold."""
    home.tamper("DELETE FROM tile WHERE level = 0 AND number = 1")
    verdict = home.verdict()
    damaged = [one.message("en") for one in verdict.problems if one.code.id == DAMAGED]
    assert "the stored tree is damaged: tile 1 of level 0 is missing or not what the entries below it give" in damaged
    assert {one.details["size"] for one in verdict.problems if one.code.id == DIFFERS} == set(home.sizes)
    assert verdict.covered == 0


@pytest.mark.parametrize("statement", [
    "UPDATE message SET body = CAST(substr(body, 1, 20) || x'00' || substr(body, 22) AS BLOB) WHERE id = 1",
    "UPDATE message SET body = (SELECT body FROM message WHERE id = 2) WHERE id = 1",
    "UPDATE commitment SET salt = zeroblob(16) WHERE kind = 'm' AND \"of\" = 1",
    "UPDATE commitment SET value = zeroblob(32) WHERE kind = 'm' AND \"of\" = 1",
    "UPDATE commitment SET entry = 99999 WHERE kind = 'm' AND \"of\" = 1",
    "DELETE FROM commitment WHERE kind = 'm' AND \"of\" = 1",
    "UPDATE commitment SET salt = x'' WHERE kind = 'm' AND \"of\" = 1",
])
def test_a_record_that_was_altered_is_found(home: Home, statement: str) -> None:
    """Whether its bytes, or what binds us to them."""
    home.tamper(statement)
    problems = home.verdict().problems
    assert {one.code.id for one in problems} == {BODY}
    assert {one.details["about"] for one in problems} == {"M1"}


LOST = "it is not there, and no line says that it was pruned"
TORN = "an event of it is not there, or is kept as another's or of another version"


@pytest.mark.parametrize(("statement", "found"), [
    ("DELETE FROM message WHERE id = 1", {("M1", LOST)}),
    ("UPDATE message SET body = x'' WHERE id = 1", {("M1", LOST)}),
    ("DELETE FROM sent WHERE delivery = 1", {("D1", LOST)}),
    ("DELETE FROM event WHERE id = 1", {("M1/case.step", TORN)}),
    ("UPDATE event SET subject = 2 WHERE id = 1", {("M1/case.step", TORN)}),
    ("UPDATE event SET version = 9 WHERE id = 1", {("M1/case.step", TORN)}),
    ("UPDATE event SET plan = 'x' WHERE id = 1", {("M1/case.step", TORN)}),
    ("UPDATE event SET name = 'case.finish' WHERE id = 1", {("M1/case.step", TORN), ("M1/case.finish", "its fields were altered")}),
    ("UPDATE message SET system = 'west.approval' WHERE id = 1", {("M1", "it is kept as another system's")}),
])
def test_a_row_that_was_removed_or_put_elsewhere_is_found(home: Home, statement: str, found: set[tuple[str, str]]) -> None:
    """What is gone is gone by retention only where a line says so; in the whole journal, and in the case alone."""
    home.tamper(statement)
    for verdict in (home.verdict(), home.verdict(of=1)):
        assert {(str(one.details["about"]), str(one.details["what"])) for one in verdict.problems if one.code.id == BODY} >= found
        assert {one.code.id for one in verdict.problems} == {BODY}


def test_what_was_pruned_before_accounts_for_nothing_that_is_missing_later(home: Home) -> None:
    """A line about pruning that stands before a record's own, or names others, says nothing of it."""
    told = '{"stage":"contents","emptied":{"messages":[1,2],"deliveries":[]}}'
    home.tamper("DELETE FROM message WHERE id IN (1, 2)",
                "INSERT INTO journal (previous, at, what, subject, message, delivery, system, actor, detail) "  # noqa: S608  a text of ours
                f"VALUES (0, 1, 'pruned', 0, 0, 0, '', 'x', '{told}')",
                "DELETE FROM message WHERE id = 3")
    verdict = home.verdict()
    assert [(one.details["about"], one.details["what"]) for one in verdict.problems] == [("M3", LOST)]
    assert verdict.gone == 2  # by a line that is not sealed: it is counted as such


@pytest.mark.parametrize(("statement", "claims"), [
    ("UPDATE journal SET detail = '{bad' WHERE id = 3", {(ALTERED, 3)}),
    ("UPDATE tree SET hash = 'md5'", {(DAMAGED, None)}),
])
def test_what_cannot_be_read_any_more_is_a_verdict(home: Home, statement: str, claims: set[tuple[str, object]]) -> None:
    """And no traceback."""
    home.tamper(statement)
    assert set(home.claims()) == claims
    assert {(one.code.id, one.details.get("entry")) for one in home.verdict(of=1).problems} == claims


def test_a_checkpoint_that_was_made_later_proves_nothing_of_what_an_earlier_one_saw(home: Home) -> None:
    """Whoever has the key and builds the tree anew signs it; of the older checkpoint's lines none is vouched for by that."""
    kept = home.sizes[1] + 10
    home.tamper("UPDATE journal SET actor = '王五' WHERE id = 100", f"DELETE FROM journal WHERE id > {kept}",  # noqa: S608  a number
                "DELETE FROM tile", "DELETE FROM tree", "DELETE FROM checkpoint", "DELETE FROM commitment")

    async def go_on() -> None:
        async with world(home.folder, start=False) as it:
            await signed(it.engine)
            await it.engine.store.write(lines_of(400))
            sequencer = Sequencer(it.engine, None)
            while await sequencer.step():
                pass
            await sequencer.close()

    asyncio.run(go_on())
    wrong = [one for one in home.verdict().problems if one.code.id == DIFFERS]
    assert [(one.details["size"], one.details["first"]) for one in wrong] == [(size, 1) for size in home.sizes]


def test_what_was_sent_is_proved_too(home: Home) -> None:
    home.tamper("UPDATE sent SET body = (SELECT body FROM sent WHERE delivery = 3) WHERE delivery = 1")
    (problem,) = home.verdict().problems
    assert (problem.code.id, problem.details["about"], problem.details["what"]) == (BODY, "D1", "it was altered")


def test_an_older_copy_of_the_database_is_found(home: Home) -> None:
    """What came after it is missing, and the checkpoints outside say how much."""
    shutil.copy(home.folder / EARLIER, home.folder / DATABASE)
    verdict = home.verdict()
    assert [one.message("en") for one in verdict.problems] == [
        f"the checkpoint ({shown}) says {size} entries, the journal has 293 sealed: {size - 293} are gone"
        for shown, size in zip([one.details["at"] for one in verdict.problems], home.sizes[1:], strict=True)]
    assert {one.code.id for one in verdict.problems} == {ROLLED_BACK}
    assert (verdict.covered, verdict.unsealed) == (293, 0)


def test_a_fork_that_is_right_in_itself_is_found(home: Home) -> None:
    """Whoever has the server, the key and this program alters one line and has everything sealed and signed anew."""
    home.tamper("UPDATE journal SET actor = '李工' WHERE id = 400", "DELETE FROM tree", "DELETE FROM tile", "DELETE FROM commitment",
                "DELETE FROM checkpoint")

    async def seal_anew() -> None:
        async with world(home.folder, start=False) as it:
            await signed(it.engine)

    asyncio.run(seal_anew())
    problems = home.verdict().problems
    assert {one.code.id for one in problems} == {DIFFERS}
    # Fresh salts make every leaf another: the first checkpoint differs already.
    assert [(one.place.line, one.details["size"], one.details["first"]) for one in problems] == [
        (1, home.sizes[0], 1), (10, home.sizes[1], 1), (19, home.sizes[2], 1)]


def test_a_leaf_that_was_made_to_fit_an_altered_line_is_between_two_checkpoints(home: Home) -> None:
    """The forger also mends the hash of the leaf: the first checkpoint that does not hold says between which it was."""
    from guantong.proof.hashing import HASHES
    from guantong.proof.leaf import Line, leaf

    home.tamper("UPDATE journal SET actor = '李工' WHERE id = 400")
    (row,) = home.ask("SELECT id, previous, at, what, subject, message, delivery, system, actor, detail FROM journal WHERE id = 400")
    ((entries, hashes, salts, raws),) = home.ask("SELECT entries, hashes, salts, raws FROM tile WHERE level = 0 AND number = 1")
    assert isinstance(entries, bytes)
    assert isinstance(hashes, bytes)
    assert isinstance(salts, bytes)
    assert isinstance(raws, bytes)
    at = entries.index((400).to_bytes(8, "big")) // 8
    made = HASHES["sha256"].leaf(leaf(Line(*row), salts[16 * at:16 * at + 16], raws[32 * at:32 * at + 32]))  # type: ignore[arg-type]  # as it was stored
    home.tamper("UPDATE tile SET hashes = ? WHERE level = 0 AND number = 1", values=[hashes[:32 * at] + made + hashes[32 * at + 32:]])
    problems = [one for one in home.verdict().problems if one.code.id == DIFFERS]
    assert [(one.details["first"], one.details["last"]) for one in problems] == [
        (home.sizes[0] + 1, home.sizes[1]), (home.sizes[0] + 1, home.sizes[2])]


def test_a_flipped_byte_anywhere_in_the_file_outside_is_found(home: Home) -> None:
    """It is not believed any more, whichever byte it is."""
    file = home.folder / OUTSIDE
    whole = file.read_bytes()
    for at in range(0, len(whole) - 1, 13):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 2]) + whole[at + 1:])
        codes = {code for code, _ in home.claims()}
        assert codes, at
        assert codes <= {SIGNATURE, NONE, OTHER}, at
    file.write_bytes(whole[:-4])  # cut in the last signature
    assert home.claims()


def test_checkpoints_of_another_log_or_key_prove_nothing_here(home: Home) -> None:
    verdict = home.verdict([SigningKey(new_key("city.example/test")).verifier])
    assert [one.code.id for one in verdict.problems] == [SIGNATURE] * 3
    assert (verdict.checkpoints, verdict.covered) == (0, 0)
    verdict = home.verdict([SigningKey(new_key("elsewhere")).verifier])
    assert [one.message("en") for one in verdict.problems] == ["this checkpoint is of another log: city.example/test"] * 3
    assert [one.code.id for one in home.verdict([KEY.verifier, SigningKey(new_key("elsewhere")).verifier]).problems] == []


def test_sm3_proves_the_same(tmp_path: Path) -> None:
    home = honest(tmp_path, "sm3")
    assert (home.claims(), home.verdict().hash) == ([], "sm3")
    home.tamper("UPDATE journal SET at = at + 1 WHERE id = 300")
    assert home.claims() == [(ALTERED, 300)]


INSERTED_BEHIND = "INSERT INTO journal SELECT max(id) + 1, {previous}, max(at), 'confirmed', 2, 0, 3, 'city.hall', 'hub', '{{}}' FROM journal"


@pytest.mark.parametrize(("previous", "named"), [
    ("(SELECT min(id) FROM journal WHERE subject = 2)", "E{first}"), ("0", "none"), ("(SELECT max(id) FROM journal WHERE subject = 1)", "E{other}"),
])
async def test_a_line_behind_the_last_that_passes_over_others_of_its_case_is_named(home: Home, previous: str, named: str) -> None:
    """Who follows the chain would never see those; also once the hub sealed it, in the case alone, and with what came behind it."""
    ((first, other, newest),) = home.ask("SELECT (SELECT min(id) FROM journal WHERE subject = 2), (SELECT max(id) FROM journal WHERE subject = 1), "
                                         "(SELECT max(id) FROM journal WHERE subject = 2)")
    home.tamper(INSERTED_BEHIND.format(previous=previous))
    ((entry,),) = home.ask("SELECT max(id) FROM journal")
    forked = f"names {named.format(first=first, other=other)} as the one before it for case C2, where E{newest} is"
    seen = []
    for more in (True, False):
        for found in (home.verdict(), home.verdict(of=2)):
            (problem,) = found.problems
            seen.append((problem.code.id, problem.details["entry"]))
            if problem.code.id == "GT392":
                assert forked in problem.message("en")
        if more:
            await _go_on(home)
    assert {entry for _, entry in seen} == {entry}
    assert {code for code, _ in seen} == ({"GT392", "GT956"} if "other" in named else {"GT392"}), "alone, another case's line is not there"


async def _go_on(home: Home) -> None:
    """The hub seals what it finds, and goes on with the case."""
    shutil.copytree(home.folder, home.folder.with_name("live"))
    async with world(home.folder.with_name("live")) as it:
        await it.engine.store.write(lambda tx: tx.note(Entry(it.engine.clock(), "held", subject=2, system="city.hall", actor="陈工", detail={})))
        await signed(it.engine)
    for name in (DATABASE, OUTSIDE):
        shutil.copy(home.folder.with_name("live") / name, home.folder / name)
