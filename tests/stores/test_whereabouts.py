"""An empty store in the place of a full one is refused, and nothing is made there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.journey.world import configured
from tests.operations.test_doctor import lived
from tests.stores import servers
from tests.stores.test_moving import every_row, move, now_on_postgresql

from guantong.hub import open_engine
from guantong.plugins import registry
from guantong.store import StoreRefused
from guantong.whereabouts import MARK
from guantong_plugins.stores.moving import command


@pytest.fixture
def schema(tmp_path: Path) -> Iterator[str]:
    name = servers.schema_of(tmp_path)
    yield name
    servers.drop(name)


async def opened(home: Path) -> int:
    """Open the home as a hub would; how many lines its journal has."""
    async with open_engine(configured(home, {}), registry()) as engine:
        return len(engine.reader.survey_journal(0, 1000))


async def moved(home: Path, schema: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that lived in the embedded store, and was moved."""
    monkeypatch.setattr(command, "configuration", lambda home: configured(home, {}))
    await lived(home)
    now_on_postgresql(home, schema)
    assert (await move(home, "--yes")).exit_code == 0


def made(schema: str) -> bool:
    """Whether there is such a schema."""
    with servers.admin() as connection:
        return connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is not None


@pytest.mark.service("postgresql")
async def test_a_forgotten_move_is_told(tmp_path: Path, schema: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new `store:` beside a full one: which is which and what to do, in one line; after the move the hub opens."""
    monkeypatch.setattr(command, "configuration", lambda home: configured(home, {}))
    await lived(tmp_path)
    now_on_postgresql(tmp_path, schema)
    with pytest.raises(StoreRefused) as refused:
        await opened(tmp_path)
    assert str(refused.value) == (
        f"store: nothing is kept in postgresql {schema}, which `store:` names, and this home's cases and journal are in "
        "sqlite var/guantong.db; name the former store again; or bring them over with `guantong move` (from SQLite into PostgreSQL, not back); "
        "to begin anew on purpose, move var/store away [GT982]")
    assert not made(schema)
    assert (await move(tmp_path, "--yes")).exit_code == 0
    assert await opened(tmp_path) > 10
    assert (tmp_path / MARK).read_text() == f"postgresql {schema}\n"


@pytest.mark.service("postgresql")
async def test_a_home_begun_by_an_earlier_version_is_known_by_its_file(tmp_path: Path, schema: str) -> None:
    """It left no mark, and its file lies where it lies by itself."""
    await lived(tmp_path)
    (tmp_path / MARK).unlink()
    now_on_postgresql(tmp_path, schema)
    with pytest.raises(StoreRefused, match=r"are in sqlite var/guantong\.db; .* move var/guantong\.db away"):
        await opened(tmp_path)
    assert not made(schema)


@pytest.mark.service("postgresql")
async def test_another_schema_or_server_is_no_new_beginning(tmp_path: Path, schema: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection string that leads elsewhere, or a schema with a slip in its name."""
    await moved(tmp_path, schema, monkeypatch)
    file = tmp_path / "config/guantong.yaml"
    file.write_text(file.read_text().replace(schema, f"{schema}x"))
    with pytest.raises(StoreRefused, match=f"nothing is kept in postgresql {schema}x, .* are in postgresql {schema}; "):
        await opened(tmp_path)
    assert not made(f"{schema}x")


async def test_a_file_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    """Its disk is not mounted, or somebody moved it; it goes on where it was once the file is back."""
    await lived(tmp_path)
    file = tmp_path / "var/guantong.db"
    away = file.rename(tmp_path / "away.db")
    with pytest.raises(StoreRefused) as refused:
        await opened(tmp_path)
    assert str(refused.value) == (
        "store: nothing is kept in sqlite var/guantong.db any more, where this home's cases and journal were; bring its file or disk back, or restore the "
        "backup; to begin anew on purpose, move var/store away [GT877]")
    assert not file.exists()
    away.rename(file)
    assert await opened(tmp_path) > 10


async def test_an_older_store_that_is_named_again_does_not_send_what_was_sent_since(tmp_path: Path) -> None:
    """It holds cases, and this home works in another; where it is the same under another name, the mark is moved away."""
    await lived(tmp_path)
    other = tmp_path / "var/copy.db"
    shutil.copyfile(tmp_path / "var/guantong.db", other)
    file = tmp_path / "config/guantong.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}store: {{use: sqlite, path: var/copy.db}}\n", encoding="utf-8")
    with pytest.raises(StoreRefused) as refused:
        await opened(tmp_path)
    assert str(refused.value) == (
        "store: `store:` names sqlite var/copy.db, which holds cases and a journal, and this home works in sqlite var/guantong.db: what was sent since "
        "would be sent again; name sqlite var/guantong.db again; where both are the same data (renamed, or restored from its backup), or a "
        "`guantong move` there was cut short and is given up, move var/store away and start again [GT878]")
    (tmp_path / MARK).unlink()
    assert await opened(tmp_path) > 10
    assert (tmp_path / MARK).read_text() == "sqlite var/copy.db\n"


async def test_who_wants_to_begin_anew_moves_the_mark_away(tmp_path: Path) -> None:
    """Both the former store and its mark are out of the way."""
    await lived(tmp_path)
    (tmp_path / "var/guantong.db").rename(tmp_path / "away.db")
    (tmp_path / MARK).rename(tmp_path / "away")
    assert await opened(tmp_path) == 0
    assert (tmp_path / MARK).read_text() == "sqlite var/guantong.db\n"


@pytest.mark.service("postgresql")
async def test_who_moved_is_told_so(tmp_path: Path, schema: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another `move` after one that is over says where the old file is; one that finds it at its old place, that all was moved."""
    await moved(tmp_path, schema, monkeypatch)
    before = every_row(schema)
    again = await move(tmp_path)
    assert again.exit_code == 2
    assert ("var/guantong.db was moved already: it is kept as var/guantong.db.moved; start the hub: `guantong run`; to look into the "
            "old file, name it with --from") in again.stderr
    (tmp_path / "var/guantong.db.moved").rename(tmp_path / "var/guantong.db")
    looked = await move(tmp_path)
    assert (looked.exit_code, "everything was moved before" in looked.stdout) == (0, True)
    assert every_row(schema) == before
