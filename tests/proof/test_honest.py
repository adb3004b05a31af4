"""Honest data verifies: after retention, in a database of an older version, and moved to PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.journey.world import configured, world
from tests.proof.evidence import HUB, KEY, OUTSIDE, bound_of, honest, signed
from tests.retention.keeping import keeping, pruned, whole_case
from tests.stores import servers
from typer.testing import CliRunner

from guantong.cli import build_app
from guantong.keyplace import KeyPlace
from guantong.keyring import open_vault
from guantong.proof.anchoring import read
from guantong.proof.binding import record_value
from guantong.proof.hashing import HASHES
from guantong.proof.leaf import commit
from guantong.proof.sealer import BATCH
from guantong.proof.sequencer import Sequencer
from guantong.proof.trusted import trusted
from guantong.proof.verifying import Verdict, verify
from guantong.store import Entry, Reader
from guantong_plugins.stores.moving import command
from guantong_plugins.stores.postgresql.store import open_reader
from guantong_plugins.stores.sqlite.statements import sql


async def test_what_retention_took_is_gone_and_the_rest_is_proved(tmp_path: Path) -> None:
    """Contents, then rows: no salt is left, so that nobody can find out by trying what they were; every line still verifies."""
    async with keeping(tmp_path) as it:
        await whole_case(it, "P1")
        await signed(it.engine)
        (before,) = it.reader.commitments("m", [1])
        body, bound = it.reader.message(1), bound_of(it, 1)
        assert body is not None
        raw = commit(HASHES["sha256"], bound.raw_salt, it.engine.vault.open(body.body))
        assert (before.salt, before.value) == (bound.beside(), record_value(HASHES["sha256"], raw, bound.natives, bound.groups))
        found = []
        for days in (201, 201):
            await pruned(it, days)
            await signed(it.engine)
            with it.reader.snapshot():
                found.append(verify(it.reader, it.engine.vault, []))
        assert [one.line() for verdict in found for one in verdict.problems] == []
        assert [(verdict.bodies, verdict.gone > 0) for verdict in found] == [(0, True)] * 2
        (after,) = it.reader.commitments("m", [1])
        assert after == before._replace(salt=b"")
        kept = it.reader.message(1)
        assert kept is None or kept.body == b""  # and the seed with it
        assert [one.salt for one in it.reader.commitments("d", range(1, 10)) if one.salt] == []


def test_a_journal_of_an_older_version_is_sealed_from_its_first_line(tmp_path: Path) -> None:
    """The file is brought up to this version when it is opened; what it held is sealed behind that, in batches."""
    home = honest(tmp_path)
    ((lines,),) = home.ask("SELECT count(*) FROM journal")
    home.tamper("DROP TABLE tree", "DROP TABLE tile", "DROP TABLE commitment", "DROP TABLE checkpoint",
                "DROP TABLE lookup", "DROP TABLE reconciliation", "PRAGMA user_version = 14")
    assert home.verdict().unsealed == lines  # only read: it stays as it was
    assert home.ask("PRAGMA user_version") == [(14,)]

    async def go_on() -> None:
        async with world(tmp_path) as it:
            assert it.reader.tree() is None
            sequencer = Sequencer(it.engine, KEY)
            assert await sequencer.step()
            tree = it.reader.tree()
            assert tree is not None
            assert tree.size == BATCH
            await sequencer.close()
            await signed(it.engine)

    asyncio.run(go_on())
    verdict = home.verdict()
    assert verdict.entries == lines
    assert {one.code.id for one in verdict.problems} == {"GT950"}  # checkpoints of another tree, which is gone


def test_the_tables_of_the_proof_are_the_same_in_a_new_and_in_an_upgraded_file() -> None:
    """What leads to version 15 makes what version 15 begins with."""

    def made(*scripts: str) -> dict[str, Any]:
        connection = sqlite3.connect(":memory:")
        for script in scripts:
            connection.executescript(script)
        return dict(connection.execute("SELECT name, sql FROM sqlite_schema WHERE tbl_name IN ('tree', 'tile', 'commitment', 'checkpoint')"))

    assert made(sql("schema.sql")) == made(sql("upgrade15.sql"))


@pytest.fixture
def schema(tmp_path: Path) -> Iterator[str]:
    name = servers.schema_of(tmp_path)
    yield name
    servers.drop(name)


@pytest.mark.service("postgresql")
def test_a_journal_that_was_moved_to_postgresql_is_the_same_log(tmp_path: Path, schema: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the same checkpoints outside, bodies and all; and what comes after the move is sealed behind it."""
    monkeypatch.setattr(command, "configuration", lambda home: configured(home, {}))
    home = honest(tmp_path)
    before = home.verdict()
    settings = servers.settings(tmp_path)
    store = f"store: {{use: postgresql, dsn: {{file: dsn}}, schema: {schema}}}\n"
    (tmp_path / HUB).write_text(f"{(tmp_path / HUB).read_text(encoding='utf-8')}{store}", encoding="utf-8")
    done = CliRunner().invoke(build_app(), ["move", "--home", str(tmp_path), "--as", "陈工", "--yes", "--json"])
    assert done.exit_code == 0, done.output
    moved = orjson.loads(done.stdout)["moved"]
    assert [moved[name]["rows"] for name in ("tree", "tile", "commitment", "checkpoint")] == [1, 5, 9, 3]
    reader = open_reader(settings, tmp_path)
    after = _verdict(home.folder, reader)
    reader.close()
    assert (after.problems, after.root, after.bodies, after.covered) == ([], before.root, before.bodies, before.covered)
    assert after.unsealed == before.unsealed + 1  # the move itself


def _verdict(folder: Path, reader: Reader) -> Verdict:
    outside, problems = trusted(read(folder / OUTSIDE), [KEY.verifier])
    assert problems == []
    return verify(reader, open_vault(KeyPlace(folder / "var/keys"), create=False), outside)


async def test_contents_that_came_a_moment_ago_are_no_tampering(tmp_path: Path) -> None:
    """A record is kept anew, with a line that says so: before that line is sealed it is not held against the older commitment;
    without such a line it is."""
    async with keeping(tmp_path) as it:
        await whole_case(it, "P1")
        await signed(it.engine)
        anew = it.engine.vault.seal(b"the record, with contents")
        await it.engine.store.write(lambda tx: tx.keep_with(1, anew))
        assert [one.code.id for one in verify(it.reader, it.engine.vault, []).problems] == ["GT955"]
        await it.engine.store.write(lambda tx: tx.note(Entry(1, "replayed", subject=1, message=1, actor="陈工")))
        assert verify(it.reader, it.engine.vault, []).problems == []
        await signed(it.engine)
        assert verify(it.reader, it.engine.vault, []).problems == []
        other = it.engine.vault.seal(b"another")
        await it.engine.store.write(lambda tx: tx.keep_with(1, other))
        assert [one.code.id for one in verify(it.reader, it.engine.vault, []).problems] == ["GT955"]


def test_very_many_problems_are_counted(tmp_path: Path) -> None:
    """A thousand of a kind are told one by one."""
    home = honest(tmp_path)
    ((sealed,),) = home.ask("SELECT size FROM tree")
    assert isinstance(sealed, int)
    home.tamper("INSERT INTO journal SELECT -id, previous, at, what, subject, message, delivery, system, actor, detail FROM journal",
                "INSERT INTO journal SELECT -10000 - id, previous, at, what, subject, message, delivery, system, actor, detail FROM journal "
                "WHERE id > 0")
    verdict = home.verdict()
    assert (len(verdict.problems), verdict.more) == (1000, 2 * (sealed + 2) - 1000)
