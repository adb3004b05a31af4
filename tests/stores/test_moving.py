"""`guantong move`: everything comes whole to PostgreSQL, also when it is cut short, and the work goes on there."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.journey.played import Act, Played
from tests.journey.world import HALL, Clock, D, configured, step, world
from tests.operations.test_doctor import lived
from tests.stores import servers
from typer.testing import CliRunner, Result

from guantong.cli import build_app
from guantong.hub import open_engine
from guantong.operations import Act as Word
from guantong.plugins import registry
from guantong.store import StoreRefused
from guantong_plugins.stores.moving import command
from guantong_plugins.stores.moving import move as module
from guantong_plugins.stores.moving.rows import Relation, plain, sum_of
from guantong_plugins.stores.postgresql.arriving import Arriving
from guantong_plugins.stores.postgresql.connecting import dsn_of
from guantong_plugins.stores.postgresql.store import PostgresqlStore
from guantong_plugins.stores.sqlite.leaving import Leaving
from guantong_plugins.stores.sqlite.opening import open_for_writing

pytestmark = pytest.mark.service("postgresql")
COUNTY = "east.approval"


@pytest.fixture(autouse=True)
def _systems_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """The homes of these tests have systems that only tests can open."""
    monkeypatch.setattr(command, "configuration", lambda home: configured(home, {}))


@pytest.fixture
def schema(tmp_path: Path) -> Iterator[str]:
    name = servers.schema_of(tmp_path)
    yield name
    servers.drop(name)


def now_on_postgresql(home: Path, schema: str) -> None:
    """What an operator writes before moving."""
    servers.settings(home)
    file = home / "config/guantong.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}store: {{use: postgresql, dsn: {{file: dsn}}, schema: {schema}}}\n", encoding="utf-8")


async def move(home: Path, *options: str) -> Result:
    """The verb, which has a loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, build_app(), ["move", "--home", str(home), "--as", "陈工", *options])


def every_row(schema: str) -> dict[str, list[tuple[Any, ...]]]:
    """What PostgreSQL holds of what was moved, read without the product's own code."""
    with servers.admin() as connection:
        connection.execute(f"SET search_path = {schema}")
        names = [name for (name,) in connection.execute("SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = "
                                                        "%s::regnamespace AND relname NOT IN ('writer', 'worker', 'duty')", (schema,))]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}  # noqa: S608  a name of our schema


async def test_a_full_queue_goes_on_where_it_was(tmp_path: Path, schema: str) -> None:
    """What waited, was blocked, unknown or dead stands so in the new store, and ends as it would have: once, in order."""
    played: dict[str, Played] = {}
    clock = Clock()
    async with world(tmp_path, played=played, clock=clock, delivery={"city.hall": "unknown: hold"}) as it:
        it.hall.script.extend([Act.OK, Act.REFUSED, Act.LOST])
        for record in (step("1", "P1"), step("1", "P2"), step("2", "P2"), step("1", "P3"), step("2", "P3")):
            await it.tell(COUNTY, record)
            await it.quiet()
        before = [(row.id, row.state, row.subject) for row in it.deliveries(HALL)]
    now_on_postgresql(tmp_path, schema)
    assert (await move(tmp_path, "--yes")).exit_code == 0
    async with world(tmp_path, played=played, clock=clock) as it:
        assert isinstance(it.engine.store, PostgresqlStore)
        assert [(row.id, row.state, row.subject) for row in it.deliveries(HALL)] == before
        await it.act(Word.REPLAY, before[1][0])
        await it.act(Word.TOOK_EFFECT, before[3][0])
        await it.tell(COUNTY, step("1", "P1"))  # told again, as a duplicate
        await it.tell(COUNTY, step("3", "P1"))
        await it.quiet()
        assert it.states(HALL) == [D.CONFIRMED] * 6
        made = [(str(one.fields["no"]), one.fields["code"]) for one in it.hall.effects]
        assert {case: [code for no, code in made if no == case] for case in ("P1", "P2", "P3")} == {
            "P1": ["1", "3"], "P2": ["1", "2"], "P3": ["1", "2"]}


async def test_what_is_moved_is_compared_and_told(tmp_path: Path, schema: str) -> None:
    """Every table, by count and digest of its rows; the old file is put aside and the move journaled, with who did it."""
    await lived(tmp_path)
    now_on_postgresql(tmp_path, schema)
    planned = orjson.loads((await move(tmp_path, "--json")).stdout)
    done = orjson.loads((await move(tmp_path, "--yes", "--json")).stdout)
    assert (done["equal"], done["rows"], done["kept"]) == (True, planned["rows"], "var/guantong.db.moved")
    assert {name: each["rows"] for name, each in done["moved"].items()} == planned["would_move"]
    assert planned["would_move"]["journal"] > 10
    assert not (tmp_path / "var/guantong.db").exists()
    moved = every_row(schema)
    assert {name: len(rows) - (name == "journal") for name, rows in moved.items()} == planned["would_move"]
    assert max(moved["journal"])[3] == "moved"
    assert "陈工" in max(moved["journal"])


async def test_without_yes_nothing_is_done(tmp_path: Path, schema: str) -> None:
    """Neither here nor there."""
    await lived(tmp_path)
    now_on_postgresql(tmp_path, schema)
    before = (tmp_path / "var/guantong.db").read_bytes()
    shown = await move(tmp_path)
    assert shown.exit_code == 0
    assert "未执行，加 --yes 执行" in shown.stdout
    assert (tmp_path / "var/guantong.db").read_bytes() == before
    with servers.admin() as connection:
        assert connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is None


@pytest.mark.parametrize("cut", [0, 1, 5, 17])
async def test_a_move_that_is_cut_short_goes_on(cut: int, tmp_path: Path, schema: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However far it had come; meanwhile no hub opens the schema, and at the end nothing is there twice."""
    await lived(tmp_path)
    now_on_postgresql(tmp_path, schema)
    monkeypatch.setattr(module, "BATCH", 3)
    put, calls = Arriving.put, 0

    def cutting(self: Arriving, relation: Relation, rows: Any) -> None:
        nonlocal calls
        calls += 1
        put(self, relation, rows)
        if calls == cut:
            self._connection.close()

    monkeypatch.setattr(Arriving, "put", cutting)
    if cut:
        first = await move(tmp_path, "--yes")
        assert first.exit_code == 1
        assert "[GT996]" in first.stderr
        with pytest.raises(StoreRefused, match=r"a move into the schema .* is not over; go on with it: guantong move --yes"):
            await opened(tmp_path)
        hub = tmp_path / "config/guantong.yaml"
        moving = hub.read_text(encoding="utf-8")
        hub.write_text(re.sub(r"store: .*\n", "", moving), encoding="utf-8")  # the old hub, while it is half moved
        with pytest.raises(StoreRefused, match=f"this home works in postgresql {schema}: "):
            async with open_engine(configured(tmp_path, {}), registry()):
                pass
        hub.write_text(moving, encoding="utf-8")
    calls = cut + 1
    assert (await move(tmp_path, "--yes")).exit_code == 0
    await opened(tmp_path)
    left = Leaving(tmp_path / "var/guantong.db.moved")
    there = every_row(schema)
    assert {each.name: left.count(each) + (each.name == "journal") for each in left.relations()} == {name: len(rows) for name, rows in there.items()}
    left.close()


async def opened(home: Path) -> None:
    """Open the store as a hub would."""
    config = configured(home, {})
    store = registry().stores["postgresql"].make(config.store.settings, home)
    await store.open()
    await store.close()


async def test_a_row_that_was_altered_on_the_way_is_found(tmp_path: Path, schema: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The schema stays shut, and the old file where it was."""
    await lived(tmp_path)
    now_on_postgresql(tmp_path, schema)
    put = Arriving.put

    def altering(self: Arriving, relation: Relation, rows: Any) -> None:
        put(self, relation, rows)
        if relation.name == "serial":
            self._connection.execute("UPDATE serial SET subject = subject + 1 WHERE ctid = (SELECT min(ctid) FROM serial)")

    monkeypatch.setattr(Arriving, "put", altering)
    done = await move(tmp_path, "--yes")
    assert done.exit_code == 1
    assert "serial differs after the move: " in done.stderr
    assert (tmp_path / "var/guantong.db").exists()
    with pytest.raises(StoreRefused, match="is not over"):
        await opened(tmp_path)


async def test_nothing_is_moved_over_what_is_there(tmp_path: Path, schema: str) -> None:
    """A schema where a hub has worked is refused."""
    await lived(tmp_path)
    now_on_postgresql(tmp_path, schema)
    await opened(tmp_path)
    done = await move(tmp_path, "--yes")
    assert (done.exit_code, "[GT991]" in done.stderr) == (2, True)
    assert (tmp_path / "var/guantong.db").exists()


@pytest.mark.parametrize("journaled", [False, True])
async def test_a_move_that_ended_before_its_last_steps_is_finished(tmp_path: Path, schema: str, journaled: bool) -> None:
    """All was copied and compared, and the old file is still there: it is put aside, and nothing is copied anywhere again; the journal tells of
    the move once."""
    await lived(tmp_path)
    now_on_postgresql(tmp_path, schema)
    assert (await move(tmp_path, "--yes")).exit_code == 0
    file, kept = tmp_path / "var/guantong.db", tmp_path / "var/guantong.db.moved"
    kept.rename(file)
    if not journaled:
        with servers.admin() as connection:
            connection.execute(f"DELETE FROM {schema}.journal WHERE what = 'moved'")  # noqa: S608  a schema of ours
    before = every_row(schema)
    looked = await move(tmp_path)
    assert (looked.exit_code, file.exists()) == (0, True)
    assert "everything was moved before; say --yes to put var/guantong.db aside as var/guantong.db.moved" in looked.stdout
    done = await move(tmp_path, "--yes")
    assert (done.exit_code, file.exists(), kept.exists()) == (0, False, True)
    after = every_row(schema)
    assert [row[3] for row in after["journal"] if row not in before["journal"]] == ([] if journaled else ["moved"])
    assert {name: rows for name, rows in after.items() if name != "journal"} == {name: rows for name, rows in before.items() if name != "journal"}
    again = await move(tmp_path, "--yes")
    assert (again.exit_code, "[GT999]" in again.stderr) == (2, True)


async def test_a_move_begins_where_store_names_its_end(tmp_path: Path) -> None:
    """With the embedded store still configured it says what to write."""
    await lived(tmp_path)
    done = await move(tmp_path, "--yes")
    assert (done.exit_code, "[GT993]" in done.stderr) == (2, True)
    assert "`store:` names sqlite, and a move leads from the embedded store to PostgreSQL" in done.stderr


@pytest.mark.usefixtures("schema")
def test_both_stores_have_the_same_tables(tmp_path: Path) -> None:
    """Column for column, so that nothing is left behind."""
    open_for_writing(tmp_path / "a.db", "FULL").close()
    left = Leaving(tmp_path / "a.db")
    settings = servers.settings(tmp_path)
    right = Arriving(settings, dsn_of(settings, tmp_path))
    right.begin()
    assert {each.name: set(each.columns) for each in left.relations()} == right.columns()
    assert all(each.key for each in left.relations())
    left.close()
    right.close()


def test_bits_and_texts_come_whole(tmp_path: Path, schema: str) -> None:
    """Bits of rules that fired, whether an integer or bytes before; a NUL in a text; the largest numbers; any order."""
    connection: sqlite3.Connection = open_for_writing(tmp_path / "a.db", "FULL")
    for ident, fired in ((1, 0), (2, (1 << 63) - 1), (3, b"\x01" + bytes(9))):
        connection.execute("INSERT INTO event VALUES (?, 1, 1, 'case.step', ?, X'00ff', X'', 'p', ?, 0, '', X'1a00')",
                           (ident, (1 << 63) - 1, fired))
    for number in ("a\x00b", "a\x1ab", "\U00020bb7", "", "z", "\x1a0"):
        connection.execute("INSERT INTO serial VALUES (?, '', 'k', 1)", (number,))
    connection.close()
    left, settings = Leaving(tmp_path / "a.db"), servers.settings(tmp_path)
    right = Arriving(settings, dsn_of(settings, tmp_path))
    right.begin()
    done = {each.relation: each.sum for each in module.move(left, right, lambda *_: None)}
    assert (done["event"].rows, done["serial"].rows) == (3, 6)
    left.close()
    right.close()
    there = every_row(schema)
    assert [row[8] for row in sorted(there["event"])] == [b"", b"\x7f" + b"\xff" * 7, b"\x01" + bytes(9)]


def test_a_sum_tells_rows_apart_and_not_their_order() -> None:
    """Lost, doubled, altered, swapped between columns."""
    rows = [(1, "a", b"x"), (2, "b", b"")]
    assert sum_of(rows) == sum_of(reversed(rows))
    others: list[list[tuple[Any, ...]]] = [rows[:1], [*rows, rows[0]], [(1, "a", b"y"), rows[1]], [(1, b"a", "x"), rows[1]], [(1, "b", b"x"), (2, "a", b"")]]
    assert len({sum_of(rows), *map(sum_of, others)}) == 6
    assert plain(Relation("event", ("id", "fired"), ("id",)), (1, 256)) == (1, b"\x01\x00")
    assert Path("var/guantong.db") == command.EMBEDDED
